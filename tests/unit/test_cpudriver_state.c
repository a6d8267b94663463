/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The state of a stopped task as words (cpudriver/task_state.h): taken from one CPU driver, given to another. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/irq.h"
#include "cpudriver/task.h"
#include "cpudriver/task_state.h"
#include "tests/support/fake_core.h"

#define SHARE (8u << 20)
#define ROUNDS 200

static struct world here, there;

struct victim {
    handle_t h;
    struct task *t;
};

static status_t call(struct world *w, enum task_op op, uint64_t x[8])
{
    return world_call(w, SYS_task_spawn, op, x);
}
#define CALL(w, op, ...) call(w, op, (uint64_t[8]){ __VA_ARGS__ })

static struct victim make(struct world *w)
{
    uint64_t x[8];
    struct cap *c;

    do {
        memcpy(x, (uint64_t[8]){ w->ram, CAP_TASK }, sizeof x);
        ck_assert_int_ne(world_call(w, SYS_cap_grant, CAP_RETYPE, x), ST_NOMEM);
    } while (x[0] == ST_AGAIN);
    ck_assert_uint_eq(x[0], ST_OK);
    ck_assert_int_eq(cap_find(w->table, x[1], CAP_TASK, 0, &c), ST_OK);
    ck_assert_int_eq(CALL(w, TASK_CONFIG, x[1], w->own_table, w->space), ST_OK);
    return (struct victim){ x[1], CONTAINER_OF(object_of(c), struct task, object) };
}

static struct victim stopped(struct world *w)
{
    struct victim v = make(w);

    ck_assert_int_eq(CALL(w, TASK_START, v.h, 0x1000, 0x2000), ST_OK);
    ck_assert_int_eq(CALL(w, TASK_STOP, v.h), ST_OK);
    return v;
}

static void setup(void)
{
    world_make(&here, SHARE);
    world_make(&there, SHARE);
    srandom(7);
}

static void teardown(void)
{
    world_check(&here);
    world_check(&there);
    world_free(&here);
    world_free(&there);
}

