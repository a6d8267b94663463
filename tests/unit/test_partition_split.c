/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/split: the plan. Over random capability graphs, what each side can do to each object afterwards is exactly what the rule
 * says, asked right by right, and never more than before. Regions: against the formula in rational numbers.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "partition/split.h"
#include "tests/support/args.h"

#define CAPS    24u
#define REGIONS 6u

static struct split_cap cap[CAPS];
static struct split_share share[CAPS];
static uint8_t region_side[REGIONS];

static uint32_t dice(uint32_t n)
{
    return (uint32_t)rand() % n;
}

/* Some objects with some capabilities each, in order. */
static uint32_t random_graph(uint32_t ntasks)
{
    uint32_t n = 0;

    for (uint64_t object = dice(3); n < CAPS && dice(20) != 0; object += 1 + dice(3)) {
        struct split_cap c = {.object = object, .follows = (uint8_t)dice(3)};

        c.which = (uint16_t)dice(c.follows == SPLIT_FOLLOWS_TASK ? ntasks : REGIONS);
        for (uint32_t many = 1 + dice(3); many > 0 && n < CAPS; many--) {
            c.rights = (uint8_t)dice(0x80);
            c.users = (uint8_t)(dice(3) ? 1u << dice(ntasks) : dice(1u << ntasks));
            cap[n++] = c;
        }
    }
    return n;
}

/* The rule, for one object: which sides may have of it what. */
static uint8_t may(uint64_t object, uint32_t n, uint32_t tasks_b, enum split_side side,
                   uint8_t rights)
{
    bool used[SPLIT_SIDES] = {false, false};
    int home = -1;

    for (uint32_t i = 0; i < n; i++) {
        if (cap[i].object != object)
            continue;
        for (unsigned task = 0; task < SPLIT_TASKS; task++)
            if (cap[i].users & 1u << task)
                used[(tasks_b & 1u << task) ? SPLIT_B : SPLIT_A] = true;
        if (cap[i].follows == SPLIT_FOLLOWS_TASK)
            home = (tasks_b & 1u << cap[i].which) ? SPLIT_B : SPLIT_A;
        if (cap[i].follows == SPLIT_FOLLOWS_REGION)
            home = region_side[cap[i].which];
    }
    if (used[SPLIT_A] && used[SPLIT_B])
        return rights & RIGHT_READ;
    if (home < 0)
        home = used[SPLIT_B] ? SPLIT_B : SPLIT_A;
    return home == (int)side ? rights : 0;
}

START_TEST(authority_afterwards_is_exactly_as_the_rule_says)
{
    unsigned shared = 0, whole = 0;

    srand((unsigned)test_seed());
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t ntasks = 2 + dice(7), tasks_b = dice(1u << ntasks) & ~1u, n = random_graph(ntasks);

        if (tasks_b == 0)
            tasks_b = 2;
        for (unsigned r = 0; r < REGIONS; r++)
            region_side[r] = (uint8_t)dice(2);
        if (split_caps(cap, n, ntasks, tasks_b, region_side, REGIONS, share) != ST_OK)
            ck_abort_msg("round %u: refused", round);
        for (uint32_t i = 0; i < n; i++) {
            uint8_t a = share[i].rights[SPLIT_A], b = share[i].rights[SPLIT_B];
            bool lost = share[i].record;

            if (a != may(cap[i].object, n, tasks_b, SPLIT_A, cap[i].rights) ||
                b != may(cap[i].object, n, tasks_b, SPLIT_B, cap[i].rights))
                ck_abort_msg("round %u: object %u: %#x became %#x and %#x", round,
                             (unsigned)cap[i].object, cap[i].rights, a, b);
            if (((a | b) & ~cap[i].rights) ||
                (a & b & ~RIGHT_READ)) /* never more; never both but reading */
                ck_abort_msg("round %u: %#x grew to %#x and %#x", round, cap[i].rights, a, b);
            if (!lost && (a | b) != cap[i].rights)
                ck_abort_msg("round %u: %#x became %#x and %#x without a record", round,
                             cap[i].rights, a, b);
            shared += lost;
            whole += !lost;
        }
        /* both sides together, per object: all that is writable is on one side */
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t k = 0; k < n; k++)
                if (cap[i].object == cap[k].object && share[i].rights[SPLIT_A] != 0 &&
                    share[k].rights[SPLIT_B] != 0 &&
                    ((share[i].rights[SPLIT_A] | share[k].rights[SPLIT_B]) & ~RIGHT_READ))
                    ck_abort_msg("round %u: object %u is on both sides and not only read", round,
                                 (unsigned)cap[i].object);
    }
    ck_assert_uint_gt(shared, 10000);
    ck_assert_uint_gt(whole, 10000);
}
END_TEST

