/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/logcheck_priv - the parts of logcheck, in the order in which they are used. */
#pragma once
#include "tools/skerry/logcheck.h"

/* Where something is wrong: a file, and in it a record. */
void place_file(struct logcheck *l, int core, const char *file);
void place_record(struct logcheck *l, const struct logdir_segment *s, uint64_t record,
                  uint64_t sequence, const char *field);

/* What the first record that does not fit tells: itself, or the one before, and which field. */
struct blame {
    uint64_t record;   /* number within the segment                                  */
    const char *field; /* NULL: cannot be told                                       */
    bool certain;      /* one bit put back makes it fit                              */
    char words[256];   /* what was seen                                              */
};
void blame_record(const struct verify *v, const struct witness_record *r, uint64_t n, uint64_t at,
                  enum verify_why why, struct blame *b);
/* The records fit each other, but not the seal: could the last one have been changed by one bit? */
bool blame_last(const struct witness_record *r, uint64_t n, const uint8_t seal[WITNESS_SEAL_BYTES],
                struct blame *b);
/* How many bits differ. */
unsigned blame_distance(const void *a, const void *b, size_t n);

/* One segment file and what lies beside it; `v` goes on to the next. `last`: of its core. */
bool check_segment(struct logcheck *l, const struct logdir_segment *s, struct verify *v, bool last);
/* May the log of this core end without its last seal? */
bool may_be_open(const struct logcheck *l, unsigned core, bool last);
/* The signature of `file`, whose text is in l->text. */
bool check_signature(struct logcheck *l, int core, const char *file, bool there);

void anchor_keep(struct logcheck *l, const struct logdir_segment *s, uint64_t record,
                 const struct witness_record *r);
bool check_anchors(struct logcheck *l);
