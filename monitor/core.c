/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/core.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/ask.h"
#include "monitor/bind.h"
#include "monitor/core_priv.h"
#include "monitor/devices.h"
#include "monitor/fail.h"
#include "monitor/fence.h"
#include "monitor/prog.h"
#include "monitor/move.h"
#include "monitor/registry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_NS (5 * NS_PER_S)  /* default of skerry.join_ms in the boot arguments */
#define SETTLE_NS (5 * NS_PER_S)

struct core cores[CORES_MAX];
uint64_t all_joined_ns, self_settled_ns;

static uint64_t settled;            /* first monitor: who said SETTLED     */
static bool said_settled, gone;     /* SETTLED was sent; GO was seen       */
static uint64_t settle_deadline_ns; /* first monitor                       */

bool core_is_joined(core_id core)
{
    return core < mon.ncores && cores[core].state == CORE_JOINED;
}

bool core_is_gone(core_id core)
{
    return core < mon.ncores && cores[core].state == CORE_GONE;
}

/* skerry.join_ms=N of the boot arguments, else JOIN_NS. */
static uint64_t join_patience(void)
{
    const char *at = strstr(mon.boot->bootargs, "skerry.join_ms=");
    uint64_t ms = at != NULL ? strtoull(at + strlen("skerry.join_ms="), NULL, 10) : 0;

    return ms > 0 ? ms * NS_PER_MS : JOIN_NS;
}

/* ---- what the machine of core_sm.h asks for ---- */

static void say_go(core_id to)
{
    PEER_SEND(to, GO, .joined = cores_joined(), .dead = cores_mask(CORE_DEAD, CORE_LOST, CORE_GONE),
              .at_ns = all_joined_ns);
}

/* Too late for the GO that the others had: it gets one of its own. */
static void report_joined(core_id core)
{
    if (!mon.first)
        return;
    core_report(core, "joined", cores[core].at_ns, NULL);
    if (gone)
        say_go(core);
}

static void say_hello(core_id to)
{
    const struct core *self = &cores[mon.core];

    peers_send(to, PEER_ISLAND, &self->island, sizeof self->island);
    peers_send(to, PEER_HELLO, &self->hello, sizeof self->hello);
    if (to == FIRST_CORE)
        devices_say();
}

static void start_core(core_id core)
{
    uint64_t firmware = 0;
    char why[80];
    status_t st;

    if (!mon.first)
        return;
    if ((st = sys_core_start(mon.info->coreboot, core, &firmware)) == ST_OK)
        return;
    snprintf(why, sizeof why, "the firmware refused to start it: %s, PSCI %lld", status_name(st),
             (long long)firmware);
    core_event(core, CORE_EV_START_FAILED, why);
}

static void report_dead(core_id core, const char *why)
{
    if (!mon.first)
        return;
    core_report(core, "dead", rt_now_ns(), why);
    printf("core %u is dead: %s\n", core, why);
}

/* It did not come so far, and has not said anything to us. */
static void tell_late(core_id core)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && i != core)
            PEER_SEND(i, CORE_DEAD, .core = core);
}

/* It has stopped, for good: whoever saw to it tells everybody, those still to come as well. */
static void tell_stopped(core_id core)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && i != core)
            PEER_SEND(i, STOPPED, .core = core);
}

/* Here everything of this monitor learns that a core is gone; it never comes back. */
static void drop(core_id core)
{
    peers_drop(core);
    agree_core_dead(core);
    registry_drop_core(core);
    move_core_dead(core);
    ask_core_dead(core);
    bind_core_dead(core);
}

static void check_settled(void);

/* When it is looked at next, at the latest; 0: nothing is waited for. */
static uint64_t deadline_of(const struct core *c)
{
    if (c->state == CORE_STOPPING)
        return c->at_ns;
    return core_has_deadline(c->state) ? c->at_ns + join_patience() : 0;
}

