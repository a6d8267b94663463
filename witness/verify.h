/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/verify - is the log of one core whole? Fed record by record; pure.
 *
 *     struct verify v;
 *     verify_start(&v, core, block);
 *     while (... next record r ...)
 *         if ((why = verify_record(&v, &r)) != VERIFY_OK) ...   names r, or the record before it (v.at)
 *     after the last record of a segment: compare v.seal with what was stored beside it
 *
 * What a chain cannot show by itself: that its end is missing (the seal beside it, the next SegmentOpen, the anchors of
 * other cores and the checkpoint show that), and that all of it was made again (anchors and signatures show that).
 */
#pragma once
#include "witness/chain.h"

enum verify_why {
    VERIFY_OK,
    VERIFY_CORE,        /* of another core                                                  */
    VERIFY_SEQUENCE,    /* not the number that follows: dropped, inserted, swapped          */
    VERIFY_LINK,        /* what is hashed before it is not what was written: the record before, or this link  */
    VERIFY_KIND,        /* no such kind                                                     */
    VERIFY_RESERVED,
    VERIFY_TIME,        /* earlier than the record before                                   */
    VERIFY_OPEN,        /* a segment must begin with SegmentOpen, and nothing else may be one */
    VERIFY_PREVIOUS,    /* SegmentOpen names another seal than that of the segment before    */
    VERIFY_NUMBER,      /* the segment's number is not the one that follows                  */
    VERIFY_CLOSE,       /* SegmentSeal with a wrong count, or records behind it              */
    VERIFY_WHYS
};

struct verify {
    witness_block_fn *block;
    uint32_t h[8];
    uint64_t next;      /* sequence expected                                                */
    uint64_t time_ns;
    uint64_t records;   /* in the open segment so far                                       */
    uint64_t total;
    uint32_t segment;   /* number of the open segment                                       */
    uint16_t core;
    bool open;          /* in a segment                                                     */
    bool any;           /* a segment was closed before: `seal` is known                     */
    uint8_t seal[WITNESS_SEAL_BYTES]; /* of the segment closed last                         */
};

/* From the first record of a boot. */
void verify_start(struct verify *v, uint16_t core, witness_block_fn *block);
/* From a later segment, "from any anchor": its number, and the seal before it, which is to be trusted. */
void verify_start_at(struct verify *v, uint16_t core, uint32_t segment, uint64_t sequence,
                     const uint8_t seal[WITNESS_SEAL_BYTES], witness_block_fn *block);
enum verify_why verify_record(struct verify *v, const struct witness_record *r);
/* A sentence about it. */
const char *verify_words(enum verify_why why);
