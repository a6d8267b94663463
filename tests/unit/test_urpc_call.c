/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/call as its owner uses it; every order of events is in tests/model/model_call.c. */
#include <check.h>
#include <signal.h>
#include <string.h>
#include "urpc/call.h"

static struct urpc_call entry[URPC_CALLS_MAX];
static struct urpc_calls calls;

static uint32_t begin(uint64_t deadline, uint64_t cookie)
{
    uint32_t id = 0;

    ck_assert_int_eq(urpc_call_begin(&calls, deadline, cookie, &id), ST_OK);
    return id;
}

START_TEST(a_reply_finds_the_call_it_answers)
{
    uint32_t id[4];
    uint64_t cookie;

    urpc_calls_init(&calls, entry, 4);
    for (uint64_t i = 0; i < 4; i++)
        id[i] = begin(100, 1000 + i);
    for (int i = 3; i >= 0; i--) {
        ck_assert_int_eq(urpc_call_reply(&calls, id[i], &cookie), ST_OK);
        ck_assert_uint_eq(cookie, 1000 + (uint64_t)i);
    }
    ck_assert_uint_eq(calls.waiting, 0);
}
END_TEST

START_TEST(a_full_table_refuses_and_keeps_what_it_has)
{
    uint32_t id[3], more = 77;
    uint64_t cookie;

    urpc_calls_init(&calls, entry, 3);
    for (uint64_t i = 0; i < 3; i++)
        id[i] = begin(100, i);
    ck_assert_int_eq(urpc_call_begin(&calls, 100, 9, &more), ST_TABLE_FULL);
    ck_assert_uint_eq(more, 77);
    ck_assert_int_eq(urpc_call_reply(&calls, id[1], &cookie), ST_OK);
    ck_assert_int_eq(urpc_call_begin(&calls, 100, 9, &more), ST_OK);
    ck_assert_uint_eq(more & 0xff, id[1] & 0xff); /* the same entry ... */
    ck_assert_uint_ne(more, id[1]);               /* ... but not the same call */
}
END_TEST

START_TEST(a_late_reply_is_recognised_dropped_and_counted)
{
    uint64_t cookie = 55;
    uint32_t id, id2, ended;

    urpc_calls_init(&calls, entry, 1);
    id = begin(100, 1);
    ck_assert(!urpc_call_expire(&calls, 99, &ended, &cookie));
    ck_assert(urpc_call_expire(&calls, 100, &ended, &cookie));
    ck_assert_uint_eq(ended, id);
    ck_assert_uint_eq(cookie, 1);
    cookie = 55;
    ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_STALE_HANDLE);
    id2 = begin(200, 2);
    ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_STALE_HANDLE);
    ck_assert_uint_eq(cookie, 55);
    ck_assert_uint_eq(calls.late, 2);
    ck_assert_uint_eq(calls.nobody, 0);
    ck_assert_int_eq(urpc_call_reply(&calls, id2, &cookie), ST_OK);
    ck_assert_uint_eq(cookie, 2);
}
END_TEST

START_TEST(a_reply_for_nobody_is_counted_and_changes_nothing)
{
    uint64_t cookie = 55;
    uint32_t id;

    urpc_calls_init(&calls, entry, 4);
    id = begin(100, 1);
    ck_assert_int_eq(urpc_call_reply(&calls, id + 1, &cookie), ST_NOT_FOUND); /* entry never used */
    ck_assert_int_eq(urpc_call_reply(&calls, id + 4, &cookie), ST_NOT_FOUND); /* no such entry */
    ck_assert_int_eq(urpc_call_reply(&calls, id + 0x100, &cookie),
                     ST_NOT_FOUND); /* not issued yet */
    ck_assert_int_eq(urpc_call_reply(&calls, id & 0xff, &cookie), ST_NOT_FOUND); /* generation 0 */
    ck_assert_int_eq(urpc_call_reply(&calls, 0xffffffff, &cookie), ST_NOT_FOUND);
    ck_assert_uint_eq(cookie, 55);
    ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_OK);
    ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_NOT_FOUND); /* answered twice */
    ck_assert_uint_eq(calls.nobody, 6);
    ck_assert_uint_eq(calls.late, 0);
}
END_TEST

