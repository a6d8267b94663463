/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/verbs.h"
#include "lib/base/types.h"
#include "tools/skerry/runlog.h"
#include "tools/skerry/suggest.h"
#include "tools/skerry/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct verb *const verbs[] = {&verb_run,  &verb_report, &verb_caps, &verb_witness,
                                    &verb_keys, &verb_doctor, &verb_help, &verb_version};
const size_t nverbs = ARRAY_LEN(verbs);

static void list(FILE *to)
{
    fputs("skerry - boot Skerry and turn its console into a report\n\n"
          "EXAMPLES\n"
          "  skerry run                      boot 8 cores in QEMU, measure, report\n"
          "  skerry report out/console.log   the report of a log that is there already\n"
          "  skerry report /dev/ttyUSB0      the report of a board on a serial line\n"
          "  skerry caps LOG                 who holds which memory, as a tree\n"
          "  skerry witness verify DIR       is the log of what was done what was written?\n"
          "  skerry keys generate board7     a pair of keys to sign with\n"
          "  skerry doctor                   is everything here that it needs?\n\n"
          "SUBCOMMANDS\n",
          to);
    for (size_t i = 0; i < nverbs; i++)
        fprintf(to, "  %-9s %s\n", verbs[i]->name, verbs[i]->line);
    fputs("\n`skerry help VERB` explains one of them, `skerry help SK3001` an error code,\n"
          "`skerry help errors` lists all codes with their exit status.\n",
          to);
}

static const struct verb *verb_named(const char *word)
{
    for (size_t i = 0; i < nverbs; i++)
        if (strcmp(verbs[i]->name, word) == 0)
            return verbs[i];
    return NULL;
}

static const char *nearest_verb(const char *word)
{
    const char *words[ARRAY_LEN(verbs)];

    for (size_t i = 0; i < nverbs; i++)
        words[i] = verbs[i]->name;
    return suggest_word(word, words, nverbs);
}

static int help_on(const struct common *c, const char *topic)
{
    const struct verb *v = verb_named(topic);
    struct complaint bad;
    const char *near;
    int64_t number;

    if (v)
        return v->main(2, (const char *[]){v->name, "--help", NULL});
    if (strcmp(topic, "errors") == 0) {
        complaint_list(stdout);
        return EXIT_OK;
    }
    if (strncmp(topic, "SK", 2) == 0 && number_from(topic + 2, 1000, 9999, &number) &&
        complaint_help((int)number)) {
        printf("%s: %s\nexit status %d\n", topic, complaint_help((int)number),
               complaint_exit((enum complaint_code)number));
        return EXIT_OK;
    }
    refuse(&bad, ERR_TOPIC, "there is no help on \"%s\"", topic);
    near = nearest_verb(topic);
    SAY(bad.hint, "%s%s", near ? "skerry help " : "skerry help", near ? near : "");
    return complain(c, &bad);
}

static int help_main(int argc, const char **argv)
{
    struct common c;
    struct poptOption table[] = {{NULL, 0, POPT_ARG_INCLUDE_TABLE, options_common(&c), 0,
                                  "Common to all subcommands:", NULL},
                                 OPTION_END};
    struct parsed p;
    struct complaint bad;
    int status = EXIT_OK;

    switch (options_parse(&verb_help, &c, table, argc, argv, &p, &bad)) {
    case PARSED_HELP:
        break;
    case PARSED_BAD:
        status = complain(&c, &bad);
        break;
    case PARSED:
        if (p.nargs)
            status = help_on(&c, p.args[0]);
        else
            list(stdout);
    }
    options_free(&p, &c);
    return status;
}

static void version_json(void)
{
    json_t *o = must(json_pack("{s:s, s:s, s:s, s:i, s:s}", "schema", "skerry.version/1", "version",
                               SKERRY_VERSION, "git", SKERRY_GIT, "record_format", RECORD_FORMAT,
                               "report_schema", "skerry.latency/1"));

    json_dumpf(o, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(o);
}

static int version_main(int argc, const char **argv)
{
    struct common c;
    struct poptOption table[] = {{NULL, 0, POPT_ARG_INCLUDE_TABLE, options_common(&c), 0,
                                  "Common to all subcommands:", NULL},
                                 OPTION_END};
    struct parsed p;
    struct complaint bad;
    int status = EXIT_OK;

    switch (options_parse(&verb_version, &c, table, argc, argv, &p, &bad)) {
    case PARSED_HELP:
        break;
    case PARSED_BAD:
        status = complain(&c, &bad);
        break;
    case PARSED:
        if (c.json)
            version_json();
        else
            printf("skerry %s%s%s\n", SKERRY_VERSION, *SKERRY_GIT ? " " : "", SKERRY_GIT);
    }
    options_free(&p, &c);
    return status;
}

/* What was printed must have arrived: a full disk is no success. */
static int flushed(int status)
{
    struct common c;
    struct complaint bad;
    bool ok = !ferror(stdout);
    int why = fflush(stdout) == 0 ? 0 : errno;

    if ((ok && !why) || status != EXIT_OK)
        return status;
    options_common(&c);
    term_setup(&c.term, "auto");
    refuse(&bad, ERR_NO_WRITE, "standard output could not be written%s%s", why ? ": " : "",
           why ? strerror(why) : "");
    return complain(&c, &bad);
}

int skerry(int argc, const char **argv)
{
    const struct verb *v;
    struct common c;
    struct complaint bad;
    const char *word = argc > 1 ? argv[1] : NULL, *near;

    if (!word || strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        list(word ? stdout : stderr);
        return word ? flushed(EXIT_OK) : EXIT_USAGE;
    }
    if (strcmp(word, "--version") == 0)
        word = "version";
    v = verb_named(word);
    if (v)
        return flushed(v->main(argc - 1, argv + 1));
    options_common(&c);
    term_setup(&c.term, "auto");
    for (int i = 2; i < argc; i++)
        c.json |= strcmp(argv[i], "--json") == 0;
    refuse(&bad, ERR_VERB, "there is no subcommand \"%s\"", word);
    near = nearest_verb(word);
    if (near)
        SAY(bad.hint, "did you mean: `skerry %s` (you typed `skerry %s`)", near, word);
    else
        SAY(bad.hint, "skerry help");
    return complain(&c, &bad);
}

const struct verb verb_help = {"help",
                               "this list, a subcommand, or an error code",
                               "[VERB | SKnnnn | errors]",
                               "  skerry help run\n  skerry help SK3001\n  skerry help errors\n",
                               NULL,
                               help_main};
const struct verb verb_version = {"version",  "the version of this program",
                                  "[--json]", "  skerry version\n  skerry version --json\n",
                                  NULL,       version_main};
