/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/core_sm cell by cell; what three monitors make of it is in tests/model/model_core.c. */
#include <check.h>
#include "monitor/core_sm.h"

static bool is_dead(unsigned s)
{
    return s == CORE_DEAD || s == CORE_LOST || s == CORE_GONE;
}

START_TEST(a_refused_event_changes_nothing_and_does_nothing_else)
{
    unsigned state = (unsigned)_i / CORE_EVENT_COUNT, event = (unsigned)_i % CORE_EVENT_COUNT;
    struct core_step step = core_step((enum core_state)state, (enum core_event)event);

    ck_assert_uint_lt(step.next, CORE_STATE_COUNT);
    if (step.action & CORE_DO_REFUSE) {
        ck_assert_uint_eq(step.next, state);
        ck_assert_uint_eq(step.action, CORE_DO_REFUSE);
    }
}
END_TEST

/* A cell nobody wrote is { nothing, ABSENT }: this finds it. */
START_TEST(nothing_becomes_absent_and_an_absent_core_stays_so)
{
    unsigned state = (unsigned)_i / CORE_EVENT_COUNT, event = (unsigned)_i % CORE_EVENT_COUNT;
    struct core_step step = core_step((enum core_state)state, (enum core_event)event);

    ck_assert_int_eq(step.next == CORE_ABSENT, state == CORE_ABSENT);
}
END_TEST

START_TEST(no_state_is_left_without_something_to_do)
{
    unsigned state = (unsigned)_i / CORE_EVENT_COUNT, event = (unsigned)_i % CORE_EVENT_COUNT;
    struct core_step step = core_step((enum core_state)state, (enum core_event)event);

    if (step.next != state)
        ck_assert_uint_ne(step.action, CORE_DO_NOTHING);
}
END_TEST

START_TEST(a_death_is_reported_when_it_happens_and_only_then)
{
    unsigned state = (unsigned)_i / CORE_EVENT_COUNT, event = (unsigned)_i % CORE_EVENT_COUNT;
    struct core_step step = core_step((enum core_state)state, (enum core_event)event);

    ck_assert_int_eq((step.action & CORE_DO_REPORT_DEAD) != 0,
                     is_dead(step.next) && !is_dead(state));
    ck_assert_int_eq((step.action & CORE_DO_DROP) != 0,
                     step.next == CORE_GONE && state != CORE_GONE);
    ck_assert_int_eq((step.action & CORE_DO_TELL_LATE) != 0,
                     (step.action & CORE_DO_REPORT_DEAD) && step.next != CORE_GONE);
}
END_TEST

/* F1: nobody is sure, and nobody says so, before a core was told to stop and did, or somebody else says it. */
START_TEST(a_core_is_gone_only_when_it_was_stopped)
{
    enum core_state state = (enum core_state)((unsigned)_i / CORE_EVENT_COUNT);
    enum core_event event = (enum core_event)((unsigned)_i % CORE_EVENT_COUNT);
    struct core_step step = core_step(state, event);
    bool ours = state == CORE_STOPPING && (event == CORE_EV_STOPPED || event == CORE_EV_TIMEOUT);

    if (step.next == CORE_GONE && state != CORE_GONE)
        ck_assert(ours || event == CORE_EV_TOLD_DEAD);
    ck_assert_int_eq((step.action & CORE_DO_TELL_DEAD) != 0, ours);
    ck_assert_int_eq((step.action & CORE_DO_STOP) != 0,
                     step.next == CORE_STOPPING && state != CORE_STOPPING);
    if (state == CORE_GONE)
        ck_assert_uint_eq(step.next, CORE_GONE);
}
END_TEST

/* F2: who has said HELLO may use what it was given, so it is stopped; one that never did is only late. */
START_TEST(who_is_suspected_is_stopped_if_it_was_ever_heard)
{
    enum core_state state = (enum core_state)_i;
    struct core_step step = core_step(state, CORE_EV_SUSPECT);

    if (state == CORE_HEARD || state == CORE_JOINED || state == CORE_LOST)
        ck_assert_uint_eq(step.next, CORE_STOPPING);
    else if (state == CORE_WAITING)
        ck_assert_uint_eq(step.next, CORE_DEAD);
    else
        ck_assert_uint_eq(step.next, state);
    ck_assert(!(step.action & CORE_DO_REFUSE));
}
END_TEST

START_TEST(who_is_told_of_a_death_believes_it)
{
    struct core_step step = core_step((enum core_state)_i, CORE_EV_TOLD_DEAD);

    ck_assert_uint_eq(step.next, _i == CORE_ABSENT ? CORE_ABSENT : CORE_GONE);
    ck_assert(!(step.action & CORE_DO_REFUSE));
}
END_TEST

