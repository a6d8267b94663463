/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/advise - an epoch: who is under way, who rests, whether anything is awake; then place, then the plan. */
#include "coherence/advise_priv.h"
#include "lib/base/carve.h"
#include "lib/base/scale.h"

const struct advise_limits advise_usual = {
    .gain_bp = 2500,
    .gain_least = 1,
    .cooldown = 16,
    .patience = 8,
    .flight_max = 4,
    .quiet = 24,
    .wake_bp = 2000,
    .slack_bp = 500,
    .rounds = 4,
};

/* ---- memory ---- */

static struct advise *divide_memory(struct carve *c, uint32_t nodes, uint32_t entries,
                                    uint32_t cores)
{
    struct advise *a = carve(c, 1, sizeof *a), dummy;
    struct advise *s = a == NULL ? &dummy : a;

    s->node = carve(c, nodes, sizeof *s->node);
    s->smooth = carve(c, (size_t)nodes * cores, sizeof *s->smooth);
    s->seen = carve(c, (size_t)nodes * cores, sizeof *s->seen);
    s->allowed = carve(c, nodes, sizeof *s->allowed);
    s->sum = carve(c, nodes, sizeof *s->sum);
    s->group = carve(c, nodes, sizeof *s->group);
    s->load = carve(c, nodes, sizeof *s->load);
    s->current = carve(c, nodes, sizeof *s->current);
    s->room = (struct graph_room){.nodes = nodes, .edges = entries / 2};
    s->room.first = carve(c, (size_t)nodes + 1, sizeof *s->room.first);
    s->room.name = carve(c, nodes, sizeof *s->room.name);
    s->room.peer = carve(c, entries, sizeof *s->room.peer);
    s->room.weight = carve(c, entries, sizeof *s->room.weight);
    s->number = carve(c, nodes, sizeof *s->number);
    s->plan = carve(c, nodes, sizeof *s->plan);
    s->place_size = place_bytes(nodes, entries, cores);
    s->place_memory = carve(c, s->place_size, 1);
    return a;
}

size_t advise_bytes(uint32_t nodes, uint32_t entries, uint32_t cores)
{
    struct carve c = {NULL, 0};

    divide_memory(&c, nodes, entries, cores);
    return c.used + 16;
}

void advise_forget(struct advise *a, uint32_t node)
{
    CHECK(node < a->nodes);
    a->node[node] = (struct node_state){.bound_for = PLACE_NOWHERE,
                                        .planned = PLACE_NOWHERE,
                                        .was = PLACE_NOWHERE,
                                        .merge_said = NOBODY};
    for (uint32_t c = 0; c < a->cores; c++)
        a->smooth[(size_t)node * a->cores + c] = a->seen[(size_t)node * a->cores + c] = 0;
}

status_t advise_init(const struct advise_limits *limits, uint32_t nodes, uint32_t entries,
                     uint32_t cores, void *memory, size_t bytes, struct advise **out)
{
    struct carve c = {(uint8_t *)ALIGN_UP((uintptr_t)memory, 16), 0};
    struct advise *a;

    if (nodes == 0 || nodes > VIEW_NODES_MAX || cores == 0 || cores > CORES_MAX)
        return ST_INVALID;
    if (bytes < advise_bytes(nodes, entries, cores))
        return ST_NOMEM;
    a = divide_memory(&c, nodes, entries, cores);
    a->limits = *limits;
    a->nodes = nodes;
    a->entries = entries;
    a->cores = cores;
    a->epoch = 0;
    a->phase = ADVISE_IDLE;
    a->settled = false;
    a->quiet = a->nlist = 0;
    for (uint32_t v = 0; v < nodes; v++)
        advise_forget(a, v);
    *out = a;
    return ST_OK;
}

/* ---- input ---- */

static status_t check_input(const struct advise *a, const struct advise_input *in)
{
    uint64_t cores = a->cores == CORES_MAX ? ~0ull : BIT(a->cores) - 1;
    const struct graph_view *g = in->view;
    uint64_t far = 1;
    u128 all = 0;

    if (g->nodes != a->nodes || g->first[g->nodes] > a->entries ||
        (in->score_bp != NULL && in->total == NULL))
        return ST_INVALID;
    for (uint32_t v = 0; v < a->nodes; v++)
        if (in->allowed != NULL && (in->allowed[v] & cores) == 0 && in->current[v] < a->cores)
            return ST_INVALID;
    for (uint32_t x = 0; in->distance != NULL && x < a->cores * a->cores; x++) {
        if (x % (a->cores + 1) == 0 && in->distance[x] != 0)
            return ST_INVALID;
        far = in->distance[x] > far ? in->distance[x] : far;
    }
    for (uint32_t e = 0; e < g->first[g->nodes]; e++)
        all += g->weight[e];
    return all * far * SMOOTH < (u128)1 << 62 ? ST_OK : ST_INVALID;
}

static void count_load(struct advise *a)
{
    uint64_t sum = 0, heaviest = 0;
    u128 limit;

    for (uint32_t c = 0; c < a->cores; c++)
        a->carried[c] = 0;
    for (uint32_t v = 0; v < a->nodes; v++) {
        if (!in_use(a, v))
            continue;
        a->carried[a->in.current[v]] += a->in.load[v];
        sum += a->in.load[v];
        heaviest = a->in.load[v] > heaviest ? a->in.load[v] : heaviest;
    }
    limit = (u128)sum * (10000u + (u128)a->limits.slack_bp) / (10000u * a->cores);
    limit = limit < (sum + a->cores - 1) / a->cores ? (sum + a->cores - 1) / a->cores : limit;
    a->limit = limit < heaviest ? heaviest : (uint64_t)limit;
}

