/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/runq - who runs next on this core. Pure: time comes in as counter ticks.
 *
 *   EDF    budget per period, admitted while the sum of budget/period fits. Earliest
 *          deadline first; deadline = end of the period it was released in. A budget used up
 *          or a deadline passed while still running is a miss: counted, and the task goes on
 *          in the fair class until its next period begins.
 *   fair   weighted: the smallest virtual run time first.
 *
 * Within a class modes and boosts count as priority.h says.
 * Any EDF entity that is not demoted goes before any fair one. The running entity is in no
 * heap. Invariants: R1 an entity is in at most one heap; R2 the fair class is never starved,
 * because admission keeps EDF_LIMIT_PPM below a million.
 */
#pragma once
#include "cpudriver/priority.h"
#include "lib/base/heap.h"
#include "lib/base/list.h"
#include "lib/base/status.h"

#define EDF_LIMIT_PPM 900000u

struct sched {
    struct heap_node ready;     /* in runq.edf or runq.fair                          */
    struct heap_node renew;     /* in runq.renew while demoted                       */
    uint64_t vruntime;          /* fair: ticks, scaled by weight                     */
    uint64_t runtime;           /* ticks run in all                                  */
    uint32_t inverse;           /* priority_cost of the next three                   */
    uint16_t weight, boost_bp;
    uint8_t mode;               /* enum task_mode                                    */
    uint8_t edf, demoted;
    uint64_t budget, period;    /* ticks                                             */
    uint64_t deadline;          /* end of the current period, ticks                  */
    uint64_t left;              /* of the budget in this period                      */
    uint64_t missed;
    uint64_t rank;              /* of that deadline: priority_rank                   */
    struct list boosted;        /* in runq.boosted while boost_bp is not 0           */
};

struct runq {
    struct heap edf, fair;
    struct heap renew;          /* demoted entities by the begin of their next period */
    uint64_t floor;             /* smallest vruntime a waking entity may have        */
    uint32_t load_ppm;          /* admitted EDF utilisation                          */
    uint32_t slice;             /* ticks a fair entity runs while others wait        */
    uint64_t missed;            /* deadlines, of all entities there ever were        */
    struct list boosted;        /* all entities with a boost                         */
    uint8_t grain;              /* priority_grain                                    */
    bool degraded;              /* no boosts: there are none, or runq_degrade takes them away */
};

/* The grain is a tick until somebody knows better. */
void runq_init(struct runq *q, struct heap_node **edf, struct heap_node **fair,
               struct heap_node **renew, uint32_t max, uint32_t slice_ticks);
void sched_init(struct sched *s);

/* Class changes; the entity is in no heap. Its mode is Flow then, its boost what it was. ST_ADMISSION, ST_INVALID: nothing changed. */
MUST_CHECK status_t runq_set_fair(struct runq *q, struct sched *s, uint32_t weight);
MUST_CHECK status_t runq_set_edf(struct runq *q, struct sched *s, uint64_t budget, uint64_t period,
                                 uint64_t now);
/* It was set to EDF just now: it is in the period that ends at `deadline`, with so much left of its budget. 0: demoted. */
void runq_restore(struct runq *q, struct sched *s, uint32_t weight, uint64_t left, uint64_t deadline);
/* One that fits its class; the entity is in no heap. */
void runq_set_mode(struct runq *q, struct sched *s, unsigned mode);
/* Of 10000. ST_STATE: degraded, and it is not 0. In whatever heap the entity is. */
MUST_CHECK status_t runq_set_boost(struct runq *q, struct sched *s, uint32_t basis_points);
/* Takes away up to `slice` boosts; true: there are none left, and none come until runq_recover. */
bool runq_degrade(struct runq *q, unsigned slice);
void runq_recover(struct runq *q);
/* Gives back what it was admitted for. */
void runq_forget(struct runq *q, struct sched *s);

/* It became ready after waiting (a new release), or was preempted (no release). */
void runq_wake(struct runq *q, struct sched *s, uint64_t now);
void runq_preempted(struct runq *q, struct sched *s, uint64_t now);
void runq_remove(struct runq *q, struct sched *s);

/* The best entity, taken out of its heap; NULL: idle. */
struct sched *runq_take(struct runq *q);

/*
 * The running fair entity `s` steps behind the best waiting one, which is returned, out of
 * its heap. NULL: the general way must be taken (nobody waits, or EDF is involved).
 */
struct sched *runq_yield(struct runq *q, struct sched *s);

/* The same when runq_all_fair and `s` is of the fair class. */
static inline struct sched *runq_yield_fair(struct runq *q, struct sched *s)
{
    struct heap_node *node = q->fair.slot[0];

    if (s->vruntime < node->key)
        s->vruntime = node->key;
    if (node->key > q->floor)
        q->floor = node->key;
    heap_replace_top(&q->fair, &s->ready, s->vruntime);
    return CONTAINER_OF(node, struct sched, ready);
}

/* Somebody waits, nobody of the EDF class does, and none is demoted. */
static inline bool runq_all_fair(const struct runq *q)
{
    return q->fair.n != 0 && (q->edf.n | q->renew.n) == 0;
}

/* `s` ran for `ticks` until `now`. */
void runq_charge(struct runq *q, struct sched *s, uint64_t ticks, uint64_t now);

/* The same for an entity known to be of the fair class. */
static inline void runq_charge_fair(struct sched *s, uint64_t ticks)
{
    s->runtime += ticks;
    s->vruntime += ticks * s->inverse >> 16;
}

/* Gives the best few of those whose next period has begun their class back: a bounded slice. */
void runq_renew_slice(struct runq *q, uint64_t now);
static inline void runq_renew(struct runq *q, uint64_t now)
{
    if (q->renew.n)
        runq_renew_slice(q, now);
}

/* Should the best ready entity replace the running `s`? `slice_over`: s has had its slice. */
bool runq_preempts(const struct runq *q, const struct sched *s, bool slice_over);

/* When to look again at the latest, `s` (or nobody: NULL) running: UINT64_MAX for never. */
uint64_t runq_next_look(const struct runq *q, const struct sched *s, uint64_t now);

/* No EDF entity is ready: a message may hand the core straight to a fair one. */
static inline bool runq_may_hand_over(const struct runq *q)
{
    return q->edf.n == 0;
}
