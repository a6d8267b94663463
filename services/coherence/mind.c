/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/mind.h"
#include "lib/base/carve.h"
#include "lib/base/check.h"
#include <string.h>

#define BUSY_SMOOTH   16u
#define FADED_AT_ONCE 64u
#define SELF_MAX      (1ull << 36) /* and the product with fraction bits fits */
/* One part more than the mean of four on a core: loads are steps, and with less there is no room to exchange them. */
#define SLACK_BP 2500u

/* ---- memory ---- */

static void take_room(struct carve *c, struct graph_room *r, uint32_t nodes, uint32_t edges)
{
    *r = (struct graph_room){.nodes = nodes, .edges = edges};
    r->first = carve(c, nodes + 1, sizeof *r->first);
    r->name = carve(c, nodes, sizeof *r->name);
    r->peer = carve(c, 2 * (size_t)edges, sizeof *r->peer);
    r->weight = carve(c, 2 * (size_t)edges, sizeof *r->weight);
}

struct parts {
    struct node *node;
    void *graph;
    size_t graph_size;
};

static void divide(struct carve *c, struct mind *m, struct parts *p, uint32_t nodes, uint32_t edges,
                   uint32_t cores)
{
    p->node = carve(c, nodes, sizeof *p->node);
    p->graph_size = graph_bytes(nodes, edges);
    p->graph = carve(c, p->graph_size, 1);
    take_room(c, &m->room, nodes, edges);
    take_room(c, &m->cut.room, nodes, edges);
    m->cut.memory = carve(c, mincut_bytes(nodes, 2 * edges), 1);
    m->cut.side = carve(c, nodes, 1);
    m->cut.number = carve(c, nodes, sizeof *m->cut.number);
    m->load = carve(c, nodes, sizeof *m->load);
    m->allowed = carve(c, nodes, sizeof *m->allowed);
    m->current = carve(c, nodes, sizeof *m->current);
    m->score = carve(c, nodes, sizeof *m->score);
    m->shape_bp = carve(c, nodes, sizeof *m->shape_bp);
    m->shape_total = carve(c, nodes, sizeof *m->shape_total);
    m->distance = carve(c, (size_t)cores * cores, sizeof *m->distance);
    m->near = carve(c, (size_t)cores * cores, sizeof *m->near);
    m->advise_size = advise_bytes(nodes, 2 * edges, cores);
    m->advise_memory = carve(c, m->advise_size, 1);
}

size_t mind_bytes(uint32_t nodes, uint32_t edges, uint32_t cores)
{
    struct carve c = {NULL, 0};
    struct mind m;
    struct parts p;

    divide(&c, &m, &p, nodes, edges, cores);
    return c.used;
}

/* With the cores that tell by now, at least one. Who was to move, and who rests, is forgotten. */
static status_t begin_advise(struct mind *m, uint32_t edges)
{
    struct advise_limits limits = advise_usual;
    uint32_t n = 0;

    for (uint32_t c = 0; c < m->cores; c++) {
        m->number_of[c] = NODE_NOWHERE;
        if (m->here >> c & 1) {
            m->number_of[c] = (core_id)n;
            m->core_of[n++] = (core_id)c;
        }
    }
    m->numbered = m->here;
    m->ncores = n > 0 ? n : 1;
    limits.slack_bp = SLACK_BP;
    return advise_init(&limits, m->nodes.n, 2 * edges, m->ncores, m->advise_memory, m->advise_size,
                       &m->advise);
}

status_t mind_init(struct mind *m, void *memory, uint32_t nodes, uint32_t edges, uint32_t cores)
{
    struct carve c = {memory, 0};
    struct parts p;

    if (nodes < 2 || edges == 0 || graph_bytes(nodes, edges) == 0 || cores == 0 ||
        cores > CORES_MAX)
        return ST_INVALID;
    memset(m, 0, sizeof *m);
    divide(&c, m, &p, nodes, edges, cores);
    m->cores = cores;
    nodes_init(&m->nodes, p.node, nodes);
    graph_init(&m->graph, p.graph, nodes, edges);
    for (uint32_t v = 0; v < nodes; v++) {
        CHECK(graph_join(&m->graph, v) ==
              ST_OK); /* all are always there: a number is its place in the view */
        m->score[v] = (struct score){0};
    }
    for (uint32_t x = 0; x < cores * cores; x++)
        m->distance[x] = x % (cores + 1) != 0;
    memset(m->cut.side, 0, nodes);
    return begin_advise(m, edges);
}

/* ---- what is told ---- */

