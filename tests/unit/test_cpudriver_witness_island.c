/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The rest of the table of docs/spec/witness.md: what a monitor does for other cores, cores, messages with capabilities, ends
 * and faults of tasks, and what a supervisor answers. tests/unit/test_cpudriver_witness.c has the beginning, and a full log.
 */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/fault.h"
#include "cpudriver/task.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)
#define OWN 0x40000000ull           /* where bootinfo says that the share lies */
#define ELSEWHERE 0x100000000ull    /* memory of another core */
#define CORES 4u

static struct world w;
static handle_t island;
static uint64_t seen;

static status_t call(unsigned number, unsigned op, uint64_t x[8])
{
    return world_call(&w, number, op, x);
}
#define CALL(n, op, ...) call(n, op, (uint64_t[8]){ __VA_ARGS__ })

static handle_t give(enum cap_type type)
{
    return world_give(&w, type, 0, 0, RIGHTS_ALL);
}

/* x[1] of what it answers. */
static handle_t done(unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ a, b, c, d, e }, sizeof x);
        st = call(SYS_cap_grant, op, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

static handle_t make(enum cap_type type, uint64_t bytes)
{
    return done(CAP_RETYPE, w.ram, type, bytes, 0, 0);
}

static handle_t copy(handle_t h)
{
    return done(CAP_COPY, h, 0, RIGHTS_ALL, 0, 0);
}

static handle_t export(handle_t h, unsigned how)
{
    return done(CAP_EXPORT, island, 0, h, RIGHTS_ALL | how << 8, 0);
}

static struct cap *cap_of(handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(w.table, h, CAP_NULL, 0, &c), ST_OK);
    return c;
}

static void setup(void)
{
    fake = (struct fake_core){ .timer = UINT64_MAX };
    world_make(&w, SHARE);
    w.info->free = (struct range){ OWN + (1u << 20), SHARE - (1u << 20) };
    w.info->share[0] = (struct range){ OWN, SHARE };
    w.info->ncores = CORES;
    w.info->gic.version = 3;
    for (core_id i = 0; i < CORES; i++)
        w.info->cores[i].present = true;
    w.k->root = w.root;
    island = give(CAP_ISLAND);
    seen = w.k->log.seq;
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

static const struct witness_record *record(uint64_t sequence)
{
    return world_record(&w, sequence);
}

/* Exactly this one was written since. */
static const struct witness_record *expect(unsigned kind, unsigned flags)
{
    const struct witness_record *r = record(seen);

    ck_assert_uint_eq(w.k->log.seq, seen + 1);
    ck_assert_uint_eq(r->kind, kind);
    ck_assert_uint_eq(r->flags, flags);
    seen++;
    return r;
}

static void expect_nothing(void)
{
    ck_assert_uint_eq(w.k->log.seq, seen);
}

static void forget(void)
{
    seen = w.k->log.seq;
}

/* ---- what a monitor does for other cores ---- */

START_TEST(a_copy_for_another_core_is_sent_and_settled)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), gift = make(CAP_FRAME, PAGE_BYTES), proxy;
    const struct witness_record *r;

    forget();
    proxy = export(frame, CAP_COPY_OF);
    r = expect(WITNESS_TRANSFER_OUT, 0);
    ck_assert_uint_eq(r->actor, w.root->id);
    ck_assert_uint_eq(r->target, cap_of(frame)->object);
    ck_assert_uint_eq(r->capability_hash, emit_hash(w.k, cap_of(frame)));
    ck_assert_uint_eq(r->payload, CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1) | (uint64_t)HANDLE_INDEX(proxy) << 32);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_SETTLE, island, proxy, 1), ST_OK);
    r = expect(WITNESS_TRANSFER_OUT, WITNESS_F_COMMIT);
    ck_assert_uint_eq(r->payload >> 32, HANDLE_INDEX(proxy));
    proxy = export(gift, CAP_GIVE_AWAY);
    expect(WITNESS_TRANSFER_OUT, 0);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_SETTLE, island, proxy, 0), ST_OK);
    expect(WITNESS_TRANSFER_OUT, WITNESS_F_CANCEL);
}
END_TEST

