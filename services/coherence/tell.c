/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/tell.h"
#include "lib/rt/clock.h"
#include "lib/rt/feed.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"
#include <stdio.h>
#include <string.h>

/* A line of the console is 16 KiB at most. */
#define NODES 128u
#define EDGES 160u

static void tell_figures(const struct mind *m, struct tell_used *used)
{
    static uint64_t all, cross;

    rec_begin("coherence");
    rec_u64("epoch", m->epoch);
    rec_bool("on", m->on);
    rec_u64("nodes", m->cut.nodes);
    rec_u64("edges", m->graph.edges);
    rec_u64("cut", m->cut.known ? m->cut.weight : 0);
    rec_bool("over", m->cut.over);
    rec_u64("overs", m->cut.overs);
    rec_u64("messages", m->all - all);
    rec_u64("cross", m->cross - cross);
    rec_u64("moves", m->moves.done);
    rec_u64("refused", m->moves.refused);
    rec_u64("wanted", m->moves.n);
    rec_u64("pressure_bp", mind_pressure_bp(m));
    rec_u64("busy_bp", mind_busy_bp(m));
    rec_bool("settled", mind_settled(m));
    rec_u64("cut_ns", used->cut_ns);
    rec_u64("slice_ns", used->most_ns);
    rec_u64("advise_ns", used->advise_ns);
    rec_end();
    all = m->all;
    cross = m->cross;
    memset(used, 0, sizeof *used);
}

/* Who is where, and on which side. */
static size_t list_nodes(const struct mind *m, uint64_t (*row)[5])
{
    size_t n = 0;

    for (uint32_t v = 0; v < m->cut.view.nodes && n < NODES; v++) {
        uint32_t i = m->cut.room.name[v];
        const struct node *node = &m->nodes.node[i];

        if (node->part == 0)
            continue;
        row[n][0] = i;
        row[n][1] = node->part;
        row[n][2] = node->core;
        row[n][3] = m->cut.side[i];
        row[n][4] = node->load;
        n++;
    }
    return n;
}

static size_t list_edges(const struct mind *m, uint64_t (*row)[3], uint64_t least)
{
    const struct graph_view *g = &m->cut.view;
    size_t n = 0;

    for (uint32_t v = 0; v < g->nodes; v++)
        for (uint32_t e = g->first[v]; e < g->first[v + 1] && n < EDGES; e++) {
            if (g->peer[e] < v || g->weight[e] < least)
                continue;
            row[n][0] = m->cut.room.name[v];
            row[n][1] = m->cut.room.name[g->peer[e]];
            row[n][2] = g->weight[e];
            n++;
        }
    return n;
}

/* Of a large graph the heavy edges. */
static uint64_t least_told(const struct mind *m)
{
    const struct graph_view *g = &m->cut.view;
    uint64_t least = 1;

    for (uint32_t more = EDGES + 1; more > EDGES; least *= 2) {
        more = 0;
        for (uint32_t e = 0; e < g->first[g->nodes]; e++)
            more += g->weight[e] >= least * 2;
        more /= 2;
    }
    return least <= 2 && g->first[g->nodes] / 2 <= EDGES ? 1 : least;
}

static void tell_cut(const struct mind *m)
{
    static uint64_t node[NODES][5], edge[EDGES][3];

    rec_begin("cut");
    rec_u64("epoch", m->epoch);
    rec_u64("weight", m->cut.weight);
    rec_rows("nodes", node[0], list_nodes(m, node), 5);
    rec_rows("edges", edge[0], list_edges(m, edge, least_told(m)), 3);
    rec_end();
}

/* Of what a cut shows: who is there, where, on which side. */
static uint64_t print_of(const struct mind *m)
{
    uint64_t h = m->cut.nodes;

    for (uint32_t i = 0; i < m->nodes.used; i++) {
        const struct node *n = &m->nodes.node[i];

        h = (h ^ (n->part + n->core + m->cut.side[i] * 77u)) * 0x100000001b3u;
    }
    return h;
}

void tell_turn(const struct mind *m, struct tell_used *used, uint32_t every, uint64_t now_ns)
{
    static uint64_t told, told_ns, figures;

    if (every == 0)
        return;
    if (m->epoch >= figures + every) {
        figures = m->epoch;
        tell_figures(m, used);
    }
    if (!m->cut.known || m->cut.runs || now_ns < told_ns + TELL_CUT_NS || print_of(m) == told)
        return;
    told = print_of(m);
    told_ns = now_ns;
    tell_cut(m);
}

void tell_advice(const struct mind *m)
{
    static const char *const kind[] = {"?", "move", "split", "merge"};
    static const char *const reason[] = {"?",    "traffic",  "together", "exchange",
                                         "load", "pressure", "mutual"};

    for (uint32_t i = 0; i < m->nadvised; i++) {
        const struct advice *a = &m->advised[i];

        rec_begin("advice");
        rec_u64("epoch", m->epoch);
        rec_str("kind", a->kind < ARRAY_LEN(kind) ? kind[a->kind] : kind[0]);
        rec_str("reason", a->reason < ARRAY_LEN(reason) ? reason[a->reason] : reason[0]);
        rec_hex("part", m->nodes.node[a->node].part);
        if (a->kind == ADVICE_MOVE) {
            rec_u64("from", a->from);
            rec_u64("to", a->to);
            rec_u64("saved", a->saved > 0 ? (uint64_t)a->saved : 0);
        } else if (a->kind == ADVICE_SPLIT) {
            rec_u64("pressure_bp", a->pressure_bp);
        } else {
            rec_hex("other", m->nodes.node[a->other].part);
            rec_u64("mutual_bp", a->mutual_bp);
        }
        rec_end();
    }
}

void tell_mode(const struct mind *m, unsigned cores)
{
    static const char *const word[] = {"on", "gone", "silent", "new"};
    struct rt_msg q = {{0}};

    if (mon_call(MON_MODE, &q) != ST_OK || q.w[1] >= ARRAY_LEN(word))
        return;
    printf("coherence: %s, advice is %s; %u cores tell every %u ms of %u programs\n", word[q.w[1]],
           m->on ? "followed" : "not followed", cores,
           (unsigned)(mind_period(m) * (FEED_EPOCH_NS / NS_PER_MS)), m->nodes.taken);
}
