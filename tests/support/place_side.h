/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/place_side - two CPU drivers, for tests of what of a program moves from one to the other: each with an island, and a
 * table that is listed here and built anew there.
 */
#pragma once
#include "cpudriver/cap.h"
#include "cpudriver/object.h"
#include "tests/support/fake_core.h"
#include <check.h>

#define SLOTS 40u
#define TAG   5u /* the core that the table is from: not this one, whose handles have tag 0 */

struct side {
    struct world w;
    handle_t island, table;
    struct captable *t;
};
extern struct side here, there;

void side_setup(void);
void side_teardown(void);

status_t side_call(struct side *s, unsigned op, uint64_t x[8]);
#define CALL(s, op, ...) side_call(s, op, (uint64_t[8]){__VA_ARGS__})
/* In as many slices as it takes; it succeeds. x1 of the answer. */
handle_t side_done(struct side *s, unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

handle_t side_make(struct side *s, enum cap_type type, uint64_t bytes);
/* What no system call makes. */
handle_t side_give(struct side *s, enum cap_type type, uint64_t object, uint64_t value);
struct cap *side_cap(struct captable *t, handle_t h);
/* The table anew, of so many slots. */
void side_table(struct side *s, unsigned slots);

/* CAP_PLACE into the table; and what is found in it. */
status_t side_place(struct side *s, handle_t h, handle_t own);
status_t side_find(struct side *s, handle_t h);
void side_delete(struct side *s, handle_t h);
/* CAP_LIST of all of the table: the words of each answer. How many. */
struct entry {
    uint64_t x[8];
};
unsigned side_list(struct side *s, struct entry *e);
