/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/seal_queue.h"
#include "lib/base/check.h"
#include <string.h>

/* ---- of this core's own log ---- */

bool seal_queue_put(struct seal_queue *q, const uint8_t seal[WITNESS_SEAL_BYTES], uint64_t end)
{
    struct seal_held *h = &q->held[q->next % SEALS_MAX];

    if (q->next - q->first == SEALS_MAX)
        return false;
    memcpy(h->seal, seal, sizeof h->seal);
    h->end = q->end = end;
    q->next++;
    return true;
}

/* A core that took no part until now begins with the oldest that is held; what was given up is over for it, too. */
static void begin_with_first(struct seal_queue *q, core_id core)
{
    if (q->told[core] < q->first)
        q->told[core] = q->first;
}

/* The first segment that a core has not recorded. */
static uint32_t wanting(const struct seal_queue *q, core_id core)
{
    return q->ahead[core].n > 0 ? q->ahead[core].segment[q->ahead[core].first] : q->told[core];
}

const struct seal_held *seal_queue_tell(struct seal_queue *q, core_id core, uint64_t stored, uint32_t *segment)
{
    const struct seal_held *h;
    uint32_t at = (q->ahead[core].first + q->ahead[core].n) % SEALS_AHEAD;

    begin_with_first(q, core);
    h = &q->held[q->told[core] % SEALS_MAX];
    if (q->told[core] == q->next || q->ahead[core].n == SEALS_AHEAD || h->end > stored)
        return NULL;
    *segment = q->told[core]++;
    q->ahead[core].segment[at] = *segment;
    q->ahead[core].n++;
    return h;
}

bool seal_queue_taken(struct seal_queue *q, core_id core, uint32_t segment)
{
    if (q->ahead[core].n == 0 || segment != wanting(q, core))
        return false;
    q->ahead[core].first = (q->ahead[core].first + 1) % SEALS_AHEAD;
    q->ahead[core].n--;
    return true;
}

void seal_queue_trim(struct seal_queue *q, uint64_t cores)
{
    uint32_t first = q->next;

    for (core_id i = 0; i < CORES_MAX; i++) {
        if (!((cores >> i) & 1))
            continue;
        begin_with_first(q, i);
        if (wanting(q, i) < first)
            first = wanting(q, i);
    }
    if (first > q->first) /* what was given up is not waited for, though it may still come */
        q->first = first;
}

uint64_t seal_queue_give_up(struct seal_queue *q, uint64_t cores)
{
    uint64_t who = 0;

    CHECK(q->first < q->next);
    for (core_id i = 0; i < CORES_MAX; i++)
        if (((cores >> i) & 1) && wanting(q, i) <= q->first)
            who |= 1ull << i;
    q->first++;
    q->given_up++;
    return who;
}

uint64_t seal_queue_limit(const struct seal_queue *q, uint32_t closed)
{
    return q->next < closed ? q->end : UINT64_MAX;
}

/* ---- of another core's ---- */

bool seal_inbox_put(struct seal_inbox *b, const uint8_t seal[WITNESS_SEAL_BYTES], uint32_t segment)
{
    uint32_t at = (b->first + b->n) % SEALS_AHEAD;

    if (b->n == SEALS_AHEAD)
        return false;
    memcpy(b->got[at].seal, seal, sizeof b->got[at].seal);
    b->got[at].segment = segment;
    b->n++;
    return true;
}

bool seal_inbox_half(const struct seal_inbox *b, uint64_t word[2], uint32_t *segment, bool *low)
{
    if (b->n == 0)
        return false;
    memcpy(word, b->got[b->first].seal + (b->half ? 16 : 0), 16);
    *segment = b->got[b->first].segment;
    *low = b->half;
    return true;
}

bool seal_inbox_done(struct seal_inbox *b)
{
    b->half = !b->half;
    if (b->half)
        return false;
    b->first = (b->first + 1) % SEALS_AHEAD;
    b->n--;
    return true;
}