START_TEST(a_cancelled_call_is_over)
{
    uint64_t cookie;
    uint32_t id, ended;

    urpc_calls_init(&calls, entry, 2);
    id = begin(100, 1);
    ck_assert_int_eq(urpc_call_cancel(&calls, id), ST_OK);
    ck_assert_int_eq(urpc_call_cancel(&calls, id), ST_STATE);
    ck_assert(!urpc_call_expire(&calls, UINT64_MAX, &ended, &cookie));
    ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_STALE_HANDLE);
}
END_TEST

START_TEST(no_call_waits_past_its_deadline)
{
    static const uint64_t deadline[] = {50, 10, 30, 30, 70};
    uint64_t cookie, now, earliest;
    uint32_t id;

    urpc_calls_init(&calls, entry, 5);
    ck_assert_uint_eq(urpc_call_deadline(&calls), UINT64_MAX);
    for (uint64_t i = 0; i < 5; i++)
        begin(deadline[i], deadline[i]);
    for (now = 0; now < 100; now++) {
        while (urpc_call_expire(&calls, now, &id, &cookie))
            ck_assert_uint_eq(cookie, now); /* never earlier, never later */
        earliest = now < 10 ? 10 : now < 30 ? 30 : now < 50 ? 50 : now < 70 ? 70 : UINT64_MAX;
        ck_assert_uint_eq(urpc_call_deadline(&calls), earliest);
    }
    ck_assert_uint_eq(calls.expired, 5);
}
END_TEST

START_TEST(a_peer_that_is_gone_ends_all_its_calls)
{
    uint64_t cookie;
    uint32_t id, n = 0;

    urpc_calls_init(&calls, entry, 8);
    for (uint64_t i = 0; i < 8; i++)
        begin(i % 2 ? UINT64_MAX : 1000, i);
    while (urpc_call_expire(&calls, UINT64_MAX, &id, &cookie))
        n++;
    ck_assert_uint_eq(n, 8);
    ck_assert_uint_eq(calls.waiting, 0);
}
END_TEST

START_TEST(generations_wrap_and_skip_zero)
{
    uint64_t cookie;
    uint32_t id;

    urpc_calls_init(&calls, entry, 1);
    entry[0].generation = 0xfffffd;
    entry[0].state = CALL_ANSWERED;
    for (int i = 0; i < 6; i++) {
        uint32_t old = entry[0].generation << 8;

        id = begin(1, 1);
        ck_assert_uint_ne(id >> 8, 0);
        ck_assert_int_eq(urpc_call_reply(&calls, old, &cookie), ST_STALE_HANDLE);
        ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_OK);
    }
}
END_TEST

START_TEST(entries_are_used_in_turn)
{
    uint64_t cookie;

    urpc_calls_init(&calls, entry, 4);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t id = begin(1, 1);

        ck_assert_uint_eq(id & 0xff, i % 4);
        ck_assert_uint_eq(id >> 8, i / 4 + 1);
        ck_assert_int_eq(urpc_call_reply(&calls, id, &cookie), ST_OK);
    }
}
END_TEST

START_TEST(a_table_of_no_or_too_many_entries_is_our_own_mistake)
{
    urpc_calls_init(&calls, entry, _i == 0 ? 0 : URPC_CALLS_MAX + 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/call");
    TCase *t = tcase_create("call");
    SRunner *r;
    int failed;

    tcase_add_test(t, a_reply_finds_the_call_it_answers);
    tcase_add_test(t, a_full_table_refuses_and_keeps_what_it_has);
    tcase_add_test(t, a_late_reply_is_recognised_dropped_and_counted);
    tcase_add_test(t, a_reply_for_nobody_is_counted_and_changes_nothing);
    tcase_add_test(t, a_cancelled_call_is_over);
    tcase_add_test(t, no_call_waits_past_its_deadline);
    tcase_add_test(t, a_peer_that_is_gone_ends_all_its_calls);
    tcase_add_test(t, generations_wrap_and_skip_zero);
    tcase_add_test(t, entries_are_used_in_turn);
    tcase_add_loop_test_raise_signal(t, a_table_of_no_or_too_many_entries_is_our_own_mistake,
                                     SIGABRT, 0, 2);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