static uint64_t any(void)
{
    return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

/* All words, read seven at a time with one read twice. */
static void peek_all(struct world *w, handle_t h, uint64_t all[TW_COUNT])
{
    for (unsigned first = 0; first < TW_COUNT; first += POKE_WORDS) {
        uint64_t x[8] = { h, first };

        ck_assert_int_eq(call(w, TASK_PEEK, x), ST_OK);
        for (unsigned i = 0; i < PEEK_WORDS && first + i < TW_COUNT; i++)
            all[first + i] = x[1 + i];
    }
}

static status_t poke(struct world *w, handle_t h, unsigned first, const uint64_t v[6])
{
    return CALL(w, TASK_POKE, h, first, v[0], v[1], v[2], v[3], v[4], v[5]);
}

static void poke_all(struct world *w, handle_t h, const uint64_t all[TW_COUNT])
{
    for (unsigned first = 0; first < TW_COUNT; first += POKE_WORDS) {
        uint64_t v[6] = { 0 };

        for (unsigned i = 0; i < POKE_WORDS && first + i < TW_COUNT; i++)
            v[i] = all[first + i];
        ck_assert_int_eq(poke(w, h, first, v), ST_OK);
    }
}

static void fill(uint64_t *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        w[i] = any();
}

/* As a task that ran long, on both classes, late and in time. */
static void live(struct world *w, struct task *t)
{
    uint64_t budget = 1 + any() % 1000000, now = fake.now;

    fill(t->frame.x, 31);
    t->frame.sp = any();
    t->frame.pc = any();
    t->frame.pstate = any() & 0xf0000000u;
    t->tls = any();
    fill(t->tail->fp.q, 64);
    t->tail->fp.fpcr = any();
    t->tail->fp.fpsr = any();
    t->events = any() & ~EVENT_BELL;
    t->takes = (uint8_t)(any() % 3);
    t->faults = (uint32_t)any();
    t->switches = (uint32_t)any();
    t->sched.runtime = any();
    t->sched.missed = any();
    t->bucket = (uint8_t)(any() % BUCKETS);
    for (unsigned i = 0; i < 50; i++)
        nonce_use(&t->tail->nonces, 1 + any() % 10000);
    ck_assert_int_eq(runq_set_fair(&w->k->runq, &t->sched, (uint32_t)(1 + any() % WEIGHT_MAX)), ST_OK);
    if (any() % 2) {
        runq_set_mode(&w->k->runq, &t->sched, any() % 2 ? MODE_RECOVERY : MODE_FLOW);
        return;
    }
    ck_assert_int_eq(runq_set_edf(&w->k->runq, &t->sched, budget, 2 * budget + any() % 1000000, now), ST_OK);
    t->sched.left = 1 + any() % budget;
    t->sched.deadline = now + any() % t->sched.period;
    runq_set_mode(&w->k->runq, &t->sched, any() % 2 ? MODE_REFLEX : MODE_FLOW); /* and ranks it by that deadline */
    if (any() % 2) {
        t->sched.demoted = 1;
        heap_insert(&w->k->runq.renew, &t->sched.renew, t->sched.deadline);
    }
}

static void same(const struct task *a, const struct task *b)
{
    ck_assert_mem_eq(&a->frame, &b->frame, sizeof a->frame);
    ck_assert_mem_eq(&a->tail->fp, &b->tail->fp, sizeof a->tail->fp);
    ck_assert(a->tls == b->tls && a->events == b->events && a->takes == b->takes && a->bucket == b->bucket);
    ck_assert(a->faults == b->faults && a->switches == b->switches && a->waited == b->waited);
    ck_assert(a->sched.runtime == b->sched.runtime && a->sched.missed == b->sched.missed);
    ck_assert(a->sched.edf == b->sched.edf && a->sched.demoted == b->sched.demoted && a->sched.inverse == b->sched.inverse);
    ck_assert(a->sched.mode == b->sched.mode && a->sched.weight == b->sched.weight);
    if (a->sched.edf)
        ck_assert(a->sched.budget == b->sched.budget && a->sched.period == b->sched.period &&
                  a->sched.deadline == b->sched.deadline && a->sched.rank == b->sched.rank);
    if (a->sched.edf && !a->sched.demoted)
        ck_assert(a->sched.left == b->sched.left);
    ck_assert(heap_in(&b->sched.renew) == (b->sched.demoted != 0));
    for (uint64_t n = 0; n < 12000; n++)
        ck_assert(nonce_fresh(&a->tail->nonces, n) == nonce_fresh(&b->tail->nonces, n));
}

START_TEST(a_task_is_there_what_it_was_here)
{
    uint64_t all[TW_COUNT], again[TW_COUNT];

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct victim a = stopped(&here), b = make(&there);

        live(&here, a.t);
        a.t->bell_seen = here.k->bucket[a.t->bucket].count;
        peek_all(&here, a.h, all);
        poke_all(&there, b.h, all);
        same(a.t, b.t);
        ck_assert_uint_eq(b.t->state, TS_STOPPED);
        peek_all(&there, b.h, again);
        all[TW_EVENTS] |= EVENT_BELL; /* one may have rung on the way */
        ck_assert_mem_eq(all, again, sizeof all);
        runq_forget(&here.k->runq, &a.t->sched);
        ck_assert_int_eq(world_call(&here, SYS_cap_grant, CAP_DELETE, (uint64_t[8]){ a.h }), ST_OK);
        ck_assert_int_eq(world_call(&there, SYS_cap_grant, CAP_DELETE, (uint64_t[8]){ b.h }), ST_OK);
        ck_assert_uint_eq(there.k->runq.load_ppm, 0);
        ck_assert_uint_eq(there.k->runq.renew.n, 0);
    }
}
END_TEST

START_TEST(fp_registers_still_in_the_core_are_saved_first)
{
    struct victim a = stopped(&here);
    uint64_t all[TW_COUNT], v[6] = { 1, 2, 3, 4, 5, 6 };

    fill(fake.fp.q, 64);
    fake.fp.fpcr = 3u << 22;
    fake.fp.fpsr = 0x1f;
    here.k->fp_owner = a.t;
    peek_all(&here, a.h, all);
    ck_assert_mem_eq(&all[TW_Q], fake.fp.q, sizeof fake.fp.q);
    ck_assert(all[TW_FPCR] == fake.fp.fpcr && all[TW_FPSR] == fake.fp.fpsr);

    here.k->fp_owner = a.t; /* written: what is in the core is not what it goes on with, but for the rest it is */
    fill(fake.fp.q, 64);
    ck_assert_int_eq(poke(&here, a.h, TW_Q + 2, v), ST_OK);
    ck_assert_ptr_null(here.k->fp_owner);
    ck_assert_mem_eq(&a.t->tail->fp.q[2], v, sizeof v);
    ck_assert_mem_eq(&a.t->tail->fp.q[8], &fake.fp.q[8], 56 * sizeof v[0]);

    here.k->fp_owner = here.root; /* somebody else's stay where they are */
    peek_all(&here, a.h, all);
    ck_assert_ptr_eq(here.k->fp_owner, here.root);
    here.k->fp_owner = NULL;
}
END_TEST

