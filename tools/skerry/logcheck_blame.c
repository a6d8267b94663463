/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logcheck_priv.h"
#include "tools/skerry/sha_block.h"

#include <inttypes.h>
#include <string.h>

/*
 * A chain says at which record it broke, and that leaves two: the record whose link does not fit, and the one before,
 * which went into the hash. Two hashes of different bytes differ in about half their bits; a link that differs in few
 * was changed itself. And if one bit of the record before put back makes the link fit, that bit was changed.
 */
#define FEW_BITS(bytes) (2 * (bytes)) /* of 8 for each byte; a hash of other bytes differs in 4 */

static const struct {
    const char *name;
    size_t from, to;
} fields[] = {
    // clang-format off
    {"sequence",        offsetof(struct witness_record, sequence),        8},
    {"timestamp_ns",    offsetof(struct witness_record, timestamp_ns),    16},
    {"kind",            offsetof(struct witness_record, kind),            17},
    {"proof_tier",      offsetof(struct witness_record, proof_tier),      18},
    {"flags",           offsetof(struct witness_record, flags),           20},
    {"actor",           offsetof(struct witness_record, actor),           24},
    {"target",          offsetof(struct witness_record, target),          32},
    {"capability_hash", offsetof(struct witness_record, capability_hash), 36},
    {"core",            offsetof(struct witness_record, core),            38},
    {"reserved",        offsetof(struct witness_record, reserved),        40},
    {"payload",         offsetof(struct witness_record, payload),         48},
    {"link",            offsetof(struct witness_record, link),            64},
    // clang-format on
};

static const char *field_at(size_t byte)
{
    size_t i = 0;

    while (byte >= fields[i].to)
        i++;
    return fields[i].name;
}

unsigned blame_distance(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    unsigned bits = 0;

    for (size_t i = 0; i < n; i++)
        bits += (unsigned)__builtin_popcount(x[i] ^ y[i]);
    return bits;
}

static void state_before(const struct witness_record *r, uint64_t n, uint32_t h[8])
{
    chain_start(h);
    for (uint64_t i = 0; i < n; i++)
        sha_block(h, &r[i]);
}