START_TEST(what_is_passed_on_and_what_is_lent_are_told_apart)
{
    handle_t frame = make(CAP_FRAME, 2 * PAGE_BYTES), lent = make(CAP_FRAME, PAGE_BYTES), proxy = export(frame, CAP_COPY_OF);
    const struct witness_record *r;

    forget();
    (void)done(CAP_DERIVE, island, proxy, cap_of(frame)->object, PAGE_BYTES, RIGHT_READ | 2 << 8);
    r = expect(WITNESS_TRANSFER_OUT, WITNESS_F_PASSED);
    ck_assert_uint_eq(r->payload & 0xffffff, CAP_WHAT(CAP_FRAME, RIGHT_READ, 2));
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_MARK, island, lent), ST_OK);
    r = expect(WITNESS_TRANSFER_OUT, WITNESS_F_PASSED | WITNESS_F_COMMIT);
    ck_assert_uint_eq(r->target, cap_of(lent)->object);
}
END_TEST

START_TEST(what_comes_from_another_core_is_one_record)
{
    const struct witness_record *r;
    handle_t import = done(CAP_IMPORT, island, w.own_table, CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 3), ELSEWHERE, PAGE_BYTES);

    r = expect(WITNESS_TRANSFER_IN, 0);
    ck_assert_uint_eq(r->target, ELSEWHERE);
    ck_assert_uint_eq(r->capability_hash, 0); /* below nothing of this core */
    ck_assert_uint_eq(r->payload, CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 3) | (uint64_t)HANDLE_INDEX(import) << 32);
}
END_TEST

START_TEST(each_slice_of_a_recall_is_one)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), proxy = export(frame, CAP_COPY_OF);
    uint64_t x[8] = { island, 0, frame };

    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_SETTLE, island, proxy, 1), ST_OK);
    forget();
    ck_assert_int_eq(call(SYS_cap_grant, CAP_RECALL, x), ST_REMOTE);
    ck_assert_uint_eq(x[1], proxy);
    expect(WITNESS_CAPABILITY_REVOKE, WITNESS_F_MORE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_RECALL, island, 0, frame), ST_BUSY);
    expect_nothing();
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, proxy), ST_OK);
    expect(WITNESS_CAPABILITY_DELETE, 0);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_RECALL, island, 0, frame), ST_OK);
    expect(WITNESS_CAPABILITY_REVOKE, 0);
}
END_TEST

START_TEST(a_monitor_passes_between_programs_of_its_core)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), gift = copy(frame);

    forget();
    (void)done(CAP_PASS, island, 0, frame, w.own_table, RIGHTS_ALL);
    expect(WITNESS_CAPABILITY_GRANT, 0);
    (void)done(CAP_PASS, island, 0, frame, w.own_table, RIGHT_READ);
    expect(WITNESS_CAPABILITY_ATTENUATED, 0);
    (void)done(CAP_PASS, island, 0, gift, w.own_table, RIGHTS_ALL | CAP_GIVE_AWAY << 8);
    expect(WITNESS_CAPABILITY_DELEGATE, 0);
}
END_TEST

START_TEST(what_only_looks_leaves_nothing)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES);

    forget();
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_ORIGIN, island, 0, frame), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDLE, island), ST_NOT_FOUND);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_EXPORT, island, 0, w.self, RIGHTS_ALL), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_SETTLE, island, frame, 1), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_MARK, island, w.self), ST_TYPE);
    expect_nothing();
}
END_TEST

/* ---- cores ---- */

