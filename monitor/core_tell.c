/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/core_tell - what is said about the cores: records, and answers to programs. */
#include "monitor/core_priv.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include <stdio.h>

uint64_t cores_mask(enum core_state a, enum core_state b, enum core_state c)
{
    uint64_t mask = 0;

    for (core_id i = 0; i < mon.ncores; i++)
        if (cores[i].state == a || cores[i].state == b || cores[i].state == c)
            mask |= core_bit(i);
    return mask;
}

uint64_t cores_joined(void)
{
    return cores_mask(CORE_JOINED, CORE_JOINED, CORE_JOINED);
}

/* ---- records: the first monitor writes them, for all cores ---- */

void core_report(core_id index, const char *state, uint64_t at_ns, const char *why)
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

void core_report_all_joined(void)
{
    uint64_t in = cores_joined();

    rec_begin("all_joined");
    rec_u64("cores", (uint64_t)__builtin_popcountll(in));
    rec_u64("at_ns", all_joined_ns);
    rec_end();
    printf("%u of %u cores joined, %u ms after reset\n", (unsigned)__builtin_popcountll(in),
           mon.ncores, (unsigned)(all_joined_ns / NS_PER_MS));
}

/* ---- answers to programs ---- */

void core_tell_all(struct rt_msg *m)
{
    m->w[1] = mon.ncores;
    m->w[2] = cores_joined();
    m->w[3] = cores_mask(CORE_DEAD, CORE_LOST, CORE_GONE);
    m->w[4] = cores_mask(CORE_ABSENT, CORE_ABSENT, CORE_ABSENT);
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