void core_event(core_id core, enum core_event event, const char *why)
{
    struct core *c = &cores[core];
    struct core_step step = core_step(c->state, event);

    if (step.action & CORE_DO_REFUSE) {
        char what[64];

        snprintf(what, sizeof what, "core %u: event %u in state %s", core, (unsigned)event,
                 core_state_word(c->state));
        rec_error(what, ST_PEER, "the protocol of joining does not allow it; ignored");
        return;
    }
    if (step.next != c->state) {
        c->state = (enum core_state)step.next;
        c->at_ns = rt_now_ns();
        c->deadline_ns = deadline_of(c);
    }
    if (step.action & CORE_DO_SAY_HELLO)
        say_hello(core);
    if (step.action & CORE_DO_START)
        start_core(core);
    if (step.action & CORE_DO_SAY_ACK)
        PEER_SEND(core, ACK, .none = 0);
    if (step.action & CORE_DO_REPORT_JOINED)
        report_joined(core);
    if (step.action & CORE_DO_STOP)
        fence_begin(core, c->at_ns);
    if (step.action & CORE_DO_REPORT_DEAD)
        report_dead(core, why);
    if ((step.action & CORE_DO_TELL_LATE) && mon.first)
        tell_late(core);
    if (step.action & CORE_DO_TELL_DEAD)
        tell_stopped(core);
    if (step.action & CORE_DO_DROP)
        drop(core);
    check_settled();
}

/* ---- a core is suspected ---- */

void core_suspect(core_id core, const char *why)
{
    struct core *c = &cores[core];

    if (core >= mon.ncores || core == mon.core)
        return;
    if (c->state != CORE_STOPPING)
        c->why = why;
    core_event(core, CORE_EV_SUSPECT, why);
}

/* When to look again. */
static uint64_t look_at_stopping(core_id core, uint64_t now_ns)
{
    uint64_t next = now_ns;

    switch (fence_look(core, now_ns, &next)) {
    case FENCE_OFF:
        core_event(core, CORE_EV_STOPPED, cores[core].why);
        return 0;
    case FENCE_LONG:
        core_event(core, CORE_EV_TIMEOUT, cores[core].why);
        return 0;
    default:
        return next;
    }
}

/* ---- have all joined? ---- */

static bool all_settled(void)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && !core_settled(cores[i].state))
            return false;
    return true;
}

/* First monitor: everybody who joined has settled, or had the time to. */
static void check_go(uint64_t now_ns)
{
    uint64_t in = cores_joined();

    if (gone || !said_settled)
        return;
    if ((in & ~settled & ~core_bit(mon.core)) != 0 && now_ns < settle_deadline_ns)
        return;
    all_joined_ns = now_ns;
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && core_is_joined(i))
            say_go(i);
    core_on_go(mon.core, &(struct peer_GO){ .joined = in, .at_ns = now_ns });
}

static void check_settled(void)
{
    uint64_t now = rt_now_ns();

    if (!said_settled && all_settled()) {
        said_settled = true;
        self_settled_ns = now;
        settle_deadline_ns = now + SETTLE_NS;
        if (!mon.first)
            PEER_SEND(FIRST_CORE, SETTLED, .joined = cores_joined(), .at_ns = now);
    }
    if (mon.first)
        check_go(now);
}

void core_on_settled(core_id from, const struct peer_SETTLED *m)
{
    (void)m;
    settled |= core_bit(from);
    if (mon.first)
        check_go(rt_now_ns());
}

void core_on_go(core_id from, const struct peer_GO *m)
{
    if (gone || (from != FIRST_CORE && from != mon.core))
        return;
    gone = true;
    all_joined_ns = m->at_ns;
    if (mon.first)
        core_report_all_joined();
    fail_point(0, "joined");
    prog_start_listed(false);
}

/* ---- messages ---- */

