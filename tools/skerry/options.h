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

enum parse_result { PARSED, PARSED_HELP, PARSED_BAD };

/*
 * Read argv (argv[0] is the verb) by `table`, which must include the common rows
 * by OPTIONS_COMMON(&common). PARSED_HELP: help was asked for and printed to stdout.
 */
enum parse_result options_parse(const struct verb *v, struct common *c, struct poptOption *table,
                                int argc, const char **argv, struct parsed *p,
                                struct complaint *bad);
void options_free(struct parsed *p, struct common *c);
struct poptOption *options_common(struct common *c);

/* Print a complaint to stderr, and its twin to stdout with --json; returns its exit status. */
int complain(const struct common *c, const struct complaint *bad);
void warn(const struct common *c, const struct complaint *bad);

/* Whole decimal number in [low, high], nothing else around it. */
bool number_from(const char *s, int64_t low, int64_t high, int64_t *n);

#define OPTION_END                                                                                 \
    {                                                                                              \
        NULL, 0, 0, NULL, 0, NULL, NULL                                                            \
    }
