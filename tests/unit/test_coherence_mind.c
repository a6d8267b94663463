/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The program coherence without its messages: the workloads of tests/workloads told to it epoch by epoch, its moves made, refused
 * or forgotten; and its parts one by one.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/bits.h"
#include "services/coherence/mind.h"
#include "tests/support/args.h"
#include "tests/workloads/pattern.h"

#define CORES  8u
#define NODES  48u
#define EDGES  256u
#define EPOCH  10000000ull
#define SLICE  60u  /* of a cut: it takes a few */
#define DRIVER 999u /* a part that stays, and everybody talks to a little */

static struct mind m;
static void *memory;
static core_id at[PATTERN_AGENTS];
static enum pattern pattern;
static bool shifted;
static uint64_t noise, epochs, moves;
static unsigned telling; /* cores: the first so many */

static uint64_t draw(void)
{
    noise ^= noise << 13, noise ^= noise >> 7, noise ^= noise << 17;
    return noise;
}

static void setup(void)
{
    size_t bytes = mind_bytes(NODES, EDGES, CORES);

    memory = aligned_alloc(16, bytes);
    memset(memory, 0xa5, bytes);
    ck_assert_int_eq(mind_init(&m, memory, NODES, EDGES, CORES), ST_OK);
    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        at[i] = (core_id)(i % CORES);
    shifted = false;
    telling = CORES;
    pattern = PATTERN_PAIRS;
    noise = test_seed() * 2 + 1;
    epochs = moves = 0;
}

static void teardown(void)
{
    free(memory);
}

static uint64_t part(unsigned i)
{
    return (uint64_t)(i % CORES) << 48 | 0x10000u | (i + 1);
}

static unsigned agent(uint64_t p)
{
    return (unsigned)(p & 0xffff) - 1;
}

static void tell(unsigned i, uint64_t ran_ns)
{
    ck_assert_int_eq(mind_part(&m, at[i], part(i), ran_ns, false, "talk\0..................."),
                     ST_OK);
}

/* One epoch of all cores; ran: some noise of the clock. */
static void report(void)
{
    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        tell(i, draw() % (EPOCH / 40));
    ck_assert_int_eq(mind_part(&m, 0, DRIVER, EPOCH / 100, true, "driver\0................."),
                     ST_OK);
    for (unsigned i = 0; i < PATTERN_AGENTS; i++) {
        for (unsigned j = 0; j < i; j++) {
            uint64_t n = pattern_rate(pattern, i, j, shifted);

            if (n != 0)
                mind_edge(&m, part(i), part(j), 2 * n + draw() % (n + 1), 64 * 2 * n);
        }
        if (draw() % 8 == 0)
            mind_edge(&m, part(i), DRIVER, 1, 64);
    }
    for (core_id c = 0; c < telling; c++)
        mind_core(&m, c, EPOCH, EPOCH / 2);
}

static void think(void)
{
    mind_epoch(&m, 1);
    epochs++;
    if (mind_cut_due(&m))
        ck_assert_int_eq(mind_cut_run(&m, 1u << 20), ST_OK);
    while (!mind_advise(&m, 1000))
        ;
}

static void obey(void)
{
    while (m.moves.n > 0) {
        struct want w = m.moves.want[0];
        uint64_t p = m.nodes.node[w.node].part;

        ck_assert_uint_ne(p, DRIVER);
        ck_assert_uint_lt(w.to, telling);
        ck_assert_uint_ne(w.to, at[agent(p)]);
        at[agent(p)] = w.to;
        moves++;
        ck_assert(mind_moved(&m, 0, ST_OK));
    }
}

static void run(unsigned n)
{
    while (n-- > 0) {
        report();
        think();
        obey();
    }
}

/* Share of messages between cores in the next `n` epochs. */
static uint64_t share_bp(unsigned n)
{
    uint64_t all = m.all, cross = m.cross;

    run(n);
    return (m.cross - cross) * 10000 / (m.all - all);
}

static void settle(void)
{
    uint64_t last = moves, quiet = 0;

    for (unsigned n = 0; quiet < 30 || !mind_settled(&m);
         n++, quiet = moves == last ? quiet + 1 : 0, last = moves) {
        ck_assert_msg(n < 400, "%s has not settled", pattern_word(pattern));
        run(1);
    }
}

