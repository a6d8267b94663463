/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/partition_case - two running partitions in a world, and short words for what tests of them say often.
 *
 * For Check programs that include it once: everything is static.
 */
#pragma once
#include <check.h>
#include "partition/invariant.h"
#include "tests/support/partition_world.h"
#include "witness/record.h"

static struct world w;
static partition_id a, b; /* on core 1, with three and two tasks */
static struct partition_do todo[3];
static uint32_t n;

static inline const struct partition *at(partition_id id)
{
    return &w.partition[partition_index(id)];
}

static inline void sound(void)
{
    const struct invariant *broken = invariant_broken(&w.t);

    ck_assert_msg(broken == NULL, "%s", broken ? broken->text : "");
}

static inline partition_id make(const char *name, core_id core, unsigned tasks)
{
    partition_id id;

    ck_assert_int_eq(partition_create(&w.t, name, core, 0, &id, todo), ST_OK);
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_CREATE);
    ck_assert_uint_eq(todo[0].target, id);
    for (unsigned i = 0; i < tasks; i++)
        ck_assert_int_eq(partition_task_add(&w.t, id, 10 * (partition_index(id) + 1) + i, &n),
                         ST_OK);
    ck_assert_int_eq(partition_life(&w.t, id, LIFE_EV_START, todo), ST_OK);
    ck_assert_uint_eq(todo[0].action, LIFE_DO_GO);
    return id;
}

static inline void take(partition_id id, unsigned page, unsigned pages)
{
    ck_assert_int_eq(partition_pages_take(&w.t, id, WORLD_AT(page), pages * PAGE_BYTES), ST_OK);
}

static inline status_t region(partition_id id, uint32_t space, vaddr_t va, unsigned page,
                              unsigned pages, uint8_t permission)
{
    const struct region_wish wish = {.space = space,
                                     .va = va,
                                     .base = WORLD_AT(page),
                                     .bytes = pages * PAGE_BYTES,
                                     .permission = permission};

    return partition_region_add(&w.t, id, &wish);
}

static inline void setup(void)
{
    world_begin(&w);
    a = make("a", 1, 3);
    b = make("b", 1, 2);
}

#define RW (PERM_READ | PERM_WRITE)
