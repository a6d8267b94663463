/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/quota, slab, tier, region: each by itself. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "partition/quota.h"
#include "partition/region.h"
#include "tests/support/args.h"

START_TEST(the_limits_are_those_of_the_specification)
{
    struct quota q;

    quota_init(&q);
    ck_assert_uint_eq(q.limit[QUOTA_CPU_US], 10000);
    ck_assert_uint_eq(q.limit[QUOTA_PAGES], 256);
    ck_assert_uint_eq(q.limit[QUOTA_MESSAGES], 1024);
    ck_assert_uint_eq(q.limit[QUOTA_TASKS], 32);
    ck_assert(quota_is_flow(QUOTA_CPU_US) && quota_is_flow(QUOTA_MESSAGES));
    ck_assert(!quota_is_flow(QUOTA_PAGES) && !quota_is_flow(QUOTA_TASKS));
    ck_assert_uint_eq(quota_pages(0), 0);
    ck_assert_uint_eq(quota_pages(1), 1);
    ck_assert_uint_eq(quota_pages(QUOTA_PAGE_BYTES), 1);
    ck_assert_uint_eq(quota_pages(QUOTA_PAGE_BYTES + 1), 2);
    ck_assert_uint_eq(quota_pages(~0ull), 1ull << 48);
}
END_TEST

/* The last unit is there, the one behind it is not, and a refusal names its kind and charges none of the others. */
START_TEST(a_charge_is_all_or_nothing_and_the_refusal_is_named)
{
    static const status_t answer[QUOTA_KINDS] = {ST_AGAIN, ST_NOMEM, ST_AGAIN, ST_TABLE_FULL};
    unsigned kind = (unsigned)_i;
    uint32_t want[QUOTA_KINDS] = {1, 1, 1, 1};
    enum quota_kind refused = QUOTA_KINDS;
    struct quota q, had;

    quota_init(&q);
    want[kind] = q.limit[kind];
    ck_assert_int_eq(quota_charge(&q, want, &refused), ST_OK);
    had = q;
    want[kind] = 1;
    ck_assert_int_eq(quota_charge(&q, want, &refused), answer[kind]);
    ck_assert_uint_eq(refused, kind);
    ck_assert_mem_eq(&q, &had, sizeof q);
    want[kind] = UINT32_MAX; /* no sum goes round */
    ck_assert_int_eq(quota_charge(&q, want, &refused), answer[kind]);
    ck_assert_int_eq(quota_charge_one(&q, (enum quota_kind)kind, UINT32_MAX), answer[kind]);
    ck_assert_mem_eq(&q, &had, sizeof q);
    want[kind] = 0;
    ck_assert_int_eq(quota_charge(&q, want, &refused), ST_OK);
    ck_assert_int_eq(quota_limit(&q, (enum quota_kind)kind, 3),
                     quota_is_flow((enum quota_kind)kind) ? ST_OK : ST_STATE);
    ck_assert_int_eq(quota_limit(&q, QUOTA_KINDS, 3), ST_INVALID);
}
END_TEST

START_TEST(flows_begin_anew_and_stocks_stay)
{
    struct quota q;

    quota_init(&q);
    for (unsigned k = 0; k < QUOTA_KINDS; k++)
        ck_assert_int_eq(quota_charge_one(&q, (enum quota_kind)k, 7), ST_OK);
    quota_epoch(&q);
    ck_assert_uint_eq(q.used[QUOTA_CPU_US], 0);
    ck_assert_uint_eq(q.used[QUOTA_MESSAGES], 0);
    ck_assert_uint_eq(q.used[QUOTA_PAGES], 7);
    ck_assert_uint_eq(q.used[QUOTA_TASKS], 7);
    quota_release(&q, QUOTA_PAGES, 7);
    ck_assert_uint_eq(q.used[QUOTA_PAGES], 0);
}
END_TEST

