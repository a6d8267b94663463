/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/fence - a core that does not answer is stopped, for good, and everybody knows it.
 *
 *     fence  N    machine  stop|hang|fail|found|two|each|first [MS]   asks, after MS; N is 0, or 1 for `first`
 *     fence  all  machine  serve                       answers, writes without end, stops others
 *
 * Who writes does so into its own half of the channel, behind the ring; the other side sees by
 * it whether that core still runs programs.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"
#include "tests/system/serve.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define STILL_NS    (200 * NS_PER_MS) /* a core that wrote nothing for so long does not run */
#define KIND_ECHO   1u
#define KIND_WRITE  2u /* not answered: it writes from now on, and does nothing else */
#define KIND_STOP   3u /* word 0: cores to stop, a mask                                    */
#define KIND_DEAD   4u /* answered with the cores it knows to be dead                      */
#define KIND_BIND   5u /* answered with the status of a bind, and the ns it took           */

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

static uint64_t dead_cores(void)
{
    struct rt_cores c;

    must(rt_cores(&c) == ST_OK);
    return c.dead;
}

static status_t stop_core(core_id core)
{
    struct rt_msg m = {{0, core}};

    return mon_call(MON_STOP, &m);
}

static void name_of(core_id core, char name[NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "fence.%u", core);
}

static status_t bind_core(core_id core, struct rt_chan *c, uint64_t deadline_ns)
{
    char name[NAME_BYTES];

    name_of(core, name);
    return rt_bind(name, deadline_ns, c);
}

/* ---- the answering side ---- */

/* A word of a half that the ring does not reach. */
static volatile uint64_t *scratch(const struct rt_chan *c, bool own)
{
    unsigned half = own ? c->u.side : 1u - c->u.side;

    return (volatile uint64_t *)(uintptr_t)(c->va + (half + 1) * CHANNEL_BYTES / 2 - 2 * 64);
}

static void write_for_ever(const struct rt_chan *c)
{
    for (uint64_t n = 1;; n++)
        *scratch(c, true) = n;
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    uint64_t word[2] = {m->word[0], rt_now_ns()};
    struct rt_chan other;

    if (m->kind == KIND_WRITE)
        write_for_ever(s->chan);
    if (m->kind == KIND_STOP)
        for (core_id i = 0; i < rt_info()->ncores; i++)
            if (m->word[0] >> i & 1)
                word[0] = stop_core(i);
    if (m->kind == KIND_DEAD)
        word[0] = dead_cores();
    if (m->kind == KIND_BIND) {
        word[0] = bind_core((core_id)m->word[0], &other, soon());
        word[1] = rt_now_ns() - word[1];
    }
    if (rt_send(s->chan, m->kind, 0, word, sizeof word) != ST_OK)
        return; /* who asked is gone */
}

static int answer(void)
{
    char name[NAME_BYTES];

    name_of(rt_info()->core, name);
    return serve(name, on_message);
}

/* ---- the asking side ---- */

static struct rt_chan to[CORES_MAX];

static void bind_all(void)
{
    for (core_id i = 0; i < rt_info()->ncores; i++)
        must(bind_core(i, &to[i], soon()) == ST_OK);
}

static void say(core_id core, uint16_t kind, uint64_t word)
{
    must(rt_send(&to[core], kind, 0, &word, sizeof word) == ST_OK);
}

static status_t ask(core_id core, uint16_t kind, uint64_t word, struct urpc_msg *m)
{
    status_t st = rt_send(&to[core], kind, 0, &word, sizeof word);

    return st != ST_OK ? st : rt_recv_wait(&to[core], m, soon());
}

/* Does it write now? Looked at for STILL_NS at most. */
static bool writes(core_id core)
{
    uint64_t before = *scratch(&to[core], false), until = rt_now_ns() + STILL_NS;

    while (*scratch(&to[core], false) == before)
        if (rt_now_ns() > until)
            return false;
    return true;
}

static void start_writing(core_id core)
{
    say(core, KIND_WRITE, 0);
    while (!writes(core))
        ;
}

/* Both sides of a channel of its own are opened, and it is closed: the other monitor hears CLOSE. */
static void open_and_close(core_id core)
{
    struct rt_chan c;

    must(bind_core(core, &c, soon()) == ST_OK);
    rt_close(&c);
}

static bool is_gone(core_id core)
{
    struct urpc_msg m;
    status_t st;

    while ((st = rt_recv_wait(&to[core], &m, soon())) == ST_OK)
        ; /* what it had answered before */
    return st == ST_GONE;
}

/* Within the time every other core knows the same dead ones, and answers. */
static bool all_know(uint64_t dead)
{
    uint64_t deadline = soon();

    for (core_id i = 0; i < rt_info()->ncores; i++) {
        struct urpc_msg m;

        if (dead >> i & 1)
            continue;
        do {
            if (ask(i, KIND_DEAD, 0, &m) != ST_OK || rt_now_ns() > deadline)
                return false;
        } while (m.word[0] != dead);
    }
    return dead_cores() == dead;
}

