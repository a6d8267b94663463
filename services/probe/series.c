/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/series.h"
#include "lib/base/check.h"
#include "lib/base/scale.h"

void series_begin(struct series *s, uint64_t ns_per_tick, uint32_t wanted, uint32_t warmup,
                  uint32_t batch, uint64_t until_ns)
{
    s->ns_per_tick = ns_per_tick;
    s->until_ns = until_ns;
    s->wanted = wanted > SERIES_MOST ? SERIES_MOST : wanted;
    s->warmup = warmup;
    s->batch = batch > 0 ? batch : 1;
    s->n = 0;
}

bool series_more(const struct series *s, uint64_t now_ns)
{
    if (s->n >= s->wanted)
        return false;
    return now_ns < s->until_ns || s->n < SERIES_LEAST || s->warmup > 0;
}

void series_add(struct series *s, uint64_t ticks)
{
    if (s->warmup > 0) {
        s->warmup--;
        return;
    }
    CHECK(s->n < SERIES_MOST);
    s->sample[s->n++] = (scale(ticks, s->ns_per_tick) + s->batch / 2) / s->batch;
}

void series_end(struct series *s, struct series_result *out)
{
    hist_clear(&out->hist);
    for (uint32_t i = 0; i < s->n; i++)
        hist_add(&out->hist, s->sample[i]);
    stats_of(s->sample, s->n, &out->stats);
}
