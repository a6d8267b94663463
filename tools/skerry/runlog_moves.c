/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The decoders of what tools/skerry/migration.h is about. Each looks at every field that a report takes from the record; what is
 * right is kept as it came, with what is not known here.
 */
#include "tools/skerry/runlog_priv.h"

#include <string.h>

static void keep_move(struct runlog *l, const struct want *w)
{
    if (!*w->why)
        json_array_append(l->moves, w->o);
}

/* A partition's name for the machine: "0x" and up to 16 digits. */
static void want_part(struct want *w)
{
    char part[24];
    size_t digits;

    WANT_TEXT(w, "part", part);
    digits = strspn(part + (strncmp(part, "0x", 2) == 0 ? 2 : 0), "0123456789abcdef");
    if (!*w->why &&
        (strncmp(part, "0x", 2) != 0 || digits < 1 || digits > 16 || part[2 + digits] != 0))
        want_fail(w, "\"part\" is no number in hexadecimal");
}

void take_migration(struct runlog *l, struct want *w)
{
    char status[96];

    want_part(w);
    WANT_TEXT(w, "status", status);
    (void)want_int(w, "t_ns", 0, WANT_NS_MAX);
    (void)want_int(w, "from", 0, last_core(l));
    (void)want_int(w, "to", 0, last_core(l));
    (void)want_int(w, "blackout_ns", 0, WANT_NS_MAX);
    (void)want_int(w, "all_ns", 0, WANT_NS_MAX);
    if (!*w->why && json_integer_value(json_object_get(w->o, "blackout_ns")) >
                        json_integer_value(json_object_get(w->o, "all_ns")))
        want_fail(w, "\"blackout_ns\" is more than \"all_ns\"");
    if (!*w->why && json_integer_value(json_object_get(w->o, "all_ns")) >
                        json_integer_value(json_object_get(w->o, "t_ns")))
        want_fail(w, "it began before the machine did");
    keep_move(l, w);
}

void take_stress(struct runlog *l, struct want *w)
{
    static const char *const counts[] = {"seed",     "parts", "moves",     "refused",
                                         "messages", "lost",  "doubled",   "reordered",
                                         "bad",      "wrong", "wrong_core"};

    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        (void)want_int(w, counts[i], 0, INT64_MAX);
    keep_move(l, w);
}

void take_coherence(struct runlog *l, struct want *w)
{
    (void)want_int(w, "t_ns", 0, WANT_NS_MAX);
    (void)want_int(w, "messages", 0, WANT_NS_MAX);
    (void)want_int(w, "cross", 0, WANT_NS_MAX);
    keep_move(l, w);
}

/* Rows of at least `n` numbers. */
static void want_rows(struct want *w, const char *key, size_t n)
{
    const json_t *rows = json_object_get(w->o, key), *row, *v;
    size_t i, k;

    if (!*w->why && !json_is_array(rows))
        want_fail(w, "\"%s\" is no list", key);
    json_array_foreach (rows, i, row) {
        if (!*w->why && json_array_size(row) < n)
            want_fail(w, "\"%s\" has a row of less than %zu", key, n);
        json_array_foreach (row, k, v)
            if (!*w->why && !json_is_integer(v))
                want_fail(w, "\"%s\" has a row with something else than numbers", key);
    }
}

void take_cut(struct runlog *l, struct want *w)
{
    (void)want_int(w, "t_ns", 0, WANT_NS_MAX);
    (void)want_int(w, "epoch", 0, WANT_NS_MAX);
    (void)want_int(w, "weight", 0, INT64_MAX);
    want_rows(w, "nodes", 5);
    want_rows(w, "edges", 3);
    keep_move(l, w);
}

void take_placement(struct runlog *l, struct want *w)
{
    static const char *const counts[] = {"before_per_s", "after_per_s", "said_before_per_s",
                                         "said_after_per_s", "moves"};
    char word[40];

    WANT_TEXT(w, "workload", word);
    WANT_TEXT(w, "start", word);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        (void)want_int(w, counts[i], 0, WANT_NS_MAX);
    keep_move(l, w);
}

/* Rows as want_rows(), and none is below 0 or names a core that is not there. */
static void want_message_rows(const struct runlog *l, struct want *w, const char *key)
{
    const json_t *row, *v;
    size_t i, k;

    want_rows(w, key, 5);
    json_array_foreach (json_object_get(w->o, key), i, row) {
        json_array_foreach (row, k, v)
            if (!*w->why && (json_integer_value(v) < 0 || json_integer_value(v) > WANT_NS_MAX))
                want_fail(w, "\"%s\" has a row with a number out of range", key);
        if (!*w->why && json_integer_value(json_array_get(row, 4)) > last_core(l))
            want_fail(w, "\"%s\" has a row with a core that is not there", key);
    }
}

void take_messages(struct runlog *l, struct want *w)
{
    want_part(w);
    (void)want_int(w, "t_ns", 0, WANT_NS_MAX);
    (void)want_int(w, "every", 1, WANT_NS_MAX);
    (void)want_int(w, "dropped", 0, WANT_NS_MAX);
    want_message_rows(l, w, "sent");
    want_message_rows(l, w, "received");
    keep_move(l, w);
}
