/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/options - what every subcommand has in common.
 *
 * One popt table per verb plus the common one; --help prints the verb's EXAMPLES
 * first. Everything after "--" is raw and untouched. Mistakes come back as a
 * complaint with a did-you-mean.
 */
#pragma once
#include <popt.h>

#include "tools/skerry/error.h"
#include "tools/skerry/term.h"

struct verb {
    const char *name, *line; /* "run", one line for the list of verbs         */
    const char *usage;       /* "[options] [-- QEMU options]"                 */
    const char *examples;    /* printed first; each line indented by two      */
    const char *more;        /* printed last: exit codes, files               */
    int (*main)(int argc, const char **argv);
    size_t least, most; /* words that are no option                   */
    const char *takes;  /* the same in words: "one directory of logs" */
};

struct common {
    int json, quiet, help;
    char *colour;
    struct term term;
};

struct parsed {
    const char **args; /* what is no option, NULL-terminated; valid until options_free */
    size_t nargs;
    const char **raw; /* what followed "--" */
    size_t nraw;
    poptContext popt;
};

/*
 * All that a verb's main does: read argv (argv[0] is the verb) by `table`, which ends in OPTIONS_COMMON(&common), then
 * `doing` with `asked` and the words that are no option. What cannot be read is complained about, --help answered. The
 * strings that options put into places of the table are freed afterwards.
 */
int options_run(const struct verb *v, struct common *c, struct poptOption *table, int argc,
                const char **argv, int (*doing)(void *asked, const struct parsed *p), void *asked);
struct poptOption *options_common(struct common *c);

#define OPTIONS_COMMON_AS(c, words)                                                                \
    {                                                                                              \
        NULL, 0, POPT_ARG_INCLUDE_TABLE, options_common(c), 0, words, NULL                         \
    }
#define OPTIONS_COMMON(c) OPTIONS_COMMON_AS(c, "Common to all subcommands:")

/* Print a complaint to stderr, and its twin to stdout with --json; returns its exit status. */
int complain(const struct common *c, const struct complaint *bad);
void warn(const struct common *c, const struct complaint *bad);

/* Whole decimal number in [low, high], nothing else around it. */
bool number_from(const char *s, int64_t low, int64_t high, int64_t *n);

#define OPTION_END                                                                                 \
    {                                                                                              \
        NULL, 0, 0, NULL, 0, NULL, NULL                                                            \
    }
