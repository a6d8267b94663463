/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Epochs of a CPU driver: one record of each in which something was switched to, none of an idle core, never in the way of
 * a change; and the operations that set boosts, modes and the degraded flag. cpudriver/epoch.h, lib/abi/syscall.h.
 */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/epoch.h"
#include "cpudriver/irq.h"
#include "cpudriver/task.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)
#define MS 1000000u
#define LENGTH (10 * MS)

static struct world w;
static handle_t island;

static handle_t give(enum cap_type type, uint64_t object)
{
    return world_give(&w, type, object, 0, RIGHTS_ALL);
}

static status_t call(unsigned number, unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t x[8] = { a, b, c, d };

    return world_call(&w, number, op, x);
}

static handle_t make(enum cap_type type, uint64_t bytes)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ w.ram, type, bytes, 0 }, sizeof x);
        st = world_call(&w, SYS_cap_grant, CAP_RETYPE, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

static struct task *task_of(handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(w.table, h, CAP_TASK, 0, &c), ST_OK);
    return CONTAINER_OF(object_of(c), struct task, object);
}

/* A task in a space of its own, ready to run. */
static handle_t program(void)
{
    handle_t t = make(CAP_TASK, 0), space = make(CAP_SPACE, 4 * 4096);

    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, t, w.own_table, space, 0), ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_START, t, 0, 0, 0), ST_OK);
    return t;
}

static void setup(void)
{
    world_make(&w, SHARE);
    w.k->root = w.root;
    w.keep = true;
    island = give(CAP_ISLAND, 0);
    epoch_init(w.k, LENGTH);
}

static void teardown(void)
{
    world_free(&w);
}

/* Records of epochs from `from` on; the last of them. */
static unsigned epochs(uint64_t from, const struct witness_record **last)
{
    unsigned n = 0;

    for (uint64_t i = from; i < w.k->log.seq; i++)
        if (world_record(&w, i)->kind == WITNESS_SCHEDULER_EPOCH) {
            n++;
            *last = world_record(&w, i);
        }
    return n;
}

static void yield(void)
{
    (void)call(SYS_timer_wait, TIMER_YIELD, 0, 0, 0, 0);
}

/* The timer interrupt, if it is due; as trap_irq. */
static void interrupt(void)
{
    if (fake.now < fake.timer)
        return;
    irq_take(w.k);
    if (w.k->resched)
        (void)task_pick(w.k);
}

static void run_until(uint64_t when)
{
    while (fake.timer <= when) {
        fake.now = fake.timer;
        interrupt();
    }
    fake.now = when;
}

START_TEST(a_busy_epoch_leaves_one_record_with_what_was_done)
{
    const struct witness_record *r = NULL;
    uint64_t seq, before;

    (void)program();
    run_until(20 * MS);
    seq = w.k->log.seq;
    before = w.k->nswitches;
    for (int i = 0; i < 6; i++) {
        fake.now += 1000;
        yield();
    }
    before = w.k->nswitches - before;
    ck_assert_uint_ge(before, 6);
    run_until(29 * MS);
    ck_assert_uint_eq(epochs(seq, &r), 0);
    run_until(30 * MS + 10);
    ck_assert_uint_eq(epochs(seq, &r), 1);
    ck_assert_uint_eq(r->actor, 0);
    ck_assert_uint_eq(r->flags, 0);
    ck_assert_uint_eq(r->target & UINT32_MAX, 2); /* the third of 10 ms */
    ck_assert_uint_eq(r->target >> 32, 0);
    ck_assert_uint_ge(r->payload & UINT32_MAX, before);
    ck_assert_uint_eq(r->payload >> 32 & 0xffff, 2);
    ck_assert_uint_eq(r->payload >> 48, 10000); /* nobody was idle */
}
END_TEST

