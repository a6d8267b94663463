/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/check_failed - on the host a broken promise of ours ends the program. */
#include <stdio.h>
#include <stdlib.h>
#include "lib/base/check.h"

_Noreturn void check_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what);
    abort();
}
