/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/store - the logs of all cores of this boot, and of earlier ones while there is room, on a
 * block device.
 *
 *     format -> open -> read ...                                  (the host's tool on an image)
 *                    `-> begin_boot -> append, sync, seal, checkpoint; read       a new boot
 *                    `-> resume     -> the same                                   the same boot, a new driver
 *
 * Pure: the disk is functions, the memory is the caller's, nothing is kept elsewhere. One at a
 * time.
 *
 *     S1  what wstore_sync (or any flush in between) said is durable is there after a cut at any byte
 *     S2  nothing durable is written again until its extent is given to another segment
 *     S3  no record is returned that does not verify; why a log stops is said
 *     S4  with WSTORE_KEEP nothing goes; with WSTORE_WRAP the oldest boots go first, then the oldest sealed
 *         segments, never an open one nor the last two of a core of this boot
 */
#pragma once
#include "lib/base/status.h"
#include "witness/store_format.h"
#include "witness/verify.h"

#define WSTORE_CORES 64u
#define WSTORE_AHEAD 8u /* sectors read or written with one call */
#define WSTORE_NONE  0xffffffffu

struct wstore_disk {
    status_t (*read)(void *w, uint64_t sector, void *to, unsigned n);
    status_t (*write)(void *w, uint64_t sector, const void *from, unsigned n);
    status_t (*flush)(void *w);
    void *w;
    uint64_t sectors; /* of 512 bytes */
};

/* clang-format off */
enum wstore_policy { WSTORE_WRAP, WSTORE_KEEP };

/* Where the records of a segment end, and how that looks. */
enum wstore_end {
    WSTORE_SIGNED,   /* with its SegmentSeal, and a signature is stored                             */
    WSTORE_SEALED,   /* with its SegmentSeal                                                        */
    WSTORE_CLOSING,  /* with its SegmentSeal, but the closing sector is torn or says something else */
    WSTORE_OPEN,     /* nothing was written behind the last record                                  */
    WSTORE_TORN,     /* at a sector that is not as it was written: a cut or a change                */
    WSTORE_HOLE,     /* sectors are missing: there are later ones                                   */
    WSTORE_CHAIN,    /* at a record that does not follow (enum verify_why)                          */
    WSTORE_HEADLESS, /* its first extent is gone: nothing of it can be verified                     */
    WSTORE_ENDS
};

struct wstore_segment {
    uint32_t boot, segment;
    uint16_t core;
    bool follows;         /* the one before it is there, whole, with the seal it names; or it is the oldest */
    uint8_t end;          /* enum wstore_end                                 */
    uint8_t why;          /* enum verify_why, with WSTORE_CHAIN              */
    uint64_t first;       /* sequence of its first record                    */
    uint64_t records;     /* that verify                                     */
    uint64_t stop;        /* sector of the disk where it ended, 0: none      */
    uint8_t seal[WITNESS_SEAL_BYTES]; /* SIGNED, SEALED, CLOSING; computed from the records */
};

/* One extent of the disk, as it is known; the first part of a segment knows the segment. */
struct wstore_extent {
    uint64_t serial;      /* 0: not in use                                   */
    uint64_t first;       /* sequence of the first record in it              */
    uint64_t records, stop;
    uint32_t boot, segment;
    uint16_t core, part;
    uint8_t broken;       /* its header is neither valid nor zero            */
    uint8_t end, why, follows;
    uint8_t seal[WITNESS_SEAL_BYTES];
};

struct wstore_core {
    struct verify v;
    uint32_t extent;      /* being filled, or WSTORE_NONE                    */
    uint32_t at;          /* next sector in it                               */
    uint32_t head;        /* extent of part 0 of its newest segment          */
    uint16_t part;        /* that comes next                                 */
    bool any;             /* has a segment                                   */
    uint64_t opened;      /* sequence of the segment's first record          */
    uint64_t durable;     /* sequence after the last durable record          */
};

/* How the disk looked when it was opened. */
struct wstore_found {
    uint32_t boot;        /* newest, 0: none                                 */
    uint32_t supers;      /* copies of the first sector that are whole: 2    */
    uint32_t marks;       /* sectors of marks that are torn or changed       */
    uint32_t headers;     /* extents whose header is torn or changed         */
    uint32_t missing;     /* extents beyond the end of the disk: it was cut  */
    uint32_t unread;      /* sectors the disk could not read                 */
};

/* Its content is the store's own, but for `found` and `refused`. */
struct wstore {
    struct wstore_disk disk;
    witness_block_fn *block;
    enum wstore_policy policy;
    struct wstore_super geometry;
    uint32_t id, boot, epoch, counter, next_extent;
    uint64_t slot_serial[2]; /* newest checkpoint known in each slot         */
    bool writing, dirty;
    struct wstore_found found;
    struct {
        enum verify_why why;
        unsigned at;
    } refused;            /* by the last append: which record and why        */
    struct wstore_extent *extent;
    struct wstore_core core[WSTORE_CORES];
    uint64_t ahead_at;
    uint32_t ahead_n;
    struct wstore_sector ahead[WSTORE_AHEAD]; /* read last                   */
    struct wstore_sector out[WSTORE_AHEAD];   /* to be written               */
};

/* clang-format on */

/* ---- making and opening (store_open.c) ---- */

/*
 * Makes an empty store of the whole disk. extent_sectors 0: WSTORE_EXTENT. `id` has to be another
 * one each time a disk is formatted (entropy, a clock): ST_EXISTS if it is that of the store found
 * there. wipe: zeros everywhere first; needed once for a disk that held other things, as the end of
 * a log on such a disk looks torn. ST_INVALID: too small or too large.
 */
MUST_CHECK status_t wstore_format(const struct wstore_disk *disk, witness_block_fn *block,
                                  uint32_t id, uint32_t extent_sectors, bool wipe);
/*
 * Bytes of memory that a store on this disk needs at most, 8-aligned: by its first sector, else for
 * WSTORE_EXTENT.
 */
size_t wstore_memory(const struct wstore_disk *disk, witness_block_fn *block);
/*
 * Finds what is there and verifies all of it; writes nothing. ST_FORMAT: no store. ST_NOMEM:
 * `memory` is too small. What is broken is not an error: it is said in `found` and with each
 * segment.
 */
MUST_CHECK status_t wstore_open(struct wstore *s, const struct wstore_disk *disk,
                                witness_block_fn *block, void *memory, size_t bytes);

/* ---- writing (store_write.c) ---- */

/*
 * The next boot begins; its number. ST_STATE: already writing, or the end of the disk is missing.
 */
MUST_CHECK status_t wstore_begin_boot(struct wstore *s, enum wstore_policy policy, uint32_t *boot);
/*
 * Goes on with the newest boot, behind what verifies. ST_STATE as above, or there is none, or a
 * core's log in it is broken.
 */
MUST_CHECK status_t wstore_resume(struct wstore *s, enum wstore_policy policy, uint32_t *boot);
/*
 * Writes n records of a core. ST_FORMAT: one does not follow (s->refused); ST_NOMEM: no room.
 * Nothing is written then. Another status is the disk's: some may be stored, and what comes next is
 * wstore_next(). Durable only after wstore_sync.
 */
MUST_CHECK status_t wstore_append(struct wstore *s, uint16_t core,
                                  const struct witness_record *records, unsigned n);
/* Sequence of the record that a core's log takes next, and of the first one that is not durable. */
uint64_t wstore_next(const struct wstore *s, uint16_t core);
uint64_t wstore_durable(const struct wstore *s, uint16_t core);
MUST_CHECK status_t wstore_sync(struct wstore *s);
/*
 * Stores the signature of a segment of this boot. ST_NOT_FOUND: none such; ST_STATE: not sealed, or
 * signed already.
 */
MUST_CHECK status_t wstore_seal(struct wstore *s, uint16_t core, uint32_t segment,
                                const void *signature, unsigned bytes);
/* Durable when it returns ST_OK; before that the one before it stays. */
MUST_CHECK status_t wstore_checkpoint(struct wstore *s, const void *text, unsigned bytes,
                                      const void *signature, unsigned signature_bytes);

/* ---- reading (store_read.c) ---- */

/*
 * The segment behind *last in the order of boot, core, number; last NULL: the first. ST_NOT_FOUND
 * at the end.
 */
MUST_CHECK status_t wstore_segment_after(const struct wstore *s, const struct wstore_segment *last,
                                         struct wstore_segment *to);
MUST_CHECK status_t wstore_segment_find(const struct wstore *s, uint32_t boot, uint16_t core,
                                        uint32_t segment, struct wstore_segment *to);

/* clang-format off */
struct wstore_reader {
    struct wstore *s;
    struct verify v;
    uint32_t boot, segment, extent, at, i, n;
    uint64_t limit;       /* the next part begins there                      */
    uint64_t serial;      /* of the extent when it was entered               */
    uint64_t first;
    uint64_t stop;
    uint16_t core, part;
    bool done;
    enum wstore_end end;  /* when there is no more: why                      */
    enum verify_why why;
    uint8_t before[WITNESS_SEAL_BYTES];
    struct witness_record record[WSTORE_RECORDS];
};
/* clang-format on */

/* ST_NOT_FOUND: no such segment. If room is made while it is read it may end early, as HEADLESS. */
MUST_CHECK status_t wstore_read_start(struct wstore_reader *r, struct wstore *s, uint32_t boot,
                                      uint16_t core, uint32_t segment);
/*
 * The next record, or ST_NOT_FOUND: r->end says how it ends. The chain was verified up to the
 * record that is returned.
 */
MUST_CHECK status_t wstore_read(struct wstore_reader *r, struct witness_record *to);
/* ST_NOT_FOUND: no signature is stored. */
MUST_CHECK status_t wstore_signature(struct wstore *s, uint32_t boot, uint16_t core,
                                     uint32_t segment, uint8_t signature[WSTORE_SIGNATURE],
                                     unsigned *bytes);
/* The newest checkpoint that is whole. ST_NOT_FOUND: none; ST_NOMEM: longer than `room`. */
struct wstore_note {
    uint32_t boot, text_bytes, signature_bytes;
    bool
        other_broken; /* the other slot has one that is torn or changed, which may have been newer */
    uint8_t signature[WSTORE_SIGNATURE];
};
MUST_CHECK status_t wstore_checkpoint_read(struct wstore *s, struct wstore_note *note, char *text,
                                           unsigned room);

/*
 * The last attestation report and its signature, as a checkpoint; there is one place for it, so a cut while it is written
 * leaves none. ST_NOT_FOUND: none that is whole; note->other_broken then says that something is there which is torn or changed,
 * and note->boot of which boot, 0 if that cannot be told.
 */
MUST_CHECK status_t wstore_attestation(struct wstore *s, const void *text, unsigned bytes,
                                       const void *signature, unsigned signature_bytes);
MUST_CHECK status_t wstore_attestation_read(struct wstore *s, struct wstore_note *note, char *text,
                                            unsigned room);

/* A sentence about it. */
const char *wstore_words(enum wstore_end end);