START_TEST(less_goes_between_cores_and_moving_ends)
{
    uint64_t before, after, n;

    pattern = (enum pattern)(_i / 2);
    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        at[pattern_agent((unsigned)_i % 2 * 3, i)] = (core_id)(i % CORES);
    before = share_bp(60);
    ck_assert_uint_eq(moves, 0);
    m.on = true;
    settle();
    n = moves;
    after = share_bp(100);
    printf("# %-11s %s: %lu of 10000 between cores, then %lu; %lu moves, quiet after %lu epochs\n",
           pattern_word(pattern), _i % 2 ? "drawn  " : "in turn", (unsigned long)before,
           (unsigned long)after, (unsigned long)n, (unsigned long)epochs - 190);
    ck_assert_uint_gt(n, 0);
    ck_assert_uint_eq(moves, n);
    ck_assert_uint_le(after * 10, before * 5); /* the goal: half of it */
}
END_TEST

START_TEST(advice_is_given_but_not_followed_as_long_as_it_is_off)
{
    run(200);
    ck_assert_uint_eq(moves, 0);
    ck_assert_uint_eq(m.moves.n, 0);
}
END_TEST

START_TEST(a_machine_where_nobody_talks_is_left_alone)
{
    ck_assert_uint_eq(mind_period(&m), 1);
    for (unsigned n = 0; n < 2 * MIND_QUIET; n++) {
        ck_assert_int_eq(mind_part(&m, 0, DRIVER, EPOCH / 100, true, "driver\0................."),
                         ST_OK);
        ck_assert_int_eq(mind_part(&m, 0, DRIVER + 1, EPOCH / 100, true, "driver\0................."),
                         ST_OK);
        mind_edge(&m, DRIVER, DRIVER + 1, 5, 320);
        think();
    }
    ck_assert_uint_eq(mind_period(&m), MIND_QUIET_PERIOD);
    run(1);
    ck_assert_uint_eq(mind_period(&m), 1);
    run(2 * MIND_QUIET);
    ck_assert_uint_eq(mind_period(&m), 1);
}
END_TEST

START_TEST(a_partition_that_says_little_to_itself_is_to_be_split_and_that_is_said_once)
{
    unsigned splits = 0, others = 0;

    m.on = true;
    for (unsigned n = 0; n < 150; n++) {
        mind_edge(&m, part(0), part(0), 1, 64);
        run(1);
        for (uint32_t i = 0; i < m.nadvised; i++) {
            bool split = m.advised[i].kind == ADVICE_SPLIT;

            splits += split && m.nodes.node[m.advised[i].node].part == part(0);
            others += m.advised[i].kind == ADVICE_MERGE ||
                      (split && m.nodes.node[m.advised[i].node].part != part(0));
        }
    }
    ck_assert_uint_eq(splits, 1);
    ck_assert_uint_eq(others, 0);
}
END_TEST

START_TEST(bridges_that_change_sides_are_followed)
{
    uint64_t n, off;

    pattern = PATTERN_COMMUNITIES;
    telling = 2;
    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        at[i] = (core_id)(i % 2);
    m.on = true;
    settle();
    ck_assert(at[30] == at[0] && at[31] == at[0]);
    n = moves;
    shifted = true;
    off = share_bp(5);
    settle();
    ck_assert(at[30] == at[8] && at[31] == at[8]);
    ck_assert_uint_le(moves, n + 2);
    ck_assert_uint_lt(share_bp(50), off);
    n = moves;
    run(100);
    ck_assert_uint_eq(moves, n);
}
END_TEST

START_TEST(the_same_reports_give_the_same_moves)
{
    core_id first[PATTERN_AGENTS];
    uint64_t n;

    pattern = PATTERN_STARS;
    m.on = true;
    run(150);
    memcpy(first, at, sizeof at);
    n = moves;
    teardown();
    setup();
    pattern = PATTERN_STARS;
    m.on = true;
    run(150);
    ck_assert_uint_eq(moves, n);
    ck_assert_mem_eq(first, at, sizeof at);
}
END_TEST

START_TEST(only_cores_that_tell_get_anything)
{
    uint64_t n;

    telling = 3;
    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        at[i] = (core_id)(i % 3);
    m.on = true;
    settle();
    n = moves;
    ck_assert_uint_gt(n, 0);
    ck_assert_uint_lt(share_bp(50), 2500);
    mind_core_gone(&m, 2); /* and all that was there is gone with it */
    for (unsigned e = 0; e < 3 * NODE_GONE; e++) {
        for (unsigned i = 0; i < PATTERN_AGENTS; i++)
            if (at[i] < 2)
                tell(i, 0);
        think();
        for (uint32_t i = 0; i < m.moves.n; i++)
            ck_assert_uint_lt(m.moves.want[i].to, 2);
        telling = 2;
        obey();
    }
}
END_TEST

