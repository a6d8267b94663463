/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/forest.h"
#include "tools/skerry/want.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_ALLOWED 8u /* spec: a capability is passed on at most so often */

void forest_start(struct forest *f, int64_t dump)
{
    *f = (struct forest){.dump = -1, .want = dump};
}

void forest_free(struct forest *f)
{
    free(f->cap);
    buf_free(&f->warnings);
}

static void warn_about(struct forest *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void warn_about(struct forest *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    buf_vput(&f->warnings, fmt, ap);
    va_end(ap);
    buf_add(&f->warnings, "\n");
    f->nwarnings++;
}

/* ---- records ---- */

/* "core.number" of an id; the core must be the record's own. */
static bool id_of(struct want *w, const char *key, unsigned core, uint64_t *id)
{
    char text[40] = "", *end;

    want_text_or(w, key, text, sizeof text);
    *id = 0;
    if (!text[0])
        return false;
    if (strtoul(text, &end, 10) != core || *end != '.')
        want_fail(w, "\"%s\" is not of core %u", key, core);
    else
        *id = strtoull(end + 1, &end, 10);
    return true;
}

static uint64_t hex_of(struct want *w, const char *key)
{
    char text[32] = "";

    want_text(w, key, text, sizeof text);
    return strtoull(text, NULL, 16);
}

static unsigned flags_of(const char *words)
{
    return (strstr(words, "proxy") ? FOREST_PROXY : 0u) |
           (strstr(words, "import") ? FOREST_IMPORT : 0u) |
           (strstr(words, "busy") ? FOREST_BUSY : 0u) |
           (strstr(words, "revoking") ? FOREST_REVOKING : 0u);
}

static void take_cap(struct forest *f, struct want *w, unsigned core)
{
    struct forest_cap c = {.core = core, .line = w->line, .up = FOREST_NONE, .child = FOREST_NONE,
                           .next = FOREST_NONE};
    char flags[80] = "";

    if (!id_of(w, "id", core, &c.id))
        want_fail(w, "there is no \"id\"");
    (void)id_of(w, "parent", core, &c.parent);
    WANT_TEXT(w, "kind", c.kind);
    c.base = hex_of(w, "base");
    c.bytes = (uint64_t)want_int(w, "bytes", 0, INT64_MAX);
    WANT_TEXT(w, "rights", c.rights);
    c.depth = (unsigned)want_int(w, "depth", 0, 255);
    WANT_TEXT_OR(w, "flags", flags);
    WANT_TEXT_OR(w, "program", c.program);
    WANT_TEXT_OR(w, "node", c.node);
    c.flags = flags_of(flags);
    c.peer = (unsigned)want_int_or(w, c.flags & FOREST_PROXY ? "holder" : "owner", 0, CORES_MAX - 1, 0);
    c.owner = (c.flags & FOREST_PROXY) && c.node[0] && strtoul(c.node, NULL, 10) == core;
    if (w->why[0])
        return;
    if (f->n == f->room) {
        f->room = f->room * 2 + 256;
        f->cap = must(realloc(f->cap, f->room * sizeof *f->cap));
    }
    f->cap[f->n++] = c;
}

/* A dump with another number begins: the last one counts, or the one asked for. */
static bool is_mine(struct forest *f, int64_t dump)
{
    size_t i = 0, room = sizeof f->seen / sizeof f->seen[0];

    while (i < f->nseen && i < room && f->seen[i] != dump)
        i++;
    if (i == f->nseen && i < room)
        f->seen[f->nseen++] = dump;
    if (f->want >= 0 && dump != f->want)
        return false;
    if (dump != f->dump) {
        f->n = 0;
        memset(f->done, 0, sizeof f->done);
        f->cut = false;
        f->dump = dump;
    }
    return true;
}

void forest_line(void *ctx, const struct stream_line *line)
{
    struct forest *f = ctx;
    struct want w = {.line = line->line};
    const char *type;
    unsigned core;
    int64_t dump;

    f->lines++;
    if (!line->record || !line->whole || line->overlong)
        return;
    w.o = json_loadb(line->bytes, line->n, JSON_REJECT_DUPLICATES, NULL);
    type = json_string_value(json_object_get(w.o, "type"));
    f->records += w.o != NULL;
    if (type && (strcmp(type, "cap") == 0 || strcmp(type, "cap_dump") == 0)) {
        core = (unsigned)want_int(&w, "core", 0, CORES_MAX - 1);
        dump = want_int(&w, "dump", 0, INT64_MAX);
        if (!w.why[0] && is_mine(f, dump)) {
            if (type[3] == '\0') {
                take_cap(f, &w, core);
            } else {
                f->done[core] = true;
                f->cut = !want_bool(&w, "whole") || f->cut;
            }
        }
        if (w.why[0]) {
            f->broken++;
            warn_about(f, "line %lu: %s", w.line, w.why);
        }
    }
    json_decref(w.o);
}

/* ---- joining ---- */

static int by_place(const void *a, const void *b)
{
    const struct forest_cap *x = a, *y = b;

    if (x->core != y->core)
        return x->core < y->core ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static size_t find(const struct forest *f, unsigned core, uint64_t id)
{
    struct forest_cap key = {.core = core, .id = id};
    const struct forest_cap *at = f->n ? bsearch(&key, f->cap, f->n, sizeof key, by_place) : NULL;

    return at ? (size_t)(at - f->cap) : FOREST_NONE;
}

struct named {
    const char *node;
    size_t at;
};

static int by_node(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->node, ((const struct named *)b)->node);
}

/* Owners' proxies by node. */
static struct named *owners(const struct forest *f, size_t *n)
{
    struct named *list = must(calloc(f->n + 1, sizeof *list));

    *n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->cap[i].owner)
            list[(*n)++] = (struct named){f->cap[i].node, i};
    qsort(list, *n, sizeof *list, by_node);
    return list;
}

