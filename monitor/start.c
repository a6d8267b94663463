/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/start.h"
#include <string.h>

static const struct {
    const char *name;
    uint32_t bit;
} options[] = {
#define START_OPTION(NAME, name, bit, text) { name, 1u << (bit) },
#include "monitor/start.def"
#undef START_OPTION
};

struct word {
    const char *s;
    size_t n;
};

void start_open(struct start_reader *r, const char *text, size_t bytes)
{
    *r = (struct start_reader){ .text = text, .bytes = bytes };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line, taken off its front; n = 0 at its end. */
static struct word take_word(struct word *line)
{
    struct word w;

    while (line->n > 0 && is_blank(*line->s))
        line->s++, line->n--;
    w.s = line->s;
    while (line->n > 0 && !is_blank(*line->s))
        line->s++, line->n--;
    w.n = (size_t)(line->s - w.s);
    return w;
}

/* Up to the next comma, taken off the front together with it. `more`: there was a comma. */
static struct word take_item(struct word *list, bool *more)
{
    const char *comma = memchr(list->s, ',', list->n);
    struct word w = { list->s, comma != NULL ? (size_t)(comma - list->s) : list->n };
    size_t gone = w.n + (comma != NULL);

    *more = comma != NULL;
    list->s += gone;
    list->n -= gone;
    return w;
}

static bool is_word(struct word w, const char *text)
{
    return w.n == strlen(text) && memcmp(w.s, text, w.n) == 0;
}

/* Decimal, at most `max`, all of the word. */
static bool to_number(struct word w, uint32_t max, uint32_t *out)
{
    uint64_t v = 0;

    if (w.n == 0 || w.n > 9)
        return false;
    for (size_t i = 0; i < w.n; i++) {
        if (w.s[i] < '0' || w.s[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(w.s[i] - '0');
    }
    *out = (uint32_t)v;
    return v <= max;
}

static status_t copy_text(struct word w, char *out, size_t room, struct text *why, const char *what)
{
    if (w.n >= room)
        return refuse(why, ST_FORMAT, STR(what), STR(" is longer than "), DEC(room - 1),
                      STR(" characters"));
    memset(out, 0, room);
    memcpy(out, w.s, w.n);
    return ST_OK;
}

/* "5" or "1-3"; what lies at or above ncores is left out. */
static status_t add_range(struct word w, core_id ncores, uint64_t *cores, struct text *why)
{
    const char *dash = memchr(w.s, '-', w.n);
    struct word low = { w.s, dash != NULL ? (size_t)(dash - w.s) : w.n };
    struct word high = dash != NULL ? (struct word){ dash + 1, w.n - low.n - 1 } : low;
    uint32_t from, to;

    if (!to_number(low, CORES_MAX - 1, &from) || !to_number(high, CORES_MAX - 1, &to) || from > to)
        return refuse(why, ST_FORMAT, STR("cores are `all`, numbers up to "), DEC(CORES_MAX - 1),
                      STR(" and ranges like 1-3, joined by commas"));
    for (uint32_t i = from; i <= to && i < ncores; i++)
        *cores |= 1ull << i;
    return ST_OK;
}

static status_t read_cores(struct word list, core_id ncores, uint64_t *cores, struct text *why)
{
    struct word all = { "0-63", 4 };
    bool more;
    status_t st;

    *cores = 0;
    if (is_word(list, "all"))
        list = all;
    do {
        if ((st = add_range(take_item(&list, &more), ncores, cores, why)) != ST_OK)
            return st;
    } while (more);
    return ST_OK;
}

static status_t read_number(struct word w, uint32_t max, uint32_t *out, struct text *why, const char *sentence)
{
    if (to_number(w, max, out) && *out > 0)
        return ST_OK;
    return refuse(why, ST_FORMAT, STR(sentence), DEC(max));
}

static bool find_option(struct word w, uint32_t *bits)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (is_word(w, options[i].name)) {
            *bits |= options[i].bit;
            return true;
        }
    }
    return false;
}

static status_t add_option(struct word w, struct start_line *out, struct text *why)
{
    char name[32];

    if (w.n > 4 && memcmp(w.s, "mem=", 4) == 0)
        return read_number((struct word){ w.s + 4, w.n - 4 }, START_MEM_MAX_KIB, &out->mem_kib, why,
                           "mem= takes KiB, 1 to ");
    if (w.n > 6 && memcmp(w.s, "pages=", 6) == 0)
        return read_number((struct word){ w.s + 6, w.n - 6 }, START_PAGES_MAX, &out->pages, why,
                           "pages= takes a number, 1 to ");
    if (w.n > 6 && memcmp(w.s, "lease=", 6) == 0)
        return read_number((struct word){ w.s + 6, w.n - 6 }, START_LEASE_MAX_MS, &out->lease_ms, why,
                           "lease= takes ms, 1 to ");
    if (find_option(w, &out->options))
        return ST_OK;
    if (w.n >= sizeof name)
        w.n = sizeof name - 1;
    memcpy(name, w.s, w.n);
    name[w.n] = '\0';
    return refuse(why, ST_FORMAT, STR("there is no option `"), STR(name), STR("'"));
}

static status_t read_options(struct word list, struct start_line *out, struct text *why)
{
    bool more;
    status_t st;

    out->options = 0;
    out->mem_kib = START_MEM_DEFAULT_KIB;
    out->lease_ms = out->pages = 0;
    if (is_word(list, "-"))
        return ST_OK;
    do {
        if ((st = add_option(take_item(&list, &more), out, why)) != ST_OK)
            return st;
    } while (more);
    return ST_OK;
}

static status_t read_line(struct word line, core_id ncores, struct start_line *out,
                          struct text *why)
{
    struct word program = take_word(&line), cores = take_word(&line), opts = take_word(&line);
    status_t st;

    if (opts.n == 0)
        return refuse(why, ST_FORMAT, STR("a line is: program, cores, options (or -), args"));
    if ((st = copy_text(program, out->program, sizeof out->program, why, "the program")) != ST_OK ||
        (st = read_cores(cores, ncores, &out->cores, why)) != ST_OK ||
        (st = read_options(opts, out, why)) != ST_OK)
        return st;
    while (line.n > 0 && is_blank(*line.s))
        line.s++, line.n--;
    while (line.n > 0 && is_blank(line.s[line.n - 1]))
        line.n--;
    return copy_text(line, out->args, sizeof out->args, why, "the text of arguments");
}

/* The next line as it stands, without its comment. */
static bool take_line(struct start_reader *r, struct word *line)
{
    const char *begin = r->text + r->at, *end, *comment;

    if (r->at >= r->bytes)
        return false;
    end = memchr(begin, '\n', r->bytes - r->at);
    line->s = begin;
    line->n = end != NULL ? (size_t)(end - begin) : r->bytes - r->at;
    r->at += line->n + (end != NULL);
    r->line++;
    comment = memchr(line->s, '#', line->n);
    if (comment != NULL)
        line->n = (size_t)(comment - line->s);
    return true;
}

status_t start_next(struct start_reader *r, core_id ncores, struct start_line *out,
                    struct text *why)
{
    struct word line;

    while (take_line(r, &line)) {
        struct word rest = line;

        if (take_word(&rest).n > 0)
            return read_line(line, ncores, out, why);
    }
    return ST_NOT_FOUND;
}
