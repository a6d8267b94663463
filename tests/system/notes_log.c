/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/notes_log.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "services/keeper/logs.h"
#include <stdio.h>

#define LONGER_NS (60 * NS_PER_MS)
#define PATIENCE_NS (5 * NS_PER_S)

static struct of_core {
    bool gone;
    uint64_t next;
    unsigned n;
    uint8_t change;             /* kind of the last record of memory mapped or unmapped, or of a revoke */
    uint8_t before[NOTES_KEPT];
    struct witness_record kept[NOTES_KEPT];
} cores[CORES_MAX];

/* Kinds of the lists 0x30 and 0x40, and memory shared and not: docs/spec/witness.md. */
static bool is_note(const struct witness_record *r)
{
    return r->kind == WITNESS_REGION_SHARE || r->kind == WITNESS_REGION_UNSHARE ||
           (r->kind >= WITNESS_COMM_EDGE_CREATE && r->kind < WITNESS_PROOF_VERIFIED_P1 &&
            r->kind != WITNESS_NOTIFICATION_SIGNAL) ||
           r->kind == WITNESS_PROOF_REJECTED;
}

static void take(struct of_core *c, const struct witness_record *r)
{
    if (r->kind == WITNESS_REGION_MAP || r->kind == WITNESS_REGION_UNMAP || r->kind == WITNESS_CAPABILITY_REVOKE)
        c->change = r->kind;
    if (!is_note(r) || c->n == NOTES_KEPT)
        return;
    c->before[c->n] = c->change;
    c->kept[c->n++] = *r;
}

static void read_all(void)
{
    for (core_id i = 0; i < rt_info()->ncores; i++) {
        struct of_core *c = &cores[i];
        unsigned n;

        if (!logs_has(i) || c->gone)
            continue;
        while (logs_seq(i) > c->next) {
            const struct witness_record *r = logs_at(i, c->next, &n);

            for (unsigned j = 0; j < n; j++)
                take(c, &r[j]);
            c->next += n;
        }
        if (logs_stored(i, c->next) != ST_OK)
            return; /* the next time */
    }
}

static void read_for(uint64_t ns)
{
    uint64_t until = rt_now_ns() + ns;

    do {
        read_all();
        (void)sys_sleep_for(5 * NS_PER_MS);
    } while (rt_now_ns() < until);
}

void notes_forget(void)
{
    read_for(LONGER_NS);
    for (core_id i = 0; i < CORES_MAX; i++)
        cores[i].n = cores[i].change = 0;
}

bool notes_open(void)
{
    unsigned n = logs_open();

    for (core_id i = 0; i < rt_info()->ncores; i++)
        if (logs_has(i))
            cores[i].next = logs_drained(i);
    notes_forget();
    return n == rt_info()->ncores;
}

void notes_without(core_id core)
{
    cores[core].gone = true;
}

unsigned notes_of(core_id core, unsigned n)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;

    while (cores[core].n < n && rt_now_ns() < until)
        read_for(5 * NS_PER_MS);
    read_for(LONGER_NS);
    return cores[core].n;
}

const struct witness_record *notes_at(core_id core, unsigned i)
{
    return &cores[core].kept[i];
}

unsigned notes_change_before(core_id core, unsigned i)
{
    return cores[core].before[i];
}

bool notes_is(core_id core, unsigned i, enum witness_kind kind, unsigned tier, unsigned flags, uint64_t target,
              uint64_t payload)
{
    const struct witness_record *r = notes_at(core, i);

    if (i < cores[core].n && r->kind == kind && r->proof_tier == tier && r->flags == flags && r->target == target &&
        r->payload == payload)
        return true;
    printf("notes: core %u, %u of %u: kind 0x%x tier %u flags 0x%x target 0x%llx payload 0x%llx\n", core, i + 1,
           cores[core].n, r->kind, r->proof_tier, r->flags, (unsigned long long)r->target, (unsigned long long)r->payload);
    printf("notes: expected: kind 0x%x tier %u flags 0x%x target 0x%llx payload 0x%llx\n", kind, tier, flags,
           (unsigned long long)target, (unsigned long long)payload);
    return false;
}

bool notes_end(void)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;

    while (logs_ended(false) != ST_OK) {
        if (rt_now_ns() >= until)
            return false;
        read_for(5 * NS_PER_MS);
    }
    read_all();
    return logs_ended(true) == ST_OK;
}