START_TEST(partitions_that_did_not_run_in_it_are_not_counted)
{
    const struct witness_record *r = NULL;
    handle_t t = program();

    (void)program();
    run_until(20 * MS);
    (void)epochs(0, &r);
    ck_assert_uint_eq(r->payload >> 32 & 0xffff, 3);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_FAIR, 1, 0), ST_OK);
    task_stop(w.k, task_of(t), TS_STOPPED);
    if (w.k->resched)
        (void)task_pick(w.k);
    run_until(40 * MS);
    (void)epochs(0, &r);
    ck_assert_uint_eq(r->payload >> 32 & 0xffff, 2);
}
END_TEST

START_TEST(switches_of_an_epoch_are_those_of_that_epoch)
{
    const struct witness_record *r = NULL;
    uint64_t at;

    (void)program();
    run_until(20 * MS);
    at = w.k->nswitches;
    for (int i = 0; i < 3; i++)
        yield();
    run_until(30 * MS - 1);
    at = w.k->nswitches - at;
    run_until(30 * MS);
    (void)epochs(0, &r);
    ck_assert_uint_ge(r->payload & UINT32_MAX, at);
    ck_assert_uint_le(r->payload & UINT32_MAX, at + 1); /* the tick that began it may have switched, too */
    run_until(40 * MS);
    (void)epochs(0, &r);
    ck_assert_uint_eq(r->target & UINT32_MAX, 3);
    ck_assert_uint_lt(r->payload & UINT32_MAX, 8); /* a slice is 2 ms */
}
END_TEST

/* One that sleeps wakes for its time only, after the one tick that ends the epoch it was busy in. */
START_TEST(an_idle_core_writes_none_and_wakes_for_none)
{
    const struct witness_record *r = NULL;
    uint64_t x[8] = { 0 }, ticks;

    x[1] = 12 * MS;
    run_until(11 * MS);
    (void)world_call(&w, SYS_timer_wait, TIMER_UNTIL, x);
    ck_assert_uint_eq(fake.now, 12 * MS);
    fake.now = 14 * MS;
    ticks = w.k->nirqs;
    x[1] = 995 * MS;
    (void)world_call(&w, SYS_timer_wait, TIMER_UNTIL, x); /* alone: idle until then */
    ck_assert_uint_eq(fake.now, 995 * MS);
    ck_assert_uint_eq(w.k->nirqs - ticks, 2); /* the end of that epoch, and its time */
    ck_assert_uint_eq(epochs(0, &r), 1);
    ck_assert_uint_eq(r->target & UINT32_MAX, 1);
    ck_assert_uint_eq(r->payload & UINT32_MAX, 1);
    ck_assert_uint_eq(r->payload >> 48, 3000); /* 10 to 11, 12 to 14 */
    run_until(1000 * MS);
    ck_assert_uint_eq(epochs(0, &r), 2);
    ck_assert_uint_eq(r->target & UINT32_MAX, 99);
    ck_assert_uint_eq(r->payload >> 48, 5000);
}
END_TEST

START_TEST(one_that_computes_alone_leaves_none)
{
    const struct witness_record *r;
    uint64_t seq;

    run_until(10 * MS);
    seq = w.k->log.seq;
    run_until(500 * MS);
    ck_assert_uint_eq(epochs(seq, &r), 0);
}
END_TEST

START_TEST(a_missed_deadline_is_in_the_record)
{
    const struct witness_record *r = NULL;
    handle_t t = program();

    run_until(10 * MS);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_EDF, 2 * MS, 50 * MS), ST_OK);
    run_until(20 * MS); /* it never stops */
    ck_assert_uint_ge(epochs(0, &r), 1);
    ck_assert_uint_eq(r->target >> 32 & 0xffff, 1);
}
END_TEST

START_TEST(a_log_with_little_room_gets_none_and_hears_how_many)
{
    const struct witness_record *r = NULL;
    uint64_t seq;

    (void)program();
    run_until(10 * MS);
    while (log_room(&w.k->log, (uint32_t)(w.k->log.capacity / 8), LOG_ORDINARY))
        (void)call(SYS_task_spawn, TASK_SCHED, w.self, CLASS_FAIR, 64, 0);
    seq = w.k->log.seq;
    for (unsigned i = 2; i < 6; i++)
        run_until(i * LENGTH);
    ck_assert_uint_eq(w.k->log.seq, seq);
    ck_assert(!w.k->log.full);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, w.self, CLASS_FAIR, 64, 0), ST_OK); /* a change still finds room */
    ck_assert(log_drain(&w.k->log, w.k->log.seq));
    run_until(60 * MS);
    ck_assert_uint_eq(epochs(seq, &r), 1);
    ck_assert_uint_eq(r->target >> 48, 4);
    run_until(70 * MS);
    ck_assert_uint_eq(epochs(seq, &r), 2);
    ck_assert_uint_eq(r->target >> 48, 0);
}
END_TEST

