/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Workloads replayed through coherence/advise, every advice followed: the messages between cores against those of the same
 * epochs had the agents been placed in turn or at random, and whether moving comes to an end.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "coherence/advise.h"
#include "tests/support/args.h"
#include "tests/support/traffic.h"

#define SEEDS        1000u
#define QUIET_EPOCHS 100u
#define SETTLING     400u /* epochs by which it must have settled */

struct replay {
    struct traffic t;
    struct advise *a;
    void *memory;
    uint32_t cores, load[TRAFFIC_NODES];
    core_id at[TRAFFIC_NODES], in_turn[TRAFFIC_NODES], random[TRAFFIC_NODES];
    core_id next[TRAFFIC_NODES]; /* a move takes an epoch */
    uint32_t advised;            /* in the last epoch     */
    uint64_t moves;
};

static void replay_new(struct replay *r, enum traffic_kind kind, uint32_t nodes, uint32_t cores,
                       uint64_t seed, uint32_t slack_bp)
{
    struct advise_limits limits = advise_usual;
    size_t bytes = advise_bytes(nodes, nodes * (nodes - 1), cores);

    traffic_new(&r->t, kind, nodes, seed);
    limits.slack_bp = slack_bp;
    r->memory = malloc(bytes);
    memset(r->memory, 0x5a, bytes);
    r->cores = cores;
    r->moves = 0;
    ck_assert_int_eq(
        advise_init(&limits, nodes, nodes * (nodes - 1), cores, r->memory, bytes, &r->a), ST_OK);
    for (uint32_t v = 0; v < nodes; v++) {
        r->load[v] = 1;
        r->at[v] = r->next[v] = r->in_turn[v] = (core_id)(v % cores);
        r->random[v] = (core_id)(v * cores / nodes);
    }
    for (uint32_t v = nodes - 1; v > 0; v--) { /* as many on each core, who is drawn */
        uint32_t u = (uint32_t)(traffic_draw(&r->t) % (v + 1));
        core_id c = r->random[v];

        r->random[v] = r->random[u];
        r->random[u] = c;
    }
}

static void replay_free(struct replay *r)
{
    traffic_free(&r->t);
    free(r->memory);
}

static void replay_epoch(struct replay *r, bool fading)
{
    const struct advice *list;

    memcpy(r->at, r->next, sizeof r->at);
    traffic_epoch(&r->t, fading);
    ck_assert_int_eq(
        advise_begin(
            r->a, &(struct advise_input){.view = &r->t.g.view, .load = r->load, .current = r->at}),
        ST_OK);
    while (!advise_run(r->a, 10000))
        ;
    r->advised = advise_list(r->a, &list);
    for (uint32_t i = 0; i < r->advised; i++) {
        ck_assert_uint_eq(list[i].kind, ADVICE_MOVE);
        ck_assert_uint_eq(list[i].from, r->at[list[i].node]);
        ck_assert_uint_ne(list[i].from, list[i].to);
        r->next[list[i].node] = list[i].to;
        r->moves++;
    }
}

/* Epochs until nothing was advised for 20 of them and it says that it is settled. */
static uint32_t settle(struct replay *r, bool fading)
{
    uint32_t still = 0, n = 0;

    while (still < 20 || !advise_settled(r->a)) {
        replay_epoch(r, fading);
        still = r->advised == 0 ? still + 1 : 0;
        ck_assert_msg(++n < SETTLING, "%s has not settled", traffic_word(r->t.kind));
    }
    return n;
}

/* ---- less between cores ---- */

START_TEST(messages_between_cores_fall_by_half_and_moving_ends)
{
    bool communities = _i == TRAFFIC_COMMUNITIES;
    uint64_t ours = 0, in_turn = 0, random = 0, all = 0, moves;
    struct replay r;
    uint32_t n;

    replay_new(&r, (enum traffic_kind)_i, communities ? 34 : 64, communities ? 2 : 8, test_seed(),
               communities ? 1500 : 500);
    n = settle(&r, true);
    moves = r.moves;
    for (unsigned e = 0; e < QUIET_EPOCHS; e++) {
        replay_epoch(&r, true);
        ours += traffic_between(&r.t, r.at);
        in_turn += traffic_between(&r.t, r.in_turn);
        random += traffic_between(&r.t, r.random);
        all += traffic_between(&r.t, NULL);
    }
    printf("# %-11s %5.1f %% of messages between cores; in turn %5.1f %%, at random %5.1f %%; %lu "
           "moves, settled after %u epochs\n",
           traffic_word(r.t.kind), 100.0 * (double)ours / (double)all,
           100.0 * (double)in_turn / (double)all, 100.0 * (double)random / (double)all,
           (unsigned long)moves, n);
    ck_assert_uint_eq(r.moves, moves);
    ck_assert_uint_le(ours * 2, in_turn);
    ck_assert_uint_le(ours * 2, random);
    replay_free(&r);
}
END_TEST

