/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/full_keep.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "lib/rt/syscall.h"
#include "services/keeper/logs.h"
#include "witness/portable.h"
#include "witness/verify.h"
#include <stdio.h>

static struct kept {
    struct verify verify;
    bool begun, hold, bad;
} kept[CORES_MAX];

static void tell_bad(core_id core, const char *why)
{
    char text[80];

    (void)snprintf(text, sizeof text, "core %u, record %u", core, (unsigned)kept[core].verify.next);
    rec_error(text, ST_FORMAT, why);
    kept[core].bad = true;
}

/* What a monitor dropped before there was a keeper is not missed: from the first segment that is whole. */
static bool begin(core_id core, const struct witness_record *r)
{
    uint8_t seal[WITNESS_SEAL_BYTES];

    if (r->kind != WITNESS_SEGMENT_OPEN)
        return false;
    chain_get_seal(r, seal);
    if (r->capability_hash == 0)
        verify_start(&kept[core].verify, core, portable_block);
    else
        verify_start_at(&kept[core].verify, core, r->capability_hash, r->sequence, seal, portable_block);
    kept[core].begun = true;
    return true;
}

static void take(core_id core, const struct witness_record *r, unsigned n)
{
    for (unsigned i = 0; i < n && !kept[core].bad; i++) {
        enum verify_why why;

        if (!kept[core].begun && !begin(core, &r[i])) {
            kept[core].verify.next = r[i].sequence + 1;
            continue;
        }
        if ((why = verify_record(&kept[core].verify, &r[i])) != VERIFY_OK)
            tell_bad(core, verify_words(why));
    }
}

unsigned keep_open(void)
{
    unsigned n = logs_open();

    for (core_id i = 0; i < rt_info()->ncores; i++)
        if (logs_has(i))
            kept[i].verify.next = logs_drained(i);
    return n;
}

void keep_hold(core_id core, bool hold)
{
    kept[core].hold = hold;
}

void keep_tend(void)
{
    for (core_id i = 0; i < rt_info()->ncores; i++) {
        unsigned n;

        if (!logs_has(i) || kept[i].hold || kept[i].bad)
            continue;
        while (logs_seq(i) > kept[i].verify.next && !kept[i].bad) {
            const struct witness_record *r = logs_at(i, kept[i].verify.next, &n);

            take(i, r, n);
        }
        if (logs_stored(i, kept[i].verify.next) != ST_OK)
            tell_bad(i, "its monitor does not take it that it is stored");
    }
}

void keep_for(uint64_t ns)
{
    uint64_t until = rt_now_ns() + ns;

    while (rt_now_ns() < until) {
        keep_tend();
        (void)sys_sleep_for(5 * NS_PER_MS);
    }
}

bool keep_whole(void)
{
    bool whole = true;

    for (core_id i = 0; i < rt_info()->ncores; i++)
        whole = whole && !kept[i].bad && (!logs_has(i) || kept[i].begun);
    return whole;
}

uint64_t keep_records(core_id core)
{
    return kept[core].verify.total;
}

bool keep_end(void)
{
    uint64_t until = rt_now_ns() + 5 * NS_PER_S;

    while (logs_ended(false) != ST_OK) {
        if (rt_now_ns() >= until)
            return false;
        keep_tend();
        (void)sys_sleep_for(5 * NS_PER_MS);
    }
    keep_tend();
    return keep_whole();
}
