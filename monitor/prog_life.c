/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/prog_life - a program begins, and ends; some are started again. */
#include "lib/abi/layout.h"
#include "lib/base/check.h"
#include "lib/rt/attest_calls.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/bind.h"
#include "monitor/home.h"
#include "monitor/known.h"
#include "monitor/leases.h"
#include "monitor/mon.h"
#include "monitor/note.h"
#include "monitor/part_news.h"
#include "monitor/peers.h"
#include "monitor/prog_priv.h"
#include "monitor/ram.h"
#include "monitor/recovery.h"
#include "monitor/registry.h"
#include "monitor/sleep.h"
#include "monitor/spawn.h"
#include "monitor/text.h"
#include "partition/quota.h"
#include <stdio.h>

#define AGAIN_NS (20 * NS_PER_MS)
#define START_RECORDS 512u

static unsigned nagain; /* programs in PROG_AGAIN */

/* ---- beginning ---- */

void prog_take_back(struct prog *p)
{
    text_forget(p);
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
    known_forget(p);
    p->table = p->space = p->task = p->news = 0;
}

static status_t refuse_spawn(const struct start_line *line, status_t st, const char *why)
{
    char what[64];

    snprintf(what, sizeof what, "program %s could not be started", line->program);
    rec_error(what, st, why);
    return st;
}

/* Make what p->line says: its partition first, so that nothing is made that no record names. */
static status_t make(struct prog *p, unsigned *refused)
{
    const struct image *im;
    const char *what = "its partition";
    struct text why;
    char sentence[120] = "";
    partition_id id;
    status_t st;

    *refused = QUOTA_KINDS;
    text_init(&why, sentence, sizeof sentence);
    if ((st = image_find(p->line.program, &im, &why)) != ST_OK)
        return refuse_spawn(&p->line, st, sentence[0] ? sentence : status_text(st));
    prog_fresh(p);
    if ((st = home_create(&p->line, p->supervisor, &id)) != ST_OK)
        return refuse_spawn(&p->line, st, what);
    prog_set_part(p, id);
    p->state = PROG_RUNNING;
    if ((st = spawn(p, im, &what)) == ST_OK && (st = home_has(p, refused)) == ST_OK)
        return ST_OK;
    if (*refused != QUOTA_KINDS)
        what = quota_text((enum quota_kind)*refused);
    prog_take_back(p);
    home_destroyed(p, false);
    prog_set_part(p, PARTITION_NONE);
    p->state = PROG_FREE;
    return refuse_spawn(&p->line, st, what);
}

status_t prog_go(struct prog *p)
{
    status_t st;

    if (p->mate != NULL && (st = note_room_for(1 + prog_mates(p))) != ST_OK)
        return st;
    if ((st = home_record(p, LIFE_EV_START)) != ST_OK)
        return st;
    for (struct prog *q = p; q != NULL; q = prog_mate(p, q))
        if ((st = spawn_go(q)) != ST_OK) {
            for (struct prog *r = p; r != q; r = prog_mate(p, r))
                (void)sys_task_stop(r->task); /* it begins at its beginning, when all do */
            return st;
        }
    home_done(p, LIFE_EV_START);
    return ST_OK;
}

status_t prog_create(const struct start_line *line, partition_id supervisor, struct prog **out,
                     unsigned *refused)
{
    struct prog *p = prog_entry_take();
    status_t st;

    *refused = QUOTA_KINDS;
    if (p == NULL)
        return refuse_spawn(line, ST_TABLE_FULL, "too many programs run on this core");
    p->line = *line;
    p->supervisor = supervisor;
    p->restarts = 0;
    if ((st = make(p, refused)) == ST_OK)
        *out = p;
    else
        prog_entry_give(p);
    return st;
}

status_t prog_create_mate(const struct start_line *line, struct prog *first, unsigned *refused)
{
    struct prog *p = prog_entry_take();
    const struct image *im;
    const char *what = "its image";
    struct text why;
    char sentence[120] = "";
    status_t st;

    *refused = QUOTA_KINDS;
    if (p == NULL)
        return ST_TABLE_FULL;
    p->line = *line;
    p->supervisor = PARTITION_NONE;
    p->restarts = 0;
    prog_fresh(p);
    text_init(&why, sentence, sizeof sentence);
    if ((st = home_may_have(first)) != ST_OK || (st = image_find(p->line.program, &im, &why)) != ST_OK) {
        prog_entry_give(p);
        return st;
    }
    p->task_number = 0; /* it has none yet: home_left */
    prog_set_part(p, first->part);
    p->state = PROG_RUNNING;
    if ((st = spawn(p, im, &what)) == ST_OK && (st = home_has(p, refused)) == ST_OK)
        return ST_OK;
    home_left(p);
    prog_take_back(p);
    prog_entry_give(p);
    return st;
}

