/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/load/elf - load a position-independent AArch64 program into memory the caller gives.
 *
 * Two halves. elf_check reads the image and refuses whatever is wrong with it; what it
 * accepts it writes down as a plan. elf_load carries a plan out and cannot fail:
 *
 *     file   | header | segment 0 | segment 1 |  ...                 elf_check: plan
 *                          |            `------------.
 *     dest   |low    segment 0   0 0 0 |   segment 1 | 0 0 |high     elf_load: copy, zero, relocate
 *
 * Properties of an accepted image, which callers rely on:
 *   L1  every segment lies in the file and in [low, high), low and high are whole pages
 *   L2  segments ascend and no two share a page, so each page has one set of permissions
 *   L3  no segment is writable and executable, and none cannot be read
 *   L4  relocations are R_AARCH64_RELATIVE only, each wholly inside one segment that is not executable
 *   L5  the entry point lies in the part of a segment that comes from the file, on a multiple of four
 *
 * The image must not change between the two calls. Pure; no memory of its own.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/base/types.h"

#define ELF_SEGMENTS_MAX 6u

struct elf_segment {
    uint64_t offset, file_bytes; /* in the image                                            */
    vaddr_t va;                  /* as linked                                               */
    uint64_t mem_bytes;          /* file_bytes, then zeros                                  */
    uint32_t perm;               /* PERM_ bits                                              */
    bool relro;                  /* linked writable, but only for its relocations
                                    (PT_GNU_RELRO covers it): may be mapped read-only       */
};

struct elf_plan {
    struct elf_segment segment[ELF_SEGMENTS_MAX];
    uint32_t nsegments;
    vaddr_t low, high;           /* pages spanned, as linked                                */
    vaddr_t entry;               /* as linked                                               */
    uint32_t entry_segment;      /* which segment holds it                                  */
    uint64_t rela_offset, nrela; /* in the image                                            */
};

/* Is this a program we can load? ST_FORMAT with why if not; the plan is then unusable. */
MUST_CHECK status_t elf_check(const void *image, uint64_t bytes, struct elf_plan *plan,
                              struct text *why);

/*
 * Lay the image out in dest, which has plan->high - plan->low bytes, to run with its
 * lowest page at run_at. Bytes of dest that belong to no segment become zero.
 * The image must be the one the plan was made from.
 */
void elf_load(const struct elf_plan *plan, const void *image, void *dest, vaddr_t run_at);

/* Where something linked at va is in memory that holds plan->low at base (dest or run_at). */
static inline uint64_t elf_at(const struct elf_plan *plan, vaddr_t va, uint64_t base)
{
    return base + (va - plan->low);
}