START_TEST(time_that_was_overrun_is_owed_in_the_next_epoch)
{
    struct quota q;

    quota_init(&q);
    ck_assert(!quota_spend(&q, QUOTA_CPU_US, 9999));
    ck_assert(quota_spend(&q, QUOTA_CPU_US, 6001)); /* 16,000 of 10,000 */
    ck_assert_int_eq(quota_charge_one(&q, QUOTA_CPU_US, 1), ST_AGAIN);
    quota_epoch(&q);
    ck_assert_uint_eq(q.used[QUOTA_CPU_US], 6000);
    ck_assert(quota_spend(&q, QUOTA_CPU_US, UINT32_MAX));
    ck_assert_uint_eq(q.used[QUOTA_CPU_US], UINT32_MAX);
}
END_TEST

#define SLOTS 24u

START_TEST(slots_are_given_once_and_old_names_are_stale)
{
    struct slab_head heads[SLOTS];
    struct slab_name held[SLOTS], old[64] = {{0, 0}}, n;
    uint32_t nheld = 0, nold = 0;
    uint64_t at;
    struct slab s;

    srand((unsigned)test_seed());
    ck_assert_int_eq(slab_init(&s, heads, SLOTS, 64), ST_OK);
    for (unsigned i = 0; i < 5000; i++) {
        if (rand() % 2) {
            status_t st = slab_take(&s, &n);

            ck_assert_int_eq(st, nheld < SLOTS ? ST_OK : ST_NOMEM);
            for (uint32_t k = 0; st == ST_OK && k < nheld; k++)
                ck_assert(held[k].index != n.index);
            if (st == ST_OK) {
                ck_assert_int_eq(slab_at(&s, n, &at), ST_OK);
                ck_assert_uint_eq(at, 64ull * n.index);
                held[nheld++] = n;
            }
        } else if (nheld > 0) {
            uint32_t k = (uint32_t)rand() % nheld;

            ck_assert_int_eq(slab_give(&s, held[k]), ST_OK);
            ck_assert_int_eq(slab_give(&s, held[k]), ST_STALE_HANDLE);
            old[nold++ % 64] = held[k];
            held[k] = held[--nheld];
        }
        for (unsigned k = 0; k < 64 && k < nold; k += 9)
            ck_assert_int_eq(slab_at(&s, old[k], &at), ST_STALE_HANDLE);
        ck_assert_ptr_null(slab_wrong(&s));
        ck_assert_uint_eq(s.free, SLOTS - nheld);
    }
    while (slab_take(&s, &n) == ST_OK)
        held[nheld++] = n;
    ck_assert_int_eq(slab_give(&s, held[0]), ST_OK);
    n = (struct slab_name){held[0].index,
                           heads[held[0].index].generation}; /* guessed: nobody was given it */
    ck_assert_int_eq(slab_at(&s, n, &at), ST_STALE_HANDLE);
    ck_assert_int_eq(slab_give(&s, n), ST_STALE_HANDLE);
    ck_assert_int_eq(slab_give(&s, (struct slab_name){SLOTS, 1}), ST_INVALID_HANDLE);
    ck_assert_int_eq(slab_give(&s, (struct slab_name){0, 0}), ST_INVALID_HANDLE);
}
END_TEST

START_TEST(generations_of_slots_go_round_without_zero)
{
    struct slab_head heads[2];
    struct slab_name n;
    struct slab s;

    ck_assert_int_eq(slab_init(&s, heads, 2, 64), ST_OK);
    heads[0].generation = UINT32_MAX;
    ck_assert_int_eq(slab_take(&s, &n), ST_OK);
    ck_assert_int_eq(slab_give(&s, n), ST_OK);
    ck_assert_uint_eq(heads[0].generation, 1);
}
END_TEST

