/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/core.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/bind.h"
#include "monitor/devices.h"
#include "monitor/prog.h"
#include "monitor/registry.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_NS (5 * NS_PER_S)  /* default of skerry.join_ms in the boot arguments */
#define SETTLE_NS (5 * NS_PER_S)

struct core {
    enum core_state state;
    uint64_t deadline_ns;
    uint64_t at_ns;             /* when it came into this state */
    const char *why;            /* it is being stopped          */
    struct peer_HELLO hello;
    struct peer_ISLAND island;
};

static struct core cores[CORES_MAX];
static uint64_t settled;            /* first monitor: who said SETTLED     */
static bool said_settled, gone;     /* SETTLED was sent; GO was seen       */
static uint64_t settle_deadline_ns; /* first monitor                       */
static uint64_t all_joined_ns, self_settled_ns;

static uint64_t bit(core_id core)
{
    return 1ull << core;
}

static uint64_t mask_of(enum core_state a, enum core_state b, enum core_state c)
{
    uint64_t mask = 0;

    for (core_id i = 0; i < mon.ncores; i++)
        if (cores[i].state == a || cores[i].state == b || cores[i].state == c)
            mask |= bit(i);
    return mask;
}

static uint64_t joined(void)
{
    return mask_of(CORE_JOINED, CORE_JOINED, CORE_JOINED);
}

bool core_is_joined(core_id core)
{
    return core < mon.ncores && cores[core].state == CORE_JOINED;
}

/* skerry.join_ms=N of the boot arguments, else JOIN_NS. */
static uint64_t join_patience(void)
{
    const char *at = strstr(mon.boot->bootargs, "skerry.join_ms=");
    uint64_t ms = at != NULL ? strtoull(at + strlen("skerry.join_ms="), NULL, 10) : 0;

    return ms > 0 ? ms * NS_PER_MS : JOIN_NS;
}

/* ---- records: the first monitor writes them, for all cores ---- */

static void report(core_id index, const char *state, uint64_t at_ns, const char *why)
{
    const struct core *c = &cores[index];

    rec_begin_about("core", index, at_ns);
    rec_u64("index", index);
    rec_hex("mpidr", c->hello.mpidr);
    rec_u64("cluster", c->hello.cluster);
    rec_str("state", state);
    rec_u64("at_ns", at_ns);
    if (c->hello.share_bytes != 0) {
        rec_hex("share", c->hello.share_base);
        rec_u64("share_bytes", c->hello.share_bytes);
    }
    if (c->island.kernel_bytes != 0) {
        rec_hex("root", c->island.root);
        rec_hex("kcb", c->island.kcb);
        rec_hex("kernel", c->island.kernel);
        rec_u64("kernel_bytes", c->island.kernel_bytes);
    }
    if (why != NULL)
        rec_str("why", why);
    rec_end();
}

static void report_all_joined(void)
{
    uint64_t in = joined();

    rec_begin("all_joined");
    rec_u64("cores", (uint64_t)__builtin_popcountll(in));
    rec_u64("at_ns", all_joined_ns);
    rec_end();
    printf("%u of %u cores joined, %u ms after reset\n", (unsigned)__builtin_popcountll(in),
           mon.ncores, (unsigned)(all_joined_ns / NS_PER_MS));
}

/* ---- what the machine of core_sm.h asks for ---- */

static void say_go(core_id to)
{
    PEER_SEND(to, GO, .joined = joined(), .dead = mask_of(CORE_DEAD, CORE_LOST, CORE_GONE),
              .at_ns = all_joined_ns);
}

/* Too late for the GO that the others had: it gets one of its own. */
static void report_joined(core_id core)
{
    if (!mon.first)
        return;
    report(core, "joined", cores[core].at_ns, NULL);
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
    report(core, "dead", rt_now_ns(), why);
    printf("core %u is dead: %s\n", core, why);
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && i != core)
            PEER_SEND(i, CORE_DEAD, .core = core);
}

static void drop(core_id core)
{
    peers_drop(core);
    agree_core_dead(core);
    registry_drop_core(core);
    bind_core_dead(core);
}

static void check_settled(void);

/* How long a core has to stop that nobody can ask about, and how often one is asked about. */
#define STOP_NS (200 * NS_PER_MS)
#define STOP_LOOK_NS NS_PER_MS

static void stop_core(core_id core, const char *why)
{
    status_t st = sys_core_stop(mon.info->coreboot, core);

    cores[core].why = why;
    cores[core].deadline_ns = rt_now_ns() + STOP_NS;
    if (st != ST_OK)
        rec_error("a core could not be stopped", st, why);
}

/* It has stopped, and this monitor has seen to it: the others have to know. */
static void say_stopped(core_id core)
{
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core && i != core)
            PEER_SEND(i, STOPPED, .core = core);
}

static void look_whether_stopped(core_id core)
{
    struct rt_msg m;

    if (sys_core_state(mon.info->coreboot, core, &m) != ST_OK || m.w[0] != POWER_OFF)
        return;
    core_event(core, CORE_EV_DIED, cores[core].why);
    say_stopped(core);
}

