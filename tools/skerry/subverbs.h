/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/subverbs - a verb whose first word says what to do: `skerry witness verify DIR`. */
#pragma once
#include "tools/skerry/options.h"

/* Each sub->name is "VERB WORD". Runs the one that argv[1] names; lists all when there is none. */
int subverbs_main(const struct verb *v, const struct verb *const *subs, size_t n, int argc,
                  const char **argv);
/* options_parse, one argument for what is read ("a directory of logs") in *what, and the complaints about all that. */
enum parse_result subverbs_parse(const struct verb *v, struct common *c, struct poptOption *table,
                                 int argc, const char **argv, struct parsed *p, size_t args,
                                 const char *what, struct complaint *bad);