status_t mind_part(struct mind *m, core_id core, uint64_t part, uint64_t ran_ns, bool fixed,
                   const char *name)
{
    uint32_t i = nodes_find(&m->nodes, part);
    struct node *n;

    if (part == 0 || core >= m->cores)
        return ST_INVALID;
    if (i == NODE_NONE && (i = nodes_take(&m->nodes, part)) == NODE_NONE)
        return ST_TABLE_FULL;
    n = &m->nodes.node[i];
    if (n->core != core)
        n->ran_ns = 0; /* told of by a core that it has left */
    n->core = core;
    n->seen = m->epoch;
    n->fixed = fixed;
    n->ran_ns += ran_ns;
    memcpy(n->name, name, sizeof n->name);
    m->here |= BIT(core);
    return ST_OK;
}

static void said(struct node *n, bool cross, uint64_t messages)
{
    if (cross)
        n->external += messages;
    else
        n->internal += messages;
}

/* As an edge of the graph: what is said within a partition counts for its score alone. */
static void keep_self(struct node *n, uint64_t messages, uint64_t bytes)
{
    uint64_t more = messages < SELF_MAX && bytes < SELF_MAX ? bytes + GRAPH_MESSAGE * messages : SELF_MAX;

    n->internal += messages;
    n->self = n->self + (more << GRAPH_FRACTION) < SELF_MAX << GRAPH_FRACTION ? n->self + (more << GRAPH_FRACTION)
                                                                              : SELF_MAX << GRAPH_FRACTION;
}

void mind_edge(struct mind *m, uint64_t a, uint64_t b, uint64_t messages, uint64_t bytes)
{
    uint32_t i = nodes_find(&m->nodes, a), j = nodes_find(&m->nodes, b);
    bool cross;

    if (i == NODE_NONE || j == NODE_NONE) {
        m->unknown += messages;
        return;
    }
    if (i == j) {
        keep_self(&m->nodes.node[i], messages, bytes);
        return;
    }
    cross = m->nodes.node[i].core != m->nodes.node[j].core;
    if (!m->nodes.node[i].fixed || !m->nodes.node[j].fixed)
        m->heard = m->epoch;
    m->all += messages;
    m->cross += cross ? messages : 0;
    said(&m->nodes.node[i], cross, messages);
    said(&m->nodes.node[j], cross, messages);
    if (graph_add(&m->graph, i, j, bytes, messages) == ST_TABLE_FULL)
        graph_sweep(
            &m->graph); /* the next finds room, or there are more edges than were asked for */
}

void mind_core(struct mind *m, core_id core, uint64_t window_ns, uint64_t idle_ns)
{
    uint64_t busy =
        window_ns == 0 || idle_ns >= window_ns ? 0 : (window_ns - idle_ns) * 10000 / window_ns;

    if (core >= m->cores)
        return;
    m->busy_bp[core] =
        (uint32_t)(((uint64_t)m->busy_bp[core] * (BUSY_SMOOTH - 1) + busy) / BUSY_SMOOTH);
    for (uint32_t i = 0; i < m->nodes.used; i++)
        if (m->nodes.node[i].part != 0 && m->nodes.node[i].core == core)
            node_ran(&m->nodes.node[i], window_ns);
}

void mind_core_gone(struct mind *m, core_id core)
{
    m->here &= ~BIT(core);
    m->busy_bp[core] = 0;
}

void mind_distance(struct mind *m, core_id a, core_id b, uint32_t distance)
{
    if (a < m->cores && b < m->cores && a != b)
        m->distance[a * m->cores + b] = distance == 0 ? 1 : distance;
}

/* ---- an epoch ---- */

static void forget(struct mind *m, uint32_t i)
{
    nodes_drop(&m->nodes, i);
    moves_forget(&m->moves, i);
    advise_forget(m->advise, i);
    m->score[i] = (struct score){0};
    CHECK(graph_leave(&m->graph, i) == ST_OK &&
          graph_join(&m->graph, i) == ST_OK); /* its edges go with it */
}

static void look_at(struct mind *m, uint32_t i)
{
    struct node *n = &m->nodes.node[i];
    core_id at = n->part != 0 && n->core < m->cores ? m->number_of[n->core] : NODE_NOWHERE;

    m->load[i] = at != NODE_NOWHERE ? n->load : 0;
    m->current[i] = at != NODE_NOWHERE ? at : PLACE_NOWHERE;
    m->allowed[i] = at == NODE_NOWHERE || node_moves(n, m->epoch) ? UINT64_MAX : BIT(at);
}