/* With ids taken away the mark in the list is never taken for a space. */
START_TEST(scarce_ids_and_the_mark_get_along)
{
    const struct witness_record *r = NULL;

    w.k->nasids = 3;
    for (int i = 0; i < 6; i++)
        (void)program();
    for (unsigned i = 0; i < 200; i++) {
        fake.now += 300000;
        interrupt();
        yield();
        ck_assert_uint_ne(w.k->active->asid, 0);
    }
    ck_assert_uint_ge(epochs(0, &r), 5);
    ck_assert_uint_eq(r->payload >> 32 & 0xffff, 3); /* as many as keep an id */
}
END_TEST

START_TEST(no_epochs_no_records_and_no_timer)
{
    const struct witness_record *r;

    epoch_init(w.k, 0);
    w.k->timer_set = fake.timer = UINT64_MAX;
    for (int i = 0; i < 10; i++) {
        fake.now += LENGTH;
        yield();
    }
    ck_assert_uint_eq(epochs(0, &r), 0);
    ck_assert_uint_eq(fake.timer, UINT64_MAX);
}
END_TEST

/* ---- boosts, modes, degraded ---- */

START_TEST(a_boost_needs_the_island_and_the_task)
{
    handle_t t = program();
    uint64_t seq = w.k->log.seq;

    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, t, t, 5000, 0), ST_TYPE);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, island, 5000, 0), ST_TYPE);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, t, 10001, 0), ST_INVALID);
    ck_assert_uint_eq(w.k->log.seq, seq);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, t, 5000, 0), ST_OK);
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_uint_eq(world_record(&w, seq)->kind, WITNESS_MODE_SWITCH);
    ck_assert_uint_eq(world_record(&w, seq)->flags, WITNESS_F_BOOST);
    ck_assert_uint_eq(world_record(&w, seq)->target, task_of(t)->id);
    ck_assert_uint_eq(world_record(&w, seq)->payload, 5000);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, t, 5000, 0), ST_OK); /* nothing new */
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_uint_eq(task_of(t)->sched.inverse, priority_cost(WEIGHT_DEFAULT, MODE_FLOW, 5000));
}
END_TEST

START_TEST(modes_come_with_a_class_and_are_recorded)
{
    handle_t t = program();
    uint64_t seq;

    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_WITH_MODE(CLASS_FAIR, MODE_REFLEX), 64, 0), ST_INVALID);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_WITH_MODE(CLASS_EDF, MODE_RECOVERY), MS, 50 * MS), ST_INVALID);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_WITH_MODE(CLASS_EDF, 3), MS, 50 * MS), ST_INVALID);
    seq = w.k->log.seq;
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_WITH_MODE(CLASS_FAIR, MODE_RECOVERY), 64, 0), ST_OK);
    ck_assert_uint_eq(world_record(&w, seq)->payload, CLASS_FAIR | MODE_RECOVERY << 4 | 64 << 8);
    ck_assert_uint_eq(task_of(t)->sched.inverse, 4u << 16);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_WITH_MODE(CLASS_EDF, MODE_REFLEX), MS, 50 * MS), ST_OK);
    ck_assert_uint_eq(task_of(t)->sched.mode, MODE_REFLEX);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, t, CLASS_EDF, MS, 50 * MS), ST_OK);
    ck_assert_uint_eq(task_of(t)->sched.mode, MODE_FLOW);
}
END_TEST

