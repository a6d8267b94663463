/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/space - address spaces of programs and the frames mapped in them.
 *
 * A space brings the memory of its page tables with it (the pages behind its first), so
 * mapping never allocates: when they are used up the answer is ST_NOMEM. Tables stay in
 * use until the space goes. Hardware address-space ids are a cache: a space without one
 * gets one when it is entered, from the one that was entered longest ago if need be.
 */
#pragma once
#include "cpudriver/kcb.h"

#define SPACE_PAGES_MIN 2u

/* The memory is zero, `pages` >= SPACE_PAGES_MIN. ST_TABLE_FULL: SPACES_MAX spaces. */
MUST_CHECK status_t space_init(struct kcb *k, struct space *s, uint32_t pages);
void space_dies(struct kcb *k, struct space *s);
static inline struct space *space_of(paddr_t page)
{
    return (struct space *)kva(page + SPACE_HEADER_OFFSET);
}

/*
 * Maps pages [first, first + count) of the frame or device `c`, whose page 0 is at `va`.
 * ST_INVALID, ST_ALIGN, ST_DENIED (right missing, or write with execute), ST_MAPPED (there, or
 * c elsewhere), ST_NOMEM; nothing changes then, but *done pages may be mapped on ST_NOMEM.
 */
MUST_CHECK status_t space_map(struct kcb *k, struct cap *c, struct space *s, vaddr_t va,
                              uint32_t perm, uint64_t first, uint64_t count);
MUST_CHECK status_t space_protect(struct kcb *k, struct cap *c, uint32_t perm, uint64_t first,
                                  uint64_t count);
MUST_CHECK status_t space_query(const struct space *s, vaddr_t va, paddr_t *pa, uint32_t *perm);

/* Where `c` is mapped, or NULL. */
struct space *space_mapped(const struct kcb *k, const struct cap *c);
/* Unmaps up to `pages` pages of `c`; true when it is mapped nowhere. */
bool space_unmap_slice(struct kcb *k, struct cap *c, uint32_t pages);

/* Makes `s` (NULL: none) the space that EL0 runs in. */
void space_enter(struct kcb *k, struct space *s);