START_TEST(only_a_stopped_task_is_read_and_only_a_stopped_or_new_one_written)
{
    struct victim a = make(&here);
    uint64_t v[6] = { 0 };

    for (unsigned s = TS_NEW; s <= TS_EXITED; s++) {
        a.t->state = (uint8_t)s;
        ck_assert_int_eq(CALL(&here, TASK_PEEK, a.h, 0), s == TS_STOPPED ? ST_OK : ST_STATE);
        ck_assert_int_eq(poke(&here, a.h, 0, v), s == TS_STOPPED || s == TS_NEW ? ST_OK : ST_STATE);
    }
    a.t->state = TS_STOPPED;
    ck_assert_int_eq(CALL(&here, TASK_PEEK, here.self, 0), ST_STATE);
    ck_assert_int_eq(poke(&here, here.self, 0, v), ST_STATE);
    ck_assert_int_eq(CALL(&here, TASK_PEEK, a.h, TW_COUNT), ST_INVALID);
    ck_assert_int_eq(CALL(&here, TASK_PEEK, a.h, UINT64_MAX), ST_INVALID);
    ck_assert_int_eq(CALL(&here, TASK_PEEK, a.h, 1ull << 32), ST_INVALID);
    ck_assert_int_eq(CALL(&here, TASK_POKE, a.h, TW_COUNT), ST_INVALID);
    ck_assert_int_eq(CALL(&here, TASK_POKE, a.h, 1ull << 32), ST_INVALID);
    ck_assert_int_eq(CALL(&here, TASK_PEEK, here.ram, 0), ST_TYPE);
}
END_TEST

START_TEST(reading_needs_read_and_writing_needs_write)
{
    struct victim a = stopped(&here);
    uint64_t x[8] = { a.h, 0, RIGHTS_ALL ^ RIGHT_READ }, v[6] = { 0 };

    ck_assert_int_eq(world_call(&here, SYS_cap_grant, CAP_COPY, x), ST_OK);
    ck_assert_int_eq(CALL(&here, TASK_PEEK, x[1], 0), ST_DENIED);
    memcpy(x, (uint64_t[8]){ a.h, 0, RIGHTS_ALL ^ RIGHT_WRITE }, sizeof x);
    ck_assert_int_eq(world_call(&here, SYS_cap_grant, CAP_COPY, x), ST_OK);
    ck_assert_int_eq(poke(&here, x[1], 0, v), ST_DENIED);
}
END_TEST

static const struct bad {
    unsigned first, at;
    uint64_t value;
} bad[] = {
    { 30, TW_PSTATE, 1 },             /* EL1 */
    { 30, TW_PSTATE, 1u << 7 },       /* interrupts masked */
    { 30, TW_PSTATE, 1u << 27 },
    { 30, TW_PSTATE, 1ull << 32 },
    { 108, TW_FAULTS, 1ull << 32 },
    { 108, TW_SWITCHES, 1ull << 32 },
    { 108, TW_TAKES, 3 },
    { 108, TW_WAITED, WAITED_SLEEP + 1 },
    { 114, TW_BUCKET, BUCKETS },
    { 114, TW_NONCE_TOP, 99 },
    { 102, TW_CLASS, CLASS_EDF + 1 },
    { 102, TW_CLASS, CLASS_WITH_MODE(CLASS_EDF, MODE_RECOVERY) },
    { 102, TW_CLASS, CLASS_WITH_MODE(CLASS_EDF, MODE_FLOW + 256) },
    { 102, TW_WEIGHT, 0 },
    { 102, TW_WEIGHT, WEIGHT_MAX + 1 },
    { 102, TW_BUDGET_TICKS, 0 },
    { 102, TW_BUDGET_TICKS, 3001 },   /* more than the period */
    { 102, TW_PERIOD_TICKS, EDF_PERIOD_MAX_NS + 2 },
    { 102, TW_PERIOD_TICKS, UINT64_MAX },
    { 102, TW_LEFT_TICKS, 1001 },
    { 102, TW_DEADLINE_TICKS, UINT64_MAX },
    { 97, 97, 0 },                    /* cuts the class from the rest */
    { 103, 103, 0 },
    { 107, 107, 0 },
};

