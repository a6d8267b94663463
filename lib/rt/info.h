/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/info - the program's own page of facts, and its arguments cut into words. */
#pragma once
#include "lib/abi/layout.h"
#include "lib/abi/program.h"

#define ARGS_MAX 32

static inline const struct program_info *rt_info(void)
{
    return (const struct program_info *)(uintptr_t)USER_INFO;
}

/*
 * Cut `text` at blanks: argv[0] is `name`, argv[*argc] is NULL. At most ARGS_MAX - 1
 * words; `buffer` (of PROGRAM_ARGS_BYTES) holds their bytes. P: tested on the host.
 */
int args_split(const char *name, const char *text, char *buffer, const char *argv[ARGS_MAX]);
