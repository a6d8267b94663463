/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/verbs.h"
#include "lib/base/types.h"
#include "tools/skerry/runlog.h"
#include "tools/skerry/subverbs.h"
#include "tools/skerry/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct verb *const verbs[] = {&verb_run,  &verb_report, &verb_caps, &verb_witness,
                                    &verb_keys, &verb_dtb,    &verb_flash, &verb_monitor, &verb_doctor, &verb_help, &verb_version};
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
          "  skerry dtb check FILE.dtb       can it boot from this device tree?\n"
          "  skerry flash IMAGE /dev/sdX     write a card, and read it back\n"
          "  skerry monitor /dev/ttyACM0     listen to a board, report as it goes\n"
          "  skerry doctor                   is everything here that it needs?\n\n",
          to);
    subverbs_list(verbs, nverbs, to);
    fputs("\n`skerry help VERB` explains one of them, `skerry help SK3001` an error code,\n"
          "`skerry help errors` lists all codes with their exit status.\n",
          to);
}

static int help_on(const struct common *c, const char *topic)
{
    const struct verb *v = subverbs_find(verbs, nverbs, topic);
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
    near = subverbs_near(verbs, nverbs, topic);
    SAY(bad.hint, "%s%s", near ? "skerry help " : "skerry help", near ? near : "");
    return complain(c, &bad);
}

static int help(void *asked, const struct parsed *p)
{
    if (p->nargs)
        return help_on(asked, p->args[0]);
    list(stdout);
    return EXIT_OK;
}

static int help_main(int argc, const char **argv)
{
    struct common c;
    struct poptOption table[] = {OPTIONS_COMMON(&c), OPTION_END};

    return options_run(&verb_help, &c, table, argc, argv, help, &c);
}

static int version(void *asked, const struct parsed *p)
{
    const struct common *c = asked;

    (void)p;
    if (c->json)
        json_print(must(json_pack("{s:s, s:s, s:s, s:i, s:s}", "schema", "skerry.version/1",
                                  "version", SKERRY_VERSION, "git", SKERRY_GIT, "record_format",
                                  RECORD_FORMAT, "report_schema", "skerry.latency/1")));
    else
        printf("skerry %s%s%s\n", SKERRY_VERSION, *SKERRY_GIT ? " " : "", SKERRY_GIT);
    return EXIT_OK;
}

static int version_main(int argc, const char **argv)
{
    struct common c;
    struct poptOption table[] = {OPTIONS_COMMON(&c), OPTION_END};

    return options_run(&verb_version, &c, table, argc, argv, version, &c);
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
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct verb *v;

    if (!word || strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        list(word ? stdout : stderr);
        return word ? flushed(EXIT_OK) : EXIT_USAGE;
    }
    if (strcmp(word, "--version") == 0)
        word = "version";
    v = subverbs_find(verbs, nverbs, word);
    return v ? flushed(v->main(argc - 1, argv + 1))
             : subverbs_unknown("skerry", verbs, nverbs, word, argc, argv);
}

const struct verb verb_help = {"help",
                               "this list, a subcommand, or an error code",
                               "[VERB | SKnnnn | errors]",
                               "  skerry help run\n  skerry help SK3001\n  skerry help errors\n",
                               NULL,
                               help_main,
                               0,
                               1,
                               "at most one topic"};
const struct verb verb_version = {"version",  "the version of this program",
                                  "[--json]", "  skerry version\n  skerry version --json\n",
                                  NULL,       version_main,
                                  0,          0,
                                  NULL};
