/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/options.h"
#include "tools/skerry/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

struct poptOption *options_common(struct common *c)
{
    static struct poptOption rows[6];

    *c = (struct common){0};
    rows[0] = (struct poptOption){
        "json", 0, POPT_ARG_NONE, &c->json, 0, "one JSON document on stdout", NULL};
    rows[1] = (struct poptOption){
        "quiet", 'q', POPT_ARG_NONE, &c->quiet, 0, "only errors and the result", NULL};
    rows[2] = (struct poptOption){
        "color", 0, POPT_ARG_STRING, &c->colour, 0, "colour: auto, always or never", "WHEN"};
    rows[3] = (struct poptOption){"help", 'h', POPT_ARG_NONE, &c->help, 0, "this text", NULL};
    rows[4] = (struct poptOption)OPTION_END;
    return rows;
}

/* popt's own first line ("Usage: ...") would repeat ours, so its text is taken without it. */
static void print_options(poptContext popt)
{
    char *all = NULL;
    size_t n = 0;
    FILE *f = must(open_memstream(&all, &n));

    poptPrintHelp(popt, f, 0);
    fclose(f);
    fputs(strchr(all, '\n') ? strchr(all, '\n') + 1 : all, stdout);
    free(all);
}

static void help(const struct verb *v, poptContext popt)
{
    printf("skerry %s - %s\n\nEXAMPLES\n%s\nUSAGE\n  skerry %s %s\n\nOPTIONS\n", v->name, v->line,
           v->examples, v->name, v->usage);
    print_options(popt);
    if (v->more)
        printf("\n%s", v->more);
}

static size_t collect(const struct poptOption *table, const char **words, size_t n)
{
    for (; table->longName || table->shortName || table->arg; table++)
        if ((table->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE)
            n = collect(table->arg, words, n);
        else if (table->longName && n < WORDS_MAX)
            words[n++] = table->longName;
    return n;
}

static void bad_option(const struct verb *v, const struct poptOption *table, poptContext popt,
                       int rc, struct complaint *bad)
{
    const char *typed = poptBadOption(popt, POPT_BADOPTION_NOALIAS), *words[WORDS_MAX], *near;
    char bare[64];

    SAY(bare, "%s", typed + strspn(typed, "-"));
    bare[strcspn(bare, "=")] = 0;
    if (rc != POPT_ERROR_BADOPT) {
        refuse(bad, ERR_OPTION, "option %s: %s", typed, poptStrerror(rc));
        SAY(bad->hint, "skerry help %s", v->name);
        return;
    }
    refuse(bad, ERR_OPTION, "`skerry %s` has no option %s", v->name, typed);
    near = suggest_word(bare, words, collect(table, words, 0));
    if (near)
        SAY(bad->hint, "did you mean --%s? (all options: skerry help %s)", near, v->name);
    else
        SAY(bad->hint, "skerry help %s", v->name);
}

enum parse_result { PARSED, PARSED_HELP, PARSED_BAD };

static bool count_words(const struct verb *v, const struct parsed *p, struct complaint *bad)
{
    if (p->nargs >= v->least && p->nargs <= v->most)
        return true;
    refuse(bad, ERR_ARGUMENTS, "`skerry %s` takes %s", v->name,
           v->takes ? v->takes : "no argument");
    if (p->nargs > v->most)
        SAY(bad->have, "\"%s\" is too many", p->args[v->most]);
    SAY(bad->hint, "skerry %s --help", v->name);
    return false;
}

static enum parse_result parse(const struct verb *v, struct common *c, struct poptOption *table,
                               int argc, const char **argv, struct parsed *p, struct complaint *bad)
{
    int ours = argc, rc;

    for (int i = 1; i < ours; i++)
        if (strcmp(argv[i], "--") == 0)
            ours = i;
    *p = (struct parsed){0};
    if (ours < argc) {
        p->raw = argv + ours + 1;
        p->nraw = (size_t)(argc - ours - 1);
    }
    p->popt = must(poptGetContext("skerry", ours, argv, table, 0));
    rc = poptGetNextOpt(p->popt);
    /* --json must hold for the complaint about what came after it, too. */
    for (int i = 1; i < ours; i++)
        c->json |= strcmp(argv[i], "--json") == 0;
    if (!term_setup(&c->term, c->colour ? c->colour : "auto")) {
        term_setup(&c->term, "auto");
        refuse(bad, ERR_VALUE, "--color %s: the value must be auto, always or never", c->colour);
        return PARSED_BAD;
    }
    if (rc < -1) {
        bad_option(v, table, p->popt, rc, bad);
        return PARSED_BAD;
    }
    if (c->help) {
        help(v, p->popt);
        return PARSED_HELP;
    }
    p->args = poptGetArgs(p->popt);
    while (p->args && p->args[p->nargs])
        p->nargs++;
    return count_words(v, p, bad) ? PARSED : PARSED_BAD;
}

static void free_strings(struct poptOption *row)
{
    for (; row->longName || row->shortName || row->arg; row++) {
        unsigned kind = row->argInfo & POPT_ARG_MASK;

        if (kind == POPT_ARG_INCLUDE_TABLE) {
            free_strings(row->arg);
        } else if (kind == POPT_ARG_STRING) {
            free(*(char **)row->arg);
            *(char **)row->arg = NULL;
        } else if (kind == POPT_ARG_ARGV) {
            for (char **s = *(char ***)row->arg; s && *s; s++)
                free(*s);
            free(*(char ***)row->arg);
            *(char ***)row->arg = NULL;
        }
    }
}

int options_run(const struct verb *v, struct common *c, struct poptOption *table, int argc,
                const char **argv, int (*doing)(void *asked, const struct parsed *p), void *asked)
{
    struct complaint bad;
    struct parsed p;
    int status = EXIT_OK;

    switch (parse(v, c, table, argc, argv, &p, &bad)) {
    case PARSED_HELP:
        break;
    case PARSED_BAD:
        status = complain(c, &bad);
        break;
    case PARSED:
        status = doing(asked, &p);
    }
    poptFreeContext(p.popt);
    free_strings(table);
    return status;
}

int complain(const struct common *c, const struct complaint *bad)
{
    struct buf t = {0};

    complaint_text(&t, bad, false, c->term.err_colour);
    fflush(stdout);
    fputs(t.s, stderr);
    buf_free(&t);
    if (c->json)
        json_print(complaint_json(bad, false));
    return complaint_exit(bad->code);
}

void warn(const struct common *c, const struct complaint *bad)
{
    struct buf t = {0};

    complaint_text(&t, bad, true, c->term.err_colour);
    fputs(t.s, stderr);
    buf_free(&t);
}

bool number_from(const char *s, int64_t low, int64_t high, int64_t *n)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(s, &end, 10);
    if (end == s || *end || errno || v < low || v > high || *s == ' ' || *s == '+')
        return false;
    *n = v;
    return true;
}
