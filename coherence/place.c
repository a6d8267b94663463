/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/place - its life: phase after phase in portions, the best so far. */
#include "coherence/place_priv.h"

#define ROUNDS         16u /* when the caller does not say; twice that for few nodes */
#define FEW_NODES      256u
#define SMALLEST       3u /* nodes per core at which joining stops           */
#define STAGE_PASSES   1u
#define IMPROVE_PASSES 3u

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
        if (input_is_there(&p->in, v) && p->in.current[v] != p->part[v])
            p->moved += p->in.load[v];
        p->cursor++;
        p->steps++;
        return;
    }
    if (better(p->now, p->best_score) ||
        (!better(p->best_score, p->now) && p->moved < p->best_moved)) {
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

status_t place_start(const struct place_input *in, void *memory, size_t bytes, struct place **out)
{
    status_t st = input_check(in);
    struct place *p;

    if (st != ST_OK)
        return st;
    if (bytes < place_bytes(in->view->nodes, in->view->first[in->view->nodes], in->cores))
        return ST_NOMEM;
    *out = p = input_memory(in, memory);
    p->in = *in;
    p->rounds = in->rounds != 0 ? in->rounds : in->view->nodes > FEW_NODES ? ROUNDS : 2 * ROUNDS;
    p->steps = p->cursor = p->round = 0;
    p->top = p->here = 0;
    p->phase = PHASE_COPY;
    p->from_current = p->inside = false;
    p->best_score = (struct place_score){UINT64_MAX, INT64_MAX};
    p->best_moved = UINT64_MAX;
    input_limit(p);
    input_distances(p);
    input_current(p);
    divide_order(p);
    divide_whole(p);
    return ST_OK;
}

bool place_run(struct place *p, uint64_t budget)
{
    uint64_t end = budget < UINT64_MAX - p->steps ? p->steps + budget : UINT64_MAX;

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