/* It was made, and cannot run: nobody has heard of it. */
static void unmake(struct prog *p)
{
    prog_take_back(p);
    home_destroyed(p, false);
    prog_set_part(p, PARTITION_NONE);
    p->state = PROG_FREE;
}

status_t prog_spawn(const struct start_line *line, partition_id supervisor, partition_id *id)
{
    struct prog *p;
    unsigned refused;
    status_t st;

    if ((st = prog_create(line, supervisor, &p, &refused)) != ST_OK)
        return st;
    if ((st = prog_go(p)) != ST_OK) {
        unmake(p);
        prog_entry_give(p);
        return refuse_spawn(line, st, "its task does not start");
    }
    *id = p->part;
    return ST_OK;
}

/* ---- ending ---- */

/* False: it cannot be. Its entry was taken back from all that it was; it is another partition. */
static bool begin_again(struct prog *p)
{
    unsigned refused;
    status_t st;

    if (++p->generation == 0)
        p->generation = 1;
    if ((st = make(p, &refused)) == ST_OK && (st = prog_go(p)) != ST_OK)
        unmake(p);
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
    for (struct prog *p = prog_again(NULL); p != NULL; p = prog_again(p)) {
        if (!(log_has_room() || (recovery_on() && recovery_stores(p))))
            continue;
        nagain--;
        p->state = PROG_FREE;
        if (!begin_again(p)) /* etc/start has it, and no program waits for its end */
            prog_entry_give(p);
    }
    return now_ns + AGAIN_NS;
}

/* Of a program of another home: that decides what comes now. */
static void end_visit(struct prog *p, uint64_t kind, uint64_t code, uint64_t pc)
{
    PEER_SEND(p->home, PART_EXIT, .part = p->part, .kind = (uint32_t)kind, .code = code, .pc = pc);
    PEER_SEND(p->home, MOVE_RUNS, .part = p->part, .core = mon.core, .gone = 1);
    prog_entry_give(p);
}

/* It leaves its mates: what it knew is theirs, and what ends them at last is told as this, if it is the first that failed. */
static void leave(struct prog *p, bool failed, uint64_t kind, uint64_t code, uint64_t pc)
{
    home_left(p);
    part_news_pass(p, p->mate);
    for (struct prog *q = prog_mate(p, p); q != NULL; q = prog_mate(p, q)) {
        if (!failed || q->mate_failed)
            continue;
        q->mate_failed = true;
        q->exit_kind = kind;
        q->exit_code = code;
        q->exit_pc = pc;
    }
}

static void end(struct prog *p, uint64_t kind, uint64_t code, uint64_t pc)
{
    bool failed = kind != FAULT_EXIT || code != 0, alone = p->mate == NULL;

    recovery_ended(p, failed && (p->line.options & START_RESTART));
    bind_prog_dead(p);
    registry_prog_dead(prog_id(p));
    if (!alone)
        leave(p, failed, kind, code, pc);
    part_news_drop(p);
    prog_take_back(p);
    if (p->home != mon.core) {
        end_visit(p, kind, code, pc);
        return;
    }
    if (!p->mate_failed) {
        p->exit_kind = kind;
        p->exit_code = code;
        p->exit_pc = pc;
    }
    if (failed && (p->line.options & START_RESTART) && p->restarts < PROG_RESTARTS) {
        if (alone)
            home_destroyed(p, false);
        prog_set_part(p, PARTITION_NONE);
        p->restarts++;
        p->state = PROG_FREE;
        if (!begin_again(p))
            prog_entry_give(p);
        return;
    }
    if (failed && (p->line.options & START_RESTART))
        refuse_spawn(&p->line, ST_STATE, "it failed four times and is not started again");
    if (alone) {
        part_news_ended(p);
        home_destroyed(p, false);
    }
    prog_entry_give(p);
}

void prog_ended_away(struct prog *p, bool lost)
{
    CHECK(p->state == PROG_AWAY);
    part_news_drop(p);
    prog_take_back(p);
    if (lost) {
        p->exit_kind = EXIT_LOST;
        p->exit_code = UINT64_MAX;
        p->exit_pc = 0;
    }
    part_news_ended(p);
    home_destroyed(p, lost);
    prog_entry_give(p);
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

status_t prog_kill(struct prog *p)
{
    if (p->moving)
        return ST_BUSY;
    while (p->mate != NULL) {
        p->mate->line.options &= ~(uint32_t)START_RESTART;
        end(p->mate, FAULT_EXIT, UINT64_MAX, 0);
    }
    p->line.options &= ~(uint32_t)START_RESTART;
    end(p, FAULT_EXIT, UINT64_MAX, 0);
    return ST_OK;
}

void prog_end_asleep(struct prog *p)
{
    CHECK(p->state == PROG_ASLEEP);
    sleep_drop(p);
    part_news_drop(p);
    p->exit_kind = FAULT_EXIT;
    p->exit_code = UINT64_MAX;
    part_news_ended(p);
    home_destroyed(p, false);
    prog_entry_give(p);
}
