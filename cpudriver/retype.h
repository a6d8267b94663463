/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/retype - memory into objects: check, clear, then make.
 *
 * A RAM capability gives out its memory from the front (`extra` bytes are used). When all
 * that was made from it is gone it is whole again. Memory is cleared before it becomes
 * anything, CLEAR_SLICE bytes a call: ST_AGAIN until enough is clear.
 */
#pragma once
#include "cpudriver/kcb.h"

#define CLEAR_SLICE (16u * 1024u)

/* Eight words a round: the C library's memset for this target goes byte by byte. */
static inline void clear_page(uint64_t *p)
{
    for (unsigned i = 0; i < PAGE_BYTES / sizeof *p; i += 8) {
        p[i] = p[i + 1] = p[i + 2] = p[i + 3] = 0;
        p[i + 4] = p[i + 5] = p[i + 6] = p[i + 7] = 0;
        __asm__("" ::: "memory"); /* or the compiler makes it a memset again */
    }
}

/*
 * Makes an object of `type` from `ram`, `bytes` large (slots for a captable), its first
 * capability in `table`. ST_TYPE (cannot be made from RAM), ST_INVALID, ST_ALIGN, ST_NOMEM,
 * ST_TABLE_FULL: nothing changed. ST_AGAIN: being cleared.
 */
MUST_CHECK status_t retype(struct kcb *k, struct cap *through, enum cap_type type, uint64_t bytes,
                           struct captable *table, struct cap **out);

/* A part of a frame as a frame of its own, child of it. */
MUST_CHECK status_t retype_slice(struct kcb *k, struct cap *frame, uint64_t offset, uint64_t bytes,
                                 uint8_t rights, struct captable *table, struct cap **out);
