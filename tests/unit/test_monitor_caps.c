/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/caps between three cores, message by message: senders that have no say. Full tables, rights and the dead are in
 * test_monitor_caps_room.c; every order of what honest monitors say is in tests/model/model_caps.c.
 */
#include "tests/support/caps_trio.h"

START_TEST(took_of_a_core_that_was_not_offered_it)
{
    uint64_t node;

    ck_assert_int_eq(trio_give(0, trio.core[0].ram, 1, CAP_COPY_OF, 1), ST_OK);
    node = node_id(&trio.core[0].caps, &trio.core[0].caps.node[0]);
    trio_remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_TOOK, .node = node, .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(0, 2, CAP_TOOK, .node = node, .status = ST_NO_SLOT), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_TOOK, .node = node, .status = ST_COUNT), ST_PEER);
    trio_unchanged(0);
    ck_assert_uint_eq(trio.answers[1], 0);
}
END_TEST

START_TEST(back_ask_and_make_of_a_core_that_does_not_hold_it)
{
    uint64_t node = trio_shared();

    trio_remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_BACK, .node = node), ST_PEER);
    ck_assert_int_eq(
        SAY(0, 2, CAP_ASK, .node = node, .base = trio.got[1], .bytes = PAGE_BYTES, .dest = 2),
        ST_PEER);
    ck_assert_int_eq(SAY(0, 2, CAP_MAKE, .node = node, .bytes = PAGE_BYTES, .type = CAP_FRAME),
                     ST_PEER);
    trio_unchanged(0);
    ck_assert_uint_eq(trio.nqueue, 0);
}
END_TEST

START_TEST(what_is_offered_twice_or_cannot_move)
{
    uint64_t node = trio_shared();
    uint32_t what = (uint32_t)CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1);

    trio_remember(1);
    ck_assert_int_eq(SAY(1, 0, CAP_GIVE, .node = node, .base = 64 * PAGE_BYTES, .bytes = PAGE_BYTES,
                         .what = what),
                     ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_GIVE, .node = node + 1, .base = 64 * PAGE_BYTES,
                         .bytes = PAGE_BYTES, .what = (uint32_t)CAP_WHAT(CAP_TASK, RIGHTS_ALL, 1)),
                     ST_PEER);
    trio_unchanged(1);
    ck_assert_uint_eq(trio.nqueue, 0);
}
END_TEST

/* To a core that there is not, or into a request of another. */
START_TEST(an_ask_to_nowhere_is_refused)
{
    uint64_t node = trio_shared();
    uint64_t x[8];

    ck_assert(sim_usable(&trio.core[0], trio.core[0].ram, x));
    trio_remember(0);
    ck_assert_int_eq(SAY(0, 1, CAP_ASK, .node = node, .base = x[2], .bytes = x[3], .dest = CORES),
                     ST_OK);
    ck_assert_int_eq(
        SAY(0, 1, CAP_ASK, .node = node, .base = x[2], .bytes = x[3], .dest = 2, .to = CAPS_TO_OP),
        ST_OK);
    trio_unchanged(0);
    ck_assert_uint_eq(trio_waiting(1, PEER_CAP_GAVE), 2);
    ck_assert_uint_eq(trio.nqueue, 2);
    ck_assert_int_eq(trio_give(0, trio.core[0].ram, CORES, CAP_COPY_OF, 5), ST_INVALID);
    ck_assert_int_eq(caps_give(&trio.core[0].caps, 5,
                               (struct cap_at){trio.core[0].table, trio.core[0].ram}, RIGHTS_ALL,
                               CAP_COPY_OF, 1, CAPS_TO_OP, 5),
                     ST_INVALID);
}
END_TEST

/* One who was entitled to it once asks like this too: answered, and that is all. */
START_TEST(undo_of_a_core_that_did_not_pass_it_on)
{
    uint64_t node = trio_shared();

    trio_remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_UNDO, .node = node, .op = 7), ST_OK);
    trio_unchanged(0);
    ck_assert_uint_eq(trio_waiting(2, PEER_CAP_UNDONE), 1);
    ck_assert_uint_eq(trio.nqueue, 1);
}
END_TEST

/* Core 2 has been offered it, and undoes it instead of answering: who asked is answered all the same. */
START_TEST(undo_before_it_is_taken)
{
    const struct caps_node *n = &trio.core[0].caps.node[1];
    uint64_t node;

    trio_shared();
    trio.silent = 2;
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_COPY_OF, 2), ST_OK);
    trio_deliver(0);
    ck_assert_int_eq(trio_revoke(0, trio.core[0].ram, 3), ST_OK);
    trio_pump();
    node = node_id(&trio.core[0].caps, n);
    ck_assert_int_eq(n->state, NODE_RECALLED);
    ck_assert_uint_eq(trio.answers[2], 0);
    trio_remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_UNDO, .node = node, .op = 7), ST_PEER);
    trio_unchanged(0);
    ck_assert_int_eq(SAY(0, 2, CAP_BACK, .node = node), ST_OK);
    trio_pump();
    DONE(2, ST_REVOKED);
    DONE(3, ST_OK);
}
END_TEST

