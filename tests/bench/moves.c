/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/moves - what one move of a program costs, as a function of what it has. Four cores under QEMU's icount:
 * who asks and counts is on core 0, the program is made on core 1 and moved to core 2 and home again, the other ends of its
 * channels are on core 3. Its memory stays where it is: no byte of it is copied, so the bytes are those of the monitors' messages.
 *
 *     target.migrate               a program with nothing but what every program has: home to elsewhere
 *     target.migrate.home          and back
 *     target.migrate.<what>.<n>    with n more capabilities to memory, mapped pages, channels
 *     ... _still                   of which it did not run       (all of them in instructions, all cores together)
 *     ... _msgs, _bytes, _bells    messages between monitors, bytes in them, doorbells rung for them
 *     target.migrate.per_cap, ...  what one more costs: from the largest and the smallest of them
 */
#include "tests/bench/moves.h"
#include "lib/base/bits.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include <stdio.h>
#include <string.h>

#define ROUNDS 5u
#define HOME   1u
#define AWAY   2u
#define CORES  4u

static struct rt_chan *agents[CORES];

static uint64_t counter(void)
{
    uint64_t v;

    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(v) : : "memory");
    return v;
}

static void must_line(bool ok, int line)
{
    if (ok)
        return;
    printf("bench_moves: line %d\n", line);
    (void)rt_machine_end(1, "what the benchmark stands on");
}
#define must(ok) must_line((ok), __LINE__)

static void ask(core_id core, enum moves_kind kind, uint64_t arg, uint64_t word[6])
{
    uint64_t w[6] = {arg};
    struct urpc_msg m;

    must(rt_send_wait(agents[core], (uint16_t)kind, 0, w, sizeof w, soon()) == ST_OK &&
         rt_recv_wait(agents[core], &m, soon()) == ST_OK && m.kind == kind && m.word[5]);
    memcpy(word, m.word, 6 * sizeof *word);
}

enum { MSGS, BYTES, OWN, BELLS, SENT };

/* By all monitors so far. */
static void sent(uint64_t n[SENT])
{
    struct rt_msg m = {{0, AGREED_LETTERS}};

    must(mon_call(MON_AGREED, &m) == ST_OK);
    memcpy(n, &m.w[1], SENT * sizeof *n);
    for (core_id i = 1; i < CORES; i++) {
        uint64_t word[6];

        ask(i, MOVES_COUNT, 0, word);
        for (unsigned k = 0; k < SENT; k++)
            n[k] += word[k];
    }
}

/* ---- one program ---- */

static uint64_t make(unsigned caps, unsigned regions, unsigned chans)
{
    uint64_t word[6] = {chans}, part;
    struct rt_chan c;
    struct urpc_msg m;
    char args[16];

    (void)snprintf(args, sizeof args, "%u %u %u", caps, regions, chans);
    must(rt_send_wait(agents[FAR_CORE], MOVES_TAKE, 0, word, sizeof word, soon()) == ST_OK);
    must(rt_create("cargo", args, PART_WISH(HOME, 0, 0, 1024), &part) == ST_OK && rt_life(part, PART_START) == ST_OK);
    must(rt_accept(&c, soon()) == ST_OK && rt_recv_wait(&c, &m, soon()) == ST_OK && m.kind == MOVES_HELLO && m.word[5]);
    must(rt_recv_wait(agents[FAR_CORE], &m, soon()) == ST_OK && m.kind == MOVES_TAKE && m.word[5]);
    must(rt_send_wait(&c, MOVES_GO, 0, word, sizeof word, soon()) == ST_OK);
    rt_close(&c);
    return part;
}

static void end(uint64_t part)
{
    uint64_t word[6];
    struct news n;

    must(rt_life(part, PART_DESTROY) == ST_OK && rt_wait(part, soon(), &n) == ST_OK);
    ask(FAR_CORE, MOVES_LET, 0, word);
}

static bool is_on(uint64_t part, core_id core)
{
    struct rt_msg m = {{0, part}};

    return mon_call(MON_STATUS, &m) == ST_OK && (m.w[1] & 0xffff) == core;
}

struct cost {
    uint64_t all, still, n[SENT];
};

/* Warm-up moves may find it busy: it has just closed a channel. */
static void move(uint64_t part, core_id to, bool first, struct cost *c)
{
    struct rt_msg m = {{0}};
    uint64_t before[SENT], began;
    status_t st;

    sent(before);
    do {
        m = (struct rt_msg){{0, part, to}};
        began = counter();
        st = mon_call(MON_MOVE, &m);
        c->all = counter() - began;
    } while (first && st == ST_BUSY && sys_sleep_for(NS_PER_MS) == ST_OK);
    if (st != ST_OK)
        printf("bench_moves: to core %u: %s, step %u\n", to, status_text(st), (unsigned)m.w[2]);
    must(st == ST_OK);
    c->still = m.w[1];
    (void)sys_sleep_for(NS_PER_MS); /* what is said behind it is on its way */
    sent(c->n);
    for (unsigned i = 0; i < SENT; i++)
        c->n[i] -= before[i];
    must(is_on(part, to));
}

