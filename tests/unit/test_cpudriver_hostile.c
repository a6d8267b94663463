/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a program may try against the capabilities of its core: each test is one attempt. */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/task.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)

static struct world w;

static status_t call(unsigned number, unsigned op, uint64_t x[8])
{
    return world_call(&w, number, op, x);
}

static status_t try_retype(handle_t ram, enum cap_type type, uint64_t bytes, handle_t *h)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ ram, type, bytes }, sizeof x);
        st = call(SYS_cap_grant, CAP_RETYPE, x);
    } while (st == ST_AGAIN);
    *h = x[1];
    return st;
}

static handle_t make(handle_t ram, enum cap_type type, uint64_t bytes)
{
    handle_t h;

    ck_assert_int_eq(try_retype(ram, type, bytes, &h), ST_OK);
    return h;
}

static handle_t copy(handle_t from, uint8_t rights)
{
    uint64_t x[8] = { from, 0, rights };

    ck_assert_int_eq(call(SYS_cap_grant, CAP_COPY, x), ST_OK);
    return x[1];
}

static status_t delete_once(handle_t h)
{
    return call(SYS_cap_grant, CAP_DELETE, (uint64_t[8]){ h });
}

static void drop(handle_t h)
{
    status_t st;

    while ((st = delete_once(h)) == ST_AGAIN)
        ;
    ck_assert_int_eq(st, ST_OK);
}

static struct cap *cap_of(handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(w.table, h, CAP_NULL, 0, &c), ST_OK);
    return c;
}

static void setup(void)
{
    world_make(&w, SHARE);
    w.k->root = w.root;
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

/* ---- tests ---- */

/* Its children are handed over in slices; meanwhile a copy of it must not take it for whole. */
START_TEST(a_copy_of_ram_that_is_half_deleted_makes_nothing)
{
    handle_t ram = make(w.ram, CAP_RAM, 64 * PAGE_BYTES), through = copy(ram, RIGHTS_ALL);
    handle_t frame[REPARENT_SLICE], made = 0;
    status_t st;

    for (unsigned i = 0; i < REPARENT_SLICE; i++)
        frame[i] = make(ram, CAP_FRAME, PAGE_BYTES);
    ck_assert_int_eq(delete_once(ram), ST_AGAIN);
    st = try_retype(through, CAP_FRAME, PAGE_BYTES, &made);
    for (unsigned i = 0; i < REPARENT_SLICE && st == ST_OK; i++)
        ck_assert_msg(cap_of(made)->object != cap_of(frame[i])->object,
                      "two objects at the same address");
    ck_assert_int_eq(st, ST_STATE);
    drop(ram);
}
END_TEST

/* The badge of a fault message names who supervises: it is no way round the badge of a capability. */
START_TEST(a_supervisor_with_a_badge_is_told_of_faults_under_that_badge_only)
{
    handle_t port = make(w.ram, CAP_ENDPOINT, 0), task = make(w.ram, CAP_TASK, 0), mine;
    uint64_t x[8] = { port, 0, RIGHT_WRITE, 7 };

    ck_assert_int_eq(call(SYS_cap_grant, CAP_MINT, x), ST_OK);
    mine = x[1];
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG,
                          (uint64_t[8]){ task, w.own_table, w.space, mine, 1ull << 63 | 8 }),
                     ST_DENIED);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG,
                          (uint64_t[8]){ task, w.own_table, w.space, mine, 7 }),
                     ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG,
                          (uint64_t[8]){ task, 0, 0, port, 1ull << 63 | 8 }),
                     ST_OK);
}
END_TEST

