/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/part_call.h"
#include "lib/rt/clock.h"
#include "monitor/core.h"
#include "monitor/home.h"
#include "monitor/mon.h"
#include "monitor/part_here.h"
#include "monitor/part_shape.h"
#include "monitor/sleep.h"
#include "partition/quota.h"
#include <string.h>

#define DO_NS NS_PER_S /* making one is quick, but the core may have hundreds to make */

/* ---- asking ---- */

static status_t reaches(core_id core)
{
    if (core >= mon.ncores)
        return ST_INVALID;
    return core == mon.core || core_is_joined(core) ? ST_OK : ST_DEAD_CORE;
}

static uint32_t rights_of(const struct prog *by)
{
    return (by->line.options & START_MACHINE) ? PART_ANY : 0;
}

status_t parts_call_create(struct prog *by, struct rt_msg *m)
{
    struct ask as = {.client = prog_id(by), .what = PART_CREATE};
    struct peer_PART_CREATE create = {.wish = m->w[5], .by = by->part, .rights = rights_of(by)};
    status_t st;

    if (!(by->line.options & (START_SPAWN | START_MACHINE)))
        return ST_DENIED;
    as.to = (core_id)PART_WISH_CORE(m->w[5]);
    memcpy(create.program, &m->w[1], sizeof create.program);
    memcpy(create.args, &m->w[3], sizeof create.args);
    if (create.program[sizeof create.program - 1] != '\0' ||
        create.args[sizeof create.args - 1] != '\0' || PART_WISH_WEIGHT(m->w[5]) > WEIGHT_MAX ||
        PART_WISH_MEM_KIB(m->w[5]) > START_MEM_MAX_KIB)
        return ST_INVALID;
    if ((st = reaches(as.to)) == ST_OK && (st = ask_begin(&as, 0, DO_NS, &create.client)) == ST_OK)
        peers_send(as.to, PEER_PART_CREATE, &create, sizeof create);
    return st;
}

static status_t ask_on(struct ask *as, core_id to, struct peer_PART_DO *m, unsigned hops)
{
    status_t st = reaches(to);

    as->to = to;
    as->part = m->part;
    as->what = m->what;
    if (st == ST_OK && (st = ask_begin(as, hops, DO_NS, &m->client)) == ST_OK)
        peers_send(to, PEER_PART_DO, m, sizeof *m);
    return st;
}

status_t parts_call(struct prog *by, uint64_t part, enum part_ask what, uint64_t a, uint64_t b)
{
    struct ask as = {.client = prog_id(by)};
    struct peer_PART_DO m = {.part = (partition_id)part, .by = by->part, .what = what, .a = a, .b = b,
                             .rights = rights_of(by)};
    core_id home = partition_home((partition_id)part);

    if (part > UINT32_MAX || partition_generation((partition_id)part) == 0)
        return ST_INVALID_HANDLE;
    return ask_on(&as, home, &m, home != mon.core);
}

status_t parts_call_join(struct prog *by, struct rt_msg *m)
{
    struct ask as = {.client = prog_id(by), .what = PART_JOIN, .part = m->w[1]};
    struct peer_PART_JOIN join = {.part = (partition_id)m->w[1], .by = by->part, .rights = rights_of(by)};
    status_t st;

    if (m->w[1] > UINT32_MAX || partition_generation(join.part) == 0)
        return ST_INVALID_HANDLE;
    as.to = partition_home(join.part);
    memcpy(join.program, &m->w[2], sizeof join.program);
    memcpy(join.args, &m->w[4], sizeof join.args);
    if (join.program[sizeof join.program - 1] != '\0' || join.args[sizeof join.args - 1] != '\0')
        return ST_INVALID;
    if ((st = reaches(as.to)) == ST_OK && (st = ask_begin(&as, 0, DO_NS, &join.client)) == ST_OK)
        peers_send(as.to, PEER_PART_JOIN, &join, sizeof join);
    return st;
}

void parts_say(core_id to, uint64_t client, const struct rt_msg *m)
{
    PEER_SEND(to, PART_SAID, .client = client, .w1 = m->w[1], .w2 = m->w[2], .w3 = m->w[3],
              .w4 = m->w[4], .w5 = m->w[5], .status = (uint32_t)m->w[0]);
}

void parts_on_said(core_id from, const struct peer_PART_SAID *m)
{
    struct rt_msg said = {{m->status, m->w1, m->w2, m->w3, m->w4, m->w5}};
    struct ask a;

    if (ask_take(from, m->client, &a))
        ask_answer(&a, &said);
}

