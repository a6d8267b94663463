/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/keeper/logs.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"
#include "witness/log.h"

#define WINDOW (USER_DEVICES + 0x20000000ull)
#define APART (32ull << 20)

static const struct log_head *head[CORES_MAX];

static bool is_log(const struct log_head *h, core_id core, uint64_t bytes)
{
    return h->magic == LOG_MAGIC && h->core == core && h->capacity != 0 &&
           (h->capacity & (h->capacity - 1)) == 0 &&
           h->capacity <= (bytes - LOG_HEAD_BYTES) / WITNESS_BYTES;
}

static status_t open_log(core_id core)
{
    vaddr_t va = WINDOW + core * APART;
    struct rt_msg m = { { 0, core } };
    status_t st = mon_call(MON_LOG, &m);

    if (st != ST_OK)
        return st;
    if (m.w[2] > APART || m.w[2] < LOG_HEAD_BYTES)
        return ST_FORMAT;
    if ((st = map_here(m.w[1], va, m.w[2], PERM_READ)) != ST_OK)
        return st;
    if (!is_log((const struct log_head *)va, core, m.w[2]))
        return ST_FORMAT;
    head[core] = (const struct log_head *)va;
    return ST_OK;
}

unsigned logs_open(void)
{
    struct rt_cores cores;
    unsigned n = 0;

    if (rt_cores(&cores) != ST_OK)
        return 0;
    for (core_id i = 0; i < rt_info()->ncores; i++) {
        status_t st;

        if (!((cores.joined >> i) & 1))
            continue;
        if ((st = open_log(i)) == ST_OK)
            n++;
        else
            rec_error("the witness log of a core is not to be had", st, "it is not stored");
    }
    return n;
}

void logs_look(void)
{
    struct rt_cores cores;

    if (rt_cores(&cores) != ST_OK)
        return;
    for (core_id i = 0; i < rt_info()->ncores; i++)
        if ((cores.dead >> i) & 1)
            head[i] = NULL;
}

bool logs_has(core_id core)
{
    return head[core] != NULL;
}

uint64_t logs_seq(core_id core)
{
    return __atomic_load_n(&head[core]->seq, __ATOMIC_ACQUIRE); /* released by commit() of witness/log.c */
}

uint64_t logs_drained(core_id core)
{
    /* Only where to begin: what may be read from there on says logs_seq() or logs_closed(). */
    return __atomic_load_n(&head[core]->drained, __ATOMIC_RELAXED);
}

uint64_t logs_closed(core_id core)
{
    return __atomic_load_n(&head[core]->closed, __ATOMIC_ACQUIRE); /* released by close_segment() of witness/log.c */
}

const struct witness_record *logs_at(core_id core, uint64_t sequence, unsigned *n)
{
    uint64_t capacity = head[core]->capacity, at = sequence & (capacity - 1);
    uint64_t left = logs_seq(core) - sequence, straight = capacity - at;

    *n = (unsigned)(left < straight ? left : straight);
    return (const struct witness_record *)((const uint8_t *)head[core] + LOG_HEAD_BYTES) + at;
}

status_t logs_stored(core_id core, uint64_t below)
{
    struct rt_msg m = { { 0, core, below } };

    return mon_call(MON_STORED, &m);
}

status_t logs_ended(bool done)
{
    struct rt_msg m = { { 0, done } };

    return mon_call(MON_CLOSED, &m);
}