static void measure(struct mind *m)
{
    for (uint32_t a = 0; a < m->ncores; a++)
        for (uint32_t b = 0; b < m->ncores; b++)
            m->near[a * m->ncores + b] =
                a == b ? 0 : m->distance[m->core_of[a] * m->cores + m->core_of[b]];
}

void mind_epoch(struct mind *m, uint32_t passed)
{
    m->epoch++;
    if (m->here != m->numbered)
        CHECK(begin_advise(m, m->graph.max) == ST_OK); /* fewer cores than there was memory for */
    measure(m);
    for (uint32_t i = 0; i < passed && i < FADED_AT_ONCE; i++)
        graph_epoch(&m->graph);
    for (uint32_t i = 0; i < m->nodes.n; i++) {
        struct node *n = &m->nodes.node[i];

        if (n->part != 0 && n->seen + NODE_GONE < m->epoch)
            forget(m, i);
        for (uint32_t k = 0; k < passed && k < FADED_AT_ONCE; k++)
            n->self -= n->self / GRAPH_FADE + (n->self % GRAPH_FADE != 0);
        if (n->part != 0) {
            score_epoch(&m->score[i], n->internal, n->external);
            n->internal = n->external = 0;
        }
        look_at(m, i);
    }
    CHECK(graph_view(&m->graph, GRAPH_ALL, &m->room, &m->view) ==
          ST_OK); /* the room is as large as the graph */
    m->nadvised = 0;
    mind_shape(m);
    if (!m->on && !m->dry)
        return; /* what is advised and not done is given up, and rests: not to be begun with */
    m->advising = advise_begin(m->advise, &(struct advise_input){.view = &m->view,
                                                                 .load = m->load,
                                                                 .allowed = m->allowed,
                                                                 .current = m->current,
                                                                 .distance = m->near,
                                                                 .score_bp = m->shape_bp,
                                                                 .total = m->shape_total}) ==
                   ST_OK;
}

static void take_advice(struct mind *m)
{
    const struct advice *list;
    uint32_t n = advise_list(m->advise, &list);

    for (uint32_t i = 0; i < n && m->nadvised < MIND_ADVICE; i++) {
        m->advised[m->nadvised] = list[i];
        if (list[i].kind == ADVICE_MOVE) {
            m->advised[m->nadvised].from = m->core_of[list[i].from];
            m->advised[m->nadvised].to = m->core_of[list[i].to];
        }
        m->nadvised++;
    }
    for (uint32_t i = 0; i < n && m->on; i++)
        if (list[i].kind == ADVICE_MOVE)
            (void)moves_want(&m->moves, list[i].node, m->core_of[list[i].to]);
}

bool mind_advise(struct mind *m, uint64_t budget)
{
    if (!m->advising)
        return true;
    if (!advise_run(m->advise, budget))
        return false;
    m->advising = false;
    take_advice(m);
    return true;
}

void mind_advise_end(struct mind *m)
{
    if (!m->advising)
        return;
    m->advising = false;
    advise_finish(m->advise);
    take_advice(m);
}

bool mind_moved(struct mind *m, uint32_t i, status_t st)
{
    uint32_t node = m->moves.want[i].node, stays;
    core_id to = m->moves.want[i].to;
    bool off = moves_answer(&m->moves, i, st, m->epoch, &stays);

    if (st == ST_OK) {
        m->nodes.node[node].core =
            to; /* before its new core tells: what is said from now on goes from there */
        m->nodes.node[node].ran_ns = 0;
        m->nodes.node[node].pressure_bp = 0; /* nobody there was told of it */
    }
    if (stays != 0)
        m->nodes.node[node].stays_until = m->epoch + stays;
    return off;
}

/* ---- figures ---- */

uint32_t mind_busy_bp(const struct mind *m)
{
    uint64_t sum = 0, n = 0;

    for (uint32_t c = 0; c < m->cores; c++)
        if (m->here >> c & 1)
            sum += m->busy_bp[c], n++;
    return n == 0 ? 0 : (uint32_t)(sum / n);
}

uint32_t mind_period(const struct mind *m)
{
    if (m->epoch > m->heard + MIND_QUIET && m->moves.n == 0)
        return MIND_QUIET_PERIOD;
    return score_period(mind_busy_bp(m));
}

uint32_t mind_pressure_bp(const struct mind *m)
{
    uint64_t sum = 0, n = 0;

    for (uint32_t i = 0; i < m->nodes.used; i++)
        if (m->nodes.node[i].part != 0)
            sum += score_pressure_bp(&m->score[i]), n++;
    return n == 0 ? 0 : (uint32_t)(sum / n);
}

bool mind_settled(const struct mind *m)
{
    return advise_settled(m->advise);
}
