/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * No witness, no mutation: each operation of the CPU driver leaves exactly its records, what is refused leaves none, and
 * a full log refuses what changes something and nothing else. cpudriver/emit.h, docs/spec/witness.md.
 */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/fault.h"
#include "cpudriver/task.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)

static struct world w;
static uint64_t seen; /* records looked at so far */

static status_t call(unsigned number, unsigned op, uint64_t x[8])
{
    return world_call(&w, number, op, x);
}
#define CALL(n, op, ...) call(n, op, (uint64_t[8]){ __VA_ARGS__ })

static handle_t give(enum cap_type type, uint64_t object)
{
    return world_give(&w, type, object, 0, RIGHTS_ALL);
}

static handle_t done(unsigned op, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ a, b, c, d }, sizeof x);
        st = call(SYS_cap_grant, op, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

static handle_t make(enum cap_type type, uint64_t bytes)
{
    return done(CAP_RETYPE, w.ram, type, bytes, 0);
}

static void setup(void)
{
    world_make(&w, SHARE);
    w.k->root = w.root;
    w.info->share[0] = (struct range){ 0x40000000, SHARE };
    seen = w.k->log.seq;
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

/* What was written since: exactly these kinds, in this order. 0 ends them. */
static const struct witness_record *expect(unsigned kind, unsigned flags)
{
    const struct witness_record *r = world_record(&w, seen);

    ck_assert_uint_eq(w.k->log.seq, seen + (kind != 0));
    if (kind == 0)
        return NULL;
    ck_assert_uint_eq(r->kind, kind);
    ck_assert_uint_eq(r->flags, flags);
    ck_assert_uint_eq(r->sequence, seen);
    seen++;
    return r;
}

static void forget(void)
{
    seen = w.k->log.seq;
}

/* To the end; one record for each slice. */
static status_t revoke(handle_t h)
{
    status_t st;

    while ((st = CALL(SYS_cap_grant, CAP_REVOKE, h)) == ST_AGAIN)
        ;
    return st;
}

/* ---- each operation and its record ---- */

START_TEST(capabilities)
{
    handle_t frame, copy, less, table;
    const struct witness_record *r;
    struct cap *c;

    frame = make(CAP_FRAME, 2 * PAGE_BYTES);
    r = expect(WITNESS_CAPABILITY_RETYPE, 0);
    ck_assert_int_eq(cap_find(w.table, frame, CAP_FRAME, 0, &c), ST_OK);
    ck_assert_uint_eq(r->target, c->object);
    ck_assert_uint_eq(r->actor, w.root->id);
    ck_assert_uint_eq(r->payload, CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 0) | (uint64_t)HANDLE_INDEX(frame) << 32);
    ck_assert_uint_ne(r->capability_hash, 0);
    copy = done(CAP_COPY, frame, 0, RIGHTS_ALL, 0);
    r = expect(WITNESS_CAPABILITY_GRANT, 0);
    ck_assert_uint_eq(r->payload & 0xffffff, CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1));
    less = done(CAP_COPY, frame, 0, RIGHT_READ, 0);
    expect(WITNESS_CAPABILITY_ATTENUATED, 0);
    (void)done(CAP_SLICE, frame, 0, PAGE_BYTES, 0);
    expect(WITNESS_CAPABILITY_ATTENUATED, WITNESS_F_SLICE);
    table = make(CAP_CAPTABLE, 16);
    expect(WITNESS_CAPABILITY_RETYPE, 0);
    (void)done(CAP_MOVE, copy, table, 0, 0);
    expect(WITNESS_CAPABILITY_DELEGATE, 0);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, less), ST_OK);
    r = expect(WITNESS_CAPABILITY_DELETE, 0);
    ck_assert_uint_eq(r->target, c->object);
    while (CALL(SYS_cap_grant, CAP_REVOKE, frame) == ST_AGAIN)
        expect(WITNESS_CAPABILITY_REVOKE, WITNESS_F_MORE);
    expect(WITNESS_CAPABILITY_REVOKE, 0);
    (void)done(CAP_MAKE_EVENT, w.self, 1, 0, 0);
    r = expect(WITNESS_CAPABILITY_GRANT, WITNESS_F_EVENT);
    ck_assert_uint_eq(r->target, w.root->id);
}
END_TEST

