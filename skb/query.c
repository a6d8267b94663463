/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "skb/query.h"
#include <string.h>

#define NS_PER_S 1000000000ull
enum { MIN, P50 };

static const struct fact *between(const struct store *s, enum fact_kind kind, core_id from,
                                  core_id to)
{
    const struct fact *f = store_get(s, kind, from, to);

    return f != NULL ? f : store_get(s, kind, to, from);
}

status_t query_distance(const struct store *s, core_id from, core_id to, uint64_t *ns)
{
    const struct fact *f = between(s, FACT_DISTANCE, from, to);

    if (f == NULL)
        return ST_NOT_FOUND;
    *ns = f->v[P50];
    return ST_OK;
}

unsigned query_nearest(const struct store *s, core_id from, unsigned k, core_id *out)
{
    uint64_t ns[CORES_MAX], d;
    unsigned n = 0;

    if (k > CORES_MAX)
        k = CORES_MAX;
    for (core_id to = 0; to < CORES_MAX; to++) {
        unsigned at = n;

        if (to == from || query_distance(s, from, to, &d) != ST_OK)
            continue;
        while (at > 0 && ns[at - 1] > d)
            at--;
        if (at == k)
            continue;
        n += n < k;
        for (unsigned i = n - 1; i > at; i--) {
            ns[i] = ns[i - 1];
            out[i] = out[i - 1];
        }
        ns[at] = d;
        out[at] = to;
    }
    return n;
}

/* ---- trees ---- */

struct times {
    uint64_t away[CORES_MAX][CORES_MAX], send[CORES_MAX][CORES_MAX];
};

/* Looked up once; cores are then numbers 0..n-1, the root 0. */
struct party {
    core_id core[CORES_MAX];
    unsigned n;
    struct times t;
};

static status_t look_up(const struct store *s, core_id a, core_id b, uint64_t *away, uint64_t *send)
{
    const struct fact *one = between(s, FACT_ONEWAY, a, b);
    const struct fact *rate = between(s, FACT_THROUGHPUT, a, b);
    uint64_t rtt = 0;

    if (one == NULL && query_distance(s, a, b, &rtt) != ST_OK)
        return ST_NOT_FOUND;
    *away = one != NULL ? one->v[P50] : rtt / 2;
    *send = rate != NULL && rate->v[0] != 0 ? NS_PER_S / rate->v[0] : *away / 4;
    return ST_OK;
}

static status_t gather(const struct store *s, core_id root, uint64_t mask, struct party *p)
{
    status_t st;

    if (root >= CORES_MAX || !(mask >> root & 1))
        return ST_INVALID;
    p->n = 0;
    p->core[p->n++] = root;
    for (core_id i = 0; i < CORES_MAX; i++)
        if (i != root && (mask >> i & 1))
            p->core[p->n++] = i;
    for (unsigned i = 0; i < p->n; i++)
        for (unsigned k = 0; k < p->n; k++)
            if (i != k && (st = look_up(s, p->core[i], p->core[k], &p->t.away[i][k],
                                        &p->t.send[i][k])) != ST_OK)
                return st;
    return ST_OK;
}

/* A tree over 0..n-1: who tells whom, and the order in which they come to know. */
struct shape {
    uint8_t parent[CORES_MAX], order[CORES_MAX];
};

/* Follow the order: each is told by its parent when that is next free. */
static uint64_t cost(const struct party *p, const struct shape *h)
{
    uint64_t free_at[CORES_MAX] = { 0 }, last = 0;

    for (unsigned i = 1; i < p->n; i++) {
        unsigned to = h->order[i], from = h->parent[to];

        free_at[from] += p->t.send[from][to];
        free_at[to] = free_at[from] + p->t.away[from][to] + p->t.send[from][to];
        if (free_at[to] > last)
            last = free_at[to];
    }
    return last;
}

/* Order in which the cores are told: as numbered; with parent[] from `parent_of`. */
static void fixed(const struct party *p, struct shape *h, unsigned (*parent_of)(unsigned))
{
    for (unsigned i = 0; i < p->n; i++) {
        h->order[i] = (uint8_t)i;
        h->parent[i] = i == 0 ? TREE_ROOT : (uint8_t)parent_of(i);
    }
}

static unsigned flat_parent(unsigned i)
{
    (void)i;
    return 0;
}

static unsigned binary_parent(unsigned i)
{
    return (i - 1) / 2;
}

/* The highest set bit taken away: after k rounds 2^k know. */
static unsigned binomial_parent(unsigned i)
{
    return i & ~(1u << (31 - (unsigned)__builtin_clz(i)));
}

/*
 * Always the message that is done first. `far`: of each core that could be told next the one
 * whose best message is done last goes first, so that long ways begin early.
 */
static void greedy(const struct party *p, struct shape *h, bool far)
{
    uint64_t free_at[CORES_MAX] = { 0 };
    bool knows[CORES_MAX] = { true };

    h->order[0] = 0;
    h->parent[0] = TREE_ROOT;
    for (unsigned i = 1; i < p->n; i++) {
        uint64_t chosen = far ? 0 : UINT64_MAX;
        unsigned to = 0, from = 0;

        for (unsigned c = 1; c < p->n; c++) {
            uint64_t best = UINT64_MAX;
            unsigned by = 0;

            for (unsigned k = 0; k < p->n && !knows[c]; k++) {
                uint64_t t = free_at[k] + 2 * p->t.send[k][c] + p->t.away[k][c];

                if (k != c && knows[k] && t < best) {
                    best = t;
                    by = k;
                }
            }
            if (!knows[c] && (far ? best > chosen || to == 0 : best < chosen)) {
                chosen = best;
                to = c;
                from = by;
            }
        }
        free_at[from] += p->t.send[from][to];
        free_at[to] = free_at[from] + p->t.away[from][to] + p->t.send[from][to];
        knows[to] = true;
        h->order[i] = (uint8_t)to;
        h->parent[to] = (uint8_t)from;
    }
}