static bool grew(const char *rights, const char *above)
{
    for (; *rights; rights++)
        if (!strchr(above, *rights))
            return true;
    return false;
}

static void hang(struct forest *f, size_t at, size_t up)
{
    f->cap[at].up = up;
    f->cap[at].next = f->cap[up].child;
    f->cap[up].child = at;
}

static void place(struct forest *f, size_t i, const struct named *list, size_t nlist)
{
    struct forest_cap *c = &f->cap[i];
    struct named key = {c->node, 0};
    const struct named *owner = NULL;
    size_t up = c->parent ? find(f, c->core, c->parent) : FOREST_NONE;

    if (c->flags & FOREST_IMPORT) {
        owner = nlist ? bsearch(&key, list, nlist, sizeof key, by_node) : NULL;
        if (owner)
            up = owner->at;
        else
            warn_about(f, "core %u holds %s of core %u (node %s), and core %u does not know of it", c->core,
                       c->kind, c->peer, c->node, c->peer);
    }
    if (up != FOREST_NONE)
        hang(f, i, up);
}

static void check(struct forest *f, size_t i)
{
    const struct forest_cap *c = &f->cap[i];
    const struct forest_cap *up = c->up != FOREST_NONE ? &f->cap[c->up] : NULL;

    if (c->depth > DEPTH_ALLOWED)
        warn_about(f, "core %u, %s at 0x%" PRIx64 ": passed on %u times", c->core, c->kind, c->base, c->depth);
    if (up && strcmp(up->kind, c->kind) == 0 && up->base == c->base && up->bytes == c->bytes &&
        strcmp(c->kind, "ram") != 0 && grew(c->rights, up->rights))
        warn_about(f, "core %u, %s at 0x%" PRIx64 ": rights %s grew from %s", c->core, c->kind, c->base, c->rights,
                   up->rights);
    if (c->owner && c->child == FOREST_NONE)
        warn_about(f, "core %u is said to hold %s at 0x%" PRIx64 " (node %s), and has no import of it", c->peer, c->kind,
                   c->base, c->node);
}

/* Everything below an owner's proxy, and everything above it. */
static void show(struct forest *f, size_t i)
{
    bool below = false;
    unsigned steps = 0;

    for (size_t at = i; at != FOREST_NONE && steps < FOREST_DEPTH; at = f->cap[at].up, steps++)
        below = below || f->cap[at].owner;
    if (!below)
        return;
    steps = 0;
    for (size_t at = i; at != FOREST_NONE && steps < FOREST_DEPTH; at = f->cap[at].up, steps++)
        f->cap[at].shown = true;
}

void forest_join(struct forest *f)
{
    struct named *list;
    size_t nlist;

    if (f->n)
        qsort(f->cap, f->n, sizeof *f->cap, by_place);
    list = owners(f, &nlist);
    for (size_t i = f->n; i-- > 0;) /* from behind, so that children stand in order */
        place(f, i, list, nlist);
    free(list);
    for (size_t i = 0; i < f->n; i++) {
        check(f, i);
        show(f, i);
        f->cut = f->cut || !f->done[f->cap[i].core];
    }
    if (f->cut)
        warn_about(f, "a core's dump is not whole: it changed while it was written, or was cut off");
}

void forest_only(struct forest *f, unsigned core, bool all)
{
    bool *mine = must(calloc(f->n + 1, sizeof *mine));

    for (size_t i = 0; i < f->n; i++) {
        const struct forest_cap *c = &f->cap[i];
        bool has_peer = c->owner || (c->flags & FOREST_IMPORT);

        mine[i] = (all || c->shown) && (c->core == core || (has_peer && c->peer == core));
    }
    for (size_t i = 0; i < f->n; i++)
        f->cap[i].shown = false;
    for (size_t i = 0; i < f->n; i++) {
        unsigned steps = 0;

        for (size_t at = i; mine[i] && at != FOREST_NONE && steps < FOREST_DEPTH; at = f->cap[at].up, steps++)
            f->cap[at].shown = true;
    }
    free(mine);
}

