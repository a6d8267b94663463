/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What migration.html draws: as much as a person can look at, however long the log was.
 *
 * Figures (counts, ranks, the histogram, how many partitions were on each core) are of all records. Rows of partitions, steps of the
 * cut and points of the traffic are at most the limits below; what is left out is counted, and the page says so.
 */
#include "tools/skerry/migration.h"
#include "tools/skerry/buf.h"
#include "tools/skerry/migration_priv.h"

#include <stdlib.h>
#include <string.h>

#define ROWS    256   /* partitions: those that moved most often */
#define MOVES   20000 /* of them */
#define STEPS   120   /* of the cut */
#define POINTS  400   /* of the traffic */
#define BUCKETS 160   /* of time, for what is on each core */
#define REASONS 40
#define EDGES   400 /* of a step, and nodes; a record has at most 160 and 128 */

/* A partition, and the places of its moves in the list of all. */
struct mover {
    const char *name;
    size_t first, n; /* in order[] */
    size_t told;     /* while the moves are sorted in */
    int64_t row;     /* -1: not drawn */
};

struct movers {
    struct mover *list;
    size_t *order; /* moves, each partition's together */
    size_t n, nmoves;
    int64_t begin_ns, end_ns;
};

static int64_t began(const json_t *r)
{
    return record_number(r, "t_ns") - record_number(r, "all_ns");
}

static size_t mover_of(struct movers *m, json_t *index, const char *name)
{
    const json_t *known = json_object_get(index, name);

    if (known)
        return (size_t)json_integer_value(known);
    m->list[m->n] = (struct mover){.name = name, .row = -1};
    put_number(index, name, (int64_t)m->n);
    return m->n++;
}

static void gather(struct movers *m, const json_t *moves)
{
    size_t n = json_array_size(moves), i, at = 0;
    size_t *whose = must(calloc(n + 1, sizeof *whose));
    json_t *index = json_object(), *r;

    *m = (struct movers){.list = must(calloc(n + 1, sizeof *m->list)),
                         .order = must(calloc(n + 1, sizeof *m->order)),
                         .nmoves = n};
    m->begin_ns = n ? INT64_MAX : 0;
    json_array_foreach (moves, i, r) {
        whose[i] = mover_of(m, index, record_text(r, "part"));
        m->list[whose[i]].n++;
        m->begin_ns = began(r) < m->begin_ns ? began(r) : m->begin_ns;
        m->end_ns = record_number(r, "t_ns") > m->end_ns ? record_number(r, "t_ns") : m->end_ns;
    }
    for (i = 0; i < m->n; at += m->list[i++].n)
        m->list[i].first = at;
    for (i = 0; i < n; i++)
        m->order[m->list[whose[i]].first + m->list[whose[i]].told++] = i;
    json_decref(index);
    free(whose);
}

static void movers_free(struct movers *m)
{
    free(m->list);
    free(m->order);
}

/* ---- rows of partitions ---- */

static int by_moves(const void *a, const void *b)
{
    const struct mover *x = *(struct mover *const *)a, *y = *(struct mover *const *)b;

    return (x->n < y->n) - (x->n > y->n);
}

static int by_name(const void *a, const void *b)
{
    const struct mover *x = *(struct mover *const *)a, *y = *(struct mover *const *)b;
    uint64_t p = strtoull(x->name, NULL, 16), q = strtoull(y->name, NULL, 16);

    return (p > q) - (p < q);
}

static json_t *move_row(const json_t *r, int64_t row)
{
    return json_pack("[I,I,I,I,I]", (json_int_t)row, (json_int_t)record_number(r, "t_ns"),
                     (json_int_t)record_number(r, "from"), (json_int_t)record_number(r, "to"),
                     (json_int_t)record_number(r, "blackout_ns"));
}

/* Who moved most, as many as there is room for; shown by name. */
static void put_rows(json_t *doc, struct movers *m, const json_t *moves)
{
    struct mover **by = must(calloc(m->n + 1, sizeof *by));
    json_t *parts = json_array(), *rows = json_array();
    size_t shown = 0, n = 0;

    for (size_t i = 0; i < m->n; i++)
        by[i] = &m->list[i];
    qsort(by, m->n, sizeof(struct mover *), by_moves);
    while (shown < m->n && shown < ROWS && n < MOVES)
        n += by[shown++]->n;
    qsort(by, shown, sizeof(struct mover *), by_name);
    for (size_t i = 0; i < shown; i++) {
        json_array_append_new(parts, json_string(by[i]->name));
        for (size_t k = 0; k < by[i]->n && json_array_size(rows) < MOVES; k++)
            json_array_append_new(
                rows, move_row(json_array_get(moves, m->order[by[i]->first + k]), (int64_t)i));
    }
    put_number(doc, "parts_all", (int64_t)m->n);
    put_number(doc, "moves_all", (int64_t)m->nmoves);
    json_object_set_new(doc, "parts", parts);
    json_object_set_new(doc, "moves", rows);
    free(by);
}

/* ---- how many are on each core ---- */

struct crowd {
    int64_t begin_ns, end_ns, cores;
    double *on; /* [core][bucket]: partitions, mean over the bucket */
};