/* ---- rows ---- */

static void row(const char *name, const char *what, const char *unit, uint64_t value, unsigned n)
{
    char full[48];

    (void)snprintf(full, sizeof full, "target.migrate%s%s", name, what);
    rec_begin("bench");
    rec_str("name", full);
    rec_str("unit", unit);
    rec_u64("value", value);
    rec_u64("n", n);
    rec_end();
    rt_print_flush(soon());
}

static uint64_t median(uint64_t *sample)
{
    struct stats s;

    stats_of(sample, ROUNDS, &s);
    return s.p50;
}

static struct cost rows(const char *name, const struct cost c[ROUNDS])
{
    uint64_t all[ROUNDS], still[ROUNDS], n[SENT][ROUNDS];
    struct cost m;

    for (unsigned i = 0; i < ROUNDS; i++) {
        all[i] = c[i].all;
        still[i] = c[i].still;
        for (unsigned k = 0; k < SENT; k++)
            n[k][i] = c[i].n[k];
    }
    m = (struct cost){median(all), median(still), {median(n[MSGS]), median(n[BYTES]), 0, median(n[BELLS])}};
    row(name, "", "instructions", m.all, ROUNDS);
    row(name, "_still", "instructions", m.still, ROUNDS);
    row(name, "_msgs", "messages", m.n[MSGS], ROUNDS);
    row(name, "_bytes", "bytes", m.n[BYTES], ROUNDS);
    row(name, "_bells", "doorbells", m.n[BELLS], ROUNDS);
    return m;
}

static struct cost measure(const char *name, const char *back, unsigned caps, unsigned regions, unsigned chans)
{
    uint64_t part = make(caps, regions, chans);
    struct cost there[ROUNDS], home[ROUNDS], m;

    for (unsigned i = 0; i <= ROUNDS; i++) {
        unsigned at = i == 0 ? 0 : i - 1; /* the first is to warm up */

        move(part, AWAY, i == 0, &there[at]);
        move(part, HOME, i == 0, &home[at]);
    }
    end(part);
    m = rows(name, there);
    if (back != NULL)
        (void)rows(back, home);
    return m;
}

static const struct series {
    const char *name, *one;
    unsigned at[3];
} series[] = {{"caps", "cap", {0, 8, 64}}, {"regions", "region", {1, 16, 64}}, {"channels", "channel", {0, 1, CARGO_CHANS}}};

/* What one more costs. The line through the first and the last; the one between tells how straight it is. */
static void model(void)
{
    for (unsigned s = 0; s < ARRAY_LEN(series); s++) {
        struct cost c[3];
        unsigned steps = series[s].at[2] - series[s].at[0];
        uint64_t one;
        char name[32];

        for (unsigned i = 0; i < 3; i++) {
            unsigned n = series[s].at[i];

            (void)snprintf(name, sizeof name, ".%s.%u", series[s].name, n);
            c[i] = measure(name, NULL, s == 0 ? n : 0, s == 1 ? n : 0, s == 2 ? n : 0);
        }
        one = (c[2].all - c[0].all) / steps;
        (void)snprintf(name, sizeof name, ".per_%s", series[s].one);
        row(name, "", "instructions", one, steps);
        row(name, "_msgs", "messages", (c[2].n[MSGS] - c[0].n[MSGS]) / steps, steps);
        row(name, "_bytes", "bytes", (c[2].n[BYTES] - c[0].n[BYTES]) / steps, steps);
        printf("target.migrate.%s.%u: %u instructions, on the line %u\n", series[s].name, series[s].at[1], (unsigned)c[1].all,
               (unsigned)(c[0].all + one * (series[s].at[1] - series[s].at[0])));
    }
}

int main(void)
{
    struct rt_cores cores;

    must(rt_serve(MOVES_NAME) == ST_OK && rt_wait_cores(soon(), &cores) == ST_OK && cores.n == CORES);
    for (core_id i = 1; i < CORES; i++) {
        static struct rt_chan c[CORES];
        struct urpc_msg m;

        must(rt_accept(&c[i], soon()) == ST_OK && rt_recv_wait(&c[i], &m, soon()) == ST_OK && m.kind == MOVES_HELLO &&
             m.word[0] < CORES);
        agents[m.word[0]] = &c[i];
    }
    (void)measure("", ".home", 0, 0, 0);
    model();
    (void)rt_machine_end(0, "measured");
    return 1;
}