/* ---- making one ---- */

static status_t create(const struct peer_PART_CREATE *m, struct rt_msg *said)
{
    struct start_line line = {.mem_kib = PART_WISH_MEM_KIB(m->wish), .cores = 1ull << mon.core};
    unsigned refused = QUOTA_KINDS;
    struct prog *p;
    status_t st;

    if (PART_WISH_WEIGHT(m->wish) > WEIGHT_MAX)
        return ST_INVALID; /* before it is made */
    if (!(m->rights & PART_ANY))
        line.pages = quota_default(QUOTA_PAGES);
    if (PART_WISH_FLAGS(m->wish) & PART_WISH_SMALL)
        line.options |= START_SMALL;
    if ((PART_WISH_FLAGS(m->wish) & PART_WISH_SLOT) && !(m->rights & PART_ANY))
        return ST_DENIED;
    if (PART_WISH_FLAGS(m->wish) & PART_WISH_SLOT)
        line.options |= START_SLOT;
    memcpy(line.program, m->program, sizeof m->program - 1);
    memcpy(line.args, m->args, sizeof m->args - 1);
    if ((st = prog_create(&line, m->by, &p, &refused)) != ST_OK) {
        said->w[2] = refused != QUOTA_KINDS ? refused + 1 : 0;
        return st;
    }
    said->w[1] = p->part;
    return PART_WISH_WEIGHT(m->wish) != 0 ? sys_task_fair(p->task, PART_WISH_WEIGHT(m->wish)) : ST_OK;
}

void parts_on_create(core_id from, const struct peer_PART_CREATE *m)
{
    struct rt_msg said = {{0}};

    said.w[0] = create(m, &said);
    parts_say(from, m->client, &said);
}

static status_t may_ask(partition_id part, partition_id by, uint32_t what, uint32_t rights)
{
    enum life_state state;
    uint64_t bytes;
    status_t st = home_tell(part, &state, &bytes);

    if (st != ST_OK || (rights & PART_ANY))
        return st;
    if (what == PART_STATUS && by == part)
        return ST_OK;
    return by != PARTITION_NONE && home_supervisor(part) == by ? ST_OK : ST_DENIED;
}

static status_t join(const struct peer_PART_JOIN *m, struct rt_msg *said)
{
    struct start_line line = {.mem_kib = START_MEM_DEFAULT_KIB, .cores = 1ull << mon.core};
    struct prog *first = prog_of_part(m->part);
    unsigned refused = QUOTA_KINDS;
    status_t st = partition_home(m->part) == mon.core ? may_ask(m->part, m->by, PART_JOIN, m->rights) : ST_DENIED;

    if (st != ST_OK || first == NULL)
        return st != ST_OK ? st : ST_BUSY;
    if (first->state != PROG_RUNNING || first->moving)
        return ST_FOREIGN;
    memcpy(line.program, m->program, sizeof m->program - 1);
    memcpy(line.args, m->args, sizeof m->args - 1);
    st = prog_create_mate(&line, first, &refused);
    if (refused != QUOTA_KINDS)
        said->w[2] = refused + 1;
    return st;
}

void parts_on_join(core_id from, const struct peer_PART_JOIN *m)
{
    struct rt_msg said = {{0}};

    said.w[0] = join(m, &said);
    parts_say(from, m->client, &said);
}

/* ---- at home ---- */

static enum life_event event_of(uint32_t what)
{
    return what == PART_START     ? LIFE_EV_START
           : what == PART_SUSPEND ? LIFE_EV_SUSPEND
           : what == PART_RESUME  ? LIFE_EV_RESUME
                                  : LIFE_EV_DESTROY;
}

/* What its home knows of it, and nobody else. */
static void tell_home(partition_id part, struct rt_msg *said)
{
    enum life_state state;
    uint64_t bytes;

    if (home_tell(part, &state, &bytes) != ST_OK)
        return;
    said->w[1] |= (uint64_t)state << 16;
    said->w[5] = bytes;
}

/* It is elsewhere: the core there is asked, and nothing else about it until that has answered. */
static status_t pass_on(core_id from, struct prog *p, const struct peer_PART_DO *m)
{
    struct ask as = {.passed = true, .asker = from, .client = m->client};
    struct peer_PART_DO on = *m;
    status_t st = m->what == PART_STATUS ? ST_OK : home_may(p, event_of(m->what));

    if (st != ST_OK || (m->what != PART_STATUS && p->asked))
        return st != ST_OK ? st : ST_BUSY;
    if ((st = ask_on(&as, p->at, &on, 0)) == ST_OK)
        p->asked = p->asked || m->what != PART_STATUS;
    return st;
}