START_TEST(recall_and_gone_of_a_core_that_does_not_own_it)
{
    uint64_t node = trio_passed_on();

    trio_remember(1);
    ck_assert_int_eq(SAY(1, 2, CAP_GONE, .node = node), ST_OK);
    ck_assert_int_eq(SAY(1, 2, CAP_RECALL, .node = trio.core[1].caps.hold[0].node), ST_OK);
    trio_unchanged(1);
    ck_assert_uint_eq(trio_waiting(2, PEER_CAP_BACK), 1);
}
END_TEST

START_TEST(gave_of_a_core_that_was_not_asked)
{
    uint32_t id;

    trio_shared();
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_COPY_OF, 2), ST_OK);
    id = pass_id(&trio.core[1].caps, &trio.core[1].caps.pass[0]);
    trio_remember(1);
    ck_assert_int_eq(SAY(1, 2, CAP_GAVE, .node = 9, .op = id, .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(1, 2, CAP_GAVE, .op = id, .status = ST_NO_SLOT), ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_GAVE, .op = id, .status = ST_COUNT), ST_PEER);
    ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = id, .status = ST_OK), ST_PEER);
    trio_unchanged(1);
    ck_assert_uint_eq(trio.answers[2], 0);
    trio_pump();
    DONE(2, ST_OK);
    trio_remember(1); /* and of one that was, twice */
    ck_assert_int_eq(SAY(1, 0, CAP_GAVE, .node = 9, .op = id, .status = ST_OK), ST_PEER);
    trio_unchanged(1);
}
END_TEST

START_TEST(undone_of_a_core_that_does_not_own_it)
{
    struct caps *c = &trio.core[1].caps;
    const struct caps_pass *p = &c->pass[0];
    const struct caps_hold *h = &c->hold[1];

    trio_passed_on();
    ck_assert_int_eq(
        caps_make(c, 3, (struct cap_at){trio.core[1].table, trio.got[1]}, CAP_FRAME, PAGE_BYTES),
        ST_OK);
    trio_pump();
    DONE(3, ST_OK);
    ck_assert_int_eq(trio_revoke(1, trio.got[1], 5), ST_OK);
    for (unsigned i = 0; i < 100 && h->state != HOLD_EMPTY; i++) {
        uint64_t next;

        if (p->state == PASS_UNDOING) {
            trio_remember(1);
            ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = pass_id(c, p), .status = ST_OK), ST_PEER);
            ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = pass_id(c, p), .status = ST_AGAIN),
                             ST_PEER);
            trio_unchanged(1);
        }
        if (!caps_turn(c, &next) && trio.nqueue > 0)
            trio_deliver(0);
        (void)caps_turn(&trio.core[0].caps, &next);
        (void)caps_turn(&trio.core[2].caps, &next);
    }
    ck_assert_int_eq(h->state, HOLD_EMPTY);
    trio_remember(1);
    ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = hold_id(c, h), .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_UNDONE, .op = hold_id(c, h), .status = ST_NOMEM), ST_PEER);
    trio_unchanged(1);
    ck_assert_uint_eq(trio.answers[5], 0);
    trio_pump();
    DONE(5, ST_OK);
}
END_TEST

/* What is offered to a request, by a core that the request did not ask. */
START_TEST(memory_and_refusals_for_a_request_of_a_core_that_was_not_asked)
{
    struct caps_op *o = &trio.core[1].caps.op[0];
    uint32_t free = trio.core[1].own->nfree;

    ck_assert_int_eq(caps_borrow(&trio.core[1].caps, 3, 0, PAGE_BYTES, trio.core[1].table), ST_OK);
    ck_assert_int_eq(SAY(1, 2, CAP_GAVE, .op = op_id(&trio.core[1].caps, o), .status = ST_NOMEM),
                     ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_GAVE, .op = op_id(&trio.core[1].caps, o), .status = ST_OK),
                     ST_PEER);
    ck_assert_int_eq(SAY(1, 2, CAP_GIVE, .node = 1ull << 32, .base = 64 * PAGE_BYTES,
                         .bytes = PAGE_BYTES, .to = CAPS_TO_OP | op_id(&trio.core[1].caps, o),
                         .what = (uint32_t)CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1)),
                     ST_OK);
    ck_assert_uint_eq(trio_waiting(2, PEER_CAP_TOOK), 1);
    ck_assert_uint_eq((uint32_t)trio.queue[trio.nqueue - 1].m.word[1], ST_NOT_FOUND);
    ck_assert_uint_eq(trio.core[1].own->nfree, free);
    ck_assert_uint_eq(trio.answers[3], 0);
    trio_use(1, 0, 0, 0, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/caps");
    TCase *t = tcase_create("senders");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, trio_setup, trio_teardown);
    tcase_add_test(t, took_of_a_core_that_was_not_offered_it);
    tcase_add_test(t, back_ask_and_make_of_a_core_that_does_not_hold_it);
    tcase_add_test(t, what_is_offered_twice_or_cannot_move);
    tcase_add_test(t, an_ask_to_nowhere_is_refused);
    tcase_add_test(t, undo_of_a_core_that_did_not_pass_it_on);
    tcase_add_test(t, undo_before_it_is_taken);
    tcase_add_test(t, recall_and_gone_of_a_core_that_does_not_own_it);
    tcase_add_test(t, gave_of_a_core_that_was_not_asked);
    tcase_add_test(t, undone_of_a_core_that_does_not_own_it);
    tcase_add_test(t, memory_and_refusals_for_a_request_of_a_core_that_was_not_asked);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