/* The score without a division: numerators over the product of the denominators. */
static uint64_t exact(const struct split_region *r, unsigned s, const uint64_t given[2],
                      uint64_t *over)
{
    uint64_t l = r->access[s], lt = r->access[0] + r->access[1];
    uint64_t m = r->access[s] * r->cost[s],
             mt = r->access[0] * r->cost[0] + r->access[1] * r->cost[1];
    uint64_t g = given[!s], gt = given[0] + given[1];

    if (lt == 0) /* the largest product is 10 x 2,000 x 400,000 x 1,600,000 */
        l = 1, lt = 2;
    if (mt == 0)
        m = 1, mt = 2;
    if (gt == 0)
        g = 1, gt = 2;
    *over = lt * mt * gt;
    return 5 * l * mt * gt + 3 * m * lt * gt + 2 * g * lt * mt;
}

START_TEST(regions_go_to_the_side_with_the_higher_score)
{
    unsigned clear = 0, to_b = 0;

    srand((unsigned)test_seed());
    for (unsigned round = 0; round < 20000; round++) {
        struct split_region r[REGIONS], mirror[REGIONS];
        uint8_t side[REGIONS], again[REGIONS], other[REGIONS];
        uint64_t given[2] = {0, 0};
        bool tie = false;

        for (unsigned i = 0; i < REGIONS; i++) {
            r[i] = (struct split_region){
                (1 + dice(64)) * 4096, {dice(1000), dice(1000)}, {dice(200), dice(200)}};
            if (dice(6) == 0)
                r[i].access[dice(2)] = 0;
            mirror[i] = (struct split_region){
                r[i].bytes, {r[i].access[1], r[i].access[0]}, {r[i].cost[1], r[i].cost[0]}};
        }
        if (split_regions(r, REGIONS, side) != ST_OK || split_regions(r, REGIONS, again) != ST_OK ||
            split_regions(mirror, REGIONS, other) != ST_OK || memcmp(side, again, sizeof side) != 0)
            ck_abort_msg("round %u", round);
        for (unsigned i = 0; i < REGIONS; i++) {
            uint64_t over, a = exact(&r[i], 0, given, &over), b = exact(&r[i], 1, given, &over);
            uint64_t apart = a > b ? a - b : b - a;

            /* fixed point is off by less than a basis point in each of the three */
            if (apart > over / 1000) {
                clear++;
                if (side[i] != (b > a))
                    ck_abort_msg("round %u, region %u: side %u", round, i, side[i]);
            }
            tie = tie || split_score(&r[i], SPLIT_A, given) == split_score(&r[i], SPLIT_B, given);
            to_b += side[i];
            given[side[i]] += r[i].bytes;
        }
        for (unsigned i = 0; i < REGIONS && !tie; i++) /* the names of the sides do not matter */
            if (other[i] == side[i])
                ck_abort_msg("round %u, region %u: the mirror is not the mirror", round, i);
    }
    ck_assert_uint_gt(clear, 100000);
    ck_assert_uint_gt(to_b, 40000);
}
END_TEST

