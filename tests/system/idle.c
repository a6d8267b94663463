/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/idle - a machine with nothing to do does nothing, and any core of it wakes on a message.
 *
 *     idle  0     machine  window_ms=2000      asks the others
 *     idle  1-63  -        window_ms=2000
 *
 * Every core sleeps for the window and says how long its CPU driver was idle meanwhile. Core 0
 * prints `idle: the window begins` and `idle: the window ends`, between which a script may
 * look at what the emulator costs its host.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define QUIET_NS    (300 * NS_PER_MS) /* after the last word, before the window begins */
#define KIND_WINDOW 1u                /* the core is to look at itself until word[0]    */
#define KIND_WAKE   2u

struct window {
    uint64_t ns, idle_ns, switches;
};

static void look(uint64_t until_ns, struct window *w)
{
    uint64_t began = rt_now_ns();
    struct rt_msg before, after;

    (void)sys_core_query(&before);
    (void)sys_sleep_until(until_ns);
    (void)sys_core_query(&after);
    *w = (struct window){rt_now_ns() - began, after.w[0] - before.w[0], after.w[1] - before.w[1]};
}

static void tell(core_id core, const struct window *w)
{
    char what[80];

    rec_begin_about("idle", core, rt_now_ns());
    rec_u64("window_ns", w->ns);
    rec_u64("idle_ns", w->idle_ns);
    rec_u64("switches", w->switches);
    rec_end();
    (void)snprintf(what, sizeof what, "core %u was idle for more than 98 %% of the window", core);
    test_is(w->idle_ns <= w->ns && w->idle_ns > w->ns / 100 * 98, what);
}

static void name_of(core_id core, char name[NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "idle.%u", core);
}

/* ---- the others ---- */

static int answer(void)
{
    struct rt_chan c;
    struct urpc_msg m;
    struct window w;
    char name[NAME_BYTES];

    name_of(rt_info()->core, name);
    if (rt_serve(name) != ST_OK || rt_accept(&c, rt_now_ns() + PATIENCE_NS) != ST_OK)
        return 1;
    while (rt_recv_wait(&c, &m, 0) == ST_OK) {
        if (m.kind == KIND_WINDOW)
            look(m.word[0], &w);
        if (rt_send(&c, m.kind, 0, &w, sizeof w) != ST_OK)
            return 1;
    }
    return 0;
}

/* ---- core 0 ---- */

static struct rt_chan chan[CORES_MAX];

static void wake_each(void)
{
    for (core_id i = 1; i < rt_info()->ncores; i++) {
        uint64_t began = rt_now_ns();
        struct urpc_msg m;
        char what[80];
        bool ok;

        ok = rt_send(&chan[i], KIND_WAKE, 0, &began, sizeof began) == ST_OK &&
             rt_recv_wait(&chan[i], &m, began + PATIENCE_NS) == ST_OK && m.kind == KIND_WAKE;
        (void)snprintf(what, sizeof what, "core %u wakes on a message", i);
        test_is(ok, what);
    }
}

static void window_of_all(uint64_t ns)
{
    uint64_t until = rt_now_ns() + QUIET_NS + ns;
    struct window w;
    struct urpc_msg m;

    for (core_id i = 1; i < rt_info()->ncores; i++)
        test_need(rt_send(&chan[i], KIND_WINDOW, 0, &until, sizeof until) == ST_OK,
                  "a core is told");
    rt_print_flush(rt_now_ns() + PATIENCE_NS);
    (void)sys_sleep_until(until - ns);
    printf("idle: the window begins\n");
    rt_print_flush(rt_now_ns() + PATIENCE_NS);
    look(until, &w);
    printf("idle: the window ends\n");
    tell(0, &w);
    for (core_id i = 1; i < rt_info()->ncores; i++) {
        test_need(rt_recv_wait(&chan[i], &m, rt_now_ns() + PATIENCE_NS) == ST_OK, "a core answers");
        memcpy(&w, m.word, sizeof w);
        tell(i, &w);
    }
}

static int ask(uint64_t window_ns)
{
    char name[NAME_BYTES];

    test_name("idle");
    for (core_id i = 1; i < rt_info()->ncores; i++) {
        name_of(i, name);
        test_need(rt_bind(name, rt_now_ns() + PATIENCE_NS, &chan[i]) == ST_OK,
                  "a channel to a core");
    }
    wake_each();
    window_of_all(window_ns);
    wake_each();
    return test_end();
}

int main(int argc, char **argv)
{
    uint64_t ms = 2000;

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "window_ms=", 10) == 0)
            ms = strtoull(argv[i] + 10, NULL, 10);
    return rt_info()->core == 0 ? ask(ms * NS_PER_MS) : answer();
}