START_TEST(a_badge_and_a_long_way_are_flagged)
{
    handle_t h = make(CAP_ENDPOINT, 0);

    forget();
    (void)done(CAP_MINT, h, 0, RIGHTS_ALL, 7);
    expect(WITNESS_CAPABILITY_GRANT, WITNESS_F_MINT);
    for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
        h = done(CAP_COPY, h, 0, RIGHTS_ALL, 0);
        expect(WITNESS_CAPABILITY_GRANT, depth > 4 ? WITNESS_F_DEEP : 0);
    }
}
END_TEST

START_TEST(slices_say_that_more_follows)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES);
    status_t st;
    unsigned n = 0;

    for (unsigned i = 0; i < 40; i++)
        (void)done(CAP_COPY, frame, 0, RIGHTS_ALL, 0);
    forget();
    do {
        st = CALL(SYS_cap_grant, CAP_REVOKE, frame);
        expect(WITNESS_CAPABILITY_REVOKE, st == ST_AGAIN ? WITNESS_F_MORE : 0);
        n++;
    } while (st == ST_AGAIN);
    ck_assert_uint_gt(n, 2);
}
END_TEST

START_TEST(memory_and_tasks)
{
    handle_t frame = make(CAP_FRAME, 4 * PAGE_BYTES), task = make(CAP_TASK, 0), irq = give(CAP_IRQ, 40),
             event = done(CAP_MAKE_EVENT, w.self, 1, 0, 0);
    const struct witness_record *r;

    forget();
    ck_assert_int_eq(CALL(SYS_region_map, MAP_MAP, frame, w.space, 0x400000, PERM_READ | PERM_WRITE, 1, 2), ST_OK);
    r = expect(WITNESS_REGION_MAP, 0);
    ck_assert_uint_eq(r->payload, 0x400000 | PERM_READ | PERM_WRITE);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_PROTECT, frame, 0, 0, PERM_READ, 1, 2), ST_OK);
    expect(WITNESS_REGION_MAP, WITNESS_F_PROTECT);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_UNMAP, frame), ST_OK);
    expect(WITNESS_REGION_UNMAP, 0);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_CONFIG, task, w.own_table, w.space), ST_OK);
    r = expect(WITNESS_TASK_SPAWN, WITNESS_F_CONFIG);
    ck_assert_uint_eq(r->payload, 3);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, task, 0x1000, 0x2000), ST_OK);
    r = expect(WITNESS_TASK_SPAWN, 0);
    ck_assert_uint_eq(r->payload, 0x1000);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_SCHED, task, CLASS_FAIR, 100), ST_OK);
    expect(WITNESS_MODE_SWITCH, 0);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_STOP, task), ST_OK);
    expect(WITNESS_TASK_TERMINATE, 0);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_RESUME, task), ST_OK);
    expect(WITNESS_TASK_SPAWN, WITNESS_F_RESUME);
    ck_assert_int_eq(CALL(SYS_queue_recv, RECV_IRQ_BIND, irq, event), ST_OK);
    r = expect(WITNESS_NOTIFICATION_SIGNAL, 0);
    ck_assert_uint_eq(r->target, 40);
}
END_TEST

START_TEST(what_changes_nothing_leaves_nothing)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES);

    forget();
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, frame), ST_OK);
    ck_assert_int_eq(CALL(SYS_task_spawn, CORE_QUERY, 0), ST_OK);
    ck_assert_int_eq(CALL(SYS_timer_wait, TIMER_NOW, 0), ST_OK);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_STATE, 0), ST_OK);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_SEAL, 0), ST_NOT_FOUND);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_COPY, 99999, 0, RIGHTS_ALL), ST_INVALID_HANDLE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_RETYPE, w.ram, CAP_FRAME, 1ull << 40), ST_NOMEM);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_UNMAP, frame), ST_NOT_MAPPED);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, w.self, 0, 0), ST_STATE);
    ck_assert_int_eq(CALL(SYS_task_spawn, MACHINE_END, frame), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_EMIT, w.ram, WITNESS_COMM_EDGE_CREATE), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_DRAIN, w.ram, 0), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_CLOSE, w.ram), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_REVOKE, frame), ST_OK); /* nothing was made from it */
    expect(0, 0);
}
END_TEST