static void stay(struct crowd *c, int64_t core, int64_t from_ns, int64_t to_ns)
{
    double width = (double)(c->end_ns - c->begin_ns) / BUCKETS;

    if (core < 0 || core >= c->cores || to_ns <= from_ns)
        return;
    for (int b = (int)((double)(from_ns - c->begin_ns) / width); b >= 0 && b < BUCKETS; b++) {
        double low = (double)c->begin_ns + b * width, high = low + width;
        double a = low > (double)from_ns ? low : (double)from_ns,
               z = high < (double)to_ns ? high : (double)to_ns;

        if (low >= (double)to_ns)
            return;
        if (z > a)
            c->on[core * BUCKETS + b] += (z - a) / width;
    }
}

static void put_crowd(json_t *doc, const struct movers *m, const json_t *moves)
{
    struct crowd c = {m->begin_ns, m->end_ns, record_number(doc, "cores"), NULL};
    json_t *all = json_array();

    c.on = must(calloc((size_t)(c.cores + 1) * BUCKETS, sizeof *c.on));
    for (size_t i = 0; i < m->n && c.end_ns > c.begin_ns; i++) {
        int64_t at = c.begin_ns;

        for (size_t k = 0; k < m->list[i].n; k++) {
            const json_t *r = json_array_get(moves, m->order[m->list[i].first + k]);

            stay(&c, record_number(r, "from"), at, record_number(r, "t_ns"));
            at = record_number(r, "t_ns");
            if (k + 1 == m->list[i].n)
                stay(&c, record_number(r, "to"), at, c.end_ns);
        }
    }
    for (int64_t core = 0; core < c.cores; core++) {
        json_t *row = json_array();

        for (int b = 0; b < BUCKETS; b++)
            json_array_append_new(row,
                                  json_integer((json_int_t)(c.on[core * BUCKETS + b] * 100 + 0.5)));
        json_array_append_new(all, row);
    }
    json_object_set_new(doc, "crowd_hundredths", all);
    free(c.on);
}

/* ---- traffic, the cut, reasons ---- */

/* Neighbours added up until there are few enough: [from, to, messages, between cores, advice followed]. */
static json_t *traffic(const json_t *coherence)
{
    size_t n = json_array_size(coherence), each = n / POINTS + 1;
    json_t *rows = json_array();

    for (size_t i = 1; i < n; i += each) {
        int64_t messages = 0, cross = 0, on = 0;
        size_t k = i;

        for (; k < n && k < i + each; k++) {
            const json_t *r = json_array_get(coherence, k);

            messages += record_number(r, "messages");
            cross += record_number(r, "cross");
            on |= json_is_true(json_object_get(r, "on"));
        }
        json_array_append_new(
            rows, json_pack("[I,I,I,I,I]",
                            (json_int_t)record_number(json_array_get(coherence, i - 1), "t_ns"),
                            (json_int_t)record_number(json_array_get(coherence, k - 1), "t_ns"),
                            (json_int_t)messages, (json_int_t)cross, (json_int_t)on));
    }
    return rows;
}

static json_t *few(const json_t *list, size_t most)
{
    json_t *some = json_array();

    for (size_t i = 0; i < json_array_size(list) && i < most; i++)
        json_array_append(some, json_array_get(list, i));
    return some;
}

/* The first, the last, and as many between as there is room for. */
static json_t *steps(const json_t *cuts)
{
    size_t n = json_array_size(cuts), most = n < STEPS ? n : STEPS;
    json_t *list = json_array();

    for (size_t i = 0; i < most; i++) {
        size_t at = most > 1 ? i * (n - 1) / (most - 1) : 0;
        const json_t *r = json_array_get(cuts, at);
        json_t *s = json_object();

        put_number(s, "nth", (int64_t)at + 1);
        put_number(s, "t_ns", record_number(r, "t_ns"));
        put_number(s, "epoch", record_number(r, "epoch"));
        put_number(s, "weight", record_number(r, "weight"));
        json_object_set_new(s, "nodes", few(json_object_get(r, "nodes"), EDGES));
        json_object_set_new(s, "edges", few(json_object_get(r, "edges"), EDGES));
        json_array_append_new(list, s);
    }
    return list;
}

struct reason {
    const char *why;
    int64_t n;
};

static int by_number(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->why, y->why);
}

static json_t *reasons(json_t *refused)
{
    struct reason *list = must(calloc(json_object_size(refused) + 1, sizeof *list));
    json_t *rows = json_array(), *v;
    size_t n = 0, i;
    const char *why;
    int64_t rest = 0;

    json_object_foreach (refused, why, v)
        list[n++] = (struct reason){why, json_integer_value(v)};
    qsort(list, n, sizeof *list, by_number);
    for (i = 0; i < n; i++)
        if (i < REASONS)
            json_array_append_new(rows, json_pack("[s,I]", list[i].why, (json_int_t)list[i].n));
        else
            rest += list[i].n;
    if (rest)
        json_array_append_new(
            rows, json_pack("[s,I]", "other reasons (migration.json has them)", (json_int_t)rest));
    free(list);
    return rows;
}

json_t *migration_drawn(json_t *doc)
{
    const json_t *moves = json_object_get(doc, "moves"), *cuts = json_object_get(doc, "cuts");
    json_t *d = migration_brief(doc);
    struct movers m;

    gather(&m, moves);
    put_number(d, "begin_ns", m.begin_ns);
    put_number(d, "last_ns", m.end_ns);
    put_rows(d, &m, moves);
    put_crowd(d, &m, moves);
    movers_free(&m);
    json_object_set_new(d, "refused", reasons(json_object_get(doc, "refused")));
    json_object_set_new(d, "traffic", traffic(json_object_get(doc, "coherence")));
    json_object_set_new(d, "cuts", steps(cuts));
    put_number(d, "cuts_all", (int64_t)json_array_size(cuts));
    return d;
}
