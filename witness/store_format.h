/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/store_format - the sectors of the log store (docs/protocols/witness-store.md). Little
 * endian.
 *
 * Every sector has the same shape: 448 bytes of content and a trailer that says what it is, where
 * it stands and of which use of that place it is, under a sum over all of it. So a sector is either
 * exactly what was written there, or seen.
 */
#pragma once
#include "witness/record.h"

/* clang-format off */
#define WSTORE_SECTOR    512u
#define WSTORE_BODY      448u
#define WSTORE_RECORDS   7u         /* of a sector                                     */
#define WSTORE_SUM       24u        /* first bytes of the SHA-256 of the rest          */
#define WSTORE_SIGNATURE 128u       /* room for one                                    */
#define WSTORE_TEXT      16384u     /* of a checkpoint                                 */
#define WSTORE_MAGIC     0x31574b53u /* "SKW1"                                         */

/* Places, in sectors. */
#define WSTORE_SUPER_AT 0u          /* two copies                                      */
#define WSTORE_MARK_AT  2u          /* two, used in turn                               */
#define WSTORE_SLOT_AT  4u          /* two checkpoints, used in turn                   */
#define WSTORE_SLOT_ATTESTATION 2u  /* a third slot: the last attestation report       */
#define WSTORE_SLOT     (1u + (WSTORE_TEXT + WSTORE_BODY - 1) / WSTORE_BODY)
#define WSTORE_EXTENTS_AT 128u

#define WSTORE_EXTENT     128u      /* sectors of an extent, if nobody says otherwise  */
#define WSTORE_EXTENT_MIN 4u        /* header, two of records, closing sector          */
#define WSTORE_EXTENT_MAX 4096u

enum wstore_type {
    SECTOR_SUPER = 1,
    SECTOR_MARK,       /* a boot began, or went on with the store            */
    SECTOR_HEADER,     /* first of an extent                                 */
    SECTOR_DATA,
    SECTOR_CLOSE,      /* behind the SegmentSeal                             */
    SECTOR_CHECKPOINT, /* first of a slot                                    */
    SECTOR_TEXT,
};

struct wstore_super {
    uint32_t extent_sectors, extents;
    uint64_t sectors;               /* of the disk when it was formatted              */
};

/* Of an extent: part `part` of a segment. trailer.first: sequence of its first record. */
struct wstore_header {
    uint8_t before[WITNESS_SEAL_BYTES]; /* seal of the segment before; zero for the first */
    uint64_t opened;                /* sequence of the first record of the segment    */
    uint32_t part;
};

struct wstore_close {
    uint8_t seal[WITNESS_SEAL_BYTES];
    uint64_t records;
    uint32_t signature_bytes;
    uint8_t signature[WSTORE_SIGNATURE];
};

struct wstore_checkpoint {
    uint32_t text_bytes, signature_bytes;
    uint8_t signature[WSTORE_SIGNATURE];
};

struct wstore_trailer {
    uint32_t magic;
    uint32_t id;                    /* of this formatting                             */
    uint64_t serial;                /* of this use of the extent (or slot), never reused */
    uint64_t first;                 /* sequence of the first record                   */
    uint32_t boot, segment;
    uint32_t sector;                /* where it is on the disk                        */
    uint16_t core;
    uint8_t count;                  /* records                                        */
    uint8_t type;                   /* enum wstore_type                               */
    uint8_t sum[WSTORE_SUM];
};

struct wstore_sector {
    union {
        uint8_t body[WSTORE_BODY];
        struct witness_record record[WSTORE_RECORDS];
        struct wstore_super super;
        struct wstore_header header;
        struct wstore_close close;
        struct wstore_checkpoint checkpoint;
    };
    struct wstore_trailer t;
};
/* clang-format on */
_Static_assert(sizeof(struct wstore_sector) == WSTORE_SECTOR, "one sector");
_Static_assert(sizeof(struct wstore_trailer) == 64, "one block of SHA-256 with its padding");
_Static_assert(offsetof(struct wstore_sector, t) == WSTORE_BODY, "layout");
_Static_assert(offsetof(struct wstore_trailer, sum) == 40, "layout");
_Static_assert(offsetof(struct wstore_close, signature) == 44, "layout");
_Static_assert(WSTORE_SLOT_AT + 3 * WSTORE_SLOT <= WSTORE_EXTENTS_AT,
               "slots end before the extents");
