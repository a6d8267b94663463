/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/wait step by step, W1 to W3; what cores may reorder is in tests/model/model_ring.c. */
#include <check.h>
#include <string.h>
#include "urpc/wait.h"

#define RINGS 5

static struct {
    struct urpc_line line;
    struct urpc_slot slot[4];
    struct urpc_tx tx;
    struct urpc_rx rx;
} ring[RINGS];
static struct urpc_rx *set[RINGS];

static void fresh(void)
{
    memset(ring, 0, sizeof ring);
    for (int i = 0; i < RINGS; i++) {
        urpc_tx_attach(&ring[i].tx, ring[i].slot, &ring[i].line, 4, 0);
        urpc_rx_attach(&ring[i].rx, ring[i].slot, &ring[i].line, 4, 0);
        set[i] = &ring[i].rx;
    }
}

static void nothing(void) {}

static void send_one(int i)
{
    ck_assert_int_eq(urpc_send(&ring[i].tx, 1, 0, "message", 8), ST_OK);
}

static void take_one(int i)
{
    struct urpc_msg m;

    ck_assert_int_eq(urpc_recv(&ring[i].rx, &m), ST_OK);
}

START_TEST(a_consumer_that_polls_is_never_poked)
{
    for (int k = 0; k < 20; k++) {
        send_one(0);
        ck_assert(!urpc_must_ring(&ring[0].tx));
        take_one(0);
    }
}
END_TEST

START_TEST(a_sleeper_is_poked_once_each_time_it_asked)
{
    for (int k = 0; k < 20; k++) {
        ck_assert(urpc_may_sleep(&ring[0].rx));
        send_one(0);
        ck_assert(urpc_must_ring(&ring[0].tx));
        send_one(0);
        ck_assert(!urpc_must_ring(&ring[0].tx));
        take_one(0);
        take_one(0);
    }
}
END_TEST

START_TEST(who_asked_twice_before_anyone_looked_is_poked_once)
{
    ck_assert(urpc_may_sleep(&ring[0].rx));
    ck_assert(urpc_may_sleep(&ring[0].rx));
    send_one(0);
    ck_assert(urpc_must_ring(&ring[0].tx));
    ck_assert(!urpc_must_ring(&ring[0].tx));
}
END_TEST

START_TEST(a_message_sent_before_the_second_look_forbids_sleep)
{
    send_one(0);
    ck_assert(!urpc_may_sleep(&ring[0].rx));
    ck_assert(urpc_must_ring(&ring[0].tx)); /* for nothing, and harmless */
    take_one(0);
    ck_assert(urpc_may_sleep(&ring[0].rx));
}
END_TEST

/* Without it a producer that waits for room would wait for a sleeper. */
START_TEST(a_sleeper_has_acknowledged_all_it_took)
{
    struct urpc_tx *tx = &ring[0].tx;

    memset(ring, 0, sizeof ring);
    urpc_tx_attach(tx, ring[0].slot, &ring[0].line, 4, 0);
    urpc_rx_attach(&ring[0].rx, ring[0].slot, &ring[0].line, 4, 0);
    ring[0].rx.quarter = 4; /* as in a larger ring: three messages are no reason to say so */
    for (int i = 0; i < 3; i++) {
        send_one(0);
        take_one(0);
    }
    ck_assert_uint_eq(ring[0].line.ack, 0);
    ck_assert(urpc_may_sleep(&ring[0].rx));
    ck_assert_uint_eq(ring[0].line.ack, 3);
}
END_TEST

START_TEST(every_ring_of_a_set_pokes_its_sleeper)
{
    ck_assert(urpc_may_sleep_all(set, RINGS));
    send_one(_i);
    for (int i = 0; i < RINGS; i++) /* all were asked, also those that say nothing */
        ck_assert(urpc_must_ring(&ring[i].tx));
    ck_assert(!urpc_may_sleep_all(set, RINGS));
}
END_TEST

START_TEST(a_lost_poke_costs_a_delay_and_no_message)
{
    ck_assert(urpc_may_sleep(&ring[0].rx));
    send_one(0);
    ck_assert(urpc_must_ring(&ring[0].tx)); /* and nobody hears it */
    send_one(0);
    ck_assert(!urpc_must_ring(&ring[0].tx)); /* nor is it said again */
    ck_assert(!urpc_may_sleep(&ring[0].rx)); /* its deadline woke it: it looks, and finds both */
    take_one(0);
    take_one(0);
    ck_assert(urpc_may_sleep(&ring[0].rx));
    send_one(0);
    ck_assert(urpc_must_ring(&ring[0].tx));
}
END_TEST

START_TEST(a_doubled_or_late_poke_costs_a_look)
{
    struct urpc_waiter w = {.budget = 0};
    size_t which;

    for (int k = 0; k < 5; k++)
        ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_SLEEP);
    send_one(3);
    ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_READY);
    ck_assert_uint_eq(which, 3);
}
END_TEST