/* Somebody else who keeps making and deleting: the revoke is about what is below, not about that. */
START_TEST(a_revoke_does_not_wait_for_what_others_delete)
{
    handle_t frame = make(w.ram, CAP_FRAME, PAGE_BYTES), ram[2], table[2];
    uint64_t slots = 4096;
    unsigned calls = 0;

    for (unsigned i = 0; i < 2; i++) {
        ram[i] = make(w.ram, CAP_RAM, 64 * PAGE_BYTES);
        table[i] = make(ram[i], CAP_CAPTABLE, slots);
    }
    (void)copy(frame, RIGHTS_ALL);
    drop(table[0]);
    while (call(SYS_cap_grant, CAP_REVOKE, (uint64_t[8]){ frame }) == ST_AGAIN) {
        unsigned i = calls / 100 & 1; /* each table is gone before it is made anew */

        ck_assert_uint_lt(++calls, 10000);
        if (calls % 100 == 50) {
            handle_t h;

            if (try_retype(ram[!i], CAP_CAPTABLE, slots, &h) == ST_OK)
                drop(h);
        }
    }
    ck_assert_uint_lt(calls, 10);
}
END_TEST

/* A program holds its own task, and may have given it to another, or to a task of its own. */
START_TEST(what_the_monitor_has_stopped_is_set_going_by_nobody_else)
{
    handle_t task = make(w.ram, CAP_TASK, 0);
    struct task *t = CONTAINER_OF(object_of(cap_of(task)), struct task, object);
    uint64_t seq;

    for (unsigned by_monitor = 0; by_monitor < 2; by_monitor++) {
        status_t expected = by_monitor ? ST_DENIED : ST_OK;

        w.k->root = w.root;
        ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, w.own_table, w.space }), ST_OK);
        ck_assert_int_eq(call(SYS_task_spawn, TASK_START, (uint64_t[8]){ task, 0x1000, 0x2000 }), ST_OK);
        w.k->root = by_monitor ? w.root : NULL;
        ck_assert_int_eq(call(SYS_task_spawn, TASK_STOP, (uint64_t[8]){ task }), ST_OK);
        w.k->root = NULL; /* as anybody else */
        ck_assert_int_eq(call(SYS_task_spawn, TASK_STOP, (uint64_t[8]){ task }), ST_OK); /* that is no way to let it go */
        seq = w.k->log.seq;
        ck_assert_int_eq(call(SYS_task_spawn, TASK_POKE, (uint64_t[8]){ task, 0, 7 }), expected);
        ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, w.own_table }), expected);
        ck_assert_int_eq(call(SYS_task_spawn, TASK_RESUME, (uint64_t[8]){ task }), expected);
        if (by_monitor) {
            ck_assert_int_eq(call(SYS_task_spawn, TASK_START, (uint64_t[8]){ task, 0x3000, 0x4000 }), ST_DENIED);
            ck_assert_uint_eq(w.k->log.seq, seq);
            ck_assert_int_eq(t->state, TS_STOPPED);
            ck_assert_uint_eq(t->frame.pc, 0x1000);
            w.k->root = w.root;
            ck_assert_int_eq(call(SYS_task_spawn, TASK_RESUME, (uint64_t[8]){ task }), ST_OK);
            ck_assert(!t->held);
        }
        w.k->root = w.root;
        ck_assert_int_eq(call(SYS_task_spawn, TASK_STOP, (uint64_t[8]){ task }), ST_OK);
    }
}
END_TEST

/* Else a program would end, and the monitor that has to tell others of it would not hear of it. */
START_TEST(whom_the_monitor_supervises_nobody_else_does)
{
    handle_t task = make(w.ram, CAP_TASK, 0), monitors = make(w.ram, CAP_ENDPOINT, 0), other = make(w.ram, CAP_ENDPOINT, 0);
    struct task *t = CONTAINER_OF(object_of(cap_of(task)), struct task, object);
    uint64_t seq;

    w.k->root = NULL; /* a task that a program has made: whose faults and end it hears is its own choice */
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, w.own_table, w.space, monitors, 1 }), ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, 0, 0, other, 2 }), ST_OK);
    w.k->root = w.root;
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, 0, 0, monitors, 3 }), ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, 0, 0, monitors, 4 }), ST_OK); /* its own again */
    w.k->root = NULL;
    seq = w.k->log.seq;
    for (unsigned i = 0; i < 2; i++) /* another, and the same by another badge */
        ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, w.own_table, 0, i ? monitors : other, 5 }), ST_DENIED);
    ck_assert_uint_eq(w.k->log.seq, seq);
    ck_assert(&t->supervisor->object == object_of(cap_of(monitors)) && t->supervisor_badge == 4);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, w.own_table }), ST_OK); /* the rest is as it was */
    ck_assert_uint_eq(t->supervisor_badge, 4);
    w.k->root = w.root;
}
END_TEST