START_TEST(cores_are_routed_and_stopped)
{
    handle_t coreboot = give(CAP_COREBOOT);
    const struct witness_record *r;

    forget();
    ck_assert_int_eq(CALL(SYS_task_spawn, CORE_ROUTE, coreboot, 2, 0), ST_OK);
    r = expect(WITNESS_CORE_START, WITNESS_F_ROUTE);
    ck_assert_uint_eq(r->target, 2);
    ck_assert_int_eq(CALL(SYS_task_spawn, CORE_ROUTE, coreboot, 0, 0), ST_OK); /* its own: only looks */
    expect_nothing();
    ck_assert_int_eq(CALL(SYS_task_spawn, CORE_STATE, coreboot, 2), ST_OK);
    expect_nothing();
    ck_assert_int_eq(CALL(SYS_task_spawn, CORE_STOP, coreboot, 2), ST_OK);
    r = expect(WITNESS_CORE_STOP, 0);
    ck_assert_uint_eq(r->target, 2);
}
END_TEST

/* Never refused for want of room, by the root task. */
START_TEST(a_core_is_stopped_with_a_full_log)
{
    handle_t coreboot = give(CAP_COREBOOT);
    unsigned n = 0;

    w.keep = true;
    while (world_attest(&w, island, WITNESS_COMM_EDGE_DESTROY, 0, 0, 0) != ST_LOG_FULL)
        ;
    forget();
    ck_assert_int_eq(world_attest(&w, island, WITNESS_COMM_EDGE_DESTROY, 0, 0, 0), ST_LOG_FULL);
    expect_nothing();
    w.k->root = NULL;
    ck_assert_int_eq(CALL(SYS_task_spawn, CORE_STOP, coreboot, 1), ST_LOG_FULL); /* another program, with that capability */
    w.k->root = w.root;
    while (CALL(SYS_task_spawn, CORE_STOP, coreboot, 1) == ST_OK)
        n++;
    ck_assert_uint_ge(n, CORES_MAX - 1); /* and one more for the machine, or itself */
    ck_assert_uint_eq(n, LOG_RESERVE_LAST);
}
END_TEST

/* ---- tasks ---- */

static struct task *other;
static handle_t other_cap, supervisor, gate;

static void make_other(void)
{
    supervisor = make(CAP_ENDPOINT, 0);
    gate = make(CAP_ENDPOINT, 0);
    other_cap = make(CAP_TASK, 0);
    other = CONTAINER_OF(object_of(cap_of(other_cap)), struct task, object);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_CONFIG, other_cap, w.own_table, w.space, supervisor, 9), ST_OK);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, other_cap, 0x1000, 0x2000), ST_OK);
    forget();
}

static void run_other(void)
{
    while (w.k->current != other)
        (void)CALL(SYS_timer_wait, TIMER_YIELD, 0);
}

START_TEST(an_exit_says_with_what_code)
{
    const struct witness_record *r;

    make_other();
    run_other();
    (void)CALL(SYS_task_spawn, TASK_EXIT, 0, 77);
    r = expect(WITNESS_TASK_TERMINATE, WITNESS_F_EXIT);
    ck_assert_uint_eq(r->actor, other->id);
    ck_assert_uint_eq(r->target, other->id);
    ck_assert_uint_eq(r->payload, 77);
}
END_TEST

/* A fault; its supervisor lets it go on; another; it is ended. */
START_TEST(a_fault_and_both_answers_to_it)
{
    const struct witness_record *r;

    make_other();
    for (unsigned i = 0; i < 2; i++) {
        uint64_t answer = i == 0 ? FAULT_RESUME : FAULT_RESUME + 1;

        run_other();
        fault_raise(w.k, other, FAULT_PAGE, 0x1234, 0);
        (void)task_pick(w.k);
        ck_assert_ptr_eq(w.k->current, w.root);
        r = expect(WITNESS_TASK_TERMINATE, WITNESS_F_FAULT);
        ck_assert_uint_eq(r->payload, FAULT_PAGE);
        ck_assert_int_eq(CALL(SYS_queue_recv, RECV_WAIT, supervisor, 0, 1), ST_OK);
        expect_nothing();
        ck_assert_int_eq(CALL(SYS_queue_recv, RECV_REPLY, 0, answer, i == 0 ? 0x1004 : 0), ST_OK);
        r = expect(i == 0 ? WITNESS_TASK_SPAWN : WITNESS_TASK_TERMINATE, i == 0 ? WITNESS_F_RESUME : WITNESS_F_FAULT);
        ck_assert_uint_eq(r->actor, w.root->id);
        ck_assert_uint_eq(r->target, other->id);
        ck_assert_uint_eq(r->payload, i == 0 ? 0x1004 : 0);
    }
    ck_assert_int_eq(other->state, TS_STOPPED);
}
END_TEST