/* Who ends something gets a record out of the reserve. What ends nothing must not: it could go on for ever. */
START_TEST(what_is_stopped_is_stopped_once)
{
    handle_t task = make(CAP_TASK, 0);

    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_CONFIG, task, w.own_table, w.space), ST_OK);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, task, 0x1000, 0x2000), ST_OK);
    w.k->root = NULL; /* as anybody else */
    forget();
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_STOP, task), ST_OK);
    expect(WITNESS_TASK_TERMINATE, 0);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_STOP, task), ST_OK);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_PAUSE, task), ST_OK);
    expect(0, 0);
    w.k->root = w.root;
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_STOP, task), ST_OK); /* from here on it is the monitor's to set going */
    expect(WITNESS_TASK_TERMINATE, 0);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_STOP, task), ST_OK);
    expect(0, 0);
}
END_TEST

/* The first slice says that it begins, the last that it is over, whatever is left then. */
START_TEST(a_revoke_that_has_begun_says_when_it_is_over)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES);

    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL), ST_OK);
    forget();
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_REVOKE, frame), ST_AGAIN);
    expect(WITNESS_CAPABILITY_REVOKE, WITNESS_F_MORE);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_REVOKE, frame), ST_OK);
    expect(WITNESS_CAPABILITY_REVOKE, 0);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_REVOKE, frame), ST_OK);
    expect(0, 0);
}
END_TEST

/* All that a monitor or nobody writes. */
static bool is_free(unsigned kind)
{
    static const uint8_t free_kinds[] = {
        WITNESS_PARTITION_CREATE,   WITNESS_PARTITION_DESTROY,    WITNESS_PARTITION_SUSPEND,
        WITNESS_PARTITION_RESUME,   WITNESS_PARTITION_SPLIT,      WITNESS_PARTITION_MERGE,
        WITNESS_PARTITION_HIBERNATE, WITNESS_PARTITION_RECONSTRUCT, WITNESS_PARTITION_MIGRATE,
        WITNESS_PARTITION_CONFIG,   WITNESS_REGION_CREATE,      WITNESS_REGION_DESTROY,       WITNESS_REGION_TRANSFER,
        WITNESS_REGION_SHARE,       WITNESS_REGION_UNSHARE,       WITNESS_REGION_PROMOTE,
        WITNESS_REGION_DEMOTE,      WITNESS_COMM_EDGE_CREATE,     WITNESS_COMM_EDGE_DESTROY,
        WITNESS_DEVICE_LEASE_REVOKE, WITNESS_DEVICE_LEASE_EXPIRE, WITNESS_STRUCTURAL_SPLIT,
        WITNESS_STRUCTURAL_MERGE,   WITNESS_CHECKPOINT_CREATED,   WITNESS_CHECKPOINT_RESTORED,
        WITNESS_MINCUT_BUDGET,      WITNESS_DEGRADED_ENTERED,     WITNESS_DEGRADED_EXITED,
        WITNESS_FAILURE_ESCALATED,  WITNESS_ANCHOR_HI,            WITNESS_ANCHOR_LO,
        WITNESS_MONITOR_RESTART,    WITNESS_COHERENCE_RECOMPUTED, WITNESS_MIGRATION_TIMEOUT,
    };

    return memchr(free_kinds, (int)kind, sizeof free_kinds) != NULL;
}