START_TEST(what_cannot_be_moved_is_not_asked_for_again_soon)
{
    unsigned asked[PATTERN_AGENTS] = {0};

    m.on = true;
    for (unsigned e = 0; e < 400; e++) {
        report();
        think();
        while (m.moves.n > 0) {
            asked[agent(m.nodes.node[m.moves.want[0].node].part)]++;
            ck_assert(mind_moved(&m, 0, ST_TYPE));
        }
    }
    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        ck_assert_uint_le(asked[i], 1);
    ck_assert_uint_gt(m.moves.refused, 0);
    ck_assert_uint_eq(m.moves.done, 0);
}
END_TEST

START_TEST(what_is_busy_is_asked_again_a_few_times)
{
    unsigned asked = 0;
    uint32_t node;

    m.on = true;
    while (m.moves.n == 0) {
        report();
        think();
    }
    node = m.moves.want[0].node;
    for (uint32_t i = 0; i < m.moves.n && m.moves.want[i].node == node; asked++)
        i += !mind_moved(&m, i, ST_BUSY) ? 0 : 1;
    ck_assert_uint_eq(asked, MOVES_TRIES);
    ck_assert(!node_moves(&m.nodes.node[node], m.epoch + STAYS_SHORT - 1));
    ck_assert(node_moves(&m.nodes.node[node], m.epoch + STAYS_SHORT));
}
END_TEST

START_TEST(a_part_that_nobody_tells_of_is_forgotten_and_its_number_used_again)
{
    uint32_t was;

    run(10);
    was = nodes_find(&m.nodes, part(4));
    ck_assert_uint_gt(graph_weight(&m.graph, was, nodes_find(&m.nodes, part(5))), 0);
    for (unsigned e = 0; e < NODE_GONE; e++) {
        for (unsigned i = 0; i < PATTERN_AGENTS; i++)
            if (i != 4)
                tell(i, 0);
        ck_assert_uint_eq(nodes_find(&m.nodes, part(4)), was); /* it may be on its way */
        think();
    }
    ck_assert_uint_eq(nodes_find(&m.nodes, part(4)), NODE_NONE);
    ck_assert_uint_eq(graph_weight(&m.graph, was, nodes_find(&m.nodes, part(5))), 0);
    ck_assert_int_eq(mind_part(&m, 1, 0x70001, 0, false, "another\0................"), ST_OK);
    ck_assert_uint_eq(nodes_find(&m.nodes, 0x70001), was);
    run(3);
}
END_TEST

START_TEST(numbers_come_and_go_by_the_thousand)
{
    struct node memory_of[8];
    struct nodes t;
    uint64_t is[8] = {0};

    nodes_init(&t, memory_of, 8);
    for (unsigned step = 0; step < 20000; step++) {
        uint64_t p = 1 + draw() % 5000;
        uint32_t found = nodes_find(&t, p), free = 0, i = (uint32_t)(draw() % 8);

        for (uint32_t k = 0; k < 8; k++) {
            ck_assert_uint_eq(is[k] == p, found == k);
            free += is[k] == 0;
        }
        if (found == NODE_NONE && (found = nodes_take(&t, p)) != NODE_NONE) {
            ck_assert_uint_eq(is[found], 0);
            is[found] = p;
        } else if (found == NODE_NONE) {
            ck_assert_uint_eq(free, 0);
        }
        if (is[i] != 0 && draw() % 2) {
            p = is[i];
            nodes_drop(&t, i);
            is[i] = 0;
            ck_assert_uint_eq(nodes_find(&t, p), NODE_NONE);
        }
    }
}
END_TEST

START_TEST(a_full_table_refuses_and_goes_on)
{
    for (unsigned i = 0; i < NODES; i++)
        ck_assert_int_eq(mind_part(&m, 0, 0x50000u + i, 0, false, "x\0......................"),
                         ST_OK);
    ck_assert_int_eq(mind_part(&m, 0, 0x90000, 0, false, "x\0......................"),
                     ST_TABLE_FULL);
    ck_assert_int_eq(mind_part(&m, CORES, 0x50000, 0, false, "x\0......................"),
                     ST_INVALID);
    ck_assert_int_eq(mind_part(&m, 0, 0, 0, false, "x\0......................"), ST_INVALID);
    mind_edge(&m, 0x50000, 0x90000, 7, 7);
    ck_assert_uint_eq(m.unknown, 7);
    ck_assert_uint_eq(m.all, 0);
    for (unsigned i = 0; i < NODES; i++) /* more edges than there is room for */
        for (unsigned j = 0; j < i; j++)
            mind_edge(&m, 0x50000u + i, 0x50000u + j, 1, 64);
    think();
    ck_assert_uint_eq(m.graph.edges, EDGES);
}
END_TEST

