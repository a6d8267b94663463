/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/bind_sm cell by cell; what two monitors make of it is in tests/model/model_bind.c. */
#include <check.h>
#include "monitor/bind_sm.h"

static struct bind_step at(int i, unsigned *state, unsigned *event)
{
    *state = (unsigned)i / BIND_EVENT_COUNT;
    *event = (unsigned)i % BIND_EVENT_COUNT;
    return bind_step((enum bind_state)*state, (enum bind_event)*event);
}

START_TEST(a_refused_event_changes_nothing_and_does_nothing_else)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);

    ck_assert_uint_lt(step.next, BIND_STATE_COUNT);
    if (step.action & BIND_REFUSED) {
        ck_assert_uint_eq(step.next, state);
        ck_assert_uint_eq(step.action, BIND_REFUSED);
    }
}
END_TEST

START_TEST(what_is_mapped_is_unmapped_before_the_other_end_hears_of_it)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);
    bool was = bind_is_mapped((enum bind_state)state), is = bind_is_mapped((enum bind_state)step.next);

    ck_assert_int_eq((step.action & BIND_DO_UNMAP) != 0, was && !is);
    if (step.action & (BIND_SEND_CLOSE | BIND_SEND_CLOSED))
        ck_assert(!is);
}
END_TEST

/* So every channel that the log has as made it has as ended, once. */
START_TEST(a_channel_begins_with_open_and_ends_when_that_is_left)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);
    enum bind_edge edge = bind_edge((enum bind_state)state, (enum bind_state)step.next);

    ck_assert_int_eq(edge == BIND_EDGE_BEGINS, step.next == BIND_OPEN && state != BIND_OPEN);
    ck_assert_int_eq(edge == BIND_EDGE_ENDS, state == BIND_OPEN && step.next != BIND_OPEN);
    ck_assert_int_eq(edge == BIND_EDGE_BEGINS, (step.action & (BIND_TELL_BOUND | BIND_TELL_CLIENT)) != 0);
    if (step.action & BIND_TELL_GONE)
        ck_assert_int_eq(edge, BIND_EDGE_ENDS);
}
END_TEST

START_TEST(memory_and_entry_return_exactly_when_an_end_becomes_free)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);

    ck_assert_int_eq((step.action & BIND_DO_RELEASE) != 0,
                     step.next == BIND_FREE && state != BIND_FREE);
}
END_TEST

START_TEST(leaving_the_wait_tells_the_program_unless_it_left_itself)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);
    bool waited = bind_has_deadline((enum bind_state)state);
    bool waits = bind_has_deadline((enum bind_state)step.next);
    bool told = (step.action & (BIND_TELL_BOUND | BIND_TELL_REFUSED)) != 0;

    ck_assert_int_eq(told, waited && !waits && event != BIND_EV_LET_GO);
    if (told)
        ck_assert_int_eq((step.action & BIND_TELL_BOUND) != 0, step.next == BIND_OPEN);
}
END_TEST

START_TEST(no_state_is_left_without_something_to_do)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);

    if (step.next != state)
        ck_assert_uint_ne(step.action, 0);
}
END_TEST

/* What neither program nor peer would notice at once if it were left out. */
START_TEST(who_must_hear_of_a_step_hears_of_it)
{
    unsigned state, event;
    struct bind_step step = at(_i, &state, &event);
    bool asks = step.next == BIND_LOOKUP && state == BIND_FREE;
    bool gives_up = state == BIND_LOOKUP && (event == BIND_EV_LET_GO || event == BIND_EV_TIMEOUT);
    bool served = step.next == BIND_OPEN && state == BIND_FREE;
    bool orphaned = step.next == BIND_ORPHAN && state != BIND_ORPHAN;

    ck_assert_int_eq((step.action & BIND_SEND_LOOKUP) != 0, asks);
    ck_assert_int_eq((step.action & BIND_SEND_CANCEL) != 0, gives_up);
    ck_assert_int_eq((step.action & BIND_TELL_CLIENT) != 0, served);
    ck_assert_int_eq((step.action & BIND_TELL_GONE) != 0, orphaned);
}
END_TEST

START_TEST(a_deadline_and_a_dead_core_end_every_wait)
{
    enum bind_state state = (enum bind_state)_i;
    struct bind_step late = bind_step(state, BIND_EV_TIMEOUT);
    struct bind_step dead = bind_step(state, BIND_EV_CORE_DEAD);

    if (bind_has_deadline(state)) {
        ck_assert(!(late.action & BIND_REFUSED));
        ck_assert(!bind_has_deadline((enum bind_state)late.next));
        ck_assert_uint_eq(dead.next, BIND_FREE);
    }
    ck_assert(!(dead.action & BIND_REFUSED)); /* cores may die in any state */
    ck_assert(dead.next == BIND_FREE || dead.next == BIND_ORPHAN);
}
END_TEST

START_TEST(a_program_can_let_go_in_every_state_in_which_it_has_something)
{
    enum bind_state state = (enum bind_state)_i;
    struct bind_step step = bind_step(state, BIND_EV_LET_GO);

    ck_assert_int_eq((step.action & BIND_REFUSED) != 0, state == BIND_FREE);
    ck_assert(step.next == BIND_FREE || step.next == BIND_CLOSING);
}
END_TEST

int main(void)
{
    const int cells = BIND_STATE_COUNT * BIND_EVENT_COUNT;
    Suite *s = suite_create("monitor/bind_sm");
    TCase *t = tcase_create("table");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, a_refused_event_changes_nothing_and_does_nothing_else, 0, cells);
    tcase_add_loop_test(t, what_is_mapped_is_unmapped_before_the_other_end_hears_of_it, 0, cells);
    tcase_add_loop_test(t, a_channel_begins_with_open_and_ends_when_that_is_left, 0, cells);
    tcase_add_loop_test(t, memory_and_entry_return_exactly_when_an_end_becomes_free, 0, cells);
    tcase_add_loop_test(t, leaving_the_wait_tells_the_program_unless_it_left_itself, 0, cells);
    tcase_add_loop_test(t, no_state_is_left_without_something_to_do, 0, cells);
    tcase_add_loop_test(t, who_must_hear_of_a_step_hears_of_it, 0, cells);
    tcase_add_loop_test(t, a_deadline_and_a_dead_core_end_every_wait, 0, BIND_STATE_COUNT);
    tcase_add_loop_test(t, a_program_can_let_go_in_every_state_in_which_it_has_something, 0,
                        BIND_STATE_COUNT);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