START_TEST(a_slab_is_adopted_as_it_was_or_not_at_all)
{
    struct slab_head heads[4], spoiled[4];
    struct slab_name n, m;
    struct slab s, t;
    uint64_t at;
    uint32_t slots;

    ck_assert_int_eq(slab_init(&s, heads, 4, 64), ST_OK);
    ck_assert_int_eq(slab_take(&s, &n), ST_OK);
    ck_assert_int_eq(slab_take(&s, &m), ST_OK);
    ck_assert_int_eq(slab_give(&s, n), ST_OK);
    ck_assert_int_eq(slab_adopt(&t, heads, 4, 64, s.first), ST_OK);
    ck_assert_uint_eq(t.free, 3);
    ck_assert_int_eq(slab_at(&t, m, &at), ST_OK);
    ck_assert_int_eq(slab_at(&t, n, &at), ST_STALE_HANDLE);
    ck_assert_int_eq(slab_adopt(&t, heads, 4, 64, m.index), ST_FORMAT); /* begins at a taken one */
    ck_assert_int_eq(slab_adopt(&t, heads, 4, 64, 9), ST_FORMAT);
    memcpy(spoiled, heads, sizeof heads);
    spoiled[s.first].next = s.first; /* a circle */
    ck_assert_int_eq(slab_adopt(&t, spoiled, 4, 64, s.first), ST_FORMAT);
    memcpy(spoiled, heads, sizeof heads);
    spoiled[3].next = 4;
    ck_assert_int_eq(slab_adopt(&t, spoiled, 4, 64, s.first), ST_FORMAT);
    spoiled[3].next = SLAB_NIL;
    spoiled[2].generation = 0;
    ck_assert_int_eq(slab_adopt(&t, spoiled, 4, 64, s.first), ST_FORMAT);
    ck_assert_int_eq(slab_adopt(&t, heads, 4, 12, s.first), ST_INVALID);
    ck_assert_int_eq(slab_slots(4096, 0, &slots), ST_INVALID);
    ck_assert_int_eq(slab_slots(4096, 100, &slots), ST_INVALID);
    ck_assert_int_eq(slab_slots(4096, 8192, &slots), ST_INVALID);
    ck_assert_int_eq(slab_slots(1ull << 37, 8, &slots), ST_INVALID);
    ck_assert_int_eq(slab_slots(4096, 72, &slots), ST_OK);
    ck_assert_uint_eq(slots, 56);
}
END_TEST

/* Every residency in every tier, against the sentence of the specification. */
START_TEST(tiers_change_at_the_numbers_of_the_specification)
{
    for (uint32_t is = 0; is <= 20000; is++) {
        uint32_t cut = is > 10000 ? 10000 : is;
        struct residency r = {.recency = (uint16_t)(is - cut)};

        ck_assert_int_eq(residency_cut(&r, cut), ST_OK);
        if (residency_of(&r) != is ||
            tier_next(TIER_HOT, &r) != (is < 7000 ? TIER_WARM : TIER_HOT) ||
            tier_next(TIER_WARM, &r) != (is < 4000    ? TIER_DORMANT
                                         : is >= 8000 ? TIER_HOT
                                                      : TIER_WARM) ||
            tier_next(TIER_DORMANT, &r) != (is < 1000    ? TIER_COLD
                                            : is >= 5000 ? TIER_WARM
                                                         : TIER_DORMANT) ||
            tier_next(TIER_COLD, &r) != TIER_COLD)
            ck_abort_msg("residency %u", is);
    }
}
END_TEST

START_TEST(recency_grows_with_accesses_and_ages)
{
    enum tier t = TIER_COLD;
    struct residency r;

    residency_init(&r);
    ck_assert_uint_eq(residency_of(&r), 5000);
    residency_access(&r, 3);
    ck_assert_uint_eq(r.recency, 8000);
    residency_epoch(&r);
    ck_assert_uint_eq(r.recency, 7800);
    residency_access(&r, 4294968); /* x 1000 goes round to 704 */
    ck_assert_uint_eq(r.recency, 10000);
    for (unsigned i = 0; i < 49; i++)
        residency_epoch(&r);
    ck_assert_uint_eq(r.recency, 200);
    residency_epoch(&r);
    residency_epoch(&r);
    ck_assert_uint_eq(r.recency, 0);
    ck_assert_int_eq(residency_cut(&r, 10001), ST_INVALID);
    ck_assert_int_eq(tier_fetch(&t), ST_OK);
    ck_assert_uint_eq(t, TIER_DORMANT);
    ck_assert_int_eq(tier_fetch(&t), ST_STATE);
}
END_TEST