/* All of them: a log tells of what the CPU driver does by the CPU driver's word alone. */
START_TEST(no_kind_of_the_cpu_drivers_is_written_for_anybody)
{
    handle_t island = give(CAP_ISLAND, 0);

    forget();
    for (unsigned kind = 0; kind < 0x100; kind++) {
        status_t st;

        if (kind == WITNESS_PARTITION_MIGRATE) /* signed: test_cpudriver_gate */
            continue;
        st = world_attest(&w, island, kind, 1, 2, 3);
        ck_assert_msg(st == (is_free(kind) ? ST_OK : ST_INVALID), "kind 0x%x: %d", kind, (int)st);
        if (st == ST_INVALID)
            expect(0, 0);
        forget();
    }
}
END_TEST

START_TEST(a_monitor_says_what_it_did_and_not_what_the_kernel_does)
{
    handle_t island = give(CAP_ISLAND, 0);
    const struct witness_record *r;

    ck_assert_int_eq(world_attest(&w, island, WITNESS_ANCHOR_HI | 3 << 16, 1, 2, 9), ST_OK);
    r = expect(WITNESS_ANCHOR_HI, 3);
    ck_assert(r->target == 1 && r->payload == 2 && r->capability_hash == 9);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_EMIT, island, WITNESS_SEGMENT_OPEN), ST_INVALID);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_EMIT, island, WITNESS_SEGMENT_SEAL), ST_INVALID);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_EMIT, island, WITNESS_BOOT_COMPLETE), ST_INVALID);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_EMIT, island, 0xff), ST_INVALID);
    expect(0, 0);
}
END_TEST

/* ---- segments ---- */

START_TEST(a_segment_is_closed_when_it_is_full_and_when_asked)
{
    handle_t island = give(CAP_ISLAND, 0);
    uint64_t x[8] = { 0 };
    uint8_t seal[32];

    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(world_attest(&w, island, WITNESS_REGION_SHARE, i, 0, 0), ST_OK);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_CLOSE, island), ST_OK);
    ck_assert_int_eq(call(SYS_attest_emit, ATTEST_SEAL, x), ST_OK);
    ck_assert_uint_eq(x[5], 0);
    for (unsigned i = 0; i < 32; i++)
        seal[i] = (uint8_t)(x[1 + i / 8] >> (8 * (i % 8)));
    ck_assert_mem_eq(seal, w.verify.seal, 32); /* the verifier read every record of it */
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_CLOSE, island), ST_OK);
    ck_assert_int_eq(call(SYS_attest_emit, ATTEST_STATE, x), ST_OK);
    ck_assert_uint_eq(x[3], 1); /* an empty one is not closed */
    w.k->segment_records = w.k->log.segment_records = 16;
    for (unsigned i = 0; i < 200; i++) {
        uint32_t segment = w.k->log.segment;

        w.root->events &= ~EVENT_LOG;
        ck_assert_int_eq(world_attest(&w, island, WITNESS_REGION_SHARE, i, 0, 0), ST_OK);
        if (w.k->log.segment != segment)
            ck_assert(w.root->events & EVENT_LOG); /* who drains is told of it */
    }
    ck_assert_uint_eq(w.verify.segment, 1 + 200 / 14);
}
END_TEST

