/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/spawn - from an image to a running task, all out of one slice of RAM.
 *
 *     slice:  | table | space and page tables | task | stack | info | data | RAM for itself |
 *
 * The program gets, in its own table: itself (task, table, space), the rest of the slice
 * as RAM, the monitor's endpoint with its id as badge, and what its options name.
 * Faults come to the same endpoint with BADGE_FAULT in the badge.
 */
#pragma once
#include "monitor/prog.h"

/*
 * Fill p->slice and all other handles; its task has not begun. p->line says what. On failure the
 * caller takes back p->slice and p->shared; *what names the step that failed.
 */
MUST_CHECK status_t spawn(struct prog *p, const struct image *im, const char **what);
/* It begins. */
MUST_CHECK status_t spawn_go(const struct prog *p);

/*
 * For a program that comes from another core: kernel objects of the given sizes out of p->slice, its text and constants
 * mapped, its task configured and not started. The caller takes back as above.
 */
MUST_CHECK status_t spawn_shell(struct prog *p, const struct image *im, uint64_t slots_there,
                                uint64_t space_bytes_there);
