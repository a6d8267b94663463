/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/main - the first program of a core: what it does in which order, and its loop.
 *
 * The CPU driver enters it with everything the core owns (lib/abi/program.h). It never
 * waits for a program or for another core: every wait is one event among others.
 */
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/ask.h"
#include "monitor/bind.h"
#include "monitor/calls.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/feed.h"
#include "monitor/forest.h"
#include "monitor/home.h"
#include "monitor/later.h"
#include "monitor/leases.h"
#include "monitor/mon.h"
#include "monitor/move.h"
#include "monitor/prog.h"
#include "monitor/part_shape.h"
#include "monitor/ram.h"
#include "monitor/recovery.h"
#include "monitor/seal.h"
#include "monitor/text.h"
#include "monitor/watchdog.h"

#define LOOP_BUDGET 16u /* looks at empty rings before sleeping: the cores of an emulator are few */

struct monitor mon;

/* A frame the CPU driver gave us, read-only. The thing itself may begin inside its first page. */
static const void *map_given(handle_t frame, vaddr_t va, paddr_t base, uint64_t *bytes)
{
    struct rt_msg m;

    CHECK(frame != 0 && sys_identify(frame, &m) == ST_OK && IS_ALIGNED(m.w[1], PAGE_BYTES));
    CHECK(map_here(frame, va, m.w[2], PERM_READ) == ST_OK);
    *bytes = m.w[2];
    return (const void *)(uintptr_t)(va + (base & (PAGE_BYTES - 1)));
}

static void find_self(void)
{
    uint64_t bytes;

    mon.entered_ns = rt_now_ns();
    mon.info = rt_info();
    mon.core = mon.info->core;
    mon.ncores = mon.info->ncores;
    mon.first = mon.core == FIRST_CORE;
    mon.boot = map_given(mon.info->bootinfo, MON_BOOTINFO, 0, &bytes);
    CHECK(mon.boot->magic == BOOTINFO_MAGIC && mon.boot->version == BOOTINFO_VERSION);
    mon.bundle = map_given(mon.info->bundle, USER_BUNDLE, mon.boot->bundle.base, &bytes);
    mon.bundle_bytes = mon.boot->bundle.bytes;
}

static void make_endpoint(void)
{
    CHECK(cap_retype(mon.info->share[0], CAP_ENDPOINT, 0, &mon.endpoint) == ST_OK);
}

/* Before each look of the loop: send what is to be sent, and say when to wake up at the latest. */
static void on_turn(struct rt_loop *l)
{
    uint64_t now = rt_now_ns(), next, t;
    bool busy;

    next = core_turn(now);
    if ((t = bind_turn(now)) < next)
        next = t;
    if ((t = text_turn(now)) < next)
        next = t;
    if (later_turn(now, &t))
        agree_again();
    if (t < next)
        next = t;
    if ((t = agree_turn(now, &busy)) < next)
        next = t;
    if ((t = progs_turn(now)) < next)
        next = t;
    if ((t = move_turn(now)) < next)
        next = t;
    if ((t = feed_turn(now)) < next)
        next = t;
    if ((t = shape_turn(now)) < next)
        next = t;
    if ((t = ask_turn(now)) < next)
        next = t;
    if ((t = recovery_turn(now)) < next)
        next = t;
    if ((t = leases_turn(now)) < next)
        next = t;
    if ((t = seal_turn(now)) < next)
        next = t;
    if ((t = watchdog_turn(now)) < next)
        next = t;
    if (forest_turn() || busy) /* more to do: the rest of the loop gets its turn, and then this */
        next = now;
    if (peers_turn() && now + NS_PER_MS < next)
        next = now + NS_PER_MS;
    l->deadline_ns = next == UINT64_MAX ? 0 : next;
}

static void on_deadline(struct rt_loop *l)
{
    (void)l; /* on_turn looks at the clock every time */
}

static void on_event(struct rt_loop *l, uint64_t bits)
{
    (void)l;
    if (bits & EVENT_CAPS)
        agree_idle();
    if (bits & EVENT_LOG)
        seal_look();
}

static void prepare_loop(void)
{
    mon.loop.events = EVENT_CAPS;
    mon.loop.on_event = on_event;
    mon.loop.endpoint = mon.endpoint;
    mon.loop.on_call = calls_take;
    mon.loop.on_turn = on_turn;
    mon.loop.on_deadline = on_deadline;
    mon.loop.budget = LOOP_BUDGET;
}

int main(void)
{
    find_self();
    fail_start();
    watchdog_start();
    later_start();
    make_endpoint();
    ram_start(); /* nothing is made from the shares themselves any more */
    home_start();
    progs_start();
    text_start();
    agree_start();
    prepare_loop();
    seal_start();
    peers_start();
    core_begin();
    prog_start_listed(true);
    loop_run(&mon.loop);
    return 0;
}
