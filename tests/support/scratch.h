/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/scratch - where tests put what they forget: in TMPDIR, or /tmp without it. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_BYTES 256 /* of a path */

/* "$TMPDIR/<name>.XXXXXX" for mkstemp and mkdtemp. The end of the program if there is no room for it. */
static inline char *scratch(char to[SCRATCH_BYTES], const char *name)
{
    const char *folder = getenv("TMPDIR");
    int n = snprintf(to, SCRATCH_BYTES, "%s/%s.XXXXXX", folder && *folder == '/' ? folder : "/tmp",
                     name);

    if (n < 0 || n >= SCRATCH_BYTES) {
        fprintf(stderr, "TMPDIR is too long\n");
        abort();
    }
    return to;
}
