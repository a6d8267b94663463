/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/subverbs.h"
#include "tools/skerry/suggest.h"

#include <string.h>

#define SUBVERBS_MAX 16

static const char *word_of(const struct verb *sub)
{
    return strchr(sub->name, ' ') + 1;
}

static void list(const struct verb *v, const struct verb *const *subs, size_t n, FILE *to)
{
    fprintf(to, "skerry %s - %s\n\nEXAMPLES\n%s\nSUBCOMMANDS\n", v->name, v->line, v->examples);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "  %-9s %s\n", word_of(subs[i]), subs[i]->line);
    fprintf(
        to,
        "\nUSAGE\n  skerry %s %s\n\nOPTIONS\n  of each: `skerry %s WORD --help`. Common to all: "
        "--json, --quiet, --color WHEN, --help\n",
        v->name, v->usage, v->name);
    if (v->more)
        fprintf(to, "\n%s", v->more);
}

int subverbs_main(const struct verb *v, const struct verb *const *subs, size_t n, int argc,
                  const char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL, *words[SUBVERBS_MAX], *near;
    struct complaint bad;
    struct common c;

    if (!word || strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        list(v, subs, n, word ? stdout : stderr);
        return word ? EXIT_OK : EXIT_USAGE;
    }
    for (size_t i = 0; i < n; i++) {
        words[i] = word_of(subs[i]);
        if (strcmp(words[i], word) == 0)
            return subs[i]->main(argc - 1, argv + 1);
    }
    options_common(&c);
    term_setup(&c.term, "auto");
    for (int i = 2; i < argc; i++)
        c.json |= strcmp(argv[i], "--json") == 0;
    refuse(&bad, ERR_VERB, "there is no \"%s %s\"", v->name, word);
    near = suggest_word(word, words, n);
    SAY(bad.hint, "%sskerry %s%s%s", near ? "did you mean: " : "", v->name, near ? " " : " --help",
        near ? near : "");
    return complain(&c, &bad);
}

enum parse_result subverbs_parse(const struct verb *v, struct common *c, struct poptOption *table,
                                 int argc, const char **argv, struct parsed *p, size_t args,
                                 const char *what, struct complaint *bad)
{
    enum parse_result r = options_parse(v, c, table, argc, argv, p, bad);

    if (r == PARSED && p->nargs != args) {
        refuse(bad, ERR_ARGUMENTS, "`skerry %s` takes %s", v->name, what);
        if (p->nargs > args)
            SAY(bad->have, "\"%s\" is too many", p->args[args]);
        SAY(bad->hint, "skerry %s --help", v->name);
        r = PARSED_BAD;
    }
    if (r == PARSED_BAD)
        complain(c, bad);
    return r;
}
