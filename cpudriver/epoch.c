/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/epoch.h"
#include "cpudriver/emit.h"
#include "cpudriver/task.h"

#define ACTIVE_MOST 255u

static uint64_t number_of(const struct kcb *k, uint64_t ticks)
{
    return (ticks - k->info->reset_ticks) / k->epoch.length;
}

/* The spaces entered from here on will be behind the mark; that in use now is one of them. */
static void mark(struct kcb *k)
{
    list_remove(&k->epoch.mark);
    list_append(&k->asid_lru, &k->epoch.mark);
    if (k->active && k->active->asid) {
        list_remove(&k->active->lru);
        list_append(&k->asid_lru, &k->active->lru);
    }
}

static uint32_t active(const struct kcb *k)
{
    uint32_t n = 0;

    for (const struct list *l = k->asid_lru.prev; n < ACTIVE_MOST && l != &k->epoch.mark && l != &k->asid_lru; l = l->prev)
        n++;
    return n;
}

/* Epochs begin at the same moments on all cores. */
static void begin(struct kcb *k, uint64_t now)
{
    struct epoch *e = &k->epoch;

    e->begin = now;
    e->end = k->info->reset_ticks + (number_of(k, now) + 1) * e->length;
    e->switches = k->nswitches;
    e->missed = k->runq.missed;
    e->idle = k->idle_ticks;
    e->switching = k->switching_ticks;
    mark(k);
}

void epoch_init(struct kcb *k, uint64_t length_ticks)
{
    struct epoch *e = &k->epoch;

    list_init(&e->mark);
    e->length = length_ticks;
    e->end = UINT64_MAX;
    if (length_ticks == 0)
        return;
    begin(k, now_ticks());
    task_look_by(k, e->end);
}

static uint64_t at_most(uint64_t n, uint64_t most)
{
    return n < most ? n : most;
}

/* In ten thousandths of a whole epoch, of which a core that slept saw the end only. */
static uint64_t load(const struct kcb *k, uint64_t now)
{
    uint64_t all = now - k->epoch.begin, idle = k->idle_ticks - k->epoch.idle;

    return idle >= all ? 0 : at_most((all - idle) * 10000 / k->epoch.length, 10000);
}

static void tell(struct kcb *k, uint64_t now)
{
    struct epoch *e = &k->epoch;
    uint64_t ns = scale(k->switching_ticks - e->switching, k->to_ns);

    emit(k, NULL, WITNESS_SCHEDULER_EPOCH, k->runq.degraded ? WITNESS_F_DEGRADED : 0, (uint32_t)at_most(ns, UINT32_MAX),
         (number_of(k, e->begin) & UINT32_MAX) | at_most(k->runq.missed - e->missed, 0xffff) << 32 |
             at_most(e->skipped, 0xffff) << 48,
         at_most(k->nswitches - e->switches, UINT32_MAX) | (uint64_t)active(k) << 32 | load(k, now) << 48);
    e->skipped = 0;
}

/* An eighth of the log is left for changes, which summaries do not find room in. */
static bool has_room(const struct kcb *k)
{
    return log_room(&k->log, (uint32_t)(k->log.capacity / 8), LOG_ORDINARY);
}

void epoch_turn(struct kcb *k, uint64_t now)
{
    struct epoch *e = &k->epoch;

    if (k->nswitches != e->switches || k->runq.missed != e->missed) {
        if (has_room(k))
            tell(k, now);
        else
            e->skipped++;
        if (k->log_news)
            emit_tell(k);
    }
    begin(k, now);
}

void epoch_resume(struct kcb *k, uint64_t now)
{
    if (now >= k->epoch.end)
        epoch_turn(k, now);
    task_look_by(k, k->epoch.end);
}
