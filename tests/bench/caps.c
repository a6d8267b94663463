/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/caps - what capabilities between cores cost: messages between monitors, and instructions of all
 * cores together (QEMU icount), for k cores that hold a copy. Programs `share` (tests/system/share.h) hold them.
 *
 *     bench_caps        k = 0 .. all others
 *     bench_caps all    only with all others, for a curve over machines
 */
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "tests/system/share.h"
#include <stdio.h>
#include <string.h>

#define ROUNDS 5u

struct rt_chan to_core[64];
core_id ncores;

void must_line(bool ok, int line)
{
    if (ok)
        return;
    printf("bench_caps: line %d\n", line);
    (void)rt_machine_end(1, "what the benchmark stands on");
}

bool ask_send(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t word[3] = { a, b, c };

    return rt_send_wait(&to_core[core], (uint16_t)kind, 0, word, sizeof word, soon()) == ST_OK;
}

struct answer ask(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    struct urpc_msg m;

    must(ask_send(core, kind, a, b, c) && rt_recv_wait(&to_core[core], &m, soon()) == ST_OK);
    return (struct answer){ (status_t)m.word[0], { m.word[1], m.word[2] } };
}

static uint64_t counter(void)
{
    uint64_t v;

    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(v) : : "memory");
    return v;
}

/* Messages about capabilities that the monitors of these cores have sent so far. */
static uint64_t sent(core_id first, core_id last)
{
    uint64_t n = 0;

    for (core_id i = first; i <= last; i++)
        n += i == 0 ? share_agreed() : ask(i, SHARE_AGREED, 0, 0, 0).w[0];
    return n;
}

struct cost {
    uint64_t insns[ROUNDS], msgs, others; /* others: sent by cores that hold nothing */
};

static void row(const char *what, unsigned k, const char *unit, uint64_t value)
{
    char name[48];

    (void)snprintf(name, sizeof name, "caps.%s.%u", what, k);
    rec_begin("bench");
    rec_str("name", name);
    rec_str("unit", unit);
    rec_u64("value", value);
    rec_u64("n", ROUNDS);
    rec_end();
}

static void rows(const char *what, unsigned k, struct cost *c)
{
    char name[40];
    struct stats s;

    (void)snprintf(name, sizeof name, "%s_msgs", what);
    row(name, k, "messages", c->msgs);
    stats_of(c->insns, ROUNDS, &s);
    (void)snprintf(name, sizeof name, "%s.insns", what);
    row(name, k, "instructions", s.p50);
    if (c->others != 0)
        printf("bench_caps: %s with %u holders: %u messages by cores that hold nothing\n", what, k,
               (unsigned)c->others);
    rt_print_flush(rt_now_ns() + NS_PER_S);
}

static handle_t make(enum cap_type type)
{
    handle_t h = 0;

    must(cap_retype(rt_info()->ram, type, PAGE_BYTES, &h) == ST_OK);
    return h;
}

static void give(handle_t h, unsigned k)
{
    for (core_id i = 1; i <= k; i++)
        must(rt_give(&to_core[i], h, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK &&
             ask(i, SHARE_TAKE, 1, 0, 0).st == ST_OK);
}

enum doing { DO_REVOKE, DO_RETYPE, DO_DELETE, DO_RELEASE, DO_GIVE, DO_PASS, DO_RETYPE_THERE };

/* One of it, with k holders; what it takes is counted, what it leaves is cleaned up after. */
static void once(enum doing what, unsigned k, unsigned round, struct cost *c)
{
    bool ram = what == DO_RETYPE || what == DO_RETYPE_THERE;
    handle_t h = make(ram ? CAP_RAM : CAP_FRAME), made = 0;
    uint64_t msgs, others, began;

    give(h, what == DO_GIVE ? 0 : k);
    msgs = sent(0, (core_id)(ncores - 1));
    others = k + 1u < ncores ? sent((core_id)(k + 1), (core_id)(ncores - 1)) : 0;
    began = counter();
    switch (what) {
    case DO_REVOKE:
        must(cap_revoke(h) == ST_OK);
        break;
    case DO_RETYPE:
        must(cap_retype(h, CAP_FRAME, PAGE_BYTES, &made) == ST_OK);
        break;
    case DO_DELETE:
        must(cap_delete(h) == ST_OK);
        break;
    case DO_RELEASE:
        for (core_id i = 1; i <= k; i++)
            must(ask(i, SHARE_DROP, 1, 0, 0).st == ST_OK);
        break;
    case DO_GIVE:
        must(rt_give(&to_core[1], h, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK);
        break;
    case DO_PASS:
        must(ask(1, SHARE_PASS, 1, 2, RIGHTS_ALL).st == ST_OK);
        break;
    case DO_RETYPE_THERE:
        must(ask(1, SHARE_RETYPE, 1, 2, CAP_FRAME | PAGE_BYTES << 8).st == ST_OK);
        break;
    }
    c->insns[round] = counter() - began;
    if (what == DO_RELEASE)
        (void)sys_sleep_for(NS_PER_MS); /* what they give back is on its way */
    c->msgs = sent(0, (core_id)(ncores - 1)) - msgs;
    c->others = k + 1u < ncores ? sent((core_id)(k + 1), (core_id)(ncores - 1)) - others : 0;
    if (what == DO_GIVE)
        must(ask(1, SHARE_TAKE, 1, 0, 0).st == ST_OK);
    if (what == DO_PASS)
        must(ask(2, SHARE_TAKE, 2, 0, 0).st == ST_OK);
    must(cap_revoke(rt_info()->ram) == ST_OK);
}

static void measure(const char *name, enum doing what, unsigned k)
{
    struct cost c = { .msgs = 0 };

    once(what, k, 0, &c); /* to warm up */
    for (unsigned i = 0; i < ROUNDS; i++)
        once(what, k, i, &c);
    rows(name, k, &c);
}

int main(int argc, char **argv)
{
    bool all = argc > 1 && strcmp(argv[1], "all") == 0;

    ncores = rt_info()->ncores;
    printf("bench_caps: %u cores\n", ncores);
    for (core_id i = 1; i < ncores; i++)
        must(share_bind(i, &to_core[i]));
    for (unsigned k = all ? ncores - 1u : 0; k < ncores; k++) {
        measure("revoke", DO_REVOKE, k);
        measure("retype", DO_RETYPE, k);
        measure("delete", DO_DELETE, k);
        if (k > 0)
            measure("release", DO_RELEASE, k);
    }
    if (!all && ncores > 2) {
        measure("give", DO_GIVE, 1);
        measure("pass", DO_PASS, 1);
        measure("retype_there", DO_RETYPE_THERE, 1);
    }
    (void)rt_machine_end(0, "measured");
    return 1;
}
