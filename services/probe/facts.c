/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/facts.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "skb/client.h"
#include <stdio.h>

#define OPEN_PATIENCE_NS (2 * NS_PER_S)
#define NEAREST_SAID     2u

static struct skb_client skb;
static bool is_open;

void facts_open(void)
{
    status_t st = skb_open(&skb, rt_now_ns() + OPEN_PATIENCE_NS);

    is_open = st == ST_OK;
    if (!is_open)
        rec_error("probe: skb", st, "no knowledge base: what is measured is only printed");
}

static void put(const struct fact *f)
{
    status_t st;

    if (!is_open || (st = skb_put(&skb, f)) == ST_OK)
        return;
    rec_error("probe: skb", st, "the knowledge base takes no more facts");
    skb_close(&skb);
    is_open = false;
}

static void put_stats(enum fact_kind kind, uint16_t a, uint16_t b, const struct stats *s)
{
    struct fact f = {
        .kind = (uint8_t)kind, .a = a, .b = b, .v = {s->min, s->p50, s->p90, s->p99, s->max}};

    if (s->n > 0)
        put(&f);
}

void facts_local(core_id core, const struct result *r)
{
    for (unsigned i = SERIES_LOCAL; i < SERIES_COUNT; i++) {
        uint16_t what;

        if (local_number(series_word((enum series_id)i), &what) == ST_OK)
            put_stats(FACT_LOCAL, core, what, &r->series[i].stats);
    }
}

void facts_pair(core_id from, core_id to, const struct result *r)
{
    struct fact rate = {
        .kind = FACT_THROUGHPUT,
        .a = from,
        .b = to,
        .v = {per_second(r->messages, r->ns), per_second(r->messages * URPC_PAYLOAD_BYTES, r->ns)}};

    put_stats(FACT_DISTANCE, from, to, &r->series[SERIES_RTT].stats);
    if (r->backwards == 0)
        put_stats(FACT_ONEWAY, from, to, &r->series[SERIES_ONEWAY].stats);
    put_stats(FACT_WAKE, from, to, &r->series[SERIES_WAKE].stats);
    put(&rate);
}

static void say_nearest(core_id root)
{
    core_id near[NEAREST_SAID];
    unsigned n = NEAREST_SAID;

    if (skb_nearest(&skb, root, &n, near) != ST_OK)
        return;
    printf("; nearest of core %u:", root);
    for (unsigned i = 0; i < n; i++)
        printf("%s %u", i > 0 ? "," : "", near[i]);
}

static void say_tree(core_id root, uint64_t mask)
{
    struct tree_plan p;
    status_t st = skb_tree(&skb, root, mask, &p);
    uint64_t tenths;

    if (st != ST_OK) {
        printf("; no broadcast tree: %s",
               st == ST_NOT_FOUND ? "not every pair was measured" : status_text(st));
        return;
    }
    tenths = p.cost_ns > 0 ? (10 * p.flat_ns + p.cost_ns / 2) / p.cost_ns : 10;
    printf("; broadcast tree from %u: %s, depth %u", root, tree_word(p.shape), tree_depth(&p));
    if (tenths > 10)
        printf(", %u.%ux better than flat (model)", (unsigned)(tenths / 10),
               (unsigned)(tenths % 10));
    else
        printf(", as good as flat (model)");
}

void facts_say(core_id root, uint64_t mask)
{
    uint32_t facts;

    if (!is_open || skb_count(&skb, &facts, NULL) != ST_OK)
        return;
    printf("skb: %u facts", (unsigned)facts);
    if (mask & (mask - 1)) { /* more than one core */
        say_nearest(root);
        say_tree(root, mask);
    }
    printf("\n");
}
