/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/verify.h"
#include <string.h>

void verify_start(struct verify *v, uint16_t core, witness_block_fn *block)
{
    *v = (struct verify){ .block = block, .core = core };
}

void verify_start_at(struct verify *v, uint16_t core, uint32_t segment, uint64_t sequence,
                     const uint8_t seal[WITNESS_SEAL_BYTES], witness_block_fn *block)
{
    verify_start(v, core, block);
    v->segment = segment - 1; /* as if that had been closed */
    v->next = sequence;
    v->any = segment != 0;
    memcpy(v->seal, seal, WITNESS_SEAL_BYTES);
}

static enum verify_why check_open(const struct verify *v, const struct witness_record *r)
{
    uint8_t seal[WITNESS_SEAL_BYTES];

    if (r->kind != WITNESS_SEGMENT_OPEN)
        return VERIFY_OPEN;
    chain_get_seal(r, seal);
    if (memcmp(seal, v->seal, sizeof seal) != 0) /* zero before the first */
        return VERIFY_PREVIOUS;
    return r->capability_hash == (v->any ? v->segment + 1 : 0) ? VERIFY_OK : VERIFY_NUMBER;
}

static enum verify_why check_inside(const struct verify *v, const struct witness_record *r)
{
    uint8_t link[WITNESS_LINK_BYTES];

    if (r->kind == WITNESS_SEGMENT_OPEN)
        return VERIFY_OPEN;
    chain_link(v->h, link);
    if (memcmp(r->link, link, sizeof link) != 0)
        return VERIFY_LINK;
    if (r->kind == WITNESS_SEGMENT_SEAL &&
        (r->capability_hash != v->segment || r->payload != v->records + 1))
        return VERIFY_CLOSE;
    return VERIFY_OK;
}

static enum verify_why check(const struct verify *v, const struct witness_record *r)
{
    if (r->core != v->core)
        return VERIFY_CORE;
    if (r->sequence != v->next)
        return VERIFY_SEQUENCE;
    if (witness_kind_words(r->kind) == NULL)
        return VERIFY_KIND;
    if (r->reserved != 0 || r->proof_tier > 3)
        return VERIFY_RESERVED;
    if (r->timestamp_ns < v->time_ns)
        return VERIFY_TIME;
    return v->open ? check_inside(v, r) : check_open(v, r);
}

enum verify_why verify_record(struct verify *v, const struct witness_record *r)
{
    enum verify_why why = check(v, r);

    if (why != VERIFY_OK)
        return why;
    if (!v->open) {
        v->segment = r->capability_hash;
        v->records = 0;
        v->open = true;
        chain_start(v->h);
    }
    v->block(v->h, r);
    v->records++;
    v->total++;
    v->next++;
    v->time_ns = r->timestamp_ns;
    if (r->kind == WITNESS_SEGMENT_SEAL) {
        chain_seal(v->h, v->records, v->block, v->seal);
        v->open = false;
        v->any = true;
    }
    return VERIFY_OK;
}

const char *verify_words(enum verify_why why)
{
    static const char *const words[VERIFY_WHYS] = {
        [VERIFY_OK] = "it is what it should be",
        [VERIFY_CORE] = "it says that it is of another core",
        [VERIFY_SEQUENCE] = "its number is not the one that follows: records were dropped, inserted or swapped",
        [VERIFY_LINK] = "its link is not the hash of what is before it: the record before it or this link was changed",
        [VERIFY_KIND] = "there is no such kind of record",
        [VERIFY_RESERVED] = "a field that must be zero is not",
        [VERIFY_TIME] = "it is older than the record before it",
        [VERIFY_OPEN] = "a segment begins with SegmentOpen and has only that one",
        [VERIFY_PREVIOUS] = "it names another seal than that of the segment before",
        [VERIFY_NUMBER] = "the number of the segment is not the one that follows",
        [VERIFY_CLOSE] = "SegmentSeal does not say how many records there are",
    };

    return (unsigned)why < VERIFY_WHYS ? words[why] : "?";
}
