/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry caps - the capabilities of all cores as one forest, out of a console log. */
#include "tools/skerry/forest.h"
#include "tools/skerry/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct asked {
    struct common common;
    char *svg, *dump_text, *core_text;
    int ascii, all;
    bool utf8; /* the terminal's characters */
    int64_t core;
    const char *log;
    struct forest forest;
};

static const char examples[] =
    "  make system T=forest                  a run whose log has capabilities\n"
    "  skerry caps --dump 1 out/system/forest.log\n"
    "                                        who owns what, and which cores hold copies\n"
    "  skerry caps --dump 1 out/system/forest.log --svg caps.svg\n"
    "  skerry caps --all --core 0 out/system/forest.log\n"
    "                                        everything of core 0, what never left it too\n"
    "  skerry caps --json - < console.log\n";

static const char more[] =
    "A log has capabilities when a program asked for them (monitor call FOREST).\n"
    "Without LOG: out/console.log.\n\n"
    "EXIT STATUS\n"
    "  0 no contradiction                    2 no dump of capabilities in the input\n"
    "  1 something contradicts itself, or    3 the input cannot be read\n"
    "    the dump is not whole\n";

static bool read_log(const struct asked *a, struct forest *f, struct complaint *bad)
{
    struct stream stream = {.held = {0}};
    char part[65536];
    ssize_t got;
    int fd = strcmp(a->log, "-") == 0 ? STDIN_FILENO : open(a->log, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        refuse(bad, ERR_NO_FILE, "%.200s cannot be opened: %s", a->log, strerror(errno));
        SAY(bad->hint, "name a console log, or - for standard input");
        return false;
    }
    while ((got = read(fd, part, sizeof part)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            stream_feed(&stream, part, (size_t)got, forest_line, f);
    stream_finish(&stream, forest_line, f);
    if (fd != STDIN_FILENO)
        close(fd);
    if (got < 0)
        return refuse(bad, ERR_NO_FILE, "%.200s cannot be read: %s", a->log, strerror(errno));
    return true;
}

/* The bars left of a line: which of its ancestors have brothers that follow. */
static void bars(const struct forest *f, size_t at, unsigned depth, const struct asked *a, struct buf *t)
{
    size_t way[FOREST_DEPTH];
    unsigned n = 0;

    for (size_t up = at; n < depth && n < FOREST_DEPTH; up = f->cap[up].up)
        way[n++] = up;
    for (unsigned i = n; i-- > 1;)
        buf_add(t, forest_is_last(f, way[i], a->all) ? "   " : a->ascii ? "|  " : "│  ");
    if (n)
        buf_add(t, forest_is_last(f, at, a->all) ? (a->ascii ? "`- " : "└─ ") : a->ascii ? "|- " : "├─ ");
}

static void print_tree(const struct forest *f, const struct asked *a)
{
    static const int colour[] = {34, 31, 32, 33, 36, 35, 94, 90};
    struct buf t = {0};
    unsigned depth = 0;
    size_t at = FOREST_NONE;

    while ((at = forest_next(f, at, &depth, a->all)) != FOREST_NONE) {
        const struct forest_cap *c = &f->cap[at];
        unsigned core = c->owner ? c->peer : c->core;

        buf_clear(&t);
        bars(f, at, depth, a, &t);
        if (a->common.term.out_colour)
            buf_put(&t, "\x1b[%dm", colour[core % 8]);
        forest_words(f, at, &t);
        if (a->common.term.out_colour)
            buf_add(&t, "\x1b[0m");
        puts(t.s);
    }
    buf_free(&t);
}

/* The dumps of the log, for whoever looks for another one. */
static void seen_words(const struct forest *f, struct buf *t)
{
    for (size_t i = 0; i < f->nseen; i++)
        buf_put(t, "%s%" PRId64, i ? ", " : "", f->seen[i]);
}

static void print_nothing(const struct forest *f, const struct asked *a, bool all)
{
    struct buf t = {0};

    seen_words(f, &t);
    if (a->core >= 0)
        printf("Dump %" PRId64 ": core %" PRId64 " shares nothing with another core", f->dump, a->core);
    else
        printf("Dump %" PRId64 ": no capability has a copy on another core", f->dump);
    if (!all)
        printf("; --all shows what never left its core");
    printf(".\n");
    if (f->nseen > 1)
        printf("The log has dumps %s; --dump N takes another.\n", t.s);
    buf_free(&t);
}

static void print_cores(const struct forest *f)
{
    printf("\n%-6s %12s %16s %14s\n", "core", "capabilities", "copies elsewhere", "held of others");
    for (unsigned core = 0; core < CORES_MAX; core++) {
        size_t n = 0, out = 0, in = 0;

        for (size_t i = 0; i < f->n; i++) {
            n += f->cap[i].core == core;
            out += f->cap[i].core == core && f->cap[i].owner;
            in += f->cap[i].core == core && (f->cap[i].flags & FOREST_IMPORT);
        }
        if (n)
            printf("%-6u %12zu %16zu %14zu\n", core, n, out, in);
    }
}

static json_t *as_json(const struct forest *f, bool all)
{
    json_t *caps = json_array(), *o;
    unsigned depth = 0;
    char *line, *rest = NULL, *copy = buf_copy(f->warnings.s ? f->warnings.s : "");
    json_t *warnings = json_array();

    for (size_t at = FOREST_NONE; (at = forest_next(f, at, &depth, all)) != FOREST_NONE;) {
        const struct forest_cap *c = &f->cap[at];

        o = json_pack("{s:i, s:I, s:s, s:s, s:I, s:I, s:s, s:i}", "core", (int)c->core, "id",
                      (json_int_t)c->id, "role", c->owner ? "proxy" : c->flags & FOREST_PROXY ? "pass"
                      : c->flags & FOREST_IMPORT ? "import" : "capability", "kind", c->kind, "base",
                      (json_int_t)c->base, "bytes", (json_int_t)c->bytes, "rights", c->rights, "depth",
                      (int)c->depth);
        json_object_set_new(o, "level", json_integer(depth));
        if (c->program[0])
            json_object_set_new(o, "program", json_words(c->program));
        if (c->node[0])
            json_object_set_new(o, "node", json_words(c->node));
        if (c->up != FOREST_NONE)
            json_object_set_new(o, "below", json_pack("{s:i, s:I}", "core", (int)f->cap[c->up].core, "id",
                                                      (json_int_t)f->cap[c->up].id));
        json_array_append_new(caps, o);
    }
    for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        json_array_append_new(warnings, json_words(line));
    free(copy);
    return json_pack("{s:I, s:b, s:o, s:o}", "dump", (json_int_t)f->dump, "whole", !f->cut, "caps", caps,
                     "warnings", warnings);
}

static bool write_svg(const struct asked *a, const struct forest *f, struct complaint *bad)
{
    struct buf t = {0};
    bool ok;

    if (!a->svg)
        return true;
    forest_svg(f, a->all, &t);
    ok = file_write(a->svg, t.s, t.n);
    buf_free(&t);
    if (ok && !a->common.quiet)
        fprintf(stderr, "skerry: %s\n", a->svg);
    return ok || refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", a->svg, strerror(errno));
}

static bool check_dump(const struct asked *a, const struct forest *f, struct complaint *bad)
{
    struct buf seen = {0};

    if (f->dump >= 0)
        return true;
    if (f->nseen) {
        seen_words(f, &seen);
        refuse(bad, ERR_NO_RECORDS, "there is no dump %s in %.200s", a->dump_text, a->log);
        SAY(bad->have, "dumps %s", seen.s);
        buf_free(&seen);
        return false;
    }
    refuse(bad, ERR_NO_RECORDS, "there is no dump of capabilities in %.200s", a->log);
    SAY(bad->have, "%lu lines, %lu records", f->lines, f->records);
    SAY(bad->why, "a dump is made when a program of the run asks for it (monitor call FOREST)");
    SAY(bad->hint, "make system T=forest, then skerry caps out/system/forest.log");
    return false;
}

static bool read_numbers(struct asked *a, int64_t *dump, struct complaint *bad)
{
    if (a->dump_text && !number_from(a->dump_text, 0, INT64_MAX, dump))
        return refuse(bad, ERR_VALUE, "--dump %s: the value must be the number of a dump", a->dump_text);
    if (a->core_text && !number_from(a->core_text, 0, CORES_MAX - 1, &a->core))
        return refuse(bad, ERR_VALUE, "--core %s: the value must be a core, 0 to %d", a->core_text,
                      CORES_MAX - 1);
    return true;
}

static int show(void *asked, const struct parsed *p)
{
    struct asked *a = asked;
    struct forest *f = &a->forest;
    struct complaint bad = {0};
    int64_t dump = -1;
    unsigned depth = 0;
    bool all = a->all;

    a->ascii = a->ascii || !a->utf8;
    a->log = p->nargs ? p->args[0] : "out/console.log";
    if (!read_numbers(a, &dump, &bad))
        return complain(&a->common, &bad);
    forest_start(f, dump);
    if (!read_log(a, f, &bad) || !check_dump(a, f, &bad))
        return complain(&a->common, &bad);
    forest_join(f);
    if (a->core >= 0) {
        forest_only(f, (unsigned)a->core, a->all);
        a->all = false;
    }
    if (a->common.json) {
        json_print(as_json(f, a->all));
    } else {
        if (forest_next(f, FOREST_NONE, &depth, a->all) == FOREST_NONE)
            print_nothing(f, a, all);
        print_tree(f, a);
        print_cores(f);
        if (f->nwarnings)
            fprintf(stderr, "%s", f->warnings.s);
    }
    if (!write_svg(a, f, &bad))
        return complain(&a->common, &bad);
    return f->nwarnings ? 1 : EXIT_OK;
}

static struct poptOption *table(struct asked *a)
{
    static struct poptOption rows[8];

    rows[0] = (struct poptOption){"svg", 0, POPT_ARG_STRING, &a->svg, 0, "write the forest as a picture", "FILE"};
    rows[1] = (struct poptOption){"all", 'a', POPT_ARG_NONE, &a->all, 0,
                                  "what never left its core, too", NULL};
    rows[2] = (struct poptOption){"ascii", 0, POPT_ARG_NONE, &a->ascii, 0, "no box drawing characters", NULL};
    rows[3] = (struct poptOption){"dump", 0, POPT_ARG_STRING, &a->dump_text, 0,
                                  "of several dumps, the one with this number; default: the last", "N"};
    rows[4] = (struct poptOption){"core", 0, POPT_ARG_STRING, &a->core_text, 0,
                                  "only what this core has, or has of it", "N"};
    rows[5] = (struct poptOption)OPTIONS_COMMON(&a->common);
    rows[6] = (struct poptOption)OPTION_END;
    return rows;
}

static int caps_main(int argc, const char **argv)
{
    struct asked a = {.core = -1};
    const char *lang = setlocale(LC_CTYPE, "");
    int status;

    forest_start(&a.forest, -1);
    a.utf8 = lang && (strstr(lang, "UTF-8") || strstr(lang, "utf8"));
    status = options_run(&verb_caps, &a.common, table(&a), argc, argv, show, &a);
    forest_free(&a.forest);
    return status;
}

const struct verb verb_caps = {"caps",
                               "who owns which memory, and which cores hold copies of it",
                               "[options] [LOG | -]",
                               examples,
                               more,
                               caps_main,
                               0,
                               1,
                               "at most one log"};