static struct region region(enum region_policy policy, uint8_t permission)
{
    return (struct region){.owner = 1,
                           .va = 0x100000,
                           .base = 0x40000000,
                           .bytes = 4 * PAGE_BYTES,
                           .policy = (uint8_t)policy,
                           .permission = permission,
                           .next = REGION_NIL};
}

START_TEST(a_region_that_cannot_be_is_refused)
{
    struct region r;

    for (unsigned policy = 0; policy <= REGION_POLICY_COUNT; policy++)
        for (unsigned permission = 0; permission < 16; permission++) {
            bool reads = permission & PERM_READ, writes = permission & PERM_WRITE,
                 runs = permission & PERM_EXECUTE;
            bool writer = policy == REGION_APPEND || policy == REGION_SLAB;
            status_t want = policy == REGION_POLICY_COUNT || permission > 7 ? ST_INVALID
                            : !reads || (writes && runs) ||
                                    (writes && policy == REGION_IMMUTABLE) || (!writes && writer)
                                ? ST_DENIED
                                : ST_OK;

            r = region((enum region_policy)policy, (uint8_t)permission);
            ck_assert_int_eq(region_check(&r), want);
        }
#define REFUSED(status, change)                                                                    \
    do {                                                                                           \
        r = region(REGION_PLAIN, PERM_READ);                                                       \
        change;                                                                                    \
        ck_assert_int_eq(region_check(&r), status);                                                \
    } while (0)
    REFUSED(ST_ALIGN, r.va += 8);
    REFUSED(ST_ALIGN, r.base += 8);
    REFUSED(ST_ALIGN, r.bytes += 8);
    REFUSED(ST_INVALID, r.bytes = 0);
    REFUSED(ST_INVALID, r.va = 0);
    REFUSED(ST_INVALID, r.va = USER_LIMIT - 3 * PAGE_BYTES);
    REFUSED(ST_OK, r.va = USER_LIMIT - 4 * PAGE_BYTES);
    REFUSED(ST_INVALID, r.base = ~0ull - PAGE_BYTES + 1);
    REFUSED(ST_INVALID, r.bytes = ALIGN_DOWN(~0ull, PAGE_BYTES));
}
END_TEST

START_TEST(an_append_only_region_only_grows)
{
    struct region r = region(REGION_APPEND, PERM_READ | PERM_WRITE);
    uint64_t at, was = 0;

    region_begin(&r);
    ck_assert_int_eq(region_append(&r, 0, &at), ST_INVALID);
    for (unsigned i = 1; r.position < r.bytes; i++) {
        uint64_t n = i * 37 % 900 + 1, room = r.bytes - r.position;

        ck_assert_int_eq(region_append(&r, room + 1, &at), ST_NOMEM);
        ck_assert_int_eq(region_append(&r, ~0ull, &at), ST_NOMEM);
        ck_assert_int_eq(region_append(&r, n < room ? n : room, &at), ST_OK);
        ck_assert_uint_eq(at, was);
        ck_assert_uint_gt(r.position, was);
        was = r.position;
        ck_assert_int_eq(region_may_write(&r, at, 1), ST_DENIED);
        if (was < r.bytes)
            ck_assert_int_eq(region_may_write(&r, was, 1), ST_OK);
        for (uint64_t page = 0; page < r.bytes; page += PAGE_BYTES) /* what is full is sealed */
            ck_assert_uint_eq(region_mapping(&r, page + 5),
                              page + PAGE_BYTES <= was ? PERM_READ : PERM_READ | PERM_WRITE);
    }
    ck_assert_uint_eq(region_mapping(&r, r.bytes), 0);
    r = region(REGION_PLAIN, PERM_READ | PERM_WRITE);
    ck_assert_int_eq(region_append(&r, 8, &at), ST_STATE);
}
END_TEST

