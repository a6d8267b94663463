/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/log.h"
#include <string.h>

static void open_segment(struct witness_log *l, uint64_t now_ns)
{
    struct witness_record *r = log_next(l, now_ns);

    r->kind = WITNESS_SEGMENT_OPEN;
    r->proof_tier = 0;
    r->flags = WITNESS_FORMAT;
    r->actor = 0;
    r->capability_hash = l->segment;
    chain_put_seal(r, l->seal);
    chain_start(l->h);
    l->first = l->seq;
    log_commit(l, r);
}

static void close_segment(struct witness_log *l, uint64_t now_ns)
{
    struct witness_record *r = log_next(l, now_ns);
    uint64_t records = l->seq - l->first + 1;

    r->kind = WITNESS_SEGMENT_SEAL;
    r->proof_tier = 0;
    r->flags = 0;
    r->actor = 0;
    r->target = 0;
    r->capability_hash = l->segment;
    r->payload = records;
    chain_link(l->h, r->link);
    log_commit(l, r);
    chain_seal(l->h, records, l->block, l->seal);
    l->segment++;
    /* Acquired by logs_closed() of the keeper: who sees the segment closed may read all of it. */
    __atomic_store_n(&l->head->closed, l->segment, __ATOMIC_RELEASE);
}

void log_init(struct witness_log *l, void *memory, uint64_t capacity, uint32_t segment_records,
              uint16_t core, uint64_t now_ns, witness_block_fn *block)
{
    *l = (struct witness_log){ .head = memory,
                               .ring = (struct witness_record *)((uint8_t *)memory + LOG_HEAD_BYTES),
                               .block = block,
                               .capacity = capacity,
                               .segment_records = segment_records,
                               .core = core };
    memset(memory, 0, LOG_HEAD_BYTES);
    *l->head = (struct log_head){ .magic = LOG_MAGIC, .core = core, .segment_records = segment_records,
                                  .capacity = capacity };
    open_segment(l, now_ns);
}

bool log_room(const struct witness_log *l, uint32_t n, enum log_class class)
{
    static const uint16_t kept[] = { [LOG_ORDINARY] = LOG_RESERVE, [LOG_URGENT] = LOG_RESERVE_ROOT,
                                    [LOG_ROOT] = LOG_RESERVE_LAST, [LOG_RECOVERY] = LOG_RESERVE_LAST, [LOG_LAST] = 0 };
    uint64_t recovery = class < LOG_RECOVERY ? l->recovery : 0;

    return l->capacity - (l->seq - l->drained) >= n + LOG_CLOSING + kept[class] + recovery;
}

void log_turn(struct witness_log *l, uint64_t now_ns)
{
    close_segment(l, now_ns);
    open_segment(l, now_ns);
}

bool log_close(struct witness_log *l, uint64_t now_ns)
{
    if (l->seq - l->first <= 1)
        return false;
    log_turn(l, now_ns);
    return true;
}

/* From the open segment back: the record before a SegmentOpen is a SegmentSeal, which says how many there are in its segment. */
bool log_seal_of(const struct witness_log *l, uint32_t segment, uint8_t seal[WITNESS_SEAL_BYTES], uint64_t *end)
{
    const struct witness_record *r;
    uint64_t at = l->first;

    if (segment >= l->segment)
        return false;
    for (uint32_t i = l->segment - 1; i > segment; i--) {
        if (l->seq - at >= l->capacity)
            return false;
        r = &l->ring[(at - 1) & (l->capacity - 1)];
        at -= r->payload;
    }
    if (l->seq - at > l->capacity)
        return false;
    r = &l->ring[at & (l->capacity - 1)];
    chain_get_seal(r, seal);
    *end = at;
    return true;
}

bool log_drain(struct witness_log *l, uint64_t to)
{
    if (to < l->drained || to > l->seq)
        return false;
    l->drained = to;
    l->head->drained = to;
    l->full = false;
    return true;
}