/* ---- capabilities with a message ---- */

static void send(uint64_t how, handle_t a, handle_t b)
{
    (void)CALL(SYS_queue_send, SEND_CALL_CAPS, gate, 1, 2, 3, how, a, b, 0);
}

START_TEST(each_capability_of_a_message_is_one_of_its_sender)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), gift, n;
    const struct witness_record *r;

    make_other();
    gift = copy(frame);
    forget();
    run_other();
    send(MSG_CAPS(RIGHT_READ, CAP_COPY_OF, RIGHTS_ALL, CAP_GIVE_AWAY, 0), frame, gift);
    expect_nothing(); /* it waits for who receives */
    ck_assert_ptr_eq(w.k->current, w.root);
    n = seen;
    ck_assert_int_eq(CALL(SYS_queue_recv, RECV_WAIT_CAPS, gate, 0, 1, 2), ST_CAPS);
    ck_assert_uint_eq(w.k->log.seq, n + 2);
    r = record(n);
    ck_assert_uint_eq(r->kind, WITNESS_CAPABILITY_ATTENUATED);
    ck_assert_uint_eq(r->flags, WITNESS_F_MESSAGE);
    ck_assert_uint_eq(r->actor, other->id);
    r = record(n + 1);
    ck_assert_uint_eq(r->kind, WITNESS_CAPABILITY_DELEGATE);
    ck_assert_uint_eq(r->flags, WITNESS_F_MESSAGE);
    forget();
    ck_assert_int_eq(CALL(SYS_queue_recv, RECV_REPLY, 0, 1, 2, 3), ST_OK);
    expect_nothing(); /* words leave none */
}
END_TEST

/* Refused whole: nothing arrives, and the sender has both still. */
START_TEST(with_a_full_log_a_message_brings_none)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), gift;
    uint32_t nfree;

    make_other();
    gift = copy(frame);
    w.keep = true;
    while (CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL) != ST_LOG_FULL)
        while (CALL(SYS_cap_grant, CAP_REVOKE, frame) == ST_AGAIN)
            ;
    nfree = w.table->nfree;
    forget();
    run_other();
    send(MSG_CAPS(RIGHTS_ALL, CAP_COPY_OF, RIGHTS_ALL, CAP_COPY_OF, 0), w.self, w.space);
    (void)gift;
    ck_assert_ptr_eq(w.k->current, w.root);
    ck_assert_int_ne(CALL(SYS_queue_recv, RECV_WAIT_CAPS, gate, 0, 1, 2), ST_CAPS);
    expect_nothing();
    ck_assert_uint_eq(w.table->nfree, nfree);
    run_other();
    ck_assert_int_eq((status_t)other->frame.x[0], ST_LOG_FULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("witness island");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_copy_for_another_core_is_sent_and_settled);
    tcase_add_test(t, what_is_passed_on_and_what_is_lent_are_told_apart);
    tcase_add_test(t, what_comes_from_another_core_is_one_record);
    tcase_add_test(t, each_slice_of_a_recall_is_one);
    tcase_add_test(t, a_monitor_passes_between_programs_of_its_core);
    tcase_add_test(t, what_only_looks_leaves_nothing);
    tcase_add_test(t, cores_are_routed_and_stopped);
    tcase_add_test(t, a_core_is_stopped_with_a_full_log);
    tcase_add_test(t, an_exit_says_with_what_code);
    tcase_add_test(t, a_fault_and_both_answers_to_it);
    tcase_add_test(t, each_capability_of_a_message_is_one_of_its_sender);
    tcase_add_test(t, with_a_full_log_a_message_brings_none);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
