/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/prog.h"
#include "lib/abi/layout.h"
#include "lib/base/check.h"
#include "lib/load/cpio.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/bind.h"
#include "monitor/leases.h"
#include "monitor/mon.h"
#include "monitor/peers.h"
#include "monitor/ram.h"
#include "monitor/recovery.h"
#include "monitor/registry.h"
#include "monitor/spawn.h"
#include <stdio.h>
#include <string.h>

#define LISTED_MAX 48u
#define AGAIN_NS (20 * NS_PER_MS)
#define START_RECORDS 512u

static struct prog progs[PROGS_MAX];
static struct start_line listed[LISTED_MAX];
static unsigned nlisted;
static unsigned nagain; /* programs in PROG_AGAIN */

uint64_t prog_id(const struct prog *p)
{
    return (uint64_t)(p - progs) | (uint64_t)p->generation << 16;
}

struct prog *prog_find(uint64_t id)
{
    struct prog *p = &progs[id % 65536 % PROGS_MAX];

    return p->state == PROG_RUNNING && prog_id(p) == id ? p : NULL;
}

struct prog *prog_entry(uint64_t id)
{
    struct prog *p = &progs[id % 65536 % PROGS_MAX];

    return p->state != PROG_FREE && prog_id(p) == id ? p : NULL;
}

struct prog *prog_self(void)
{
    return &progs[0];
}

struct prog *prog_at(unsigned i)
{
    for (unsigned at = 0; at < PROGS_MAX; at++)
        if (progs[at].state == PROG_RUNNING && i-- == 0)
            return &progs[at];
    return NULL;
}

unsigned progs_running(void)
{
    unsigned n = 0;

    for (unsigned i = 1; i < PROGS_MAX; i++)
        n += progs[i].state == PROG_RUNNING;
    return n;
}

const char *prog_name_of_task(uint64_t task)
{
    for (unsigned i = 0; i < PROGS_MAX; i++) {
        struct rt_msg m;

        if (progs[i].state == PROG_RUNNING && sys_identify(progs[i].task, &m) == ST_OK &&
            m.w[1] == task)
            return progs[i].line.program;
    }
    return "";
}

/* ---- etc/start ---- */

static void read_list(const struct cpio_file *file)
{
    struct start_reader r;
    struct text why;
    char sentence[120], what[48];
    status_t st;

    text_init(&why, sentence, sizeof sentence);
    start_open(&r, (const char *)file->data, file->bytes);
    while ((st = start_next(&r, mon.ncores, &listed[nlisted], &why)) != ST_NOT_FOUND) {
        if (st == ST_OK && !(listed[nlisted].cores >> mon.core & 1))
            continue;
        if (st == ST_OK && nlisted + 1 < LISTED_MAX) {
            nlisted++;
        } else if (mon.first || st == ST_OK) { /* a wrong line is told once, not by every core */
            snprintf(what, sizeof what, "etc/start line %u", r.line);
            rec_error(what, st != ST_OK ? st : ST_TABLE_FULL,
                      st != ST_OK ? sentence : "too many programs for one core");
        }
    }
}

void progs_start(void)
{
    struct prog *self = &progs[0];
    struct cpio_file file;
    struct text why;
    char sentence[120];
    status_t st;

    self->state = PROG_RUNNING;
    self->task = mon.info->task;
    self->space = mon.info->space;
    self->table = mon.info->table;
    self->bucket = (uint32_t)mon.info->bucket;
    self->chan_used[0] = UINT64_MAX; /* the channels to the other monitors */
    snprintf(self->line.program, sizeof self->line.program, "monitor");

    text_init(&why, sentence, sizeof sentence);
    st = cpio_find(mon.bundle, mon.bundle_bytes, "etc/start", &file, &why);
    if (st == ST_OK)
        read_list(&file);
    else if (mon.first)
        rec_error("etc/start cannot be read, so no program is started", st, sentence);
}

void prog_start_listed(bool early)
{
    uint64_t id;

    for (unsigned i = 0; i < nlisted; i++)
        if (((listed[i].options & START_EARLY) != 0) == early &&
            prog_spawn(&listed[i], 0, &id) != ST_OK)
            continue; /* reported already; the rest go on */
}

bool prog_runs_with(uint32_t option)
{
    for (unsigned i = 1; i < PROGS_MAX; i++)
        if (progs[i].state == PROG_RUNNING && (progs[i].line.options & option))
            return true;
    return false;
}

/* ---- beginning ---- */

static struct prog *take_entry(void)
{
    for (unsigned i = 1; i < PROGS_MAX; i++)
        if (progs[i].state == PROG_FREE)
            return &progs[i];
    return NULL;
}

