/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/parts - a stopped program as a list: what has to be rebuilt where it goes.
 *
 *     its memory       REGION   what it began with, at its addresses
 *     its table        TASK TABLE SPACE MONITOR   itself, rebuilt there
 *                      EVENT    of its own task
 *                      MEM      RAM and frames, mapped or not
 *                      FREE     the handle that a free slot gives next
 *     its channels     CONN, LINK two parts each, with their bells
 *     its names        NAME
 *     its registers    WORDS    lib/abi/task_state.h, three at a time; zeros are left out
 *
 * Handles are its own, and stay what they are; so are addresses. monitor/move_parts.c lists it, at the source and, once it is built, at the
 * destination: parts_hash() of both must be equal. Pure.
 */
#pragma once
#include "lib/base/types.h"

#define PARTS_MAX 320u

enum part_kind {
    PART_REGION = 1, /* index: of p->region; a va, b bytes, c perm                                */
    PART_TASK,       /* handle; b WHAT                                                            */
    PART_TABLE,      /* c slots                                                                   */
    PART_SPACE,      /* c bytes, with its page tables                                             */
    PART_MONITOR,
    PART_EVENT, /* handle; a bits, b WHAT                                                    */
    PART_MEM,   /* handle; a va | perm (0: not mapped), b WHAT, c base | 1: its home has it, too */
    PART_FREE,  /* handle                                                                    */
    PART_CONN,  /* index: its place; handle bell; a peer's ref, b service, c name[0..8)      */
    PART_LINK, /* index; handle what the program knows of it (LINK_); a core, bucket, b memory, c news */
    PART_NAME, /* handle service, a as its program knows it                                                        */
    PART_WORDS, /* index: first word; handle, a, b: three words                              */
};

/* handle of LINK */
#define LINK(state, side, server, took, slots, bell)                                               \
    ((uint64_t)(state) | (uint64_t)(side) << 8 | (uint64_t)(server) << 9 |                         \
     (uint64_t)(took) << 10 | (uint64_t)(bell) << 11 | (uint64_t)(slots) << 16)
#define LINK_STATE(h)  ((unsigned)(h)&0xff)
#define LINK_SIDE(h)   ((unsigned)((h) >> 8 & 1))
#define LINK_SERVER(h) ((bool)((h) >> 9 & 1))
#define LINK_TOOK(h)   ((bool)((h) >> 10 & 1))
#define LINK_BELL(h)   ((bool)((h) >> 11 & 1))
#define LINK_SLOTS(h)  ((uint8_t)((h) >> 16))

struct part {
    uint32_t kind, index;
    uint64_t handle, a, b, c;
    uint32_t tag; /* of the copy of memory that belongs to it; 0: none is needed. Not hashed */
};

struct parts {
    unsigned n;
    unsigned copies; /* tags given: 1..copies                                          */
    struct part part[PARTS_MAX];
};

uint64_t parts_hash(const struct parts *parts);
/* It is what it was, but for events that came meanwhile: a stopped task can still be signalled. */
bool parts_restored(const struct parts *was, const struct parts *now);
/* The first part of this kind; NULL. */
const struct part *parts_find(const struct parts *parts, enum part_kind kind);