static void flip(struct witness_record *r, unsigned bit)
{
    ((uint8_t *)r)[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* Which bit of the record, put back, gives a state `fits` likes? -1: none. */
typedef bool fits_fn(const uint32_t h[8], const void *what);

static int bit_changed(const uint32_t before[8], const struct witness_record *r, fits_fn *fits,
                       const void *what)
{
    for (unsigned bit = 0; bit < 8 * WITNESS_BYTES; bit++) {
        struct witness_record copy = *r;
        uint32_t h[8];

        flip(&copy, bit);
        memcpy(h, before, sizeof h);
        sha_block(h, &copy);
        if (fits(h, what))
            return (int)bit;
    }
    return -1;
}

static bool fits_link(const uint32_t h[8], const void *what)
{
    uint8_t link[WITNESS_LINK_BYTES];

    chain_link(h, link);
    return memcmp(link, what, sizeof link) == 0;
}

struct sealed {
    const uint8_t *seal;
    uint64_t records;
};

static bool fits_seal(const uint32_t h[8], const void *what)
{
    const struct sealed *s = what;
    uint8_t seal[WITNESS_SEAL_BYTES];

    chain_seal(h, s->records, sha_block, seal);
    return memcmp(seal, s->seal, sizeof seal) == 0;
}

static void one_bit(struct blame *b, uint64_t record, int bit)
{
    b->record = record;
    b->field = field_at((size_t)bit / 8);
    b->certain = true;
    SAY(b->words, "with bit %d of byte %d of this record put back, all fits again", bit % 8,
        bit / 8);
}

static void blame_link(const struct verify *v, const struct witness_record *r, uint64_t at,
                       struct blame *b)
{
    uint8_t link[WITNESS_LINK_BYTES];
    uint32_t before[8];
    unsigned bits;
    int bit;

    chain_link(v->h, link);
    bits = blame_distance(link, r[at].link, sizeof link);
    if (bits <= FEW_BITS(sizeof link)) {
        b->field = "link";
        b->certain = bits == 1;
        SAY(b->words,
            "%u of the 128 bits of its link are not those of the hash of what is before it", bits);
        return;
    }
    state_before(r, at - 1, before);
    bit = bit_changed(before, &r[at - 1], fits_link, r[at].link);
    if (bit >= 0) {
        one_bit(b, at - 1, bit);
        return;
    }
    b->record = at - 1;
    SAY(b->words, "the link of the record after it is not the hash of what is before: more than "
                  "one bit of this "
                  "record was changed, or that link was made anew");
}

/* Where the first segment kept begins nothing is known but what its first record says: was that changed? */
static bool blame_first(const struct witness_record *r, uint64_t at, struct blame *b)
{
    uint32_t h[8];
    int bit = -1;

    chain_start(h);
    if (at == 1)
        bit = bit_changed(h, &r[0], fits_link, r[1].link);
    if (bit >= 0)
        one_bit(b, 0, bit);
    return bit >= 0;
}

static void blame_sequence(const struct verify *v, const struct witness_record *r, uint64_t n,
                           uint64_t at, struct blame *b)
{
    uint64_t has = r[at].sequence, next = at + 1 < n ? r[at + 1].sequence : 0;

    if (blame_first(r, at, b))
        return;
    b->field = "sequence";
    if (at + 1 < n && has == v->next + 1 && next == v->next)
        SAY(b->words, "it and the record after it were swapped");
    else if (at + 1 < n && next == v->next + 1)
        SAY(b->words, "the record after it has the right number: this number was changed");
    else if (at + 1 < n && next == v->next)
        SAY(b->words,
            "the record after it has the number this one should have: this one was inserted");
    else if (has > v->next)
        SAY(b->words, "%" PRIu64 " records before it are not here", has - v->next);
    else
        SAY(b->words, "it stood here before, or was inserted");
}

static void blame_previous(const struct verify *v, const struct witness_record *r, struct blame *b)
{
    uint8_t seal[WITNESS_SEAL_BYTES];

    chain_get_seal(r, seal);
    b->field = memcmp(seal, v->seal, 16) != 0       ? "link"
               : memcmp(seal + 16, v->seal + 16, 8) ? "target"
                                                    : "payload";
    SAY(b->words, "%u of the 256 bits differ", blame_distance(seal, v->seal, sizeof seal));
}

static const char *blame_close(const struct verify *v, const struct witness_record *r)
{
    if (r->capability_hash != v->segment)
        return r->payload != v->records + 1 ? "kind" : "capability_hash";
    return "payload";
}

void blame_record(const struct verify *v, const struct witness_record *r, uint64_t n, uint64_t at,
                  enum verify_why why, struct blame *b)
{
    uint8_t link[WITNESS_LINK_BYTES];

    *b = (struct blame){.record = at};
    switch (why) {
    case VERIFY_LINK:
        blame_link(v, r, at, b);
        return;
    case VERIFY_TIME: /* this time is too early, or the one before too late: the link tells */
        chain_link(v->h, link);
        if (at > 0 && memcmp(link, r[at].link, sizeof link) != 0) {
            blame_link(v, r, at, b);
            return;
        }
        b->field = "timestamp_ns";
        return;
    case VERIFY_SEQUENCE:
        blame_sequence(v, r, n, at, b);
        return;
    case VERIFY_PREVIOUS:
        blame_previous(v, &r[at], b);
        return;
    case VERIFY_CLOSE:
        b->field = blame_close(v, &r[at]);
        return;
    case VERIFY_RESERVED:
        b->field = r[at].reserved ? "reserved" : "proof_tier";
        return;
    default:
        b->field = why == VERIFY_CORE ? "core" : why == VERIFY_NUMBER ? "capability_hash" : "kind";
    }
}

bool blame_last(const struct witness_record *r, uint64_t n, const uint8_t seal[WITNESS_SEAL_BYTES],
                struct blame *b)
{
    struct sealed sealed = {seal, n};
    uint32_t before[8];
    int bit;

    *b = (struct blame){0};
    if (n == 0)
        return false;
    state_before(r, n - 1, before);
    bit = bit_changed(before, &r[n - 1], fits_seal, &sealed);
    if (bit >= 0)
        one_bit(b, n - 1, bit);
    return bit >= 0;
}
