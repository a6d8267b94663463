/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/binds - channels and programs made and unmade, and nothing is left of them.
 *
 *     binds  0     machine,spawn,mem=4096          asks
 *     binds  1-63  restart                serve    answers; dies when told to, and is started again
 *
 * As a child of the asking one: `exit N`, `fault`, `sleep`, `kill`, `write`, `fuzz SEED`.
 */
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"
#include "tests/system/serve.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define ROUNDS 40u
#define SPAWNS 100u
#define LOOKUPS 300u    /* more than the register can keep waiting */
#define FUZZ_CALLS 10000u
#define KIND_ECHO 1u
#define KIND_DIE 2u
#define KIND_SPAWN 3u   /* answered with the status of a spawn, which it may not */

/* What is no test of its own, but must hold for one. */
static void must(bool ok)
{
    if (!ok)
        test_need(false, "what the tests stand on");
}

static uint64_t soon(void)
{
    return rt_now_ns() + PATIENCE_NS;
}

/* ---- the answering side: one program a core ---- */

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    uint64_t word[2] = { m->word[0], 0 };

    if (m->kind == KIND_DIE)
        exit(1);
    if (m->kind == KIND_SPAWN)
        word[0] = rt_spawn("binds", "exit 0", &word[1]);
    must(rt_send_wait(s->chan, m->kind, 0, word, sizeof word, soon()) == ST_OK);
}

static void name_of(core_id core, char name[NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "binds.%u", core);
}

static int answer(void)
{
    char name[NAME_BYTES];

    name_of(rt_info()->core, name);
    return serve(name, on_message);
}

static bool bind_core(core_id core, struct rt_chan *c)
{
    char name[NAME_BYTES];

    name_of(core, name);
    return rt_bind(name, soon(), c) == ST_OK;
}

/* ---- a child ---- */

