/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/snapshot and operation: who hibernates comes back as it was, or not at all (H1, H2). */
#include "tests/support/partition_case.h"
#include <string.h>

static struct snapshot snapshot;
static struct snapshot_region saved[4];
static uint8_t content[4][HASH_BYTES];
static const struct hibernate_facts nothing_owed;
static struct slab_head heads[16];

static status_t hibernate(const struct hibernate_facts *f, uint32_t *missing)
{
    return partition_hibernate(&w.t, a, f, missing, &snapshot, saved, 4,
                               (const uint8_t(*)[HASH_BYTES])content, world_block, todo);
}

START_TEST(who_owes_or_holds_something_does_not_hibernate)
{
    static const status_t want[] = {ST_STATE,  ST_BUSY,   ST_DENIED, ST_DENIED,
                                    ST_MAPPED, ST_MAPPED, ST_MAPPED};
    static const unsigned bit[] = {HIBERNATE_STATE,  HIBERNATE_OWED,  HIBERNATE_LEASES,
                                   HIBERNATE_LEASES, HIBERNATE_LOANS, HIBERNATE_LOANS,
                                   HIBERNATE_LOANS};
    struct hibernate_facts f = {0};
    uint32_t missing, lease;

    take(a, 0, 2);
    take(b, 8, 2);
    switch (_i) {
    case 0:
        ck_assert_int_eq(partition_migrate(&w.t, a, 0, todo), ST_OK);
        break;
    case 1:
        f.owed_replies = 1;
        break;
    case 2:
        f.leases_elsewhere = 1;
        break;
    case 3:
        ck_assert_int_eq(partition_lease(&w.t, a, 3, 5, false, &lease), ST_OK);
        break;
    case 4:
        ck_assert_int_eq(partition_pages_share(&w.t, a, b, WORLD_AT(0), PAGE_BYTES), ST_OK);
        break;
    case 5:
        ck_assert_int_eq(partition_pages_share(&w.t, b, a, WORLD_AT(8), PAGE_BYTES), ST_OK);
        break;
    default:
        f.loans_elsewhere = true;
        break;
    }
    ck_assert_int_eq(hibernate(&f, &missing), want[_i]);
    ck_assert_uint_eq(missing, 1u << bit[_i]);
    ck_assert_str_ne(hibernate_text((enum hibernate_need)bit[_i]), "?");
}
END_TEST

static void sleep_tight(void)
{
    struct region_wish slab = {.space = 1,
                               .va = 0x300000,
                               .base = WORLD_AT(3),
                               .bytes = PAGE_BYTES,
                               .permission = RW,
                               .policy = REGION_SLAB,
                               .slot_bytes = 256,
                               .heads = heads};
    struct region_wish log = {.space = 1,
                              .va = 0x200000,
                              .base = WORLD_AT(2),
                              .bytes = PAGE_BYTES,
                              .permission = RW,
                              .policy = REGION_APPEND};
    struct partition_debt debt;
    struct slab_name name;
    struct region *r;
    uint32_t missing;
    uint64_t offset;

    take(a, 0, 4);
    ck_assert_int_eq(region(a, 1, 0x100000, 0, 2, RW), ST_OK);
    ck_assert_int_eq(partition_region_add(&w.t, a, &log), ST_OK);
    ck_assert_int_eq(partition_region_add(&w.t, a, &slab), ST_OK);
    ck_assert_int_eq(partition_region(&w.t, a, 1, 0x200000, &r), ST_OK);
    ck_assert_int_eq(region_append(r, 100, &offset), ST_OK);
    ck_assert_int_eq(partition_region(&w.t, a, 1, 0x300000, &r), ST_OK);
    ck_assert_int_eq(slab_take(&r->slab, &name), ST_OK);
    for (unsigned i = 0; i < 3; i++)
        world_content(i, content[i]);
    ck_assert_int_eq(hibernate(&nothing_owed, &missing), ST_OK);
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_HIBERNATE);
    sound();
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_OK);
    ck_assert_int_eq(debt.kind, DEBT_PAGES);
    ck_assert_int_eq(partition_settle(&w.t, a, &debt), ST_NOT_FOUND);
    ck_assert_uint_eq(w.t.pages.n, 0);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_START, todo), ST_STATE);
    sound();
}

