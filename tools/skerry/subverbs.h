/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/subverbs - words that say what to do: `skerry keys ...`, and `skerry keys sign ...` below it. */
#pragma once
#include "tools/skerry/options.h"

/* Verbs are found by the last word of their names. NULL: there is none. */
const struct verb *subverbs_find(const struct verb *const *verbs, size_t n, const char *word);
/* The word that was meant, perhaps. */
const char *subverbs_near(const struct verb *const *verbs, size_t n, const char *word);
void subverbs_list(const struct verb *const *verbs, size_t n, FILE *to);
/* Complains of `word`, which `program` ("skerry keys") does not know; its exit status. */
int subverbs_unknown(const char *program, const struct verb *const *verbs, size_t n,
                     const char *word, int argc, const char **argv);

/* Each sub->name is "VERB WORD". Runs the one that argv[1] names; lists all when there is none. */
int subverbs_main(const struct verb *v, const struct verb *const *subs, size_t n, int argc,
                  const char **argv);
