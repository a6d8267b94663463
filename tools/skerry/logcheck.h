/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logcheck - is a whole directory of logs what was written?
 *
 *     each core by itself: records (witness/verify), files without gaps, seals, signatures
 *     all together:        the checkpoint's counts and seals, then every anchor against the seal it speaks of
 *
 * Stops at the first thing that is wrong and says where: a complaint for people and a place for programs.
 */
#pragma once
#include "lib/sign/sign.h"
#include "tools/skerry/logdir.h"
#include "witness/verify.h"

/* A seal known from elsewhere: what is before that segment need not be there, and is not looked at. */
struct logcheck_from {
    unsigned core;
    uint32_t number;
    uint8_t seal[WITNESS_SEAL_BYTES];
};

struct logcheck_wants {
    const struct sign_public *key; /* NULL: there is none */
    bool open;                        /* the log may have ended without saying so */
    const struct logcheck_from *from;
    size_t nfrom;
    const uint8_t *nonce, *measurement; /* NULL: whatever the checkpoint says; 8 and 32 bytes */
    void (*progress)(uint64_t done, uint64_t all); /* bytes; may be NULL */
};

struct logcheck_place {
    char file[LOGTEXT_NAME]; /* empty: no one file */
    int core;                /* -1: no one core    */
    bool has_record;
    uint64_t record, sequence, offset; /* within the file; sequence as it should be */
    const char *field;                 /* suspect; NULL: cannot be told */
};

struct logcheck_core {
    unsigned core;
    uint32_t first, segments; /* first one looked at, number of the last one + 1 */
    uint64_t records;         /* looked at                                       */
    uint64_t next;            /* sequence after the last                         */
    bool open;                /* the last segment has no seal                    */
    bool stopped;             /* and the checkpoint says that this core was stopped before it had one */
    uint8_t so_far[WITNESS_SEAL_BYTES]; /* open: SHA-256 of what there is of it  */
    unsigned boot_halves;     /* of the measurement: 3 is both                       */
    uint8_t boot[32];
    bool has_before;          /* what its first SegmentOpen names as before it   */
    uint8_t before[WITNESS_SEAL_BYTES], seal[WITNESS_SEAL_BYTES];
};

/* One AnchorHi or AnchorLo. */
struct logcheck_anchor {
    unsigned by, of;
    uint32_t by_number, number; /* segments */
    uint64_t record, sequence;  /* of `by`  */
    bool low;
    uint8_t half[WITNESS_SEAL_BYTES / 2];
};

struct logcheck_seal {
    bool known, high, low; /* some other core vouches for this half */
    uint8_t seal[WITNESS_SEAL_BYTES];
};

struct logcheck {
    const struct logdir *d;
    struct logcheck_wants want;
    bool has_checkpoint;
    struct checkpoint checkpoint;
    struct logcheck_core *core;
    size_t ncores;
    struct logcheck_seal *seal; /* of d->segment[i] */
    struct logcheck_anchor *anchor;
    size_t nanchors, room;
    uint64_t ended[LOGTEXT_CORES / 64]; /* cores of which another one recorded that they were stopped */
    uint64_t records, bytes, all_bytes, told;
    uint64_t segments, signatures, anchors_kept,
        anchors_before; /* compared, and about what is not kept */
    struct buf log, text;
    struct complaint *bad;
    struct logcheck_place place;
};

/* False: bad and l->place say what is first. Free it in either case. */
bool logcheck_run(struct logcheck *l, const struct logdir *d, const struct logcheck_wants *want,
                  struct complaint *bad);
void logcheck_free(struct logcheck *l);
/* Segments with a seal of which nobody else keeps both halves. */
uint64_t logcheck_unvouched(const struct logcheck *l);
