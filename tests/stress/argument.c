/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/info.h"
#include "tests/stress/stress.h"
#include <stdlib.h>
#include <string.h>

uint64_t stress_argument(const char *name, uint64_t otherwise)
{
    size_t n = strlen(name);

    for (const char *at = rt_info()->args; (at = strstr(at, name)) != NULL; at += n)
        if ((at == rt_info()->args || at[-1] == ' ') && at[n] == '=')
            return strtoull(at + n + 1, NULL, 10);
    return otherwise;
}