/* Everything it had, back. Its channels and services are closed by then. */
static void take_back(struct prog *p)
{
    if (p->task != 0)
        (void)sys_task_stop(p->task); /* its memory may take a while; it is not to run meanwhile */
    leases_prog_dead(prog_id(p));     /* nor is what it started */
    for (unsigned i = 0; i < p->nshared; i++)
        cap_drop(p->shared[i]);
    p->nshared = 0;
    if (p->slice != 0)
        ram_give(p->slice);
    p->slice = 0;
    for (unsigned i = 0; i < p->nmem; i++)
        ram_give(p->mem[i]);
    p->nmem = 0;
    if (p->home != mon.core) /* at home they are parts of the slice */
        for (unsigned i = 0; i < p->nregions; i++)
            cap_drop(p->region[i].frame);
    p->nregions = 0;
    p->ncopies = 0;
    p->table = p->space = p->task = p->news = 0;
}

static status_t refuse_spawn(const struct start_line *line, status_t st, const char *why)
{
    char what[64];

    snprintf(what, sizeof what, "program %s could not be started", line->program);
    rec_error(what, st, why);
    return st;
}

/* Start what p->line says, in an entry that is prepared. */
static status_t begin(struct prog *p)
{
    const struct image *im;
    const char *what = "";
    struct text why;
    char sentence[120] = "";
    status_t st;

    text_init(&why, sentence, sizeof sentence);
    if ((st = image_find(p->line.program, &im, &why)) != ST_OK)
        return refuse_spawn(&p->line, st, sentence[0] ? sentence : status_text(st));
    if (++p->generation == 0)
        p->generation = 1;
    p->bucket = 0;
    p->ntext = 0;
    p->chan_used[0] = p->chan_used[1] = 0;
    p->home = mon.core;
    p->home_id = prog_id(p);
    p->moving = false;
    p->state = PROG_RUNNING;
    if ((st = spawn(p, im, &what)) == ST_OK)
        return ST_OK;
    take_back(p);
    p->state = PROG_FREE;
    return refuse_spawn(&p->line, st, what);
}

status_t prog_spawn(const struct start_line *line, uint64_t parent, uint64_t *id)
{
    struct prog *p = take_entry();
    status_t st;

    if (p == NULL)
        return refuse_spawn(line, ST_TABLE_FULL, "too many programs run on this core");
    p->line = *line;
    p->parent = parent;
    p->restarts = 0;
    if ((st = begin(p)) == ST_OK)
        *id = prog_id(p);
    return st;
}

/* ---- coming and leaving ---- */

struct prog *prog_reserve(const char *name)
{
    struct prog *p = take_entry();

    if (p == NULL)
        return NULL;
    if (++p->generation == 0)
        p->generation = 1;
    memset(&p->line, 0, sizeof p->line);
    snprintf(p->line.program, sizeof p->line.program, "%s", name);
    p->parent = 0;
    p->restarts = 0;
    p->bucket = 0;
    p->ntext = 0;
    p->chan_used[0] = p->chan_used[1] = 0;
    p->moving = false;
    p->state = PROG_COMING;
    return p;
}

void prog_release(struct prog *p)
{
    CHECK(p->state == PROG_COMING && p->home != mon.core);
    take_back(p);
    p->state = PROG_FREE;
}

void prog_arrived(struct prog *p)
{
    CHECK(p->state == PROG_COMING || p->state == PROG_AWAY);
    p->state = PROG_RUNNING;
}

void prog_left(struct prog *p, core_id to)
{
    CHECK(p->state == PROG_RUNNING && p->moving);
    p->moving = false;
    if (p->home == mon.core) {
        p->state = PROG_AWAY;
        p->at = to;
        p->sure = true;
        return;
    }
    take_back(p);
    p->state = PROG_FREE;
}

struct prog *prog_next(struct prog *p)
{
    for (p = p == NULL ? progs + 1 : p + 1; p < progs + PROGS_MAX; p++)
        if (p->state != PROG_FREE && p->state != PROG_ENDED && p->state != PROG_AGAIN)
            return p;
    return NULL;
}

struct prog *prog_of_part(core_id home, uint64_t home_id)
{
    struct prog *p = NULL;

    while ((p = prog_next(p)) != NULL)
        if (p->home == home && p->home_id == home_id)
            return p;
    return NULL;
}

bool prog_has_kin(const struct prog *p)
{
    if (p->parent != 0)
        return true;
    for (unsigned i = 1; i < PROGS_MAX; i++)
        if (progs[i].state != PROG_FREE && progs[i].parent == prog_id(p))
            return true;
    return false;
}

/* ---- ending ---- */

static void tell_parent(struct prog *p, uint64_t kind, uint64_t code, uint64_t pc)
{
    struct prog *parent = p->parent != 0 ? prog_find(p->parent) : NULL;

    p->state = PROG_FREE;
    if (parent == NULL)
        return;
    p->state = PROG_ENDED;
    p->exit_kind = kind;
    p->exit_code = code;
    p->exit_pc = pc;
    prog_tell(parent);
}

/* Nobody will ask about the children of a program that ended. */
static void forget_children(uint64_t id)
{
    for (unsigned i = 1; i < PROGS_MAX; i++) {
        if (progs[i].parent != id)
            continue;
        progs[i].parent = 0;
        if (progs[i].state == PROG_ENDED)
            progs[i].state = PROG_FREE;
    }
}

