/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/subverbs.h"
#include "tools/skerry/suggest.h"

#include <string.h>

#define VERBS_MAX 16

static const char *word_of(const struct verb *v)
{
    const char *space = strrchr(v->name, ' ');

    return space ? space + 1 : v->name;
}

const struct verb *subverbs_find(const struct verb *const *verbs, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word_of(verbs[i]), word) == 0)
            return verbs[i];
    return NULL;
}

const char *subverbs_near(const struct verb *const *verbs, size_t n, const char *word)
{
    const char *words[VERBS_MAX];
    size_t i;

    for (i = 0; i < n && i < VERBS_MAX; i++)
        words[i] = word_of(verbs[i]);
    return suggest_word(word, words, i);
}

void subverbs_list(const struct verb *const *verbs, size_t n, FILE *to)
{
    fputs("SUBCOMMANDS\n", to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "  %-9s %s\n", word_of(verbs[i]), verbs[i]->line);
}

int subverbs_unknown(const char *program, const struct verb *const *verbs, size_t n,
                     const char *word, int argc, const char **argv)
{
    const char *near = subverbs_near(verbs, n, word);
    struct complaint bad;
    struct common c;

    options_common(&c);
    term_setup(&c.term, "auto");
    for (int i = 2; i < argc; i++)
        c.json |= strcmp(argv[i], "--json") == 0;
    refuse(&bad, ERR_VERB, "`%s` has no subcommand \"%s\"", program, word);
    if (near)
        SAY(bad.hint, "did you mean: `%s %s` (you typed `%s %s`)", program, near, program, word);
    else
        SAY(bad.hint, "%s --help", program);
    return complain(&c, &bad);
}

static void describe(const struct verb *v, const struct verb *const *subs, size_t n, FILE *to)
{
    fprintf(to, "skerry %s - %s\n\nEXAMPLES\n%s\n", v->name, v->line, v->examples);
    subverbs_list(subs, n, to);
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
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct verb *sub;
    char program[64];

    if (!word || strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        describe(v, subs, n, word ? stdout : stderr);
        return word ? EXIT_OK : EXIT_USAGE;
    }
    sub = subverbs_find(subs, n, word);
    if (sub)
        return sub->main(argc - 1, argv + 1);
    SAY(program, "skerry %s", v->name);
    return subverbs_unknown(program, subs, n, word, argc, argv);
}