static const uint32_t numbers[3] = {101, 102, 103};

START_TEST(what_comes_back_is_what_went)
{
    struct rebuild rebuild;
    struct region *r;
    uint64_t offset;

    sleep_tight();
    ck_assert_int_eq(rebuild_begin(&rebuild, &snapshot, saved, 4, world_block), ST_OK);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(partition_reconstruct(&w.t, a, &rebuild, numbers, todo),
                         ST_STATE); /* not all looked at */
        ck_assert_int_eq(rebuild_region(&rebuild, i, content[i]), ST_OK);
    }
    ck_assert_int_eq(partition_reconstruct(&w.t, b, &rebuild, numbers, todo), ST_STATE);
    ck_assert_int_eq(partition_reconstruct(&w.t, a, &rebuild, (uint32_t[]){1, 0, 3}, todo),
                     ST_INVALID);
    ck_assert_int_eq(partition_reconstruct(&w.t, a, &rebuild, numbers, todo), ST_OK);
    ck_assert_uint_eq(todo[0].record, WITNESS_PARTITION_RECONSTRUCT);
    ck_assert_uint_eq(at(a)->state, LIFE_CREATED);
    ck_assert_uint_eq(at(a)->task[2], 103);
    take(a, 30, 4);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(partition_region_restore(&w.t, a, &saved[i],
                                                  WORLD_AT(30 + (i ? i + 1 : 0)),
                                                  saved[i].slot_bytes ? heads : NULL),
                         ST_OK);
    sound();
    ck_assert_int_eq(partition_region(&w.t, a, 1, 0x200000, &r), ST_OK);
    ck_assert_int_eq(region_append(r, 1, &offset), ST_OK);
    ck_assert_uint_eq(offset, 100);
    ck_assert_int_eq(partition_region(&w.t, a, 1, 0x300000, &r), ST_OK);
    ck_assert_int_eq(slab_at(&r->slab, (struct slab_name){0, 1}, &offset), ST_OK);
    ck_assert_uint_eq(r->slab.free, 15);
    ck_assert_int_eq(partition_life(&w.t, a, LIFE_EV_START, todo), ST_OK);
}
END_TEST

START_TEST(what_differs_does_not_come_back)
{
    struct rebuild rebuild;
    uint8_t other[HASH_BYTES];

    sleep_tight();
    ck_assert_int_eq(rebuild_begin(&rebuild, &snapshot, saved, 4, world_block), ST_OK);
    memcpy(other, content[1], sizeof other);
    other[31] ^= 1;
    ck_assert_int_eq(rebuild_region(&rebuild, 3, content[0]), ST_INVALID);
    ck_assert_int_eq(rebuild_region(&rebuild, 1, other), ST_FORMAT);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(rebuild_region(&rebuild, i, content[i]), ST_OK);
    ck_assert_int_eq(partition_reconstruct(&w.t, a, &rebuild, numbers, todo),
                     ST_FORMAT); /* once is enough */
    ck_assert_int_eq(rebuild_begin(&rebuild, &snapshot, saved, 2, world_block), ST_INVALID);
    for (unsigned i = 0; i < 8 * sizeof snapshot; i++) { /* every bit of the descriptor */
        ((uint8_t *)&snapshot)[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_int_ne(rebuild_begin(&rebuild, &snapshot, saved, 4, world_block), ST_OK);
        ((uint8_t *)&snapshot)[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (unsigned i = 0; i < 8 * 3 * sizeof saved[0]; i += 3) {
        ((uint8_t *)saved)[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_int_eq(rebuild_begin(&rebuild, &snapshot, saved, 4, world_block), ST_FORMAT);
        ((uint8_t *)saved)[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    ck_assert_int_eq(rebuild_begin(&rebuild, &snapshot, saved, 4, world_block), ST_OK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/operation: hibernate");
    TCase *t = tcase_create("sleep");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, who_owes_or_holds_something_does_not_hibernate, 0, 7);
    tcase_add_test(t, what_comes_back_is_what_went);
    tcase_add_test(t, what_differs_does_not_come_back);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