void core_suspect(core_id core, const char *why)
{
    if (core != mon.core && core < mon.ncores)
        core_event(core, CORE_EV_SUSPECT, why);
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
        c->deadline_ns = core_has_deadline(c->state) ? c->at_ns + join_patience() : 0;
    }
    if (step.action & CORE_DO_SAY_HELLO)
        say_hello(core);
    if (step.action & CORE_DO_START)
        start_core(core);
    if (step.action & CORE_DO_STOP)
        stop_core(core, why);
    if (step.action & CORE_DO_SAY_ACK)
        PEER_SEND(core, ACK, .none = 0);
    if (step.action & CORE_DO_REPORT_JOINED)
        report_joined(core);
    if (step.action & CORE_DO_REPORT_DEAD)
        report_dead(core, why);
    if (step.action & CORE_DO_DROP)
        drop(core);
    check_settled();
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
    uint64_t in = joined();

    if (gone || !said_settled)
        return;
    if ((in & ~settled & ~bit(mon.core)) != 0 && now_ns < settle_deadline_ns)
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
            PEER_SEND(FIRST_CORE, SETTLED, .joined = joined(), .at_ns = now);
    }
    if (mon.first)
        check_go(now);
}

void core_on_settled(core_id from, const struct peer_SETTLED *m)
{
    (void)m;
    settled |= bit(from);
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
        report_all_joined();
    prog_start_listed(false);
}

/* ---- messages ---- */

void core_on_hello(core_id from, const struct peer_HELLO *m)
{
    cores[from].hello = *m;
    peers_set_bucket(from, m->bucket);
    if (mon.first)
        report(from, "up", m->up_ns, NULL);
    core_event(from, CORE_EV_HELLO, NULL);
}

void core_on_island(core_id from, const struct peer_ISLAND *m)
{
    cores[from].island = *m;
}

void core_on_dead(core_id from, const struct peer_CORE_DEAD *m)
{
    if (from == FIRST_CORE && m->core < mon.ncores && m->core != mon.core)
        core_event((core_id)m->core, CORE_EV_TOLD_DEAD, "the first monitor gave it up");
}

void core_on_stopped(core_id from, const struct peer_STOPPED *m)
{
    if (core_is_joined(from) && m->core < mon.ncores && m->core != mon.core)
        core_event((core_id)m->core, CORE_EV_DIED, "it did not answer another core, and was stopped");
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
        report(mon.core, "up", mon.entered_ns, NULL);
        report(mon.core, "joined", rt_now_ns(), NULL);
        devices_say();
    }
    for (core_id i = 0; i < mon.ncores; i++) {
        if (i == mon.core)
            continue;
        cores[i].hello.mpidr = mon.boot->cores[i].mpidr;
        cores[i].hello.cluster = mon.boot->cores[i].cluster;
        cores[i].state = mon.boot->cores[i].present ? CORE_OUT : CORE_ABSENT;
        if (cores[i].state == CORE_ABSENT && mon.first)
            report(i, core_state_word(CORE_ABSENT), rt_now_ns(), "disabled in the device tree");
    }
    for (core_id i = 0; i < mon.ncores; i++)
        if (i != mon.core)
            core_event(i, CORE_EV_BEGIN, NULL);
    check_settled(); /* a machine of one core has nobody to wait for */
}

static void give_up(core_id core)
{
    bool stopping = cores[core].state == CORE_STOPPING;

    core_event(core, CORE_EV_TIMEOUT,
               stopping                          ? cores[core].why
               : cores[core].state == CORE_HEARD ? "it came up and then did not answer"
                                                 : "it did not come up in time");
    if (stopping)
        say_stopped(core);
}

uint64_t core_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (core_id i = 0; i < mon.ncores; i++) {
        if (cores[i].state == CORE_STOPPING) {
            look_whether_stopped(i);
            if (now_ns + STOP_LOOK_NS < next)
                next = now_ns + STOP_LOOK_NS;
        }
        if (cores[i].deadline_ns != 0 && now_ns >= cores[i].deadline_ns)
            give_up(i);
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

/* ---- answers to programs ---- */

void core_tell_all(struct rt_msg *m)
{
    m->w[1] = mon.ncores;
    m->w[2] = joined();
    m->w[3] = mask_of(CORE_DEAD, CORE_LOST, CORE_GONE);
    m->w[4] = mask_of(CORE_ABSENT, CORE_ABSENT, CORE_ABSENT);
    m->w[5] = all_joined_ns;
}

status_t core_tell_one(uint64_t index, struct rt_msg *m)
{
    const struct core *c;

    if (index >= mon.ncores)
        return ST_NOT_FOUND;
    c = &cores[index];
    m->w[1] = c->state;
    m->w[2] = c->hello.mpidr;
    m->w[3] = c->hello.cluster;
    m->w[4] = c->hello.share_base;
    m->w[5] = c->hello.share_bytes;
    return ST_OK;
}

void core_tell_time(struct rt_msg *m)
{
    m->w[1] = rt_now_ns();
    m->w[2] = mon.entered_ns;
    m->w[3] = self_settled_ns;
}
