/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/caps between three cores, message by message: tables that are full, rights, and what a dead core said. */
#include "tests/support/caps_trio.h"

/* ---- tables that are full ---- */

START_TEST(no_room_for_a_node_leaves_the_giver_as_it_was)
{
    handle_t f = trio_frame(0);
    uint32_t free = trio.core[0].own->nfree;

    trio.core[0].caps.nnodes = 0;
    ck_assert_int_eq(trio_give(0, f, 1, CAP_GIVE_AWAY, 1), ST_TABLE_FULL);
    trio_use(0, 0, 0, 0, 0);
    trio_whole(0, f, free);
}
END_TEST

START_TEST(no_room_for_a_pass_leaves_the_giver_as_it_was)
{
    uint32_t free;

    trio_shared();
    free = trio.core[1].own->nfree;
    trio.core[1].caps.npasses = 0;
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_GIVE_AWAY, 2), ST_TABLE_FULL);
    trio_use(1, 0, 1, 0, 0);
    trio_whole(1, trio.got[1], free);
}
END_TEST

START_TEST(no_room_for_a_request_leaves_all_as_it_was)
{
    handle_t f = trio_frame(0);
    uint32_t free = trio.core[0].own->nfree;

    for (unsigned i = 0; i + 1 < trio_size.ops; i++)
        ck_assert_int_eq(caps_borrow(&trio.core[0].caps, i, 1, PAGE_BYTES, trio.core[0].table),
                         ST_OK);
    ck_assert_int_eq(trio_give(0, f, 1, CAP_GIVE_AWAY, 8), ST_TABLE_FULL);
    ck_assert_int_eq(trio_revoke(0, f, 8), ST_TABLE_FULL);
    ck_assert_int_eq(caps_borrow(&trio.core[0].caps, 8, 1, PAGE_BYTES, trio.core[0].table),
                     ST_TABLE_FULL);
    trio_whole(0, f, free);
}
END_TEST

START_TEST(no_room_at_the_receiver_leaves_the_giver_as_it_was)
{
    handle_t f = trio_frame(0);
    uint32_t free = trio.core[0].own->nfree;

    trio.core[1].caps.nholds = 0;
    ck_assert_int_eq(trio_give(0, f, 1, CAP_GIVE_AWAY, 1), ST_OK);
    trio_pump();
    DONE(1, ST_TABLE_FULL);
    trio_use(0, 0, 0, 0, 0);
    trio_whole(0, f, free);
}
END_TEST

START_TEST(no_room_at_the_owner_is_said_to_who_asks)
{
    uint32_t free, mine;

    trio_shared();
    free = trio.core[1].own->nfree;
    mine = trio.core[0].own->nfree;
    trio.core[0].caps.nnodes = 1;
    ck_assert_int_eq(caps_make(&trio.core[1].caps, 3,
                               (struct cap_at){trio.core[1].table, trio.got[1]}, CAP_FRAME,
                               PAGE_BYTES),
                     ST_OK);
    ck_assert_int_eq(caps_borrow(&trio.core[1].caps, 4, 0, PAGE_BYTES, trio.core[1].table), ST_OK);
    trio_pump();
    DONE(3, ST_TABLE_FULL);
    DONE(4, ST_TABLE_FULL);
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_GIVE_AWAY, 2), ST_OK);
    trio_pump();
    DONE(2, ST_TABLE_FULL);
    ck_assert_uint_eq(trio.core[0].own->nfree, mine);
    trio_whole(1, trio.got[1], free);
}
END_TEST

START_TEST(a_loan_that_is_refused_is_answered)
{
    ck_assert_int_eq(caps_borrow(&trio.core[1].caps, 3, 0, 3 * PAGE_BYTES, trio.core[1].table),
                     ST_OK);
    trio_pump();
    ck_assert_uint_eq(trio.answers[3], 1);
    ck_assert_int_ne(trio.answer[3], ST_OK);
    trio_use(0, 0, 0, 0, 0);
    trio_use(1, 0, 0, 0, 0);
}
END_TEST

/* Core 0 is in the middle of a revoke of its own, its table of requests is full, and core 1 undoes what has gone. */
static struct caps_pass *undo_without_room(void)
{
    struct caps *c = &trio.core[0].caps;
    handle_t f = trio_frame(0);

