/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/explore - see explore.h. Host only: memory comes from malloc. */
#include "tests/support/explore.h"
#include <stdlib.h>
#include <string.h>
#include "lib/base/check.h"

#define ACTIONS_MAX 512

/* A state seen: enough to know it again and to find the way back. */
struct node {
    uint64_t hash[2];
    uint32_t parent, action;
};

struct walk {
    const struct explore_model *m;
    struct node *node;
    uint32_t nnodes, node_room;
    uint32_t *bucket;           /* node number + 1 */
    uint32_t buckets;           /* power of two    */
    unsigned char *now, *later; /* states of this level and of the next, each `stride` bytes */
    uint32_t *now_node, *later_node;
    size_t nnow, nlater, later_room;
    uint64_t steps;
};

static void *grow(void *p, size_t bytes)
{
    p = realloc(p, bytes);
    CHECK(p != NULL);
    return p;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9fb21c651e98df25ull;
    return h ^ h >> 29;
}

static void hash_state(const unsigned char *s, size_t bytes, uint64_t hash[2])
{
    uint64_t a = 0x243f6a8885a308d3ull, b = 0x13198a2e03707344ull, w;

    for (size_t i = 0; i < bytes; i += 8) {
        w = 0;
        memcpy(&w, s + i, bytes - i < 8 ? bytes - i : 8);
        a = mix(a, w);
        b = mix(b, w ^ a >> 7);
    }
    hash[0] = mix(a, b);
    hash[1] = mix(b, a);
}

static void rehash(struct walk *w)
{
    w->buckets = w->buckets == 0 ? 1u << 12 : w->buckets * 2;
    free(w->bucket);
    w->bucket = calloc(w->buckets, sizeof *w->bucket);
    CHECK(w->bucket != NULL);
    for (uint32_t n = 0; n < w->nnodes; n++) {
        uint32_t b = (uint32_t)w->node[n].hash[0] & (w->buckets - 1);

        while (w->bucket[b] != 0)
            b = (b + 1) & (w->buckets - 1);
        w->bucket[b] = n + 1;
    }
}

/* Remember a state; true if it is new, and then it waits in the next level. */
static bool visit(struct walk *w, const unsigned char *s, uint32_t parent, uint32_t action)
{
    struct node n = {.parent = parent, .action = action};
    uint32_t b;

    if (w->nnodes * 2ull >= w->buckets)
        rehash(w);
    if (w->m->hash != NULL)
        w->m->hash(s, n.hash);
    else
        hash_state(s, w->m->bytes, n.hash);
    for (b = (uint32_t)n.hash[0] & (w->buckets - 1); w->bucket[b] != 0;
         b = (b + 1) & (w->buckets - 1))
        if (memcmp(w->node[w->bucket[b] - 1].hash, n.hash, sizeof n.hash) == 0)
            return false;

    if (w->nnodes == w->node_room) {
        w->node_room = w->node_room == 0 ? 1024 : w->node_room * 2;
        w->node = grow(w->node, w->node_room * sizeof *w->node);
    }
    if (w->nlater == w->later_room) {
        w->later_room = w->later_room == 0 ? 256 : w->later_room * 2;
        w->later = grow(w->later, w->later_room * w->m->bytes);
        w->later_node = grow(w->later_node, w->later_room * sizeof *w->later_node);
    }
    w->node[w->nnodes] = n;
    w->bucket[b] = ++w->nnodes;
    memcpy(w->later + w->nlater * w->m->bytes, s, w->m->bytes);
    w->later_node[w->nlater++] = w->nnodes - 1;
    return true;
}

/* Do the steps that lead to `node` again, saying each. */
static void print_way(const struct walk *w, uint32_t node, uint32_t depth, FILE *to)
{
    uint32_t *way = grow(NULL, (depth + 1) * sizeof *way), n = depth;
    void *s = calloc(1, w->m->bytes);

    CHECK(s != NULL);
    for (uint32_t at = node; n > 0; at = w->node[at].parent)
        way[--n] = w->node[at].action;
    w->m->init(s);
    for (uint32_t i = 0; i < depth; i++) {
        fprintf(to, "#   %3u  ", i + 1);
        w->m->print(to, s, way[i]);
        fputc('\n', to);
        w->m->step(s, way[i]);
    }
    free(s);
    free(way);
}

static void next_level(struct walk *w)
{
    free(w->now);
    free(w->now_node);
    w->now = w->later;
    w->now_node = w->later_node;
    w->nnow = w->nlater;
    w->later = NULL;
    w->later_node = NULL;
    w->nlater = w->later_room = 0;
}

/* Everything that may happen in one state. Gives the broken property found, and its node. */
static const char *expand(struct walk *w, const unsigned char *s, uint32_t node,
                          unsigned char *copy, uint32_t *bad)
{
    uint32_t list[ACTIONS_MAX];
    size_t n = w->m->actions(s, list, ACTIONS_MAX);
    const char *broken;

    CHECK(n <= ACTIONS_MAX);
    *bad = node;
    if (n == 0 && !w->m->may_end(s))
        return "deadlock: nothing can happen any more, and this is no end";
    for (size_t i = 0; i < n; i++) {
        memcpy(copy, s, w->m->bytes);
        w->m->step(copy, list[i]);
        w->steps++;
        if (!visit(w, copy, node, list[i]))
            continue;
        if ((broken = w->m->broken(copy)) != NULL) {
            *bad = w->nnodes - 1;
            return broken;
        }
    }
    return NULL;
}

static uint32_t depth_of(const struct walk *w, uint32_t node)
{
    uint32_t d = 0;

    for (; node != 0; node = w->node[node].parent)
        d++;
    return d;
}

static void report(const struct walk *w, const struct explore_result *r, uint32_t bad, FILE *to)
{
    static const char *const end[] = {"all states visited", "broken", "limit of states reached"};

    fprintf(to, "# %s: %llu states, %llu steps, depth %u: %s\n", w->m->name,
            (unsigned long long)r->states, (unsigned long long)r->steps, r->depth, end[r->end]);
    if (r->end != EXPLORE_BROKEN)
        return;
    fprintf(to, "# broken after %u steps: %s\n", r->depth, r->broken);
    print_way(w, bad, r->depth, to);
}

struct explore_result explore(const struct explore_model *m, uint64_t max_states, FILE *to)
{
    struct walk w = {.m = m};
    struct explore_result r = {.end = EXPLORE_ALL};
    unsigned char *copy = calloc(1, m->bytes);
    uint32_t bad = 0;

    CHECK(copy != NULL && max_states < UINT32_MAX);
    m->init(copy);
    visit(&w, copy, 0, 0);
    r.broken = m->broken(copy);
    for (next_level(&w); r.broken == NULL && w.nnow > 0; next_level(&w), r.depth++) {
        for (size_t i = 0; i < w.nnow && r.broken == NULL; i++)
            r.broken = expand(&w, w.now + i * m->bytes, w.now_node[i], copy, &bad);
        if (w.nnodes > max_states) {
            r.end = EXPLORE_LIMIT;
            break;
        }
    }
    if (r.broken != NULL) {
        r.end = EXPLORE_BROKEN;
        r.depth = depth_of(&w, bad);
    }
    r.states = w.nnodes;
    r.steps = w.steps;
    if (to != NULL)
        report(&w, &r, bad, to);
    free(copy);
    free(w.now), free(w.now_node), free(w.later), free(w.later_node);
    free(w.node), free(w.bucket);
    return r;
}