START_TEST(scores_by_hand)
{
    const struct split_region r = {4096, {300, 100}, {10, 50}};
    const uint64_t none[2] = {0, 0}, given[2] = {3000, 1000};
    struct split_region nothing[3] = {{.bytes = 10}, {.bytes = 10}, {.bytes = 10}};
    uint8_t side[3];

    /* 0.5 x 7500 + 0.3 x 3000/8000 + 0.2 x 5000, in tenths of basis points */
    ck_assert_uint_eq(split_score(&r, SPLIT_A, none), 5 * 7500 + 3 * 3750 + 2 * 5000);
    ck_assert_uint_eq(split_score(&r, SPLIT_B, none), 5 * 2500 + 3 * 6250 + 2 * 5000);
    ck_assert_uint_eq(split_score(&r, SPLIT_A, given), 5 * 7500 + 3 * 3750 + 2 * 2500);
    ck_assert_uint_eq(split_score(&r, SPLIT_B, given), 5 * 2500 + 3 * 6250 + 2 * 7500);
    /* ties: A, then to who has less, then A */
    ck_assert_int_eq(split_regions(nothing, 3, side), ST_OK);
    ck_assert(side[0] == SPLIT_A && side[1] == SPLIT_B && side[2] == SPLIT_A);
    ck_assert_uint_eq(split_bp(1, 3, 7), 3333);
    ck_assert_uint_eq(split_bp(0, 0, 7), 7);
    ck_assert_uint_eq(split_bp(1ull << 62, 1ull << 63, 7), 5000);
    ck_assert_uint_eq(split_bp(9, 3, 7), 10000);
}
END_TEST

START_TEST(a_plan_about_what_is_not_there_is_refused)
{
    struct split_region far = {1, {SPLIT_ACCESS_MAX + 1, 0}, {0, 0}},
                        dear = {1, {0, 0}, {0, SPLIT_COST_MAX + 1}};
    struct split_region big[2] = {{~0ull, {0}, {0}}, {1, {0}, {0}}};
    uint8_t side[2];

    ck_assert_int_eq(split_regions(&far, 1, side), ST_INVALID);
    ck_assert_int_eq(split_regions(&dear, 1, side), ST_INVALID);
    ck_assert_int_eq(split_regions(big, 2, side), ST_INVALID);
    for (uint32_t n = 0; n <= 9; n++)
        for (uint32_t b = 0; b < 1024; b++) {
            bool good = n >= 2 && n <= 8 && b != 0 && !(b & 1) && b < 1u << n;

            if ((split_check_tasks(n, b) == ST_OK) != good)
                ck_abort_msg("%u tasks, side B %#x", n, b);
        }
#define REFUSED(...)                                                                               \
    do {                                                                                           \
        const struct split_cap c[] = {__VA_ARGS__};                                                \
        ck_assert_int_eq(split_caps(c, ARRAY_LEN(c), 3, 4, region_side, 2, share), ST_INVALID);    \
    } while (0)
    REFUSED({5, 1, 8, 0, 0});
    REFUSED({5, 1, 1, 3, 0});
    REFUSED({5, 1, 1, SPLIT_FOLLOWS_TASK, 3});
    REFUSED({5, 1, 1, SPLIT_FOLLOWS_REGION, 2});
    REFUSED({5, 1, 1, 0, 0}, {4, 1, 1, 0, 0});
    REFUSED({5, 1, 1, SPLIT_FOLLOWS_TASK, 0}, {5, 1, 1, SPLIT_FOLLOWS_TASK, 1});
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/split");
    TCase *t = tcase_create("plan");
    SRunner *r;
    int failed;

    printf("seed %llu\n", (unsigned long long)test_seed());
    tcase_set_timeout(t, 60);
    tcase_add_test(t, authority_afterwards_is_exactly_as_the_rule_says);
    tcase_add_test(t, regions_go_to_the_side_with_the_higher_score);
    tcase_add_test(t, scores_by_hand);
    tcase_add_test(t, a_plan_about_what_is_not_there_is_refused);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