/* False: it cannot be. */
static bool begin_again(struct prog *p)
{
    status_t st = begin(p);

    if (st == ST_LOG_FULL) {
        p->state = PROG_AGAIN;
        nagain++;
    }
    return st == ST_OK || st == ST_LOG_FULL;
}

/* Not before there is room for all that starting a program writes. */
static bool log_has_room(void)
{
    struct rt_msg state;

    return sys_attest_state(&state) == ST_OK && state.w[4] - (state.w[0] - state.w[1]) >= START_RECORDS;
}

uint64_t progs_turn(uint64_t now_ns)
{
    if (nagain == 0)
        return UINT64_MAX;
    for (unsigned i = 1; i < PROGS_MAX; i++) {
        if (progs[i].state != PROG_AGAIN || !(log_has_room() || (recovery_on() && recovery_stores(&progs[i]))))
            continue;
        nagain--;
        progs[i].state = PROG_FREE;
        (void)begin_again(&progs[i]); /* etc/start has it, and no program waits for its end */
    }
    return now_ns + AGAIN_NS;
}

static void end(struct prog *p, uint64_t kind, uint64_t code, uint64_t pc)
{
    bool failed = kind != FAULT_EXIT || code != 0;

    recovery_ended(p, failed && (p->line.options & START_RESTART));
    bind_prog_dead(p);
    registry_prog_dead(prog_id(p));
    forget_children(prog_id(p));
    take_back(p);
    if (p->home != mon.core) {
        PEER_SEND(p->home, MOVE_RUNS, .part = (uint64_t)p->home << 48 | p->home_id, .core = mon.core, .gone = 1);
        p->state = PROG_FREE;
        return;
    }
    if (failed && (p->line.options & START_RESTART)) {
        if (p->restarts < PROG_RESTARTS) {
            p->restarts++;
            if (begin_again(p))
                return;
        } else {
            refuse_spawn(&p->line, ST_STATE, "it failed four times and is not started again");
        }
    }
    tell_parent(p, kind, code, pc);
}

void prog_ended_away(struct prog *p)
{
    CHECK(p->state == PROG_AWAY);
    take_back(p);
    p->state = PROG_FREE;
}

void prog_end_here(struct prog *p)
{
    end(p, FAULT_EXIT, UINT64_MAX, 0);
}

static const char *fault_words(uint64_t kind)
{
    switch (kind) {
    case FAULT_PAGE:
        return "used an address it may not";
    case FAULT_INSTR:
        return "met an instruction it may not use";
    case FAULT_ALIGN:
        return "used a misaligned pc or stack";
    case FAULT_BREAK:
        return "stopped itself (brk)";
    default:
        return "failed";
    }
}

static void report_fault(const struct prog *p, const struct rt_msg *m)
{
    uint64_t kind = m->w[0] & 0xffff;
    char what[64], why[160];

    if (kind == FAULT_EXIT && m->w[1] == 0)
        return;
    snprintf(what, sizeof what, "program %s on core %u", p->line.program, mon.core);
    if (kind == FAULT_EXIT)
        snprintf(why, sizeof why, "ended with code %llu", (unsigned long long)m->w[1]);
    else
        snprintf(why, sizeof why, "%s: pc 0x%llx, address 0x%llx, esr 0x%llx, sp 0x%llx",
                 fault_words(kind), (unsigned long long)(m->w[1] - USER_IMAGE),
                 (unsigned long long)m->w[2], (unsigned long long)m->w[3],
                 (unsigned long long)m->w[5]);
    rec_error(what, ST_STATE, why);
}

void prog_fault(uint64_t id, const struct rt_msg *m)
{
    struct prog *p = prog_find(id);

    if (p == NULL || p == prog_self())
        return;
    report_fault(p, m);
    end(p, m->w[0] & 0xffff, m->w[1], m->w[1]);
}

status_t prog_kill(uint64_t id, uint64_t by)
{
    struct prog *p = prog_find(id);

    if (p == NULL || p->parent != by)
        return ST_NOT_FOUND;
    if (p->moving)
        return ST_BUSY;
    p->line.options &= ~(uint32_t)START_RESTART;
    end(p, FAULT_EXIT, UINT64_MAX, 0);
    return ST_OK;
}

bool prog_next_exit(uint64_t parent, struct rt_msg *m)
{
    for (unsigned i = 1; i < PROGS_MAX; i++) {
        struct prog *p = &progs[i];

        if (p->state != PROG_ENDED || p->parent != parent)
            continue;
        m->w[1] = NEWS_EXIT;
        m->w[2] = prog_id(p);
        m->w[3] = p->exit_code;
        m->w[4] = p->exit_kind;
        m->w[5] = p->exit_pc;
        p->state = PROG_FREE;
        return true;
    }
    return false;
}

void prog_tell(struct prog *p)
{
    if (p == prog_self())
        bind_self_news();
    else
        (void)sys_signal(p->news); /* it cannot be gone: it is in the table */
}