START_TEST(the_seal_of_each_segment_can_be_asked_for_until_it_is_overwritten)
{
    handle_t island = give(CAP_ISLAND, 0);
    uint8_t known[64][32];
    uint64_t ends[64];
    uint64_t x[8] = { 0 };
    uint32_t n, gone = 0;

    w.k->segment_records = w.k->log.segment_records = 16;
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_CLOSE, island), ST_OK);
    for (n = 1; n < 60;) { /* as the monitor of the core would have seen them, one after the other */
        ck_assert_int_eq(world_attest(&w, island, WITNESS_REGION_SHARE, n, 0, 0), ST_OK);
        if (w.k->log.segment <= n)
            continue;
        memcpy(known[n++], w.k->log.seal, 32);
        ends[n - 1] = w.k->log.first;
        if (n % 7 == 0) { /* some are closed before they are full */
            ck_assert_int_eq(world_attest(&w, island, WITNESS_REGION_SHARE, n, 0, 0), ST_OK);
            ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_CLOSE, island), ST_OK);
            memcpy(known[n++], w.k->log.seal, 32);
            ends[n - 1] = w.k->log.first;
        }
    }
    for (uint32_t i = 1; i < n; i++) {
        uint64_t end = ends[i];

        x[0] = i + 1;
        if (w.k->log.seq - end > w.k->log.capacity) { /* the ring has gone round */
            ck_assert_int_eq(call(SYS_attest_emit, ATTEST_SEAL, x), ST_NOT_FOUND);
            gone++;
            continue;
        }
        ck_assert_int_eq(call(SYS_attest_emit, ATTEST_SEAL, x), ST_OK);
        ck_assert_mem_eq(&x[1], known[i], 32);
        ck_assert_uint_eq(x[5], i);
        ck_assert_uint_eq(x[6], end);
    }
    ck_assert(gone > 0 && gone < n / 2);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_SEAL, n + 1), ST_NOT_FOUND); /* it is open */
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_SEAL, n + 2), ST_NOT_FOUND);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_SEAL, UINT64_MAX), ST_NOT_FOUND);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_SEAL, 1ull << 32 | 2), ST_NOT_FOUND);
}
END_TEST

/* ---- a full log ---- */

/* A record out of the reserve, for something that ends. */
static status_t spend(void)
{
    return CALL(SYS_cap_grant, CAP_DELETE, give(CAP_MACHINE, 0));
}

static void fill(handle_t frame)
{
    while (CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL) == ST_OK)
        if (revoke(frame) != ST_OK)
            return;
}

START_TEST(a_full_log_refuses_what_changes_something_and_nothing_else)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), mapped = make(CAP_FRAME, PAGE_BYTES), task = make(CAP_TASK, 0),
             island = give(CAP_ISLAND, 0);
    struct captable *table = w.table;
    uint64_t x[8] = { 0 }, seq;
    uint32_t nfree;

    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_CONFIG, task, w.own_table, w.space), ST_OK);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_MAP, mapped, w.space, 0x400000, PERM_READ, 0, 1), ST_OK);
    w.keep = true;
    fill(frame);
    seq = w.k->log.seq;
    nfree = table->nfree;
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_RETYPE, w.ram, CAP_FRAME, PAGE_BYTES), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_MOVE, frame, 0), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_PROTECT, mapped, 0, 0, PERM_READ, 0, 1), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, task, 1, 2), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_SCHED, task, CLASS_FAIR, 100), ST_LOG_FULL);
    ck_assert_int_eq(world_attest(&w, island, WITNESS_REGION_SHARE, 0, 0, 0), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_CHECK, island, task), ST_LOG_FULL); /* programs have it asked */
    ck_assert_uint_eq(w.k->log.seq, seq);
    ck_assert_uint_eq(table->nfree, nfree);
    ck_assert_int_eq(call(SYS_attest_emit, ATTEST_STATE, x), ST_OK);
    ck_assert_uint_eq(x[6], 1);
    ck_assert(w.root->events & EVENT_LOG);
    /* reads go on */
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_IDENTIFY, frame), ST_OK);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_QUERY, w.space, 0x400000), ST_OK);
    ck_assert_int_eq(CALL(SYS_timer_wait, TIMER_NOW, 0), ST_OK);
    /* and so does the way out */
    ck_assert_int_eq(CALL(SYS_region_map, MAP_UNMAP, mapped), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_DELETE, mapped), ST_OK);
    ck_assert_uint_eq(w.k->log.seq, seq + 2);
    /* drained, everything goes on, and nothing is missing in the chain, which was read throughout */
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_DRAIN, island, w.k->log.seq + 1), ST_INVALID);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_DRAIN, island, w.k->log.seq), ST_OK);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL), ST_OK);
    ck_assert_uint_eq(w.verify.next, w.k->log.seq);
}
END_TEST