START_TEST(what_may_be_written_follows_from_the_policy)
{
    struct region plain = region(REGION_PLAIN, PERM_READ | PERM_WRITE),
                  fixed = region(REGION_IMMUTABLE, PERM_READ);
    struct region slots = region(REGION_SLAB, PERM_READ | PERM_WRITE);
    uint8_t one[REGION_CHECKSUM_BYTES] = {1}, two[REGION_CHECKSUM_BYTES] = {2};
    struct slab_head heads[16];
    struct slab_name n;

    ck_assert_int_eq(region_may_write(&plain, 0, plain.bytes), ST_OK);
    ck_assert_int_eq(region_may_write(&plain, 1, plain.bytes), ST_INVALID);
    ck_assert_int_eq(region_may_write(&plain, ~0ull, 2), ST_INVALID);
    ck_assert_int_eq(region_may_write(&plain, 0, 0), ST_INVALID);
    ck_assert_int_eq(region_may_write(&fixed, 0, 1), ST_DENIED);
    ck_assert_uint_eq(region_mapping(&fixed, 0), PERM_READ);
    ck_assert_int_eq(region_sum(&fixed, one), ST_OK);
    ck_assert_int_eq(region_sum(&fixed, one), ST_OK);
    ck_assert_int_eq(region_sum(&fixed, two), ST_STATE);
    ck_assert_uint_eq(fixed.checksum[0], 1);
    ck_assert_int_eq(region_sum(&plain, one), ST_OK);
    ck_assert_int_eq(region_sum(&plain, two), ST_OK);

    ck_assert_int_eq(slab_init(&slots.slab, heads, 16, 1024), ST_OK);
    ck_assert_int_eq(slab_take(&slots.slab, &n), ST_OK);
    ck_assert_int_eq(region_may_write(&slots, n.index * 1024ull, 1024), ST_OK);
    ck_assert_int_eq(region_may_write(&slots, n.index * 1024ull + 1, 1024), ST_STALE_HANDLE);
    ck_assert_int_eq(region_may_write(&slots, n.index * 1024ull + 1024, 1), ST_STALE_HANDLE);
    ck_assert_ptr_null(region_wrong(&slots));
}
END_TEST

START_TEST(regions_meet_when_a_byte_is_in_both)
{
    struct region r = region(REGION_PLAIN, PERM_READ);

    r.space = 4;
    ck_assert(region_meets(&r, 4, r.va + r.bytes - 1, 1));
    ck_assert(!region_meets(&r, 4, r.va + r.bytes, 1));
    ck_assert(region_meets(&r, 4, r.va - 1, 2));
    ck_assert(!region_meets(&r, 4, r.va - 1, 1));
    ck_assert(!region_meets(&r, 5, r.va, 1));
    ck_assert(region_shares(&r, r.base - PAGE_BYTES, PAGE_BYTES + 1));
    ck_assert(!region_shares(&r, r.base - PAGE_BYTES, PAGE_BYTES));
    ck_assert(!region_shares(&r, r.base + r.bytes, PAGE_BYTES));
    ck_assert_str_eq(region_policy_name(REGION_APPEND), "append-only");
    ck_assert_str_eq(tier_name(TIER_DORMANT), "Dormant");
    ck_assert_str_eq(quota_text(QUOTA_PAGES), "pages of 64 KiB");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/quota, slab, tier, region");
    TCase *t = tcase_create("parts");
    SRunner *r;
    int failed;

    tcase_add_test(t, the_limits_are_those_of_the_specification);
    tcase_add_loop_test(t, a_charge_is_all_or_nothing_and_the_refusal_is_named, 0, QUOTA_KINDS);
    tcase_add_test(t, flows_begin_anew_and_stocks_stay);
    tcase_add_test(t, time_that_was_overrun_is_owed_in_the_next_epoch);
    tcase_add_test(t, slots_are_given_once_and_old_names_are_stale);
    tcase_add_test(t, generations_of_slots_go_round_without_zero);
    tcase_add_test(t, a_slab_is_adopted_as_it_was_or_not_at_all);
    tcase_add_test(t, tiers_change_at_the_numbers_of_the_specification);
    tcase_add_test(t, recency_grows_with_accesses_and_ages);
    tcase_add_test(t, a_region_that_cannot_be_is_refused);
    tcase_add_test(t, an_append_only_region_only_grows);
    tcase_add_test(t, what_may_be_written_follows_from_the_policy);
    tcase_add_test(t, regions_meet_when_a_byte_is_in_both);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