/* ---- who is under way, who rests ---- */

/* Who moves again and again rests longer each time: what gains at either place, as load does that follows it, comes to an end. */
static void rest(struct advise *a, struct node_state *s, uint32_t epochs)
{
    if (a->epoch >= s->calm_at)
        s->swings = 0;
    else if (s->swings < SWINGS_MOST)
        s->swings++;
    if (s->swings > SWINGS_FREE)
        epochs <<= s->swings - SWINGS_FREE;
    s->calm_at = a->epoch + (uint64_t)epochs * CALM;
    s->bound_for = s->planned = PLACE_NOWHERE;
    s->rests_until = a->epoch + epochs;
    s->recent_until = a->epoch + (uint64_t)epochs * LONG_AGO;
}

/* What happened to v since the last epoch. True: something that concerns the others. */
static bool follow(struct advise *a, uint32_t v)
{
    struct node_state *s = &a->node[v];
    core_id now = in_use(a, v) ? a->in.current[v] : PLACE_NOWHERE, before = s->was;

    s->was = now;
    if (s->bound_for == PLACE_NOWHERE) {
        if (now != before)
            s->planned = PLACE_NOWHERE; /* somebody else moved it, or it came or went */
        return now != before;
    }
    if (now == s->bound_for || now == PLACE_NOWHERE)
        rest(a, s, a->limits.cooldown);
    else if (a->epoch >= s->given_up_at)
        rest(a, s, 2 * a->limits.cooldown);
    else
        a->flying++;
    return now != before;
}

/* ---- whether anything is awake ---- */

/*
 * Smooth v's traffic with each core; true: it goes elsewhere than when all settled. Shares are compared, each multiplied by
 * the other's whole: that all talk twice as much concerns nobody.
 */
static bool notice(struct advise *a, uint32_t v)
{
    const struct graph_view *g = a->in.view;
    uint64_t with[CORES_MAX] = {0}, now = 0, then = 0;
    uint64_t part = a->epoch < SMOOTH ? a->epoch : SMOOTH; /* at first the mean of all there were */
    u128 off = 0;

    for (uint32_t e = g->first[v]; e < g->first[v + 1]; e++)
        if (in_use(a, g->peer[e]))
            with[a->in.current[g->peer[e]]] += g->weight[e];
    for (uint32_t c = 0; c < a->cores; c++) {
        uint64_t *smooth = &a->smooth[(size_t)v * a->cores + c];

        *smooth = *smooth - *smooth / part + with[c] * SMOOTH / part;
        now += *smooth;
        then += a->seen[(size_t)v * a->cores + c];
    }
    for (uint32_t c = 0; c < a->cores; c++) {
        u128 share_now = (u128)a->smooth[(size_t)v * a->cores + c] * then;
        u128 share_then = (u128)a->seen[(size_t)v * a->cores + c] * now;

        off += share_now > share_then ? share_now - share_then : share_then - share_now;
    }
    if (now == 0 || then == 0)
        return now != then;
    return off / then > (u128)now * a->limits.wake_bp / 10000u;
}

static bool far_too_much(const struct advise *a)
{
    for (uint32_t c = 0; c < a->cores; c++)
        if (a->carried[c] > a->limit + a->limit / LOAD_PART)
            return true;
    return false;
}

static bool work_planned(const struct advise *a)
{
    for (uint32_t v = 0; v < a->nodes; v++)
        if (a->node[v].planned != PLACE_NOWHERE)
            return true;
    return false;
}

static void settle(struct advise *a)
{
    a->settled = true;
    for (size_t i = 0; i < (size_t)a->nodes * a->cores; i++)
        a->seen[i] = a->smooth[i];
}

/* ---- an epoch ---- */

status_t advise_begin(struct advise *a, const struct advise_input *in)
{
    status_t st = check_input(a, in);
    bool awake = false;

    if (st != ST_OK)
        return st;
    a->in = *in;
    a->epoch++;
    a->nlist = a->flying = a->resting = 0;
    count_load(a);
    for (uint32_t v = 0; v < a->nodes; v++) {
        awake |= follow(a, v);
        a->resting += in_use(a, v) && a->epoch < a->node[v].rests_until;
    }
    for (uint32_t v = 0; v < a->nodes; v++)
        awake |= notice(a, v);
    awake |= far_too_much(a);
    a->phase = ADVISE_DONE;
    if (awake && a->settled) {
        a->settled = false;
        a->quiet = 0;
    }
    shape_say(a);
    if (work_planned(a))
        plan_say(a);
    else if (!a->settled && a->flying == 0)
        placing_start(a);
    return ST_OK;
}

static void end_placing(struct advise *a)
{
    placing_end(a);
    plan_choose(a);
    if (work_planned(a)) {
        a->quiet = 0;
        plan_say(a);
    } else if (a->resting == 0 && ++a->quiet >= a->limits.quiet)
        settle(a);
    a->phase = ADVISE_DONE;
}

bool advise_run(struct advise *a, uint64_t budget)
{
    if (a->phase == ADVISE_PLACING && place_run(a->place, budget))
        end_placing(a);
    return a->phase != ADVISE_PLACING;
}

void advise_finish(struct advise *a)
{
    if (a->phase == ADVISE_PLACING)
        end_placing(a);
}

uint32_t advise_list(const struct advise *a, const struct advice **list)
{
    *list = a->list;
    return a->nlist;
}

bool advise_settled(const struct advise *a)
{
    return a->settled;
}