START_TEST(reflex_rings_no_other_core)
{
    handle_t own = give(CAP_DOORBELL, 0), other = give(CAP_DOORBELL, 1);
    unsigned before;

    ck_assert_int_eq(call(SYS_queue_send, SEND_BELL, other, 1, 0, 0), ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, w.self, CLASS_WITH_MODE(CLASS_EDF, MODE_REFLEX), 30 * MS, 50 * MS), ST_OK);
    before = fake.sgis;
    ck_assert_int_eq(call(SYS_queue_send, SEND_BELL, other, 1, 0, 0), ST_DENIED);
    ck_assert_int_eq(call(SYS_queue_send, SEND_BELL, own, 1, 0, 0), ST_OK);
    ck_assert_uint_eq(fake.sgis, before);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_SCHED, w.self, CLASS_FAIR, 64, 0), ST_OK);
    ck_assert_int_eq(call(SYS_queue_send, SEND_BELL, other, 1, 0, 0), ST_OK);
}
END_TEST

START_TEST(degraded_is_recorded_once_and_says_when_it_is_done)
{
    const struct witness_record *r = NULL;
    uint64_t seq;
    status_t st;
    unsigned slices = 0;

    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, make(CAP_TASK, 0), 100, 0), ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, CORE_DEGRADE, w.self, 1, 0, 0), ST_TYPE);
    ck_assert_int_eq(call(SYS_task_spawn, CORE_DEGRADE, island, 2, 0, 0), ST_INVALID);
    seq = w.k->log.seq;
    do
        slices++;
    while ((st = call(SYS_task_spawn, CORE_DEGRADE, island, 1, 0, 0)) == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    ck_assert_uint_eq(slices, 2);
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_uint_eq(world_record(&w, seq)->kind, WITNESS_DEGRADED_ENTERED);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, w.self, 1, 0), ST_STATE);
    (void)program();
    run_until(30 * MS);
    ck_assert_uint_ge(epochs(seq, &r), 1);
    ck_assert_uint_eq(r->flags, WITNESS_F_DEGRADED);
    seq = w.k->log.seq;
    ck_assert_int_eq(call(SYS_task_spawn, CORE_DEGRADE, island, 0, 0, 0), ST_OK);
    ck_assert_uint_eq(world_record(&w, seq)->kind, WITNESS_DEGRADED_EXITED);
    ck_assert_int_eq(call(SYS_task_spawn, CORE_DEGRADE, island, 0, 0, 0), ST_OK);
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, w.self, 1, 0), ST_OK);
}
END_TEST

/* Its memory is used for something else afterwards. */
START_TEST(a_boosted_task_that_ends_is_in_no_list)
{
    handle_t t = program();

    ck_assert_int_eq(call(SYS_task_spawn, TASK_BOOST, island, t, 100, 0), ST_OK);
    while (call(SYS_cap_grant, CAP_DELETE, t, 0, 0, 0) == ST_AGAIN)
        ;
    ck_assert(list_empty(&w.k->runq.boosted));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("epoch");
    TCase *t = tcase_create("epoch");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_busy_epoch_leaves_one_record_with_what_was_done);
    tcase_add_test(t, partitions_that_did_not_run_in_it_are_not_counted);
    tcase_add_test(t, switches_of_an_epoch_are_those_of_that_epoch);
    tcase_add_test(t, an_idle_core_writes_none_and_wakes_for_none);
    tcase_add_test(t, one_that_computes_alone_leaves_none);
    tcase_add_test(t, a_missed_deadline_is_in_the_record);
    tcase_add_test(t, a_log_with_little_room_gets_none_and_hears_how_many);
    tcase_add_test(t, scarce_ids_and_the_mark_get_along);
    tcase_add_test(t, no_epochs_no_records_and_no_timer);
    tcase_add_test(t, a_boost_needs_the_island_and_the_task);
    tcase_add_test(t, modes_come_with_a_class_and_are_recorded);
    tcase_add_test(t, reflex_rings_no_other_core);
    tcase_add_test(t, degraded_is_recorded_once_and_says_when_it_is_done);
    tcase_add_test(t, a_boosted_task_that_ends_is_in_no_list);
    suite_add_tcase(suite, t);
    r = srunner_create(suite);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