void core_on_hello(core_id from, const struct peer_HELLO *m)
{
    uint64_t route = m->route;
    status_t st = sys_core_route(mon.info->coreboot, from, &route);

    if (st != ST_OK) {
        rec_error("a core does not say how interrupts reach it", st,
                  "who cannot be stopped is not let in");
        return;
    }
    cores[from].hello = *m;
    peers_set_bucket(from, m->bucket);
    if (mon.first)
        core_report(from, "up", m->up_ns, NULL);
    core_event(from, CORE_EV_HELLO, NULL);
}

void core_on_island(core_id from, const struct peer_ISLAND *m)
{
    cores[from].island = *m;
}

void core_on_dead(core_id from, const struct peer_CORE_DEAD *m)
{
    if (from == FIRST_CORE && m->core < mon.ncores && m->core != mon.core)
        core_event((core_id)m->core, CORE_EV_TOLD_LATE, "the first monitor gave it up");
}

/* Of whomever: a core that was itself stopped meanwhile has told the truth before. */
void core_on_stopped(core_id from, const struct peer_STOPPED *m)
{
    char why[64];

    if (m->core >= mon.ncores || m->core == mon.core)
        return;
    snprintf(why, sizeof why, "core %u had no answer of it, and stopped it", from);
    core_event((core_id)m->core, CORE_EV_TOLD_DEAD, why);
}

/* ---- beginning, and time ---- */

static void fill_self(void)
{
    const struct bootinfo *b = mon.boot;
    struct core *c = &cores[mon.core];

    c->hello = (struct peer_HELLO){ .mpidr = b->cores[mon.core].mpidr,
                                    .share_base = b->share[0].base,
                                    .share_bytes = b->share[0].bytes,
                                    .up_ns = mon.entered_ns,
                                    .cluster = b->cores[mon.core].cluster,
                                    .bucket = (uint32_t)mon.info->bucket };
    CHECK(sys_core_route(mon.info->coreboot, mon.core, &c->hello.route) == ST_OK);
    c->island = (struct peer_ISLAND){ .root = b->kernel_root,
                                      .kcb = b->kcb.base,
                                      .kernel = b->kernel.base,
                                      .kernel_bytes = b->kernel.bytes };
    c->state = CORE_JOINED;
    c->at_ns = mon.entered_ns;
}

void core_begin(void)
{
    fill_self();
    if (mon.first) {
        core_report(mon.core, "up", mon.entered_ns, NULL);
        core_report(mon.core, "joined", rt_now_ns(), NULL);
        devices_say();
    }
    for (core_id i = 0; i < mon.ncores; i++) {
        if (i == mon.core)
            continue;
        cores[i].hello.mpidr = mon.boot->cores[i].mpidr;
        cores[i].hello.cluster = mon.boot->cores[i].cluster;
        cores[i].state = mon.boot->cores[i].present ? CORE_OUT : CORE_ABSENT;
        if (cores[i].state == CORE_ABSENT && mon.first)
            core_report(i, core_state_word(CORE_ABSENT), rt_now_ns(),
                        "disabled in the device tree, or has no redistributor");
    }
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core)
            core_event(i, CORE_EV_BEGIN, NULL);
    check_settled(); /* a machine of one core has nobody to wait for */
}

static void pass_deadline(core_id core, uint64_t now_ns)
{
    struct core *c = &cores[core];

    if (c->state == CORE_STOPPING)
        c->deadline_ns = look_at_stopping(core, now_ns);
    else
        core_event(core, CORE_EV_TIMEOUT,
                   c->state == CORE_HEARD ? "it came up and then did not answer"
                                          : "it did not come up in time");
}

uint64_t core_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (core_id i = 0; i < mon.ncores; i++) {
        if (cores[i].deadline_ns != 0 && now_ns >= cores[i].deadline_ns)
            pass_deadline(i, now_ns);
        if (cores[i].deadline_ns != 0 && cores[i].deadline_ns < next)
            next = cores[i].deadline_ns;
    }
    if (mon.first && said_settled && !gone) {
        check_go(now_ns);
        if (!gone && settle_deadline_ns < next)
            next = settle_deadline_ns;
    }
    return next;
}
