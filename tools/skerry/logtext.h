/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logtext - the names and the texts in a directory of logs (docs/spec/witness.md). Pure.
 *
 * What is read must be written exactly as the format says: one text for one meaning.
 */
#pragma once
#include "tools/skerry/buf.h"
#include "witness/record.h"

#define LOGTEXT_NAME  40u
#define LOGTEXT_CORES 1024u /* in one checkpoint */

enum logtext_part { PART_LOG, PART_SEAL, PART_SIG, PARTS };

/* "core-02-000017.seal". */
void logtext_name(char name[LOGTEXT_NAME], unsigned core, uint32_t number, enum logtext_part part);
/* False: it is no such name. */
bool logtext_name_read(const char *name, unsigned *core, uint32_t *number, enum logtext_part *part);

void logtext_hex(char *to, const uint8_t *bytes, size_t n); /* 2n + 1 bytes */
/* Exactly 2n lower-case digits at `s`; those behind are not looked at. */
bool logtext_hex_read(const char *s, uint8_t *bytes, size_t n);

/* The text of a .seal file about `name`; false: it is none. */
bool logtext_seal_read(const char *text, size_t n, const char *name,
                       uint8_t seal[WITNESS_SEAL_BYTES]);

struct checkpoint_core {
    uint16_t core;
    uint32_t first, segments;
    bool stopped; /* its last segment is open; seal: SHA-256 of what there is of it */
    uint64_t records;
    uint8_t seal[WITNESS_SEAL_BYTES];
};

struct checkpoint {
    uint64_t boot;
    uint8_t measurement[32], nonce[8];
    size_t ncores;
    struct checkpoint_core core[LOGTEXT_CORES];
};

/* 0, or the number of the line that is wrong. */
unsigned checkpoint_read(const char *text, size_t n, struct checkpoint *c);
/* What a machine says of itself on request, or at the end of a run. */
struct attestation_core {
    uint16_t core;
    uint32_t segment;
    uint64_t sequence; /* behind the segment */
    uint8_t seal[WITNESS_SEAL_BYTES];
};

struct attestation {
    uint64_t boot, at_ns;
    uint8_t measurement[32], nonce[8];
    size_t ncores;
    struct attestation_core core[LOGTEXT_CORES];
};

/* 0, or the number of the line that is wrong. */
unsigned attestation_read(const char *text, size_t n, struct attestation *a);

/* Its line about a core, or NULL. */
const struct checkpoint_core *checkpoint_find(const struct checkpoint *c, unsigned core);