/* The table of the running task is on its way out, and with it the capability it revokes. */
START_TEST(a_revoke_whose_capability_is_reaped_meanwhile_is_counted_once)
{
    handle_t task = make(w.ram, CAP_TASK, 0), small = make(w.ram, CAP_CAPTABLE, 6);
    handle_t big = make(w.ram, CAP_CAPTABLE, CAPTABLE_FIRST + 10), frame = make(w.ram, CAP_FRAME, PAGE_BYTES);
    handle_t in_small[3];
    const struct witness_record *r;
    uint64_t x[8];
    struct task *t = CONTAINER_OF(object_of(cap_of(task)), struct task, object);
    handle_t from[3] = { small, big, frame };

    for (unsigned i = 0; i < 3; i++) {
        memcpy(x, (uint64_t[8]){ from[i], small, RIGHTS_ALL }, sizeof x);
        ck_assert_int_eq(call(SYS_cap_grant, CAP_COPY, x), ST_OK);
        in_small[i] = x[1];
    }
    ck_assert_int_eq(call(SYS_task_spawn, TASK_CONFIG, (uint64_t[8]){ task, small, w.space }), ST_OK);
    ck_assert_int_eq(call(SYS_task_spawn, TASK_START, (uint64_t[8]){ task, 0x1000, 0x2000 }), ST_OK);
    drop(small);
    drop(big);
    (void)call(SYS_timer_wait, TIMER_YIELD, (uint64_t[8]){ 0 });
    ck_assert_ptr_eq(w.k->current, t);
    ck_assert_int_eq(delete_once(in_small[1]), ST_OK); /* two slices: one now */
    ck_assert(!list_empty(&w.k->dying));
    ck_assert_int_eq(delete_once(in_small[0]), ST_OK); /* the other; and then its own table is next */
    ck_assert(!list_empty(&w.k->dying));
    ck_assert_ptr_eq(w.k->current, t);
    captable_slot(t->table, HANDLE_INDEX(in_small[2]))->flags |= CAP_F_REVOKING; /* its last slice, of which there is a record */
    w.k->nrevoking++;
    (void)call(SYS_cap_grant, CAP_REVOKE, (uint64_t[8]){ in_small[2] });
    ck_assert_uint_eq(w.k->nrevoking, 0);
    r = world_record(&w, w.k->log.seq - 1); /* it names what was revoked, not what is in its slot by now */
    ck_assert_uint_eq(r->kind, WITNESS_CAPABILITY_REVOKE);
    ck_assert_uint_eq(r->target, cap_public_name(cap_of(frame)));
    ck_assert_uint_eq(r->payload & 0xff, CAP_FRAME);
    ck_assert_uint_eq(r->payload >> 32, HANDLE_INDEX(in_small[2]));
}
END_TEST

/* x8 above bit 15 is ignored: the same call with something there is the same call. */
START_TEST(a_call_with_capabilities_is_one_whatever_lies_above_its_number)
{
    handle_t port = make(w.ram, CAP_ENDPOINT, 0);

    ck_assert_int_eq(call(SYS_queue_send, SEND_CALL_CAPS | 0x100,
                          (uint64_t[8]){ port, 1, 2, 3, MSG_CAPS(1, 9, 0, 0, 0), 5 }),
                     ST_INVALID);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("hostile");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_copy_of_ram_that_is_half_deleted_makes_nothing);
    tcase_add_test(t, a_supervisor_with_a_badge_is_told_of_faults_under_that_badge_only);
    tcase_add_test(t, a_revoke_does_not_wait_for_what_others_delete);
    tcase_add_test(t, what_the_monitor_has_stopped_is_set_going_by_nobody_else);
    tcase_add_test(t, whom_the_monitor_supervises_nobody_else_does);
    tcase_add_test(t, a_revoke_whose_capability_is_reaped_meanwhile_is_counted_once);
    tcase_add_test(t, a_call_with_capabilities_is_one_whatever_lies_above_its_number);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