/* Of the reserve a part is the root task's: others cannot use it up. */
START_TEST(the_last_of_the_reserve_is_the_monitors)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES);
    unsigned left = 0;

    w.keep = true;
    fill(frame);
    ck_assert_int_eq(revoke(frame), ST_OK);
    w.k->log.drained = w.k->log.seq + LOG_CLOSING + LOG_RESERVE - w.k->log.capacity;
    w.k->root = NULL; /* as anybody else */
    while (spend() == ST_OK)
        left++;
    ck_assert_uint_eq(left, LOG_RESERVE - LOG_RESERVE_ROOT);
    w.k->root = w.root;
    for (left = 0; spend() == ST_OK; left++)
        ;
    ck_assert_uint_eq(left, LOG_RESERVE_ROOT - LOG_RESERVE_LAST);
    ck_assert_uint_le(w.k->log.seq - w.k->log.drained, w.k->log.capacity);
}
END_TEST

/* That something has ended is recorded out of the monitor's reserve; that something begins is not. */
START_TEST(a_monitor_records_ends_with_a_full_log)
{
    static const enum witness_kind ends[] = { WITNESS_COMM_EDGE_DESTROY, WITNESS_DEVICE_LEASE_REVOKE,
                                              WITNESS_DEVICE_LEASE_EXPIRE, WITNESS_REGION_UNSHARE };
    static const enum witness_kind begins[] = { WITNESS_COMM_EDGE_CREATE, WITNESS_REGION_SHARE, WITNESS_ANCHOR_HI };
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), island = give(CAP_ISLAND, 0);
    uint64_t seq;

    w.keep = true;
    fill(frame);
    seq = w.k->log.seq;
    for (unsigned i = 0; i < sizeof begins / sizeof *begins; i++)
        ck_assert_int_eq(world_attest(&w, island, begins[i], i, 0, 0), ST_LOG_FULL);
    ck_assert_uint_eq(w.k->log.seq, seq);
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        ck_assert_int_eq(world_attest(&w, island, ends[i], i, 0, 0), ST_OK);
    ck_assert_uint_eq(w.k->log.seq, seq + 4);
    while (spend() == ST_OK)
        ;
    ck_assert_int_eq(world_attest(&w, island, ends[0], 0, 0, 0), ST_LOG_FULL);
}
END_TEST

/* A part is for bringing back who stores the log: nobody gets at it but who the monitor says. */
START_TEST(what_is_kept_for_recovery_is_for_that)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), island = give(CAP_ISLAND, 0);
    const struct witness_record *r;
    unsigned left = 0;

    w.keep = true;
    w.k->log.recovery = 32;
    while (spend() == ST_OK)
        ;
    ck_assert_int_eq(world_attest(&w, island, WITNESS_COMM_EDGE_DESTROY, 0, 0, 0), ST_LOG_FULL);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_RECOVER, w.ram, w.self, 1), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_RECOVER, island, frame, 1), ST_TYPE);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_RECOVER, island, w.self, 2), ST_INVALID);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_RECOVER, island, w.self, 1), ST_OK);
    r = world_record(&w, w.k->log.seq - 1);
    ck_assert(r->kind == WITNESS_RECOVERY_ENTER && r->target == w.root->id);
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_RECOVER, island, w.self, 1), ST_OK); /* it is already */
    while (CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL) == ST_OK)
        left++;
    ck_assert_uint_eq(left, 31);
    ck_assert(log_drain(&w.k->log, w.k->log.seq));
    ck_assert_int_eq(CALL(SYS_attest_emit, ATTEST_RECOVER, island, w.self, 0), ST_OK);
    ck_assert_uint_eq(world_record(&w, w.k->log.seq - 1)->kind, WITNESS_RECOVERY_EXIT);
}
END_TEST