START_TEST(what_is_refused_has_changed_nothing)
{
    const struct bad *b = &bad[_i];
    struct victim a = stopped(&here);
    struct task before;
    uint64_t v[6] = { 0 }, seq;

    nonce_use(&a.t->tail->nonces, 100);
    if (b->first == TW_CLASS)
        memcpy(v, (uint64_t[6]){ CLASS_EDF, 64, 1000, 3000, 500, fake.now + 100 }, sizeof v);
    v[b->at - b->first] = b->value;
    before = *a.t;
    seq = here.k->log.seq;
    ck_assert_int_eq(poke(&here, a.h, b->first, v), ST_INVALID);
    ck_assert_mem_eq(a.t, &before, sizeof before);
    ck_assert_uint_eq(here.k->runq.load_ppm, 0);
    ck_assert_uint_eq(here.k->log.seq, seq);
}
END_TEST

START_TEST(deadlines_that_the_core_has_no_room_for_are_refused_whole)
{
    struct victim a = stopped(&here), b = stopped(&here);
    uint64_t half[6] = { CLASS_EDF, 64, 500, 1000, 500, fake.now + 1000 }, more[6] = { CLASS_EDF, 77, 401, 1000, 0, fake.now };
    struct task before;

    ck_assert_int_eq(poke(&here, a.h, TW_CLASS, half), ST_OK);
    before = *b.t;
    ck_assert_int_eq(poke(&here, b.h, TW_CLASS, more), ST_ADMISSION);
    ck_assert_mem_eq(b.t, &before, sizeof before);
    more[2] = 400;
    ck_assert_int_eq(poke(&here, b.h, TW_CLASS, more), ST_OK);
    ck_assert(b.t->sched.demoted && heap_in(&b.t->sched.renew));
    ck_assert_uint_eq(here.k->runq.load_ppm, 900000);
    ck_assert_int_eq(poke(&here, b.h, TW_CLASS, more), ST_OK); /* its own does not count twice */
    ck_assert_uint_eq(here.k->runq.renew.n, 1);
    ck_assert_uint_eq(here.k->runq.load_ppm, 900000);
}
END_TEST

/* ---- nonces ---- */

START_TEST(a_used_nonce_is_used_for_ever)
{
    struct victim a = stopped(&here);
    uint64_t all[TW_COUNT], none[6] = { 0 };

    for (uint64_t n = 1; n <= 6000; n += 1 + n % 3)
        nonce_use(&a.t->tail->nonces, n);
    peek_all(&here, a.h, all);
    for (unsigned first = TW_NONCE_USED; first < TW_COUNT; first += POKE_WORDS)
        ck_assert_int_eq(poke(&here, a.h, first, none), ST_OK);
    for (uint64_t n = 1; n <= 6000; n += 1 + n % 3)
        ck_assert(!nonce_fresh(&a.t->tail->nonces, n));
    ck_assert_int_eq(poke(&here, a.h, TW_NONCE_TOP, none), ST_INVALID);
    poke_all(&here, a.h, all);
    ck_assert(nonce_fresh(&a.t->tail->nonces, a.t->tail->nonces.top + 1));
}
END_TEST

/* ---- how it waited ---- */

/* `v` runs, and calls. */
static void calls_as(struct world *w, struct task *t, unsigned number, unsigned op, uint64_t x[8])
{
    ck_assert_ptr_eq(w->k->current, t);
    (void)world_call(w, number, op, x);
}

static void let_run(struct world *w, struct victim v)
{
    ck_assert_int_eq(CALL(w, TASK_START, v.h, 0x1000, 0x2000), ST_OK);
    for (unsigned i = 0; i < 10 && w->k->current != v.t; i++)
        (void)world_call(w, SYS_timer_wait, TIMER_YIELD, (uint64_t[8]){ 0 });
}

static void tick(struct world *w)
{
    task_tick(w->k);
    task_pick(w->k);
}

/* It sleeps here for 5000 ns from now, is stopped, and is there. */
static struct victim sleeper_moves(enum timer_op op, uint64_t *until)
{
    struct victim a = make(&here), b = make(&there);
    uint64_t all[TW_COUNT];