    trio_passed_on();
    ck_assert_int_eq(trio_give(0, f, 2, CAP_COPY_OF, 3), ST_OK);
    trio_pump();
    ck_assert_int_eq(trio_revoke(0, f, 4), ST_OK); /* its CAP_RECALL stays in the queue */
    c->nops = 2;
    ck_assert_int_eq(SAY(0, 2, CAP_UNDO, .node = 99, .op = 1), ST_OK);
    ck_assert_uint_eq(trio_waiting(2, PEER_CAP_UNDONE), 0);
    ck_assert_int_eq(SAY(0, 2, CAP_BACK, .node = node_id(c, &c->node[1])), ST_OK);
    ck_assert_int_eq(trio_revoke(1, trio.got[1], 5), ST_OK); /* CAP_UNDO and CAP_GONE cross */
    ck_assert_int_eq(trio.core[1].caps.pass[0].state, PASS_UNDOING);
    for (unsigned i = 0; i < trio.nqueue;)
        if (trio.queue[i].to == 2)
            i++;
        else
            trio_deliver(i);
    return &trio.core[1].caps.pass[0];
}

START_TEST(an_undo_without_room_is_asked_again_and_nobody_answered_before)
{
    const struct caps_pass *p = undo_without_room();
    uint64_t next;

    ck_assert_int_eq(p->state, PASS_RETRY);
    ck_assert_uint_eq(trio.answers[5], 0);
    ck_assert_uint_ne(p->deadline_ns, 0);
    trio.core[0].caps.nops = trio_size.ops;
    caps_at(&trio.core[1].caps, CAPS_RETRY_NS + ANSWER_NS);
    while (caps_turn(&trio.core[1].caps, &next))
        ;
    ck_assert_int_eq(p->state, PASS_UNDOING);
    ck_assert_uint_eq(trio.nsuspects, 0);
    trio.core[2].caps.hold[0] = (struct caps_hold){0}; /* said to have been given back */
    trio_pump();
    DONE(4, ST_OK);
    DONE(5, ST_OK);
    trio_use(1, 0, 1, 0, 0);
}
END_TEST

/* Revokes that fill the table wait for an undo; the last entry is not theirs. */
START_TEST(a_full_table_of_requests_still_takes_an_undo)
{
    for (unsigned i = 0; i + 1 < trio_size.ops; i++)
        ck_assert_int_eq(caps_borrow(&trio.core[0].caps, i, 2, PAGE_BYTES, trio.core[0].table),
                         ST_OK);
    ck_assert_int_eq(SAY(0, 1, CAP_UNDO, .node = 99, .op = 1), ST_OK);
    ck_assert_uint_eq(trio_waiting(1, PEER_CAP_UNDONE), 1);
    ck_assert_uint_eq(trio.queue[trio.nqueue - 1].m.word[0] >> 32, ST_OK);
}
END_TEST

/* ---- rights ---- */

START_TEST(a_copy_that_may_not_write_is_not_retyped)
{
    struct caps *c = &trio.core[1].caps;
    handle_t reads;

    trio_shared();
    reads = trio_program(1, CAP_COPY, trio.got[1], 0, RIGHT_READ);
    ck_assert_int_eq(
        caps_make(c, 3, (struct cap_at){trio.core[1].table, reads}, CAP_FRAME, PAGE_BYTES),
        ST_DENIED);
    ck_assert_int_eq(
        caps_make(c, 3, (struct cap_at){trio.core[1].table, trio.got[1]}, CAP_TASK, PAGE_BYTES),
        ST_TYPE);
    ck_assert_int_eq(caps_make(c, 3, (struct cap_at){trio.core[1].table, trio.core[1].ram},
                               CAP_FRAME, PAGE_BYTES),
                     ST_INVALID);
    ck_assert_uint_eq(trio.nqueue, 0);
    trio_use(1, 0, 1, 0, 0);
}
END_TEST

/* What may not be passed on stays on its core, whichever way its program asks for; the monitor alone carries it along. */
START_TEST(without_grant_a_program_sends_nothing_to_another_core)
{
    struct cap_at at = {trio.core[0].table,
                        trio_program(0, CAP_COPY, trio_frame(0), 0, RIGHT_READ | RIGHT_WRITE)};
    uint64_t x[8];

    for (unsigned how = CAP_GIVE_AWAY + 1; how <= 0xff; how++)
        ck_assert_int_eq(trio_give(0, at.handle, 1, how, 4), ST_INVALID);
    ck_assert_int_eq(trio_give(0, at.handle, 1, CAP_COPY_OF, 4), ST_DENIED);
    ck_assert_int_eq(trio_give(0, at.handle, 1, CAP_GIVE_AWAY, 4), ST_DENIED);
    ck_assert_uint_eq(trio.nqueue, 0);
    trio_use(0, 0, 0, 0, 0);
    ck_assert_int_eq(caps_carry(&trio.core[0].caps, 4, at, RIGHTS_ALL, 1, 0, 4), ST_OK);
    trio_pump();
    DONE(4, ST_OK);
    ck_assert(sim_usable(&trio.core[1], trio.got[4], x));
    ck_assert_uint_eq(CAP_WHAT_RIGHTS(x[1]), RIGHT_READ | RIGHT_WRITE);
}
END_TEST