/* The task is set going when there is ordinary room; else one that faults on and on would empty the reserve. To stop it there is room. */
START_TEST(an_answer_to_a_fault_is_urgent_only_if_it_ends_something)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), task = make(CAP_TASK, 0), port = make(CAP_ENDPOINT, 0);
    struct cap *c;
    struct task *t;

    ck_assert_int_eq(cap_find(w.table, task, CAP_TASK, 0, &c), ST_OK);
    t = CONTAINER_OF(object_of(c), struct task, object);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_CONFIG, task, w.own_table, w.space, port), ST_OK);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, task, 0x1000, 0x2000), ST_OK);
    w.keep = true;
    fill(frame);
    while (w.k->current != t)
        (void)CALL(SYS_timer_wait, TIMER_YIELD, 0);
    fault_raise(w.k, t, FAULT_PAGE, 0x1234, 0);
    while (task_pick(w.k) != w.root)
        ;
    (void)CALL(SYS_queue_recv, RECV_WAIT, port, 0, 1);
    ck_assert_ptr_eq(w.root->caller, t);
    forget();
    ck_assert_int_eq(CALL(SYS_queue_recv, RECV_REPLY, 0, FAULT_RESUME), ST_LOG_FULL);
    ck_assert_int_eq(t->state, TS_FAULTED);
    expect(0, 0);
    ck_assert_int_eq(CALL(SYS_queue_recv, RECV_REPLY, 0, 0), ST_OK);
    expect(WITNESS_TASK_TERMINATE, WITNESS_F_FAULT);
    ck_assert_int_eq(t->state, TS_STOPPED);
}
END_TEST

/* A fault without room for its record has not happened yet: the task is still ready, and tries again. */
START_TEST(a_fault_waits_for_room)
{
    handle_t frame = make(CAP_FRAME, PAGE_BYTES), task = make(CAP_TASK, 0);
    struct cap *c;
    struct task *t;

    ck_assert_int_eq(cap_find(w.table, task, CAP_TASK, 0, &c), ST_OK);
    t = CONTAINER_OF(object_of(c), struct task, object);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_CONFIG, task, w.own_table, w.space), ST_OK);
    ck_assert_int_eq(CALL(SYS_task_spawn, TASK_START, task, 0x1000, 0x2000), ST_OK);
    w.keep = true;
    fill(frame);
    w.k->root = NULL;
    while (spend() == ST_OK)
        ;
    w.k->root = w.root;
    while (w.k->current != t)
        (void)CALL(SYS_timer_wait, TIMER_YIELD, 0);
    forget();
    fault_raise(w.k, t, FAULT_PAGE, 0x1234, 0);
    ck_assert_int_eq(t->state, TS_READY);
    ck_assert_uint_eq(t->faults, 0);
    expect(0, 0);
    ck_assert(log_drain(&w.k->log, w.k->log.seq));
    while (task_pick(w.k) != t)
        ck_assert_int_eq(CALL(SYS_timer_wait, TIMER_YIELD, 0), ST_OK);
    fault_raise(w.k, t, FAULT_PAGE, 0x1234, 0);
    expect(WITNESS_TASK_TERMINATE, WITNESS_F_FAULT);
    ck_assert_int_eq(t->state, TS_STOPPED);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("witness");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, capabilities);
    tcase_add_test(t, a_badge_and_a_long_way_are_flagged);
    tcase_add_test(t, slices_say_that_more_follows);
    tcase_add_test(t, memory_and_tasks);
    tcase_add_test(t, what_changes_nothing_leaves_nothing);
    tcase_add_test(t, what_is_stopped_is_stopped_once);
    tcase_add_test(t, a_revoke_that_has_begun_says_when_it_is_over);
    tcase_add_test(t, no_kind_of_the_cpu_drivers_is_written_for_anybody);
    tcase_add_test(t, an_answer_to_a_fault_is_urgent_only_if_it_ends_something);
    tcase_add_test(t, a_monitor_says_what_it_did_and_not_what_the_kernel_does);
    tcase_add_test(t, a_segment_is_closed_when_it_is_full_and_when_asked);
    tcase_add_test(t, the_seal_of_each_segment_can_be_asked_for_until_it_is_overwritten);
    tcase_add_test(t, a_full_log_refuses_what_changes_something_and_nothing_else);
    tcase_add_test(t, the_last_of_the_reserve_is_the_monitors);
    tcase_add_test(t, a_monitor_records_ends_with_a_full_log);
    tcase_add_test(t, what_is_kept_for_recovery_is_for_that);
    tcase_add_test(t, a_fault_waits_for_room);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