static bool all_are_silent(uint64_t dead)
{
    bool silent = true;

    for (core_id i = 0; i < rt_info()->ncores; i++)
        if (dead >> i & 1)
            silent = silent && !writes(i);
    return silent;
}

static void see_them_dead(uint64_t dead)
{
    unsigned gone = 0;

    for (core_id i = 0; i < rt_info()->ncores; i++)
        gone += (dead >> i & 1) && is_gone(i);
    test_is(gone == (unsigned)__builtin_popcountll(dead), "a channel to it is told gone");
    test_is(all_are_silent(dead), "no program of it writes another word");
    test_is(all_know(dead), "every living core knows it, and answers");
}

static void test_stop(core_id last)
{
    struct urpc_msg m;
    struct rt_chan c;
    uint64_t word = 0, began;

    start_writing(last);
    began = rt_now_ns();
    test_is(stop_core(last) == ST_OK, "a core is stopped while a program writes there");
    see_them_dead(1ull << last);
    test_is(rt_now_ns() - began < 10 * NS_PER_S, "and all of that in bounded time");
    test_is(rt_send(&to[last], KIND_ECHO, 0, &word, sizeof word) == ST_GONE,
            "nothing can be sent to it");
    test_is(bind_core(last, &c, rt_now_ns() + 50 * NS_PER_MS) != ST_OK, "its names are gone");
    test_is(ask(1, KIND_STOP, 1ull << last, &m) == ST_OK && m.word[0] == ST_OK &&
                all_know(1ull << last),
            "stopping it once more changes nothing");
    test_is(stop_core(CORES_MAX - 1) == ST_INVALID, "a core that is not there cannot be stopped");
}

/* With skerry.fail=LAST:close:hang its monitor spins from the close on; with :stop, or nothing, the
 * core has stopped. */
static void test_hang(core_id last, bool runs)
{
    struct rt_chan c;

    start_writing(last);
    open_and_close(last);
    test_is(bind_core(last, &c, rt_now_ns() + 300 * NS_PER_MS) == ST_TIMEOUT,
            "its monitor does not answer");
    test_is(writes(last) == runs,
            runs ? "but its program writes on" : "and its program writes no more");
    test_is(dead_cores() == 0, "nobody has noticed");
    must(stop_core(last) == ST_OK);
    see_them_dead(1ull << last);
}

/* Nobody asks for its end: the monitor whose CLOSE it does not answer finds it. */
static void test_found(core_id last)
{
    start_writing(last);
    open_and_close(last);
    see_them_dead(1ull << last);
}

/* Two suspect the same core, and two cores are suspected, all at once. */
static void test_two(core_id last)
{
    uint64_t dead = 3ull << (last - 1);

    start_writing(last);
    start_writing((core_id)(last - 1));
    say(1, KIND_STOP, dead);
    must(stop_core(last) == ST_OK && stop_core((core_id)(last - 1)) == ST_OK);
    see_them_dead(dead);
}

/* Each is told to stop the other: the lower lives. */
static void test_each(core_id last)
{
    core_id other = (core_id)(last - 1);

    say(last, KIND_STOP, 1ull << other);
    say(other, KIND_STOP, 1ull << last);
    test_is(is_gone(last), "of two that suspect each other the higher is gone");
    test_is(all_know(1ull << last), "and the lower lives");
}

/* Seen from core 1. The console is gone with the first core: the exit status is what can be told. */
static int test_first(core_id last)
{
    struct urpc_msg m;
    struct rt_chan c;
    unsigned bad = 0;
    uint64_t began;

    start_writing(0);
    must(stop_core(0) == ST_OK);
    bad |= is_gone(0) ? 0 : 1;
    bad |= all_are_silent(1) ? 0 : 2;
    bad |= all_know(1) ? 0 : 4;
    began = rt_now_ns();
    bad |= bind_core(last, &c, soon()) == ST_DEAD_CORE && rt_serve("late") == ST_DEAD_CORE ? 0 : 8;
    bad |= rt_now_ns() - began < NS_PER_S ? 0 : 16;
    bad |= ask(last, KIND_BIND, 1, &m) == ST_OK && m.word[0] == ST_DEAD_CORE && m.word[1] < NS_PER_S
               ? 0
               : 32;
    (void)rt_machine_end(64 + bad, "the first core is gone");
    return 1;
}

int main(int argc, char **argv)
{
    core_id last = (core_id)(rt_info()->ncores - 1);
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "serve") == 0)
        return answer();
    test_name("fence");
    bind_all();
    if (argc > 2) /* when some of its log is stored: ms */
        (void)sys_sleep_for(strtoull(argv[2], NULL, 10) * NS_PER_MS);
    if (strcmp(what, "stop") == 0)
        test_stop(last);
    else if (strcmp(what, "hang") == 0 || strcmp(what, "fail") == 0)
        test_hang(last, strcmp(what, "hang") == 0);
    else if (strcmp(what, "found") == 0)
        test_found(last);
    else if (strcmp(what, "two") == 0)
        test_two(last);
    else if (strcmp(what, "each") == 0)
        test_each(last);
    else if (strcmp(what, "first") == 0)
        return test_first(last);
    return test_end();
}