    *until = fake.now + 5000;
    let_run(&here, a);
    calls_as(&here, a.t, SYS_timer_wait, op, (uint64_t[8]){ 0, op == TIMER_UNTIL ? *until : 5000 });
    ck_assert_uint_eq(a.t->state, TS_WAITING);
    ck_assert_int_eq(CALL(&here, TASK_STOP, a.h), ST_OK);
    ck_assert_int_eq(CALL(&here, TASK_STOP, a.h), ST_OK); /* twice, as an abort may */
    ck_assert_uint_eq(here.k->timers.n, 0);
    peek_all(&here, a.h, all);
    ck_assert_uint_eq(all[TW_WAITED], WAITED_SLEEP);
    ck_assert_uint_eq(all[TW_WAKE_NS], *until);
    poke_all(&there, b.h, all);
    return b;
}

START_TEST(a_sleep_goes_on_until_its_time)
{
    uint64_t until;
    struct victim b = sleeper_moves(_i ? TIMER_FOR : TIMER_UNTIL, &until);

    fake.now += 1000;
    ck_assert_int_eq(CALL(&there, TASK_RESUME, b.h), ST_OK);
    ck_assert(b.t->state == TS_WAITING && b.t->sleeping);
    ck_assert_uint_le(fake.timer, until);
    fake.now = until - 1;
    tick(&there);
    ck_assert_uint_eq(b.t->state, TS_WAITING);
    fake.now = until;
    tick(&there);
    ck_assert_uint_eq(b.t->state, TS_READY);
    ck_assert_uint_eq(b.t->frame.x[0], ST_OK);
    ck_assert_uint_eq(b.t->waited, WAITED_NOT);
}
END_TEST

START_TEST(a_sleep_whose_time_is_past_is_over)
{
    uint64_t until;
    struct victim b = sleeper_moves(TIMER_UNTIL, &until);

    fake.now = until;
    ck_assert_int_eq(CALL(&there, TASK_RESUME, b.h), ST_OK);
    ck_assert_uint_eq(b.t->state, TS_READY);
    ck_assert_uint_eq(b.t->frame.x[0], ST_OK);
    ck_assert_uint_eq(there.k->timers.n, 0);
}
END_TEST

START_TEST(a_sleeper_that_is_started_anew_sleeps_no_more)
{
    uint64_t until;
    struct victim b = sleeper_moves(TIMER_UNTIL, &until);

    ck_assert_int_eq(CALL(&there, TASK_START, b.h, 0x1000, 0x2000), ST_OK);
    ck_assert_int_eq(CALL(&there, TASK_STOP, b.h), ST_OK);
    ck_assert_int_eq(CALL(&there, TASK_RESUME, b.h), ST_OK);
    ck_assert_uint_eq(b.t->state, TS_READY);
}
END_TEST

START_TEST(what_waited_for_a_message_is_told_to_ask_again)
{
    struct victim a = make(&here);
    uint64_t all[TW_COUNT];

    let_run(&here, a);
    calls_as(&here, a.t, SYS_queue_recv, RECV_WAIT, (uint64_t[8]){ 0, 5, fake.now + 5000 });
    ck_assert_uint_eq(a.t->state, TS_WAITING);
    a.t->state = TS_CALLING; /* then an answer would be lost */
    ck_assert_int_eq(CALL(&here, TASK_PAUSE, a.h), ST_BUSY);
    ck_assert_uint_eq(a.t->state, TS_CALLING);
    a.t->state = TS_WAITING;
    ck_assert_int_eq(CALL(&here, TASK_PAUSE, a.h), ST_OK);
    peek_all(&here, a.h, all);
    ck_assert_uint_eq(all[TW_WAITED], WAITED_QUEUE);
    ck_assert_uint_eq(all[TW_X], ST_AGAIN);
    ck_assert(all[1] == 5 && all[2] == fake.now + 5000); /* its arguments are still there */
    ck_assert_int_eq(CALL(&here, TASK_RESUME, a.h), ST_OK);
    ck_assert_uint_eq(a.t->state, TS_READY);
}
END_TEST