START_TEST(a_waiter_polls_its_budget_then_asks_then_sleeps)
{
    struct urpc_waiter w = {.budget = 3};
    size_t which = 99;

    for (unsigned round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_POLL);
            ck_assert_uint_eq(ring[4].line.bell, round);
        }
        ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_SLEEP);
        for (int i = 0; i < RINGS; i++)
            ck_assert_uint_eq(ring[i].line.bell, round + 1);
    }
    ck_assert_uint_eq(which, 99);
}
END_TEST

START_TEST(a_message_gives_the_waiter_its_budget_back)
{
    struct urpc_waiter w = {.budget = 3};
    size_t which;

    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_POLL);
        ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_POLL);
        send_one(2);
        ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_READY);
        take_one(2);
    }
    ck_assert_uint_eq(ring[2].line.bell, 0);
}
END_TEST

START_TEST(looking_in_vain_is_done_ever_more_seldom)
{
    struct urpc_patience p = {0};
    unsigned skipped = 0;

    for (unsigned most = 1; most < 2 * URPC_VAIN_MOST; most = 2 * most + 1) {
        ck_assert_uint_eq(urpc_patience(&p, 64), 64);
        urpc_waited(&p, true);
        for (skipped = 0; urpc_patience(&p, 64) == 0; skipped++)
            ck_assert_uint_le(skipped, URPC_VAIN_MOST);
        ck_assert_uint_eq(skipped, most < URPC_VAIN_MOST ? most : URPC_VAIN_MOST);
        p.skip = 0;
    }
    ck_assert_uint_eq(skipped, URPC_VAIN_MOST);
    urpc_waited(&p, false);
    ck_assert_uint_eq(urpc_patience(&p, 64), 64);
    ck_assert_uint_eq(urpc_patience(&p, 64), 64);
    urpc_waited(&p, true);
    ck_assert_uint_eq(urpc_patience(&p, 64), 0);
    ck_assert_uint_eq(urpc_patience(&p, 64), 64);
}
END_TEST

START_TEST(a_busy_ring_does_not_starve_the_others)
{
    struct urpc_waiter w = {.budget = 3};
    int served[RINGS] = {0};
    size_t which;

    for (int k = 0; k < 100; k++) {
        for (int i = 0; i < RINGS; i++) /* all of them always have something */
            while (urpc_reserve(&ring[i].tx) != NULL)
                send_one(i);
        ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_READY);
        take_one((int)which);
        served[which]++;
    }
    for (int i = 0; i < RINGS; i++)
        ck_assert_int_eq(served[i], 20);
}
END_TEST

START_TEST(a_broken_peer_is_something_to_do)
{
    struct urpc_waiter w = {.budget = 3};
    size_t which;

    atomic_store(&ring[1].slot[0].head, 0x123);
    ck_assert(!urpc_may_sleep_all(set, RINGS));
    ck_assert_int_eq(urpc_wait(&w, set, RINGS, &which), URPC_READY);
    ck_assert_uint_eq(which, 1);
    ck_assert_ptr_null(urpc_peek(set[1]));
    ck_assert_int_eq(urpc_rx_why(set[1]), ST_PEER);
}
END_TEST

START_TEST(the_bell_may_pass_its_largest_number)
{
    ring[0].rx.bell = ring[0].tx.bell_seen = UINT64_MAX - 2;
    atomic_store(&ring[0].line.bell, UINT64_MAX - 2);
    for (int k = 0; k < 6; k++) {
        ck_assert(!urpc_must_ring(&ring[0].tx));
        ck_assert(urpc_may_sleep(&ring[0].rx));
        ck_assert(urpc_must_ring(&ring[0].tx));
    }
}
END_TEST

START_TEST(an_empty_set_may_sleep)
{
    struct urpc_waiter w = {.budget = 1};
    size_t which;

    ck_assert_int_eq(urpc_wait(&w, set, 0, &which), URPC_POLL);
    ck_assert_int_eq(urpc_wait(&w, set, 0, &which), URPC_SLEEP);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/wait");
    TCase *t = tcase_create("wait");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, fresh, nothing);
    tcase_add_test(t, a_consumer_that_polls_is_never_poked);
    tcase_add_test(t, a_sleeper_is_poked_once_each_time_it_asked);
    tcase_add_test(t, who_asked_twice_before_anyone_looked_is_poked_once);
    tcase_add_test(t, a_message_sent_before_the_second_look_forbids_sleep);
    tcase_add_test(t, a_sleeper_has_acknowledged_all_it_took);
    tcase_add_loop_test(t, every_ring_of_a_set_pokes_its_sleeper, 0, RINGS);
    tcase_add_test(t, a_lost_poke_costs_a_delay_and_no_message);
    tcase_add_test(t, a_doubled_or_late_poke_costs_a_look);
    tcase_add_test(t, a_waiter_polls_its_budget_then_asks_then_sleeps);
    tcase_add_test(t, a_message_gives_the_waiter_its_budget_back);
    tcase_add_test(t, looking_in_vain_is_done_ever_more_seldom);
    tcase_add_test(t, a_busy_ring_does_not_starve_the_others);
    tcase_add_test(t, a_broken_peer_is_something_to_do);
    tcase_add_test(t, the_bell_may_pass_its_largest_number);
    tcase_add_test(t, an_empty_set_may_sleep);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
