/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/keeper/summary.h"
#include <string.h>

uint32_t summary_closed(const struct wstore *s, uint32_t boot, core_id core)
{
    struct wstore_segment is, *last = NULL;
    uint32_t n = 0;

    while (wstore_segment_after(s, last, &is) == ST_OK) {
        last = &is;
        if (is.boot == boot && is.core == core && is.end <= WSTORE_CLOSING)
            n = is.segment + 1;
    }
    return n;
}

static uint32_t first_kept(const struct wstore *s, uint32_t boot, core_id core, uint32_t n)
{
    struct wstore_segment is;
    uint32_t first = 0;

    while (first < n && wstore_segment_find(s, boot, (uint16_t)core, first, &is) != ST_OK)
        first++;
    return first;
}

bool summary_sealed(const struct wstore *s, uint32_t boot, core_id core, uint32_t n, struct words_core *to)
{
    struct wstore_segment is;

    if (n == 0 || wstore_segment_find(s, boot, (uint16_t)core, n - 1, &is) != ST_OK)
        return false;
    *to = (struct words_core){ .core = core, .first = first_kept(s, boot, core, n), .segments = n, .records = is.first + is.records };
    memcpy(to->seal, is.seal, sizeof is.seal);
    return true;
}

bool summary_stopped(struct wstore *s, uint32_t boot, core_id core, uint32_t n, struct words_core *to)
{
    static struct wstore_reader r;
    struct witness_record record;
    uint64_t count = 0;

    if (wstore_read_start(&r, s, boot, (uint16_t)core, n) != ST_OK)
        return false;
    *to = (struct words_core){ .core = core, .first = first_kept(s, boot, core, n), .segments = n + 1, .stopped = true };
    for (; wstore_read(&r, &record) == ST_OK; count++)
        to->records = record.sequence + 1;
    chain_seal(r.v.h, count, s->block, to->seal);
    return count != 0;
}