static bool bridges_are_with(const struct replay *r, uint32_t side)
{
    uint32_t members = r->t.nodes - TRAFFIC_BRIDGES, with = 0;

    for (uint32_t b = members; b < r->t.nodes; b++)
        for (uint32_t i = 0; i < members; i++)
            with += i / (members / 2) == side && r->at[r->t.name[i]] == r->at[r->t.name[b]];
    return with == TRAFFIC_BRIDGES * members / 2;
}

START_TEST(a_bridge_that_shifts_is_followed_and_then_it_is_quiet_again)
{
    struct replay r;

    replay_new(&r, TRAFFIC_COMMUNITIES, 34, 2, test_seed(), 1500);
    settle(&r, true);
    ck_assert(bridges_are_with(&r, 0));
    for (unsigned shift = 1; shift < 6; shift++) {
        uint64_t moves = r.moves;
        uint32_t n;

        traffic_shift(&r.t);
        for (n = 0; n < 100 && !bridges_are_with(&r, shift % 2); n++)
            replay_epoch(&r, true);
        ck_assert_msg(bridges_are_with(&r, shift % 2), "shift %u is not followed", shift);
        settle(&r, true);
        printf("# shift %u: followed after %u epochs by %lu moves\n", shift, n,
               (unsigned long)(r.moves - moves));
        ck_assert_uint_le(r.moves - moves, 2 * TRAFFIC_BRIDGES);
        moves = r.moves;
        for (unsigned e = 0; e < QUIET_EPOCHS; e++)
            replay_epoch(&r, true);
        ck_assert_uint_eq(r.moves, moves);
    }
    replay_free(&r);
}
END_TEST

/* ---- noise ---- */

START_TEST(under_noise_what_has_settled_gives_no_advice)
{
    uint64_t seeds = test_number("SKERRY_SEEDS", SEEDS), most = 0;

    for (uint64_t seed = 0; seed < seeds; seed++) {
        enum traffic_kind kind = (enum traffic_kind)(seed % TRAFFIC_KINDS);
        struct replay r;
        uint64_t moves, n;

        /* every other one unsmoothed, as hard as it can be made */
        replay_new(&r, kind, kind == TRAFFIC_COMMUNITIES ? 18 : 16,
                   kind == TRAFFIC_COMMUNITIES ? 2 : 4, test_seed() * 1000003 + seed,
                   kind == TRAFFIC_COMMUNITIES ? 1500 : 500);
        n = settle(&r, seed / TRAFFIC_KINDS % 2);
        most = n > most ? n : most;
        moves = r.moves;
        for (unsigned e = 0; e < QUIET_EPOCHS; e++)
            replay_epoch(&r, seed / TRAFFIC_KINDS % 2);
        ck_assert_msg(r.moves == moves, "%s, seed %lu: %lu moves after it had settled",
                      traffic_word(kind), (unsigned long)seed, (unsigned long)(r.moves - moves));
        replay_free(&r);
    }
    printf("# %lu seeds: settled after at most %lu epochs, then quiet\n", (unsigned long)seeds,
           (unsigned long)most);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("coherence_replay");
    TCase *less = tcase_create("less"), *noise = tcase_create("noise");
    SRunner *r;
    int failed;

    tcase_add_loop_test(less, messages_between_cores_fall_by_half_and_moving_ends, 0,
                        TRAFFIC_KINDS);
    tcase_add_test(less, a_bridge_that_shifts_is_followed_and_then_it_is_quiet_again);
    tcase_set_timeout(less, 60);
    suite_add_tcase(s, less);
    tcase_add_test(noise, under_noise_what_has_settled_gives_no_advice);
    tcase_set_timeout(noise, 120);
    suite_add_tcase(s, noise);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
