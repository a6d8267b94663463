/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/merge.h"
#include "partition/split.h"

static const struct {
    status_t status;
    const char *name, *text;
} needs[MERGE_NEEDS] = {
#define X(name, st, words) {st, #name, words},
    MERGE_LIST(X)
#undef X
};

uint32_t merge_mutual_bp(uint64_t w_ab, uint64_t w_ba, uint64_t total_a, uint64_t total_b)
{
    uint64_t both = w_ab + w_ba < w_ab ? UINT64_MAX : w_ab + w_ba;

    return split_bp(both, total_a < total_b ? total_a : total_b, 0);
}

static bool coherent(const struct merge_case *c)
{
    return c->a.score_bp >= MERGE_SCORE_BP && c->b.score_bp >= MERGE_SCORE_BP &&
           merge_mutual_bp(c->a.weight, c->b.weight, c->a.total, c->b.total) >= MERGE_MUTUAL_BP;
}

/* Two at one address, which one space cannot have; or two writers of one page. */
static bool clash(const struct region *a, const struct region *b)
{
    if (region_meets(a, b->space, b->va, b->bytes))
        return true;
    return (a->permission & b->permission & PERM_WRITE) && region_shares(a, b->base, b->bytes);
}

static bool meets(paddr_t a, uint64_t na, paddr_t b, uint64_t nb)
{
    return a < b + nb && b < a + na;
}

/* What `m` maps, against regions and maps of the other side. */
static bool map_clashes(const struct merge_map *m, const struct merge_side *other)
{
    if (!m->writes)
        return false;
    for (uint16_t i = other->first_region; i != REGION_NIL; i = other->region[i].next)
        if ((other->region[i].permission & PERM_WRITE) &&
            region_shares(&other->region[i], m->base, m->bytes))
            return true;
    for (uint32_t i = 0; i < other->nmaps; i++)
        if (other->map[i].writes && meets(other->map[i].base, other->map[i].bytes, m->base, m->bytes))
            return true;
    return false;
}

static bool maps_apart(const struct merge_side *a, const struct merge_side *b)
{
    for (uint32_t i = 0; i < a->nmaps; i++)
        if (map_clashes(&a->map[i], b))
            return false;
    for (uint32_t i = 0; i < b->nmaps; i++)
        if (map_clashes(&b->map[i], a))
            return false;
    return true;
}

static bool regions_apart(const struct merge_side *a, const struct merge_side *b)
{
    for (uint16_t i = a->first_region; i != REGION_NIL; i = a->region[i].next)
        for (uint16_t k = b->first_region; k != REGION_NIL; k = b->region[k].next)
            if (clash(&a->region[i], &b->region[k]))
                return false;
    return true;
}

static bool in_order(const struct merge_side *s)
{
    for (uint32_t i = 1; i < s->ncaps; i++)
        if (s->cap[i].object < s->cap[i - 1].object)
            return false;
    return true;
}

/* All rights to the object at *i, which moves behind them. */
static uint8_t rights_to(const struct merge_side *s, uint64_t object, uint32_t *i)
{
    uint8_t rights = 0;

    while (*i < s->ncaps && s->cap[*i].object < object)
        ++*i;
    while (*i < s->ncaps && s->cap[*i].object == object)
        rights |= s->cap[(*i)++].rights;
    return rights;
}

static bool authority_stays(const struct merge_side *a, const struct merge_side *b)
{
    uint32_t i = 0, k = 0;

    if (!in_order(a) || !in_order(b))
        return false;
    while (i < a->ncaps && k < b->ncaps) {
        uint64_t object = a->cap[i].object > b->cap[k].object ? a->cap[i].object : b->cap[k].object;
        uint8_t ra = rights_to(a, object, &i), rb = rights_to(b, object, &k);

        if ((ra | rb) != ra && (ra | rb) != rb)
            return false;
    }
    return true;
}

static bool can_merge(enum life_state s)
{
    return s == LIFE_RUNNING || s == LIFE_SUSPENDED;
}

uint32_t merge_missing(const struct merge_case *c)
{
    bool has[MERGE_NEEDS] = {
        [MERGE_EDGE] = c->edge,
        [MERGE_COHERENCE] = coherent(c),
        [MERGE_LEASES] = !c->lease_conflict,
        [MERGE_REGIONS] = regions_apart(&c->a, &c->b) && maps_apart(&c->a, &c->b),
        [MERGE_AUTHORITY] = authority_stays(&c->a, &c->b),
        [MERGE_STATE] = can_merge(c->a.state) && can_merge(c->b.state),
        [MERGE_PROOF] = c->proof,
    };
    uint32_t missing = 0;

    for (unsigned n = 0; n < MERGE_NEEDS; n++)
        missing |= (uint32_t)!has[n] << n;
    return missing;
}

status_t merge_status(uint32_t missing)
{
    for (unsigned n = 0; n < MERGE_NEEDS; n++)
        if (missing >> n & 1)
            return needs[n].status;
    return ST_OK;
}

const char *merge_text(enum merge_need need)
{
    return (unsigned)need < MERGE_NEEDS ? needs[need].text : "?";
}

const char *merge_name(enum merge_need need)
{
    return (unsigned)need < MERGE_NEEDS ? needs[need].name : "?";
}