/* ---- the dead ---- */

START_TEST(two_gives_to_a_core_that_died_stay_with_their_giver)
{
    handle_t a = trio_frame(0), b = trio_frame(0);
    uint32_t free = trio.core[0].own->nfree;

    trio.silent = 1;
    ck_assert_int_eq(trio_give(0, a, 1, CAP_GIVE_AWAY, 1), ST_OK);
    ck_assert_int_eq(trio_give(0, b, 1, CAP_GIVE_AWAY, 2), ST_OK);
    trio_pump();
    caps_core_dead(&trio.core[0].caps, 1);
    DONE(1, ST_DEAD_CORE);
    DONE(2, ST_DEAD_CORE);
    trio_use(0, 0, 0, 0, 0);
    trio_whole(0, a, free);
    trio_whole(0, b, free);
    ck_assert_int_eq(trio_give(0, trio.core[0].ram, 1, CAP_COPY_OF, 3), ST_DEAD_CORE);
}
END_TEST

START_TEST(nothing_is_passed_on_to_a_dead_core)
{
    uint32_t free;

    trio_shared();
    free = trio.core[1].own->nfree;
    caps_core_dead(&trio.core[0].caps, 2);
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_GIVE_AWAY, 2), ST_OK);
    trio_deliver(0);
    ck_assert_uint_eq(trio_waiting(2, PEER_CAP_GIVE), 0);
    trio_pump();
    DONE(2, ST_DEAD_CORE);
    trio_whole(1, trio.got[1], free);
}
END_TEST

START_TEST(what_a_dead_core_sent_before_changes_nothing)
{
    uint64_t node = trio_passed_on();

    caps_core_dead(&trio.core[0].caps, 1);
    trio_pump();
    trio_remember(0);
    trio.nqueue = 0;
    ck_assert_int_eq(SAY(0, 1, CAP_LEND, .bytes = PAGE_BYTES), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_UNDO, .node = node, .op = 1), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_RECALL, .node = 5), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_GIVE, .node = 1ull << 32, .base = 64 * PAGE_BYTES,
                         .bytes = PAGE_BYTES, .what = (uint32_t)CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1)),
                     ST_PEER);
    trio_unchanged(0);
    ck_assert_uint_eq(trio.nqueue, 0);
}
END_TEST

/* Core 1 passed it on to core 2 and stopped: nobody is told that core 2 has it, or has it not. */
START_TEST(a_dead_core_is_not_answered)
{
    trio_shared();
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_COPY_OF, 2), ST_OK);
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_COPY_OF, 3), ST_OK);
    trio_deliver(0);
    trio_deliver(0);
    ck_assert_uint_eq(trio_waiting(2, PEER_CAP_GIVE), 2);
    trio.core[2].caps.nholds = 1; /* one is taken, one refused */
    caps_core_dead(&trio.core[0].caps, 1);
    while (trio.nqueue > 0) {
        ck_assert_uint_ne(trio.queue[0].to, 1);
        trio_deliver(0);
    }
    trio_use(0, 1, 0, 0, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/caps room");
    TCase *t = tcase_create("room");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, trio_setup, trio_teardown);
    tcase_add_test(t, no_room_for_a_node_leaves_the_giver_as_it_was);
    tcase_add_test(t, no_room_for_a_pass_leaves_the_giver_as_it_was);
    tcase_add_test(t, no_room_for_a_request_leaves_all_as_it_was);
    tcase_add_test(t, no_room_at_the_receiver_leaves_the_giver_as_it_was);
    tcase_add_test(t, no_room_at_the_owner_is_said_to_who_asks);
    tcase_add_test(t, a_loan_that_is_refused_is_answered);
    tcase_add_test(t, an_undo_without_room_is_asked_again_and_nobody_answered_before);
    tcase_add_test(t, a_full_table_of_requests_still_takes_an_undo);
    tcase_add_test(t, a_copy_that_may_not_write_is_not_retyped);
    tcase_add_test(t, without_grant_a_program_sends_nothing_to_another_core);
    tcase_add_test(t, two_gives_to_a_core_that_died_stay_with_their_giver);
    tcase_add_test(t, nothing_is_passed_on_to_a_dead_core);
    tcase_add_test(t, what_a_dead_core_sent_before_changes_nothing);
    tcase_add_test(t, a_dead_core_is_not_answered);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
