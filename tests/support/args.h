/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/args - how long and from which seed: SKERRY_SECONDS and SKERRY_SEED. */
#pragma once
#include <stdlib.h>
#include "lib/base/types.h"

static inline uint64_t test_number(const char *name, uint64_t otherwise)
{
    const char *s = getenv(name);

    return s == NULL || *s == 0 ? otherwise : strtoull(s, NULL, 10);
}

/* 0: the test's own short round. */
static inline uint64_t test_seconds(uint64_t otherwise)
{
    return test_number("SKERRY_SECONDS", otherwise);
}

static inline uint64_t test_seed(void)
{
    return test_number("SKERRY_SEED", 1);
}
