/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/report.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include <stdio.h>

/* Progress about so often, however many pairs there are. */
#define PROGRESS_STEPS 64u

void report_probe(const struct rally_ask *ask, const struct series_result *control)
{
    rec_begin("probe");
    rec_u64("rounds", ask->rounds);
    rec_u64("warmup", ask->warmup);
    rec_u64("batch", ask->batch);
    rec_u64("wakes", ask->wakes);
    rec_u64("budget_ns", ask->budget_ns);
    rec_stats("control_ns", &control->stats, &control->hist);
    rec_str("note", "a sample is the mean of one batch; the first warmup samples are dropped, "
                    "nothing else is; a wake is one sample, with both cores and the bell");
    rec_end();
}

void report_local(core_id core, const struct result *r)
{
    for (unsigned i = SERIES_LOCAL; i < SERIES_COUNT; i++) {
        const struct series_result *s = &r->series[i];

        if (s->stats.n == 0)
            continue;
        rec_begin_about("local", core, rt_now_ns());
        rec_str("what", series_word((enum series_id)i));
        rec_stats("ns", &s->stats, &s->hist);
        rec_end();
    }
}

static void put_series(const struct result *r, enum series_id id)
{
    if (r->series[id].stats.n > 0)
        rec_stats(series_word(id), &r->series[id].stats, &r->series[id].hist);
}

/* Half of the round trip, where the two cores turned out not to read one clock. */
static void put_oneway(const struct result *r)
{
    const struct series_result *rtt = &r->series[SERIES_RTT];
    struct stats half = rtt->stats;

    if (r->backwards == 0) {
        put_series(r, SERIES_ONEWAY);
        rec_str("oneway_how", "timestamp");
        return;
    }
    half.min /= 2;
    half.p50 /= 2;
    half.p90 /= 2;
    half.p99 /= 2;
    half.max /= 2;
    rec_stats(series_word(SERIES_ONEWAY), &half, NULL);
    rec_str("oneway_how", "half of the round trip");
    rec_u64("backwards", r->backwards);
}

void report_pair(core_id from, core_id to, const struct result *r)
{
    rec_begin_about("latency", from, rt_now_ns());
    rec_u64("from", from);
    rec_u64("to", to);
    rec_u64("rounds", r->series[SERIES_RTT].stats.n);
    put_series(r, SERIES_RTT);
    put_oneway(r);
    put_series(r, SERIES_WAKE);
    rec_u64("wake_awake", r->awake);
    rec_u64("msgs_per_s", per_second(r->messages, r->ns));
    rec_u64("bytes_per_s", per_second(r->messages * URPC_PAYLOAD_BYTES, r->ns));
    rec_end();
}

void report_progress(const struct plan *p)
{
    uint32_t done = p->measured + p->failed, step = p->total / PROGRESS_STEPS + 1;

    if (done % step != 0 && done != p->total)
        return;
    rec_begin("progress");
    rec_u64("done", done);
    rec_u64("total", p->total);
    rec_str("what", "latency");
    rec_end();
}

void report_missing(const char *why, status_t st, core_id from, core_id to)
{
    char what[48];

    if (from == to)
        (void)snprintf(what, sizeof what, "probe: core %u", from);
    else
        (void)snprintf(what, sizeof what, "probe: pair %u to %u", from, to);
    rec_error(what, st, why);
}
