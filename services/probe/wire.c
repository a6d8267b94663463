/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/wire.h"
#include "lib/base/check.h"
#include "lib/base/scale.h"
#include <string.h>

#define PER_MESSAGE  7u
#define SESSION_BITS 0xf0u

const char *series_word(enum series_id id)
{
    static const char *const words[] = {
#define SERIES(name, word) word,
        SERIES_LIST(SERIES)
#undef SERIES
    };

    CHECK((unsigned)id < SERIES_COUNT);
    return words[id];
}

void result_clear(struct result *r)
{
    memset(r, 0, sizeof *r);
}

_Static_assert(SERIES_COUNT <= 16, "a series has four bits of info");

uint8_t wire_info(enum series_id id, uint32_t session)
{
    return (uint8_t)((uint32_t)id | (session << 4 & SESSION_BITS));
}

enum series_id wire_series(uint8_t info)
{
    return (enum series_id)(info & 0xfu);
}

bool wire_is_of(uint8_t info, uint32_t session)
{
    return (info & SESSION_BITS) == (session << 4 & SESSION_BITS);
}

void wire_stats(const struct stats *s, struct probe_STATS *out)
{
    *out = (struct probe_STATS){s->n, s->min, s->p50, s->p90, s->p99, s->max, s->outliers};
}

bool wire_hist(const struct hist *h, uint32_t *at, struct probe_HIST *out)
{
    unsigned n = 0;

    *out = (struct probe_HIST){{0}, {0}};
    for (; *at < HIST_BUCKETS && n < PER_MESSAGE; ++*at) {
        if (h->count[*at] == 0)
            continue;
        out->bucket[n] = *at;
        out->count[n++] = h->count[*at];
    }
    return n > 0;
}

static status_t take_stats(struct stats *s, const struct probe_STATS *in)
{
    *s = (struct stats){in->n, in->min, in->p50, in->p90, in->p99, in->max, in->outliers};
    return ST_OK;
}

static status_t take_hist(struct hist *h, const struct probe_HIST *in)
{
    for (unsigned i = 0; i < PER_MESSAGE; i++)
        if (in->bucket[i] >= HIST_BUCKETS)
            return ST_PEER;
    for (unsigned i = 0; i < PER_MESSAGE; i++) {
        h->count[in->bucket[i]] += in->count[i];
        h->n += in->count[i];
    }
    return ST_OK;
}

static status_t take_rate(struct result *r, const struct probe_RATE *in)
{
    r->messages = in->messages;
    r->ns = in->ns;
    r->awake = in->awake;
    r->backwards = in->backwards;
    return ST_OK;
}

status_t wire_take(struct result *r, uint32_t session, const struct urpc_msg *m)
{
    enum series_id id = wire_series(m->info);

    if (!wire_is_of(m->info, session))
        return ST_STALE_HANDLE;
    if (id >= SERIES_COUNT)
        return ST_PEER;
    switch (m->kind) {
    case PROBE_STATS:
        return take_stats(&r->series[id].stats, probe_STATS_in(m->word));
    case PROBE_HIST:
        return take_hist(&r->series[id].hist, probe_HIST_in(m->word));
    case PROBE_RATE:
        return take_rate(r, probe_RATE_in(m->word));
    default:
        return ST_PEER;
    }
}

uint64_t per_second(uint64_t count, uint64_t ns)
{
    return ns == 0 ? 0 : (uint64_t)((u128)count * 1000000000u / ns);
}