/* ---- drawing ---- */

static size_t first_of(const struct forest *f, size_t at, bool all)
{
    while (at != FOREST_NONE && !all && !f->cap[at].shown)
        at = f->cap[at].next;
    return at;
}

static size_t root_from(const struct forest *f, size_t at, bool all)
{
    for (; at < f->n; at++)
        if (f->cap[at].up == FOREST_NONE && (all || f->cap[at].shown))
            return at;
    return FOREST_NONE;
}

size_t forest_next(const struct forest *f, size_t at, unsigned *depth, bool all)
{
    size_t next;

    if (at == FOREST_NONE) {
        *depth = 0;
        return root_from(f, 0, all);
    }
    next = *depth < FOREST_DEPTH ? first_of(f, f->cap[at].child, all) : FOREST_NONE;
    if (next != FOREST_NONE) {
        ++*depth;
        return next;
    }
    for (; f->cap[at].up != FOREST_NONE; at = f->cap[at].up, --*depth)
        if ((next = first_of(f, f->cap[at].next, all)) != FOREST_NONE)
            return next;
    return root_from(f, at + 1, all);
}

bool forest_is_last(const struct forest *f, size_t at, bool all)
{
    return f->cap[at].up == FOREST_NONE || first_of(f, f->cap[at].next, all) == FOREST_NONE;
}

void forest_words(const struct forest *f, size_t at, struct buf *t)
{
    const struct forest_cap *c = &f->cap[at];

    if (c->owner)
        buf_put(t, "a copy for core %u", c->peer);
    else if (c->flags & FOREST_PROXY)
        buf_put(t, "core %u passed this on to another core", c->core);
    else if (c->flags & FOREST_IMPORT)
        buf_put(t, "core %u holds it", c->core);
    else
        buf_put(t, "core %u %s", c->core, c->program[0] ? c->program : "monitor");
    buf_put(t, "  %s 0x%" PRIx64 " ", c->kind, c->base);
    buf_size(t, (int64_t)c->bytes);
    buf_put(t, " %s", c->rights[0] ? c->rights : "no rights");
    if (c->depth)
        buf_put(t, " depth %u", c->depth);
    if (c->node[0] && c->owner)
        buf_put(t, " node %s", c->node);
    if (c->flags & FOREST_BUSY)
        buf_add(t, " (being given away)");
    if (c->flags & FOREST_REVOKING)
        buf_add(t, " (being revoked)");
}

#define ROW 22
#define INDENT 26

static void svg_row(const struct forest *f, size_t at, unsigned depth, size_t row, size_t above, struct buf *t)
{
    static const char *const colour[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                         "#66ccee", "#aa3377", "#bb7733", "#777777"};
    const struct forest_cap *c = &f->cap[at];
    unsigned core = c->owner ? c->peer : c->core;
    unsigned x = 12 + depth * INDENT, y = (unsigned)row * ROW + 44;
    struct buf words = {0};

    if (depth)
        buf_put(t, "<path d=\"M%u %u V%u H%u\" fill=\"none\" stroke=\"#999\"/>\n", x - INDENT + 7,
                (unsigned)above * ROW + 52, y, x);
    buf_put(t, "<rect x=\"%u\" y=\"%u\" width=\"14\" height=\"14\" rx=\"3\" fill=\"%s\"%s/>\n", x, y - 7,
            c->owner ? "none" : colour[core % 8], "");
    if (c->owner)
        buf_put(t, "<rect x=\"%u\" y=\"%u\" width=\"13\" height=\"13\" rx=\"3\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n",
                x, y - 7, colour[core % 8]);
    forest_words(f, at, &words);
    buf_put(t, "<text x=\"%u\" y=\"%u\">", x + 20, y + 5);
    buf_markup(t, words.s);
    buf_add(t, "</text>\n");
    buf_free(&words);
}

void forest_svg(const struct forest *f, bool all, struct buf *t)
{
    size_t rows = 0, at = FOREST_NONE, *row = must(calloc(f->n + 1, sizeof *row));
    unsigned depth = 0, deepest = 0;

    while ((at = forest_next(f, at, &depth, all)) != FOREST_NONE) {
        row[at] = rows++;
        deepest = depth > deepest ? depth : deepest;
    }
    buf_put(t,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%zu\" font-family=\"monospace\" "
            "font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<text x=\"12\" y=\"22\" font-weight=\"bold\">capabilities across cores: one colour a core, "
            "a frame without colour is a copy that the core of its edge holds</text>\n",
            720 + deepest * INDENT, rows * ROW + 60);
    for (at = FOREST_NONE, depth = 0; (at = forest_next(f, at, &depth, all)) != FOREST_NONE;)
        svg_row(f, at, depth, row[at], f->cap[at].up != FOREST_NONE ? row[f->cap[at].up] : 0, t);
    buf_add(t, "</svg>\n");
    free(row);
}