START_TEST(the_cut_is_of_those_that_can_be_moved)
{
    pattern = PATTERN_PAIRS;
    run(5);
    ck_assert(m.cut.known);
    ck_assert_uint_eq(m.cut.nodes, PATTERN_AGENTS);
    ck_assert_uint_gt(m.cut.weight, 0); /* with the driver's other clients it would be in pieces */
}
END_TEST

START_TEST(a_cut_over_its_budget_goes_on_and_the_last_good_one_stands)
{
    uint64_t weight;
    unsigned slices = 1;

    run(5);
    weight = m.cut.weight;
    report();
    mind_epoch(&m, 1);
    ck_assert(mind_cut_due(&m));
    ck_assert_int_eq(mind_cut_run(&m, SLICE), ST_AGAIN);
    ck_assert(mind_cut_late(&m));
    ck_assert(m.cut.over);
    ck_assert_uint_eq(m.cut.weight, weight);
    for (status_t st = ST_AGAIN; st == ST_AGAIN; slices++) {
        report();
        mind_epoch(&m, 1); /* the graph goes on; the cut is of what it was */
        ck_assert(mind_cut_due(&m));
        st = mind_cut_run(&m, SLICE);
        ck_assert(st == ST_OK || !mind_cut_late(&m)); /* said once */
        ck_assert_uint_le(slices, MIND_CUT_FOREVER);
    }
    ck_assert_uint_gt(slices, 2);
    ck_assert_uint_eq(m.cut.overs, 1);
    ck_assert(!m.cut.over);
}
END_TEST

/* ---- load ---- */

START_TEST(a_load_does_not_change_with_the_noise_of_the_clock)
{
    struct node n = {.load = NODE_BASE};

    noise = 12345;
    for (unsigned e = 0; e < 2000; e++) {
        n.ran_ns = draw() % (EPOCH / NODE_STEPS * 3 / 2);
        node_ran(&n, EPOCH);
        ck_assert_uint_eq(n.load, NODE_BASE);
    }
    for (unsigned e = 0; e < 200; e++) {
        n.ran_ns = EPOCH / 2 + draw() % (EPOCH / 32);
        node_ran(&n, EPOCH);
    }
    ck_assert_uint_ge(n.load, NODE_BASE + NODE_STEPS / 2 - 1);
    ck_assert_uint_le(n.load, NODE_BASE + NODE_STEPS / 2 + 1);
    for (unsigned e = 0; e < 400; e++) {
        n.ran_ns = 0;
        node_ran(&n, EPOCH);
    }
    ck_assert_uint_le(n.load, NODE_BASE + 1);
    for (unsigned e = 0; e < 400; e++) {
        n.ran_ns = 3 * EPOCH; /* a clock that is wrong */
        node_ran(&n, EPOCH);
    }
    ck_assert_uint_le(n.load, NODE_BASE + NODE_STEPS);
}
END_TEST

START_TEST(pressure_falls_when_what_talks_is_together)
{
    uint32_t before;

    pattern = PATTERN_PIPELINES;
    run(60);
    before = mind_pressure_bp(&m);
    m.on = true;
    settle();
    run(30);
    ck_assert_uint_gt(before, 7000);
    ck_assert_uint_lt(mind_pressure_bp(&m), before / 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("services/coherence");
    TCase *t = tcase_create("mind");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, less_goes_between_cores_and_moving_ends, 0, 2 * PATTERNS);
    tcase_add_test(t, advice_is_given_but_not_followed_as_long_as_it_is_off);
    tcase_add_test(t, a_machine_where_nobody_talks_is_left_alone);
    tcase_add_test(t, a_partition_that_says_little_to_itself_is_to_be_split_and_that_is_said_once);
    tcase_add_test(t, bridges_that_change_sides_are_followed);
    tcase_add_test(t, the_same_reports_give_the_same_moves);
    tcase_add_test(t, only_cores_that_tell_get_anything);
    tcase_add_test(t, what_cannot_be_moved_is_not_asked_for_again_soon);
    tcase_add_test(t, what_is_busy_is_asked_again_a_few_times);
    tcase_add_test(t, a_part_that_nobody_tells_of_is_forgotten_and_its_number_used_again);
    tcase_add_test(t, numbers_come_and_go_by_the_thousand);
    tcase_add_test(t, a_full_table_refuses_and_goes_on);
    tcase_add_test(t, the_cut_is_of_those_that_can_be_moved);
    tcase_add_test(t, a_cut_over_its_budget_goes_on_and_the_last_good_one_stands);
    tcase_add_test(t, a_load_does_not_change_with_the_noise_of_the_clock);
    tcase_add_test(t, pressure_falls_when_what_talks_is_together);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