/* Between being told to stop and having stopped it may say, and others may say of it, what they like. */
START_TEST(a_core_that_is_being_stopped_comes_back_by_nothing)
{
    struct core_step step = core_step(CORE_STOPPING, (enum core_event)_i);

    ck_assert(step.next == CORE_STOPPING || step.next == CORE_GONE);
    ck_assert_int_eq((step.action & CORE_DO_REFUSE) != 0,
                     _i == CORE_EV_BEGIN || _i == CORE_EV_HELLO);
}
END_TEST

/* STOPPED is ours to say: only of a core that we have told to stop. */
START_TEST(only_a_core_that_is_being_stopped_is_seen_to_have_stopped)
{
    struct core_step step = core_step((enum core_state)_i, CORE_EV_STOPPED);

    ck_assert_int_eq((step.action & CORE_DO_REFUSE) != 0, _i != CORE_STOPPING);
}
END_TEST

START_TEST(joining_is_reported_once_and_takes_an_ack)
{
    unsigned state = (unsigned)_i / CORE_EVENT_COUNT, event = (unsigned)_i % CORE_EVENT_COUNT;
    struct core_step step = core_step((enum core_state)state, (enum core_event)event);
    bool joins = step.next == CORE_JOINED && state != CORE_JOINED;

    ck_assert_int_eq((step.action & CORE_DO_REPORT_JOINED) != 0, joins);
    if (joins) {
        ck_assert_uint_eq(event, CORE_EV_ACK);
        ck_assert(state == CORE_HEARD || state == CORE_LOST);
    }
}
END_TEST

START_TEST(every_state_that_waits_is_ended_by_its_deadline)
{
    enum core_state state = (enum core_state)_i;
    struct core_step step = core_step(state, CORE_EV_TIMEOUT);

    ck_assert_int_eq(core_has_deadline(state), !core_settled(state));
    if (core_has_deadline(state))
        ck_assert(core_settled((enum core_state)step.next));
    else
        ck_assert_uint_eq(step.next, state);
}
END_TEST

START_TEST(every_hello_that_is_taken_is_acknowledged)
{
    struct core_step step = core_step((enum core_state)_i, CORE_EV_HELLO);

    if (!(step.action & CORE_DO_REFUSE)) {
        ck_assert(step.action & CORE_DO_SAY_ACK);
        ck_assert_uint_eq(step.next, CORE_HEARD);
    }
}
END_TEST

START_TEST(the_first_step_says_hello_before_the_core_is_started)
{
    struct core_step step = core_step(CORE_OUT, CORE_EV_BEGIN);

    ck_assert_uint_eq(step.action, CORE_DO_SAY_HELLO | CORE_DO_START);
    ck_assert_uint_eq(step.next, CORE_WAITING);
}
END_TEST

START_TEST(states_have_the_words_of_the_console_record)
{
    ck_assert_str_eq(core_state_word(CORE_ABSENT), "absent");
    ck_assert_str_eq(core_state_word(CORE_HEARD), "up");
    ck_assert_str_eq(core_state_word(CORE_JOINED), "joined");
    ck_assert_str_eq(core_state_word(CORE_STOPPING), "stopping");
    ck_assert_str_eq(core_state_word(CORE_DEAD), "dead");
    ck_assert_str_eq(core_state_word(CORE_LOST), "dead");
    ck_assert_str_eq(core_state_word(CORE_GONE), "dead");
}
END_TEST

int main(void)
{
    const int cells = CORE_STATE_COUNT * CORE_EVENT_COUNT;
    Suite *s = suite_create("monitor/core_sm");
    TCase *t = tcase_create("table");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, a_refused_event_changes_nothing_and_does_nothing_else, 0, cells);
    tcase_add_loop_test(t, nothing_becomes_absent_and_an_absent_core_stays_so, 0, cells);
    tcase_add_loop_test(t, no_state_is_left_without_something_to_do, 0, cells);
    tcase_add_loop_test(t, a_death_is_reported_when_it_happens_and_only_then, 0, cells);
    tcase_add_loop_test(t, a_core_is_gone_only_when_it_was_stopped, 0, cells);
    tcase_add_loop_test(t, who_is_suspected_is_stopped_if_it_was_ever_heard, 0, CORE_STATE_COUNT);
    tcase_add_loop_test(t, who_is_told_of_a_death_believes_it, 0, CORE_STATE_COUNT);
    tcase_add_loop_test(t, a_core_that_is_being_stopped_comes_back_by_nothing, 0, CORE_EVENT_COUNT);
    tcase_add_loop_test(t, only_a_core_that_is_being_stopped_is_seen_to_have_stopped, 0,
                        CORE_STATE_COUNT);
    tcase_add_loop_test(t, joining_is_reported_once_and_takes_an_ack, 0, cells);
    tcase_add_loop_test(t, every_state_that_waits_is_ended_by_its_deadline, 0, CORE_STATE_COUNT);
    tcase_add_loop_test(t, every_hello_that_is_taken_is_acknowledged, 0, CORE_STATE_COUNT);
    tcase_add_test(t, the_first_step_says_hello_before_the_core_is_started);
    tcase_add_test(t, states_have_the_words_of_the_console_record);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
