/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/runlog_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_ROOM ((size_t)CORES_MAX * CORES_MAX)

void stats_free(struct stats *s)
{
    free(s->hist);
    *s = (struct stats){0};
}

void pair_free(struct pair *p)
{
    stats_free(&p->rtt);
    stats_free(&p->oneway);
    stats_free(&p->wake);
    *p = (struct pair){0};
}

void runlog_start(struct runlog *l)
{
    *l = (struct runlog){.all_joined_ns = -1, .last_t_ns = -1};
    for (size_t i = 0; i < CORES_MAX; i++)
        l->core[i] = (struct core_facts){.up_ns = -1, .joined_ns = -1, .cluster = -1};
    l->pairs = must(calloc(PAIRS_ROOM, sizeof *l->pairs));
    l->benches = must(json_array());
    l->facts = must(json_array());
    l->moves = must(json_array());
}

void runlog_free(struct runlog *l)
{
    for (size_t i = 0; l->pairs && i < PAIRS_ROOM; i++)
        pair_free(&l->pairs[i]);
    free(l->pairs);
    for (size_t i = 0; i < l->nlocals; i++)
        for (size_t c = 0; c < CORES_MAX; c++)
            stats_free(&l->local[i].ns[c]);
    stats_free(&l->probe.control);
    for (size_t i = 0; i < l->panic.ntrace; i++)
        free(l->panic.trace[i]);
    json_decref(l->benches);
    json_decref(l->facts);
    json_decref(l->moves);
    *l = (struct runlog){0};
}

static enum record_type type_named(const char *word)
{
    static const char *const words[] = {
#define RECORD(name) [RECORD_##name] = #name,
#include "tools/skerry/record.def"
#undef RECORD
    };

    for (size_t i = RECORD_UNKNOWN + 1; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i], word) == 0)
            return (enum record_type)i;
    return RECORD_UNKNOWN;
}

static enum record_type broken(struct runlog *l, unsigned long line, const char *why)
{
    if (l->nbroken < BROKEN_KEPT) {
        l->broken[l->nbroken].line = line;
        want_copy(l->broken[l->nbroken].why, sizeof l->broken[0].why, why);
    }
    l->nbroken++;
    return RECORD_BROKEN;
}

/* For "the last thing seen": the record's type and the field that names its subject. */
static void remember(struct runlog *l, const json_t *o, const char *type)
{
    static const char *const subject[] = {"name", "what", "state", "reason", "why"};
    const char *word = NULL;
    char kind[40], shown[80];

    for (size_t i = 0; i < ARRAY_LEN(subject) && !word; i++)
        word = json_string_value(json_object_get(o, subject[i]));
    want_copy(kind, sizeof kind, type);
    want_copy(shown, sizeof shown, word ? word : "");
    SAY(l->last_seen, "record %s%s%s", kind, *shown ? " " : "", shown);
    if (json_is_integer(json_object_get(o, "t_ns")))
        l->last_t_ns = json_integer_value(json_object_get(o, "t_ns"));
}

static enum record_type record_line(struct runlog *l, const struct stream_line *line)
{
    enum record_type type = RECORD_BROKEN;
    struct want w = {.line = line->line};
    json_error_t why;
    json_t *o;
    const char *word;

    l->records++;
    if (line->overlong)
        return broken(l, line->line, "longer than 64 KiB");
    if (!line->whole)
        return broken(l, line->line, "cut off before its newline");
    o = json_loadb(line->bytes, line->n, 0, &why);
    word = json_string_value(json_object_get(o, "type"));
    if (!o)
        SAY(w.why, "not JSON: %s", why.text);
    else if (!word)
        SAY(w.why, "%s", json_is_object(o) ? "has no \"type\"" : "not a JSON object");
    if (!*w.why) {
        type = type_named(word);
        w.o = o;
        record_take(l, type, &w);
        if (type != RECORD_host)
            remember(l, o, word);
    }
    json_decref(o);
    return *w.why ? broken(l, line->line, w.why) : type;
}

enum record_type runlog_line(struct runlog *l, const struct stream_line *line)
{
    if (line->whole)
        l->lines = line->line;
    if (line->overlong)
        l->overlong++;
    if (line->record)
        return record_line(l, line);
    return RECORD_NONE;
}

struct pair *runlog_pair(const struct runlog *l, size_t from, size_t to)
{
    return &l->pairs[from * CORES_MAX + to];
}

size_t runlog_cores(const struct runlog *l)
{
    size_t most = 0;

    if (l->boot.has)
        return (size_t)l->boot.cores;
    for (size_t i = 0; i < CORES_MAX; i++) {
        bool named = l->core[i].state != CORE_UNSEEN;

        for (size_t j = 0; j < CORES_MAX && !named; j++)
            named = runlog_pair(l, i, j)->has || runlog_pair(l, j, i)->has;
        if (named)
            most = i + 1;
    }
    return most;
}

bool runlog_core_alive(const struct runlog *l, size_t core)
{
    enum core_state s = l->core[core].state;

    return s != CORE_DEAD && s != CORE_ABSENT;
}

/* A run whose log is about partitions that move, and has no word of a measurement, was not to measure pairs. */
static bool is_about_pairs(const struct runlog *l)
{
    return l->probe.has || l->npairs > 0 || json_array_size(l->moves) == 0;
}

size_t runlog_pairs_expected(const struct runlog *l)
{
    size_t alive = 0;

    if (!is_about_pairs(l))
        return 0;
    for (size_t i = 0; i < runlog_cores(l); i++)
        alive += runlog_core_alive(l, i);
    return alive ? alive * (alive - 1) : 0;
}

size_t runlog_pairs_missing(const struct runlog *l)
{
    size_t n = is_about_pairs(l) ? runlog_cores(l) : 0, missing = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            missing += i != j && runlog_core_alive(l, i) && runlog_core_alive(l, j) &&
                       !runlog_pair(l, i, j)->has;
    return missing;
}

const char *core_facts_word(enum core_state s)
{
    static const char *const word[] = {"not seen", "up", "joined", "dead", "absent"};

    return word[s];
}
