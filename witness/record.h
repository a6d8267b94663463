/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/record - one witness record: 64 bytes, one block of SHA-256, little endian (docs/spec/witness.md).
 *
 * The log of a core is these, one after the other. What is hashed is what is written: the running state of SHA-256
 * over the segment is the chain, and `link` holds the first 16 bytes of that state as it was before the record.
 */
#pragma once
#include <stddef.h>
#include "lib/base/types.h"

enum witness_kind {
#define WITNESS_KIND(NAME, number, words) WITNESS_##NAME = number,
#include "witness/kinds.def"
#undef WITNESS_KIND
};

#define WITNESS_BYTES 64u
#define WITNESS_LINK_BYTES 16u
#define WITNESS_SEAL_BYTES 32u
#define WITNESS_FORMAT 1u       /* flags of SegmentOpen */

struct witness_record {
    uint64_t sequence;          /* per core and boot, from 0, never reused                    */
    uint64_t timestamp_ns;      /* since reset                                                */
    uint8_t kind;               /* enum witness_kind                                          */
    uint8_t proof_tier;         /* 0 none, 1, 2, 3                                            */
    uint16_t flags;             /* per kind                                                   */
    uint32_t actor;             /* task or partition that acted; 0: the CPU driver            */
    uint64_t target;            /* object acted on                                            */
    uint32_t capability_hash;   /* of the capability used, never the capability               */
    uint16_t core;
    uint16_t reserved;          /* zero                                                       */
    uint64_t payload;           /* per kind                                                   */
    uint8_t link[WITNESS_LINK_BYTES];
};
_Static_assert(sizeof(struct witness_record) == WITNESS_BYTES, "one SHA-256 block");
_Static_assert(offsetof(struct witness_record, kind) == 16, "layout");
_Static_assert(offsetof(struct witness_record, flags) == 18, "layout");
_Static_assert(offsetof(struct witness_record, actor) == 20, "layout");
_Static_assert(offsetof(struct witness_record, target) == 24, "layout");
_Static_assert(offsetof(struct witness_record, capability_hash) == 32, "layout");
_Static_assert(offsetof(struct witness_record, core) == 36, "layout");
_Static_assert(offsetof(struct witness_record, payload) == 40, "layout");
_Static_assert(offsetof(struct witness_record, link) == 48, "layout");

/* Bits of `flags`, but of SegmentOpen (the format) and anchors (the core). */
enum witness_flag {
    WITNESS_F_MORE = 0x0001,    /* one slice of it; more follow                     */
    WITNESS_F_DEEP = 0x0002,    /* passed on more than four times                   */
    WITNESS_F_MESSAGE = 0x0004, /* with a message                                   */
    WITNESS_F_MINT = 0x0008,    /* with another badge                               */
    WITNESS_F_SLICE = 0x0010,   /* part of a frame                                  */
    WITNESS_F_EVENT = 0x0020,   /* an event of a task                               */
    WITNESS_F_COMMIT = 0x0040,  /* what was sent has come; what was given away is gone */
    WITNESS_F_CANCEL = 0x0080,  /* it has not, and is back                          */
    WITNESS_F_PASSED = 0x0100,  /* on behalf of another core that passes it on      */
    WITNESS_F_PROTECT = 0x0200, /* other permissions                                */
    WITNESS_F_CONFIG = 0x0400,  /* table, space or supervisor                       */
    WITNESS_F_RESUME = 0x0800,
    WITNESS_F_FAULT = 0x1000,
    WITNESS_F_EXIT = 0x2000,
    WITNESS_F_MACHINE = 0x4000, /* the whole machine                                */
    WITNESS_F_ROUTE = 0x8000,   /* how interrupts reach a core                      */

    /* Of CAPABILITY_PLACE */
    WITNESS_F_FREE = 0x0010,    /* none: the generation that a free slot gives next */
    WITNESS_F_TAG = 0x0020,     /* none: whose handles an empty table gives         */
    WITNESS_F_ARRIVED = 0x0001, /* migrate: by the core it has come to. An end of a channel is elsewhere, or from there */
    WITNESS_F_BOOST = 0x0001,   /* mode switch: of the boost by cut pressure        */
    WITNESS_F_DEGRADED = 0x0001, /* scheduler epoch: deadlines only                 */
    WITNESS_F_QUOTA = 0x0001,   /* partition config: a limit, not the supervisor    */
    WITNESS_F_REPLACE = 0x0040, /* the slot named another event or doorbell before  */
};

/* The words of a kind, or NULL: there is no such kind. */
const char *witness_kind_words(uint8_t kind);
/* Its name in upper case, "CAPABILITY_GRANT", or NULL. */
const char *witness_kind_name(uint8_t kind);
