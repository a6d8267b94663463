/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* build/skerry - the host side of Skerry: boot it, and turn its console into a report. */
#include "lib/base/check.h"
#include "tools/skerry/verbs.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "skerry: a bug of ours: %s does not hold (%s:%d)\n", what, file, line);
    abort();
}

int main(int argc, char **argv)
{
    const char **words = must(calloc((size_t)argc + 1, sizeof *words));
    int status;

    for (int i = 0; i < argc; i++)
        words[i] = argv[i];
    status = skerry(argc, words);
    free(words);
    return status;
}