static uint64_t random_word(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Any call with any words; only text is left out, because people read it. */
static int fuzz(uint64_t seed)
{
    for (unsigned i = 0; i < FUZZ_CALLS; i++) {
        struct rt_msg m;

        for (unsigned k = 0; k < MSG_WORDS; k++) {
            uint64_t w = random_word(&seed);

            m.w[k] = w % 4 == 0 ? w : w % 4 == 1 ? w % 64 : w % 4 == 2 ? 0x61 + w % 8 : USER_CHANNELS + w % 64 * CHANNEL_BYTES;
        }
        m.w[0] = random_word(&seed) % (MON_CALLS + 2);
        if (m.w[0] == MON_PRINT)
            continue;
        if (m.w[0] == MON_MEM)
            m.w[1] %= 1 << 20; /* more would be honoured, and the others need some */
        if (sys_call(rt_info()->monitor, &m, soon()) != ST_OK)
            return 1;
    }
    return 0;
}

/* Whatever program there may be, it is not this one's child. */
static int kill_all(void)
{
    int killed = 0;

    for (uint64_t generation = 1; generation < 200; generation++)
        for (uint64_t i = 0; i < 64; i++) {
            struct rt_msg m = { { 0, i | generation << 16 } };

            killed += mon_call(MON_KILL, &m) != ST_NOT_FOUND;
        }
    return killed;
}

/* The peer's half of a channel is there to be read; writing it must end this program. */
static int write_other_half(void)
{
    struct rt_chan c;

    must(bind_core(0, &c));
    *(volatile uint64_t *)(uintptr_t)(c.va + (c.u.side == 0 ? CHANNEL_BYTES / 2 : 0) + 8) = 1;
    return 0;
}

static volatile int *volatile nowhere = NULL;

static int child(int argc, char **argv)
{
    unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (strcmp(argv[1], "exit") == 0)
        return (int)n;
    if (strcmp(argv[1], "fault") == 0)
        *nowhere = 1;
    if (strcmp(argv[1], "sleep") == 0)
        (void)sys_sleep_for(3600 * NS_PER_S);
    if (strcmp(argv[1], "kill") == 0)
        return kill_all();
    if (strcmp(argv[1], "write") == 0)
        return write_other_half();
    if (strcmp(argv[1], "fuzz") == 0)
        return fuzz(0x9e3779b97f4a7c15ull ^ n);
    return 3;
}

/* ---- the asking side ---- */

struct holdings {
    uint64_t free_bytes, all_bytes, free_slots, programs, ends;
    uint64_t own_slots;
};

static void look(struct holdings *h)
{
    struct rt_msg m = { { 0 } }, own = { { 0 } };

    must(mon_call(MON_RAM, &m) == ST_OK && sys_core_query(&own) == ST_OK);
    *h = (struct holdings){ m.w[1], m.w[2], m.w[3], m.w[4], m.w[5], own.w[3] };
}

/* After what is under way has ended: nothing changes any more. */
static void settle(struct holdings *h)
{
    uint64_t until = soon();
    struct holdings was;

    look(h);
    do {
        was = *h;
        (void)sys_sleep_for(50 * NS_PER_MS);
        look(h);
    } while (memcmp(&was, h, sizeof was) != 0 && rt_now_ns() < until);
}

/* Closing takes a message there and back, so what is to return is given some time. */
static bool all_back(const struct holdings *before)
{
    uint64_t deadline = soon();
    struct holdings now;

    do {
        look(&now);
        if (memcmp(&now, before, sizeof now) == 0)
            return true;
        (void)sys_sleep_for(NS_PER_MS);
    } while (rt_now_ns() < deadline);
    printf("binds: RAM %llu, before %llu; slots %llu, %llu; programs %llu, %llu; ends %llu, %llu; own %llu, %llu\n",
           (unsigned long long)now.free_bytes, (unsigned long long)before->free_bytes,
           (unsigned long long)now.free_slots, (unsigned long long)before->free_slots,
           (unsigned long long)now.programs, (unsigned long long)before->programs,
           (unsigned long long)now.ends, (unsigned long long)before->ends,
           (unsigned long long)now.own_slots, (unsigned long long)before->own_slots);
    return false;
}

static bool echo(struct rt_chan *c, uint64_t word)
{
    struct urpc_msg m;

    return rt_send(c, KIND_ECHO, 0, &word, sizeof word) == ST_OK &&
           rt_recv_wait(c, &m, soon()) == ST_OK && m.word[0] == word;
}

static void test_names(void)
{
    uint64_t began = rt_now_ns(), took;
    struct rt_chan c;
    unsigned tries = 0;

    test_is(rt_bind("nobody", began + 20 * NS_PER_MS, &c) == ST_TIMEOUT,
            "a name nobody has is waited for until the deadline");
    took = rt_now_ns() - began;
    test_is(took >= 20 * NS_PER_MS && took < 2 * NS_PER_S, "and no longer");
    while (tries < LOOKUPS && rt_bind("nobody", rt_now_ns() + NS_PER_US, &c) == ST_TIMEOUT)
        tries++;
    test_is(tries == LOOKUPS &&
                rt_bind("nobody", rt_now_ns() + 20 * NS_PER_MS, &c) == ST_TIMEOUT,
            "as often as one likes");
    test_is(rt_bind("two words", soon(), &c) == ST_INVALID &&
                rt_bind("", soon(), &c) == ST_INVALID && rt_bind("nobody", 0, &c) == ST_INVALID,
            "bad names, and no deadline at all, are refused");
    test_is(rt_serve("binds.asker") == ST_OK && rt_serve("binds.asker") == ST_EXISTS,
            "a name is given once");
}

static void test_core(core_id core)
{
    struct holdings before;
    struct rt_chan c;
    unsigned good = 0;
    char what[80];

    for (unsigned i = 0; i < 2 * ROUNDS; i++) {
        if (i == ROUNDS)
            settle(&before); /* memory for channels on one core is kept once it was needed */
        good += bind_core(core, &c) && echo(&c, i);
        rt_close(&c);
    }
    (void)snprintf(what, sizeof what, "core %u: %u times bound, used and closed", core, 2 * ROUNDS);
    test_is(good == 2 * ROUNDS, what);
    (void)snprintf(what, sizeof what, "core %u: and nothing is left of it", core);
    test_is(all_back(&before), what);
}

/* How many channels there could be; all have worked, and are closed. */
static unsigned use_many(core_id core)
{
    static struct rt_chan many[RT_CHANS];
    unsigned n = 0, good = 0;

    while (n < RT_CHANS && bind_core(core, &many[n]))
        n++;
    for (unsigned i = 0; i < n; i++)
        good += echo(&many[i], i);
    for (unsigned i = 0; i < n; i++)
        rt_close(&many[i]);
    return good == n ? n : 0;
}

static void test_many(core_id core)
{
    struct holdings before;
    unsigned n = use_many(core);

    settle(&before);
    test_is(n > 5 && use_many(core) == n, "as many channels as there can be all work");
    test_is(all_back(&before), "and nothing is left of them");
}

static void test_death(core_id core)
{
    struct rt_chan c, next;
    struct urpc_msg m;
    uint64_t word = 0;

    must(bind_core(core, &c));
    test_is(rt_send(&c, KIND_DIE, 0, &word, sizeof word) == ST_OK &&
                rt_recv_wait(&c, &m, soon()) == ST_GONE,
            "who waits for a program that dies is told");
    test_is(rt_send(&c, KIND_ECHO, 0, &word, sizeof word) == ST_GONE, "and can send no more");
    test_is(bind_core(core, &next) && echo(&next, 1), "its successor answers");
    rt_close(&c);
    rt_close(&next);
}

static void test_right_to_spawn(core_id core)
{
    struct rt_chan c;
    struct urpc_msg m;
    uint64_t word = 0;

    test_is(bind_core(core, &c) && rt_send(&c, KIND_SPAWN, 0, &word, sizeof word) == ST_OK &&
                rt_recv_wait(&c, &m, soon()) == ST_OK && m.word[0] == ST_DENIED,
            "who has no option `spawn` starts nothing");
    rt_close(&c);
}

static bool run(const char *args, uint64_t kind, uint64_t code)
{
    struct news n;
    uint64_t id;

    return rt_spawn("binds", args, &id) == ST_OK && rt_wait(id, soon(), &n) == ST_OK &&
           n.w[2] == kind && (kind != FAULT_EXIT || n.w[1] == code);
}

static void test_spawn(void)
{
    struct holdings before;
    struct rt_msg m = { { 0 } };
    struct news n;
    unsigned good = 0;
    uint64_t id;

    test_is(rt_spawn("nothing", "", &id) == ST_NOT_FOUND, "what is not in the bundle is not started");
    test_is(run("exit 7", FAULT_EXIT, 7), "a child's exit code is told");
    settle(&before);
    for (unsigned i = 0; i < SPAWNS; i++)
        good += run("exit 0", FAULT_EXIT, 0);
    test_is(good == SPAWNS && all_back(&before), "100 children leave nothing behind");
    test_is(run("fault", FAULT_PAGE, 0), "a child's fault is told");
    test_is(run("write", FAULT_PAGE, 0), "the peer's half of a channel cannot be written");
    test_is(run("kill", FAULT_EXIT, 0), "nobody kills what is not its child");
    test_is(rt_spawn("binds", "sleep", &id) == ST_OK, "a child that sleeps");
    m.w[1] = id;
    test_is(mon_call(MON_KILL, &m) == ST_OK && rt_wait(id, soon(), &n) == ST_OK, "is killed");
    m.w[1] = id;
    test_is(mon_call(MON_KILL, &m) == ST_NOT_FOUND, "once");
    test_is(all_back(&before), "and nothing is left of either");
}

static unsigned fuzz_children(void)
{
    unsigned good = 0;

    for (unsigned i = 0; i < 5; i++) {
        char args[16];

        (void)snprintf(args, sizeof args, "fuzz %u", i);
        good += run(args, FAULT_EXIT, 0);
    }
    return good;
}

static void test_fuzz(void)
{
    struct holdings before;

    test_is(fuzz_children() == 5, "50,000 random calls to the monitor are all answered");
    settle(&before);
    test_is(fuzz_children() == 5 && all_back(&before), "and what they took is back");
}

static void test_mem(void)
{
    struct rt_msg m = { { 0, 300 * KIB } };
    handle_t frame;

    test_is(mon_call(MON_MEM, &m) == ST_OK && m.w[2] >= 300 * KIB &&
                cap_retype(m.w[1], CAP_FRAME, 256 * KIB, &frame) == ST_OK,
            "more memory is given when asked for");
    m.w[1] = 1ull << 50;
    test_is(mon_call(MON_MEM, &m) == ST_NOMEM, "but not more than there is");
}

int main(int argc, char **argv)
{
    core_id last = (core_id)(rt_info()->ncores - 1);

    if (argc > 1)
        return strcmp(argv[1], "serve") == 0 ? answer() : child(argc, argv);
    test_name("binds");
    test_names();
    for (core_id i = 0; i <= last; i++)
        test_core(i);
    test_many(0);
    test_many(last);
    test_death(0);
    test_death(last);
    test_right_to_spawn(last);
    test_spawn();
    test_mem();
    test_fuzz();
    return test_end();
}