void parts_relay(const struct ask *a, const struct rt_msg *m)
{
    struct prog *p = prog_of_part((partition_id)a->part);
    struct rt_msg said = *m;

    if (p != NULL && a->what != PART_STATUS)
        p->asked = false;
    if (p != NULL && m->w[0] == ST_OK && (a->what == PART_SUSPEND || a->what == PART_RESUME))
        home_done(p, event_of(a->what));
    if (m->w[0] == ST_OK && a->what == PART_STATUS)
        tell_home((partition_id)a->part, &said);
    parts_say(a->asker, a->client, &said);
}

static bool is_about_home(uint32_t what)
{
    return what == PART_SUPERVISE || what == PART_QUOTA || what == PART_SPLIT || what == PART_MERGE;
}

static status_t do_asleep(struct prog *p, uint32_t what, struct rt_msg *said)
{
    switch (what) {
    case PART_RECONSTRUCT:
        return sleep_end(p);
    case PART_DESTROY:
        prog_end_asleep(p);
        return ST_OK;
    case PART_STATUS:
        said->w[1] = mon.core;
        said->w[3] = p->calls;
        tell_home(p->part, said);
        return ST_OK;
    default:
        return ST_STATE;
    }
}

status_t parts_may_shape(const struct peer_PART_DO *m)
{
    status_t st = may_ask(m->part, m->by, m->what, m->rights);

    if (st == ST_OK && m->what == PART_MERGE && m->a <= UINT32_MAX && partition_home((partition_id)m->a) == mon.core)
        st = may_ask((partition_id)m->a, m->by, m->what, m->rights);
    return st;
}

/* *passed: the answer comes from elsewhere. */
static status_t do_home(core_id from, const struct peer_PART_DO *m, struct rt_msg *said, bool *passed)
{
    struct prog *p = prog_of_part(m->part);
    status_t st = may_ask(m->part, m->by, m->what, m->rights);

    if (st != ST_OK || p == NULL)
        return st != ST_OK ? st : ST_BUSY; /* it is being started again */
    if (m->what == PART_SUPERVISE)
        return m->a > UINT32_MAX ? ST_INVALID_HANDLE : home_supervise(m->part, (partition_id)m->a);
    if (m->what == PART_SPLIT || m->what == PART_MERGE)
        return (st = parts_may_shape(m)) != ST_OK ? st : shape_begin(from, m, said, passed);
    if (m->what == PART_QUOTA && m->b != 0 && !(m->rights & PART_ANY))
        return ST_DENIED;
    if (m->what == PART_QUOTA)
        return home_quota(m->part, (unsigned)m->a, m->b, said);
    if (p->state == PROG_ASLEEP)
        return do_asleep(p, m->what, said);
    if (p->state == PROG_AWAY && m->what == PART_HIBERNATE)
        return ST_FOREIGN; /* it has to come home first */
    if (p->state == PROG_AWAY) {
        st = p->at == mon.core ? ST_BUSY : pass_on(from, p, m);
        *passed = st == ST_OK;
        return st;
    }
    if ((st = part_do_here(p, m->what, said)) != ST_OK)
        return st;
    if (m->what == PART_SUSPEND || m->what == PART_RESUME)
        home_done(p, event_of(m->what));
    if (m->what == PART_STATUS)
        tell_home(m->part, said);
    return ST_OK;
}

void parts_on_do(core_id from, const struct peer_PART_DO *m)
{
    core_id home = partition_home(m->part);
    struct rt_msg said = {{0}};
    bool passed = false;
    struct prog *p;

    if (m->what == 0 || m->what >= PART_ASKS || m->what == PART_CREATE || m->what == PART_JOIN)
        said.w[0] = ST_INVALID;
    else if (home == mon.core)
        said.w[0] = do_home(from, m, &said, &passed);
    else if (from != home || is_about_home(m->what) || m->what == PART_START || m->what == PART_HIBERNATE)
        said.w[0] = ST_DENIED; /* only its home decides */
    else
        said.w[0] = (p = prog_of_part(m->part)) != NULL ? part_do_here(p, m->what, &said) : ST_BUSY;
    if (!passed)
        parts_say(from, m->client, &said);
}
