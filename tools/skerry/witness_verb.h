/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/witness_verb - what the subcommands of `skerry witness` share. */
#pragma once
#include "tools/skerry/logcheck.h"
#include "tools/skerry/subverbs.h"

extern const struct verb verb_witness_verify, verb_witness_show, verb_witness_query,
    verb_witness_anchors, verb_witness_export, verb_witness_attest;

#define WITNESS_TAKES "one directory of logs, or image of a disk"

struct witness_input {
    struct logdir d;
    struct sign_public key;
    bool has_key, own_key; /* own: from the logs' own directory */
};

/* Opens the logs; the key is `key_file` or, when that is NULL, their device.pub if there is one. Close in any case. */
bool witness_open(struct witness_input *in, const char *path, const char *key_file,
                  struct complaint *bad);
void witness_close(struct witness_input *in);

/* A line that is redrawn, if a person watches. NULL: nobody does. */
void (*witness_progress(const struct common *c))(uint64_t done, uint64_t all);
void witness_progress_end(const struct common *c);

/* --nonce: up to 16 hexadecimal digits, leading zeros may be left out; --measurement: 64. NULL: not asked, true. */
bool witness_nonce(const char *text, uint8_t nonce[8], struct complaint *bad);
bool witness_measurement(const char *text, uint8_t measurement[32], struct complaint *bad);

/* "core-02-000017:SEAL" */
bool witness_from(const char *text, struct logcheck_from *from, struct complaint *bad);
/* The complaint with its place, in words or as JSON; its exit status. */
int witness_complain(const struct common *c, const struct logcheck *l, const struct complaint *bad);