static void publish(const struct party *p, const struct shape *h, struct tree_plan *out)
{
    memset(out->parent, TREE_OUT, sizeof out->parent);
    memset(out->rank, 0, sizeof out->rank);
    for (unsigned i = 0; i < p->n; i++) {
        unsigned c = h->order[i];

        out->parent[p->core[c]] = i == 0 ? TREE_ROOT : (uint8_t)p->core[h->parent[c]];
        out->rank[p->core[c]] = (uint8_t)i;
    }
}

static void consider(const struct party *p, const struct shape *h, enum tree_shape shape,
                     struct tree_plan *out)
{
    uint64_t c = cost(p, h);

    if (out->shape != 0 && c >= out->cost_ns)
        return;
    out->cost_ns = c;
    out->shape = shape;
    publish(p, h, out);
}

status_t query_tree(const struct store *s, core_id root, uint64_t mask, struct tree_plan *out)
{
    static struct party p; /* 64 KiB: not for a stack */
    struct shape h;
    status_t st;

    memset(out, 0, sizeof *out);
    if ((st = gather(s, root, mask, &p)) != ST_OK)
        return st;
    greedy(&p, &h, true); /* first, because of equals it uses the long ways least */
    consider(&p, &h, TREE_FARTHEST, out);
    greedy(&p, &h, false);
    consider(&p, &h, TREE_EARLIEST, out);
    fixed(&p, &h, binomial_parent);
    consider(&p, &h, TREE_BINOMIAL, out);
    fixed(&p, &h, binary_parent);
    consider(&p, &h, TREE_BINARY, out);
    out->binary_ns = cost(&p, &h);
    fixed(&p, &h, flat_parent);
    consider(&p, &h, TREE_FLAT, out);
    out->flat_ns = cost(&p, &h);
    return ST_OK;
}

uint64_t query_tree_cost(const struct store *s, core_id root, uint64_t mask,
                         const uint8_t parent[CORES_MAX], const uint8_t rank[CORES_MAX])
{
    static struct party p;
    uint8_t number[CORES_MAX];
    struct shape h;

    if (gather(s, root, mask, &p) != ST_OK)
        return UINT64_MAX;
    memset(number, TREE_OUT, sizeof number);
    memset(&h, TREE_OUT, sizeof h);
    for (unsigned i = 0; i < p.n; i++)
        number[p.core[i]] = (uint8_t)i;
    for (unsigned i = 0; i < p.n; i++) {
        core_id c = p.core[i];
        uint8_t by = parent[c];

        if (rank[c] >= p.n || h.order[rank[c]] != TREE_OUT)
            return UINT64_MAX;
        h.order[rank[c]] = (uint8_t)i;
        if (c == root ? by != TREE_ROOT || rank[c] != 0
                      : by >= CORES_MAX || number[by] == TREE_OUT || rank[by] >= rank[c])
            return UINT64_MAX;
        h.parent[i] = c == root ? TREE_ROOT : number[by];
    }
    return cost(&p, &h);
}

/* ---- devices ---- */

status_t query_device(const struct store *s, const char *name, unsigned index, struct fact *out)
{
    const struct fact *f, *device;
    uint32_t at = 0;

    while ((f = store_next(s, FACT_DEVICE_NAME, at, &at)) != NULL) {
        char text[sizeof f->v + 1] = "";

        memcpy(text, f->v, sizeof f->v);
        if (strcmp(text, name) != 0 || index-- > 0)
            continue;
        if ((device = store_get(s, FACT_DEVICE, f->a, 0)) == NULL)
            return ST_NOT_FOUND;
        *out = *device;
        return ST_OK;
    }
    return ST_NOT_FOUND;
}

status_t query_device_at(const struct store *s, uint64_t address, struct fact *out)
{
    const struct fact *f, *found = NULL;
    uint32_t at = 0;

    while ((f = store_next(s, FACT_DEVICE, at, &at)) != NULL)
        if (address >= f->v[0] && address - f->v[0] < f->v[1] &&
            (found == NULL || f->v[1] < found->v[1]))
            found = f;
    if (found == NULL)
        return ST_NOT_FOUND;
    *out = *found;
    return ST_OK;
}

/* ---- placement ---- */

static uint64_t add_product(uint64_t sum, uint64_t a, uint64_t b)
{
    uint64_t product;

    if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(sum, product, &sum))
        return UINT64_MAX;
    return sum;
}

status_t query_placement(const struct store *s, const core_id *core, unsigned n,
                         const struct talk *talk, size_t ntalk, uint64_t *cost)
{
    uint64_t sum = 0, ns;

    for (const struct talk *t = talk; t < talk + ntalk; t++) {
        if (t->a >= n || t->b >= n)
            return ST_INVALID;
        if (core[t->a] == core[t->b])
            continue;
        if (query_distance(s, core[t->a], core[t->b], &ns) != ST_OK)
            return ST_NOT_FOUND;
        sum = add_product(sum, t->weight, ns);
    }
    *cost = sum;
    return ST_OK;
}
