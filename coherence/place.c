/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/place - its life: input checked, memory divided, phase after phase in portions, the best so far. */
#include "coherence/place_priv.h"
#include "lib/base/scale.h"

#define ROUNDS 16u          /* when the caller does not say; twice that for few nodes */
#define FEW_NODES 256u
#define SMALLEST 3u         /* nodes per core at which joining stops           */
#define STAGE_PASSES 1u
#define IMPROVE_PASSES 6u

/* ---- input ---- */

static int64_t way(const struct place_input *in, unsigned a, unsigned b)
{
    if (in->distance == NULL)
        return a != b;
    return (int64_t)(((uint64_t)in->distance[a * in->cores + b] + in->distance[b * in->cores + a] + 1) / 2);
}

static uint64_t all_cores(const struct place_input *in)
{
    return in->cores == CORES_MAX ? ~0ull : BIT(in->cores) - 1;
}

static uint64_t allowed(const struct place_input *in, uint32_t v)
{
    return in->allowed == NULL ? all_cores(in) : in->allowed[v] & all_cores(in);
}

static bool is_there(const struct place_input *in, uint32_t v)
{
    return in->current != NULL && in->current[v] < in->cores && (allowed(in, v) & BIT(in->current[v])) != 0;
}

static status_t check_input(const struct place_input *in)
{
    if (in->cores == 0 || in->cores > CORES_MAX || in->view->nodes == 0 || in->view->nodes > VIEW_NODES_MAX)
        return ST_INVALID;
    for (unsigned c = 0; c < in->cores; c++)
        if (way(in, c, c) != 0)
            return ST_INVALID;
    for (uint32_t v = 0; v < in->view->nodes; v++)
        if (allowed(in, v) == 0)
            return ST_INVALID;
    return ST_OK;
}

uint64_t place_cost(const struct place_input *in, const core_id *core)
{
    const struct graph_view *g = in->view;
    u128 sum = 0;

    for (uint32_t v = 0; v < g->nodes; v++) {
        if (core[v] >= in->cores)
            return UINT64_MAX;
        for (uint32_t e = g->first[v]; e < g->first[v + 1] && g->peer[e] < v; e++)
            sum += (u128)g->weight[e] * (uint64_t)way(in, core[v], core[g->peer[e]]);
    }
    return sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
}

/* ---- memory ---- */

struct carve {
    uint8_t *at;            /* NULL: only counting */
    size_t used;
};

static void *take(struct carve *c, size_t n, size_t each)
{
    void *here = c->at == NULL ? NULL : c->at + c->used;

    c->used += ALIGN_UP(n * each, 16);
    return here;
}

static struct place *divide_memory(struct carve *c, uint32_t nodes, uint32_t entries, uint32_t cores)
{
    struct place *p = take(c, 1, sizeof *p), dummy;
    struct place *s = p == NULL ? &dummy : p;
    size_t room = (size_t)PLACE_NODE_SHARE * nodes + PLACE_LEVELS, more = (size_t)PLACE_ENTRY_SHARE * entries;
    size_t square = (size_t)cores * cores;

    s->distance = take(c, square, sizeof *s->distance);
    s->traffic = take(c, square, sizeof *s->traffic);
    s->stays = take(c, square, sizeof *s->stays);
    s->table = take(c, (size_t)nodes * cores, sizeof *s->table);
    s->key = take(c, nodes, sizeof *s->key);
    s->undo = take(c, nodes, sizeof *s->undo);
    s->at = take(c, nodes, sizeof *s->at);
    s->queue = take(c, nodes, sizeof *s->queue);
    s->mark = take(c, nodes, sizeof *s->mark);
    s->best = take(c, nodes, sizeof *s->best);
    s->part = take(c, nodes, sizeof *s->part);
    s->other = take(c, nodes, sizeof *s->other);
    s->target = take(c, nodes, sizeof *s->target);
    s->free.load = take(c, room, sizeof *s->free.load);
    s->free.allowed = take(c, room, sizeof *s->free.allowed);
    s->free.weight = take(c, more, sizeof *s->free.weight);
    s->free.first = take(c, room, sizeof *s->free.first);
    s->free.coarse = take(c, room, sizeof *s->free.coarse);
    s->free.peer = take(c, more, sizeof *s->free.peer);
    s->free.nodes = (uint32_t)room;
    s->free.entries = (uint32_t)more;
    return p;
}

size_t place_bytes(uint32_t nodes, uint32_t entries, uint32_t cores)
{
    struct carve c = {NULL, 0};

    divide_memory(&c, nodes, entries, cores);
    return c.used + 16; /* what it begins with may not be aligned */
}

/* ---- beginning ---- */

