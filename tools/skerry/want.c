/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/want.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void want_fail(struct want *w, const char *fmt, ...)
{
    va_list ap;

    if (*w->why)
        return;
    va_start(ap, fmt);
    vsnprintf(w->why, sizeof w->why, fmt, ap);
    va_end(ap);
}

int64_t want_int_or(struct want *w, const char *key, int64_t low, int64_t high, int64_t missing)
{
    const json_t *v = json_object_get(w->o, key);
    int64_t n;

    if (!v)
        return missing;
    if (!json_is_integer(v)) {
        want_fail(w, "\"%s\" is not an integer", key);
        return missing;
    }
    n = json_integer_value(v);
    if (n < low || n > high) {
        want_fail(w, "\"%s\" is %" PRId64 ", allowed are %" PRId64 " to %" PRId64, key, n, low,
                  high);
        return missing;
    }
    return n;
}

int64_t want_int(struct want *w, const char *key, int64_t low, int64_t high)
{
    if (!json_object_get(w->o, key))
        want_fail(w, "\"%s\" is missing", key);
    return want_int_or(w, key, low, high, low);
}

bool want_bool(struct want *w, const char *key)
{
    const json_t *v = json_object_get(w->o, key);

    if (!json_is_boolean(v))
        want_fail(w, "\"%s\" is not true or false", key);
    return json_is_true(v);
}

/* Cut between characters: the first byte left out must not be the inside of one. */
void want_copy(char *to, size_t room, const char *from)
{
    size_t n = strlen(from);

    if (n >= room) {
        n = room - 1;
        while (n && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = buf_is_control(from, i) ? '?' : from[i];
    to[n] = 0;
}

void want_text_or(struct want *w, const char *key, char *to, size_t room)
{
    const json_t *v = json_object_get(w->o, key);

    *to = 0;
    if (v && !json_is_string(v))
        want_fail(w, "\"%s\" is not text", key);
    else if (v)
        want_copy(to, room, json_string_value(v));
}

void want_text(struct want *w, const char *key, char *to, size_t room)
{
    if (!json_object_get(w->o, key))
        want_fail(w, "\"%s\" is missing", key);
    want_text_or(w, key, to, room);
}

static bool bucket_from(const json_t *v, struct bucket *b)
{
    const json_t *low = json_array_get(v, 0), *count = json_array_get(v, 1);

    if (json_array_size(v) != 2 || !json_is_integer(low) || !json_is_integer(count))
        return false;
    b->low_ns = json_integer_value(low);
    b->count = json_integer_value(count);
    return b->low_ns >= 0 && b->low_ns < WANT_NS_MAX && b->count > 0 && b->count < WANT_NS_MAX;
}

static void histogram(struct want *w, const char *key, const json_t *hist, struct stats *s)
{
    size_t n = json_array_size(hist);

    if (!hist || (json_is_array(hist) && n == 0))
        return;
    if (!json_is_array(hist) || n > BUCKETS_MAX) {
        want_fail(w, "\"%s\" has a \"hist\" that is not a list of at most %d buckets", key,
                  BUCKETS_MAX);
        return;
    }
    s->hist = must(calloc(n, sizeof *s->hist));
    s->nhist = n;
    for (size_t i = 0; i < n; i++)
        if (!bucket_from(json_array_get(hist, i), &s->hist[i]) ||
            (i && s->hist[i].low_ns <= s->hist[i - 1].low_ns))
            want_fail(w, "\"%s\" has a \"hist\" whose bucket %zu is out of order or not a pair",
                      key, i);
}

void want_stats_or(struct want *w, const char *key, struct stats *s)
{
    struct want in = {.o = json_object_get(w->o, key)};

    *s = (struct stats){0};
    if (!in.o)
        return;
    if (!json_is_object(in.o)) {
        want_fail(w, "\"%s\" is not an object", key);
        return;
    }
    s->has = true;
    s->n = want_int(&in, "n", 0, WANT_NS_MAX);
    s->min = want_int(&in, "min", 0, WANT_NS_MAX);
    s->p50 = want_int(&in, "p50", 0, WANT_NS_MAX);
    s->p90 = want_int(&in, "p90", 0, WANT_NS_MAX);
    s->p99 = want_int(&in, "p99", 0, WANT_NS_MAX);
    s->max = want_int(&in, "max", 0, WANT_NS_MAX);
    s->outliers = want_int_or(&in, "outliers", 0, WANT_NS_MAX, 0);
    if (*in.why)
        want_fail(w, "\"%s\": %.100s", key, in.why);
    else if (s->min > s->p50 || s->p50 > s->p90 || s->p90 > s->p99 || s->p99 > s->max)
        want_fail(w, "\"%s\": min, p50, p90, p99, max are not in ascending order", key);
    else
        histogram(w, key, json_object_get(in.o, "hist"), s);
}

void want_stats(struct want *w, const char *key, struct stats *s)
{
    if (!json_object_get(w->o, key))
        want_fail(w, "\"%s\" is missing", key);
    want_stats_or(w, key, s);
}