START_TEST(a_bell_that_rang_meanwhile_is_not_lost)
{
    struct victim a = stopped(&here), b = make(&there);
    uint64_t all[TW_COUNT], bits;

    a.t->bell_seen = here.k->bucket[a.t->bucket].count;
    peek_all(&here, a.h, all);
    ck_assert(!(all[TW_EVENTS] & EVENT_BELL));
    bell_ring(here.k, here.info->core, a.t->bucket);
    peek_all(&here, a.h, all);
    ck_assert(all[TW_EVENTS] & EVENT_BELL);
    for (unsigned rings = 0; rings < 5; rings++) { /* whatever the count of its bucket is there */
        all[TW_EVENTS] = 0;
        poke_all(&there, b.h, all);
        ck_assert_uint_eq(b.t->bucket, a.t->bucket);
        ck_assert_int_eq(event_take(there.k, b.t, EVENT_BELL, &bits), ST_EVENT);
        ck_assert_int_eq(event_take(there.k, b.t, EVENT_BELL, &bits), ST_AGAIN);
        there.k->bucket[a.t->bucket].count++;
    }
}
END_TEST

START_TEST(writing_leaves_a_record_and_reading_none)
{
    struct victim a = stopped(&here);
    uint64_t seq = here.k->log.seq, v[6] = { 0 };
    const struct witness_record *r;

    ck_assert_int_eq(CALL(&here, TASK_PEEK, a.h, 0), ST_OK);
    ck_assert_uint_eq(here.k->log.seq, seq);
    ck_assert_int_eq(poke(&here, a.h, 6, v), ST_OK);
    ck_assert_uint_eq(here.k->log.seq, seq + 1);
    r = world_record(&here, seq);
    ck_assert(r->kind == WITNESS_TASK_STATE && r->target == a.t->id && r->payload == 6 && r->actor == here.root->id);
    ck_assert_uint_ne(r->capability_hash, 0);
}
END_TEST

/* One by one: 31 records of one move said no more. */
START_TEST(all_that_is_written_is_one_record_and_what_is_told_when_it_goes_on)
{
    struct victim a = stopped(&here);
    uint64_t seq, first[6] = { 1, 2, 3 }, second[6] = { 4 };
    uint64_t digest = task_state_digest(task_state_digest(0, 0, first), 6, second);
    const struct witness_record *r;

    ck_assert_int_eq(poke(&here, a.h, 0, first), ST_OK);
    seq = here.k->log.seq;
    ck_assert_int_eq(poke(&here, a.h, 6, second), ST_OK);
    ck_assert_uint_eq(here.k->log.seq, seq);
    ck_assert_int_eq(CALL(&here, TASK_RESUME, a.h), ST_OK);
    r = world_record(&here, seq);
    ck_assert(r->kind == WITNESS_TASK_SPAWN && r->flags == WITNESS_F_RESUME && r->payload == digest);
    ck_assert_uint_ne(digest, task_state_digest(task_state_digest(0, 6, second), 0, first));

    ck_assert_int_eq(CALL(&here, TASK_STOP, a.h), ST_OK); /* and from there it begins anew */
    seq = here.k->log.seq;
    ck_assert_int_eq(poke(&here, a.h, 6, second), ST_OK);
    ck_assert_uint_eq(here.k->log.seq, seq + 1);
    a.t->writer = a.t->id; /* somebody else */
    ck_assert_int_eq(poke(&here, a.h, 6, second), ST_OK);
    ck_assert_uint_eq(here.k->log.seq, seq + 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver_state");
    TCase *c = tcase_create("state");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_task_is_there_what_it_was_here);
    tcase_add_test(c, fp_registers_still_in_the_core_are_saved_first);
    tcase_add_test(c, only_a_stopped_task_is_read_and_only_a_stopped_or_new_one_written);
    tcase_add_test(c, reading_needs_read_and_writing_needs_write);
    tcase_add_loop_test(c, what_is_refused_has_changed_nothing, 0, (int)ARRAY_LEN(bad));
    tcase_add_test(c, deadlines_that_the_core_has_no_room_for_are_refused_whole);
    tcase_add_test(c, a_used_nonce_is_used_for_ever);
    tcase_add_loop_test(c, a_sleep_goes_on_until_its_time, 0, 2);
    tcase_add_test(c, a_sleep_whose_time_is_past_is_over);
    tcase_add_test(c, a_sleeper_that_is_started_anew_sleeps_no_more);
    tcase_add_test(c, what_waited_for_a_message_is_told_to_ask_again);
    tcase_add_test(c, a_bell_that_rang_meanwhile_is_not_lost);
    tcase_add_test(c, writing_leaves_a_record_and_reading_none);
    tcase_add_test(c, all_that_is_written_is_one_record_and_what_is_told_when_it_goes_on);
    suite_add_tcase(s, c);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