static void set_limit(struct place *p)
{
    uint64_t sum = 0, heaviest = 0, k = p->in.cores;
    u128 limit;

    for (uint32_t v = 0; v < p->in.view->nodes; v++) {
        sum += p->in.load[v];
        if (p->in.load[v] > heaviest)
            heaviest = p->in.load[v];
    }
    limit = (u128)sum * (10000u + (u128)p->in.slack_bp) / (10000u * k);
    if (limit < (sum + k - 1) / k)
        limit = (sum + k - 1) / k;
    if (limit < heaviest)
        limit = heaviest;
    p->core_limit = (uint64_t)limit;
    p->join_cap = sum / (2 * k) > heaviest ? sum / (2 * k) : heaviest;
}

static void set_distances(struct place *p)
{
    const struct graph_view *g = p->in.view;
    unsigned k = p->in.cores;
    int64_t most = 1;
    uint64_t all = 0;

    p->uniform = true;
    for (unsigned a = 0; a < k; a++)
        for (unsigned b = 0; b < k; b++) {
            int64_t d = way(&p->in, a, b);

            p->distance[a * k + b] = d;
            if (d > most)
                most = d;
            if (d != (a != b))
                p->uniform = false;
        }
    for (uint32_t e = 0; e < g->first[g->nodes]; e++)
        all += g->weight[e] / 2 + 1;
    p->shift = 0;
    while (((u128)(all >> p->shift) + g->first[g->nodes]) * (uint64_t)most >= (u128)1 << COST_BITS)
        p->shift++;
}

/* Where they are; who is nowhere goes where least is carried. */
static void set_current(struct place *p)
{
    p->has_current = false;
    for (unsigned c = 0; c < p->in.cores; c++)
        p->carried[c] = 0;
    for (uint32_t v = 0; v < p->in.view->nodes; v++)
        if (is_there(&p->in, v)) {
            p->part[v] = (uint8_t)p->in.current[v];
            p->carried[p->part[v]] += p->in.load[v];
            p->has_current = true;
        }
    for (uint32_t v = 0; v < p->in.view->nodes; v++) {
        if (!is_there(&p->in, v)) {
            unsigned least = CORES_MAX;

            for (unsigned c = 0; c < p->in.cores; c++)
                if ((allowed(&p->in, v) & BIT(c)) != 0 && (least == CORES_MAX || p->carried[c] < p->carried[least]))
                    least = c;
            p->part[v] = (uint8_t)least;
            p->carried[least] += p->in.load[v];
        }
        p->best[v] = p->part[v];
        p->at[v] = 0;
    }
}

status_t place_start(const struct place_input *in, void *memory, size_t bytes, struct place **out)
{
    struct carve c = {(uint8_t *)ALIGN_UP((uintptr_t)memory, 16), 0};
    status_t st = check_input(in);
    uint32_t entries;

    if (st != ST_OK)
        return st;
    entries = in->view->first[in->view->nodes];
    if (bytes < place_bytes(in->view->nodes, entries, in->cores))
        return ST_NOMEM;
    *out = divide_memory(&c, in->view->nodes, entries, in->cores);
    (*out)->in = *in;
    (*out)->rounds = in->rounds != 0 ? in->rounds : in->view->nodes > FEW_NODES ? ROUNDS : 2 * ROUNDS;
    (*out)->steps = (*out)->cursor = 0;
    (*out)->round = 0;
    (*out)->phase = PHASE_COPY;
    (*out)->from_current = (*out)->inside = false;
    (*out)->best_score = (struct place_score){UINT64_MAX, INT64_MAX};
    (*out)->best_moved = UINT64_MAX;
    set_limit(*out);
    set_distances(*out);
    set_current(*out);
    divide_order(*out);
    divide_whole(*out);
    return ST_OK;
}

/* ---- phases ---- */

static void enter(struct place *p, enum place_phase phase)
{
    p->phase = phase;
    p->cursor = 0;
}

static void swap_parts(struct place *p)
{
    uint8_t *part = p->part;

    p->part = p->other;
    p->other = part;
}

static void begin_match(struct place *p)
{
    match_begin(p);
    enter(p, PHASE_MATCH);
}

static void begin_improve(struct place *p)
{
    divide_whole(p);
    improve_begin(p, true, IMPROVE_PASSES);
    enter(p, PHASE_IMPROVE);
}

/* The next group to be split; when all were, improving; when none is left, false. */
static bool next_split(struct place *p)
{
    while (p->splitting < p->split_end && p->span[p->active[p->splitting]] == 1)
        p->splitting++;
    if (p->splitting == p->split_end)
        return false;
    split_begin(p);
    p->phase = PHASE_SPLIT;
    return true;
}

static void begin_stage(struct place *p)
{
    improve_begin(p, false, p->nactive == p->in.cores ? IMPROVE_PASSES : STAGE_PASSES);
    enter(p, PHASE_STAGE);
}

/* Nothing more to be joined. */
static void end_joining(struct place *p)
{
    if (p->inside) {
        begin_improve(p);
        return;
    }
    divide_begin(p);
    enter(p, PHASE_ALL_ON_ONE);
}

