/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/facts.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "skb/client.h"

#define OPEN_PATIENCE_NS (2 * NS_PER_S)

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
    struct fact f = { .kind = (uint8_t)kind, .a = a, .b = b,
                      .v = { s->min, s->p50, s->p90, s->p99, s->max } };

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
    struct fact rate = { .kind = FACT_THROUGHPUT, .a = from, .b = to,
                         .v = { per_second(r->messages, r->ns),
                                per_second(r->messages * URPC_PAYLOAD_BYTES, r->ns) } };

    put_stats(FACT_DISTANCE, from, to, &r->series[SERIES_RTT].stats);
    if (r->backwards == 0)
        put_stats(FACT_ONEWAY, from, to, &r->series[SERIES_ONEWAY].stats);
    put_stats(FACT_WAKE, from, to, &r->series[SERIES_WAKE].stats);
    put(&rate);
}
