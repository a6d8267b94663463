/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/twin - a second task on the own core, in an address space of its own.
 *
 *     own space                              the twin's space
 *     +-----------------------+              +-----------------------+
 *     | text ... fn() ...     | --copied---> | two pages around fn() |  same address
 *     | shared page           | --the same-> | shared page           |  same address
 *     | data, stack, heap     |              | a page of stack       |
 *     +-----------------------+              +-----------------------+
 *
 * All of it is made from program_info.ram, without the monitor. The twin has a table of
 * its own with exactly what twin_give put there. `fn` is ordinary C of this program that calls
 * no function and uses no data but its two arguments: neither is mapped over there.
 */
#pragma once
#include "lib/rt/syscall.h"

#define TWIN_CODE_PAGES  2u
#define TWIN_SLOTS       16u
#define TWIN_SPACE_PAGES 8u
#define TWIN_STACK_TOP   0x0000200000ull

struct twin {
    handle_t table, space, task; /* objects                                          */
    handle_t code, code_there;   /* frame of the copied text; as mapped over there    */
    handle_t stack;
    handle_t shared_there;
    vaddr_t entry;
};

typedef void twin_fn(uint64_t a, uint64_t b);

/* A page that both will see: mapped here, read and write. */
status_t twin_page(handle_t *frame, volatile uint64_t **at);

/*
 * Build one, not started. Its faults and its end go to `supervisor` with `badge`. `page` from
 * twin_page, or 0. Refused for what a system call refuses; nothing is left then.
 */
MUST_CHECK status_t twin_make(struct twin *t, twin_fn *fn, handle_t supervisor, uint64_t badge,
                              handle_t page, volatile uint64_t *page_at);

/* A copy of `h` in the twin's table; *there is its handle over there. */
MUST_CHECK status_t twin_give(struct twin *t, handle_t h, handle_t *there);

MUST_CHECK status_t twin_start(struct twin *t, uint64_t a, uint64_t b);

/* Ends it wherever it is, and gives back all but the memory (RAM is whole when all of it is gone). */
void twin_end(struct twin *t);