/* Where distances differ a mistake in them is best put right while few nodes stand for many. */
static void end_level(struct place *p)
{
    if (p->here > 0 && (p->uniform || p->here < p->top)) {
        enter(p, PHASE_PROJECT);
        return;
    }
    map_begin(p);
    enter(p, PHASE_MAP);
}

static void project_step(struct place *p)
{
    const struct place_level *l = &p->level[p->here - 1];

    if (p->cursor < l->nodes) {
        p->other[p->cursor] = p->part[l->coarse[p->cursor]];
        p->cursor++;
        p->steps++;
        return;
    }
    swap_parts(p);
    p->here--;
    begin_improve(p);
}

static void end_map(struct place *p)
{
    if (p->here > 0)
        enter(p, PHASE_PROJECT);
    else {
        p->moved = 0;
        enter(p, PHASE_KEEP);
    }
}

/* Count what would move, then take it over if it is better. */
static void keep_step(struct place *p)
{
    uint32_t n = p->in.view->nodes, v = p->cursor;

    if (v < n) {
        if (is_there(&p->in, v) && p->in.current[v] != p->part[v])
            p->moved += p->in.load[v];
        p->cursor++;
        p->steps++;
        return;
    }
    if (better(p->now, p->best_score) || (!better(p->best_score, p->now) && p->moved < p->best_moved)) {
        p->best_score = p->now;
        p->best_moved = p->moved;
        for (v = 0; v < n; v++)
            p->best[v] = p->part[v];
        p->steps += n / 4;
    }
    enter(p, PHASE_AGAIN);
}

static void again_step(struct place *p)
{
    uint32_t n = p->in.view->nodes;

    if (p->cursor < n) {
        p->part[p->cursor] = (uint8_t)p->best[p->cursor];
        p->cursor++;
        p->steps++;
        return;
    }
    if (p->from_current)
        p->from_current = false; /* now from nothing, too */
    else if (++p->round >= p->rounds) {
        p->phase = PHASE_DONE;
        return;
    }
    p->inside = p->round % 2 == 1;
    p->top = p->here = 0;
    p->free = p->first_free;
    begin_match(p);
}

static void end_copy(struct place *p)
{
    if (!p->has_current) {
        begin_match(p);
        return;
    }
    p->from_current = true;
    improve_begin(p, true, IMPROVE_PASSES);
    enter(p, PHASE_CURRENT);
}

static void end_match(struct place *p)
{
    if (join_begin(p))
        p->phase = PHASE_JOIN;
    else
        end_joining(p);
}

static void end_join(struct place *p)
{
    if (p->inside)
        swap_parts(p);
    if (p->level[p->here].nodes > SMALLEST * p->in.cores)
        begin_match(p);
    else
        end_joining(p);
}

static void portion(struct place *p)
{
    p->steps++;
    switch (p->phase) {
    case PHASE_COPY:
        if (copy_step(p))
            end_copy(p);
        break;
    case PHASE_CURRENT:
        if (improve_step(p)) {
            map_begin(p);
            enter(p, PHASE_MAP);
        }
        break;
    case PHASE_MATCH:
        if (match_step(p))
            end_match(p);
        break;
    case PHASE_JOIN:
        if (join_step(p))
            end_join(p);
        break;
    case PHASE_ALL_ON_ONE:
        if (table_step(p) && !next_split(p))
            begin_stage(p);
        break;
    case PHASE_SPLIT:
        if (split_step(p))
            p->phase = PHASE_GROW;
        break;
    case PHASE_GROW:
        if (grow_step(p)) {
            p->splitting++;
            if (!next_split(p))
                begin_stage(p);
        }
        break;
    case PHASE_STAGE:
        if (improve_step(p)) {
            p->splitting = 0;
            p->split_end = p->nactive;
            if (!next_split(p))
                end_level(p);
        }
        break;
    case PHASE_IMPROVE:
        if (improve_step(p))
            end_level(p);
        break;
    case PHASE_PROJECT:
        project_step(p);
        break;
    case PHASE_MAP:
        if (map_step(p))
            end_map(p);
        break;
    case PHASE_KEEP:
        keep_step(p);
        break;
    case PHASE_AGAIN:
        again_step(p);
        break;
    case PHASE_DONE:
        break;
    }
}

bool place_run(struct place *p, uint64_t budget)
{
    uint64_t end = p->steps + budget;

    while (p->phase != PHASE_DONE && p->steps < end)
        portion(p);
    return p->phase == PHASE_DONE;
}

void place_answer(const struct place *p, struct place_answer *out)
{
    uint64_t carried[CORES_MAX] = {0};

    for (uint32_t v = 0; v < p->in.view->nodes; v++)
        carried[p->best[v]] += p->in.load[v];
    *out = (struct place_answer){.core = p->best, .limit = p->core_limit, .steps = p->steps};
    out->cost = place_cost(&p->in, p->best);
    for (unsigned c = 0; c < p->in.cores; c++) {
        out->over += carried[c] > out->limit ? carried[c] - out->limit : 0;
        if (carried[c] > out->heaviest)
            out->heaviest = carried[c];
    }
}
