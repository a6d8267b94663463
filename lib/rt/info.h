/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/info - the program's own page of facts, and its arguments cut into words. */
#pragma once
#include "lib/abi/layout.h"
#include "lib/abi/program.h"

#define ARGS_MAX 32

/* Bits of program_info.flags. */
#define PROGRAM_RESTARTED 1u /* it ran before and failed */

/* Places in program_info.extra, filled as the options in etc/start ask for. */
enum program_extra {
    EXTRA_DEVICE = 0,   /* device=...: its registers; extra_value: bytes, offset in EXTRA_OFFSET   */
    EXTRA_IRQ = 1,      /* device=...: its interrupt, or 0                                         */
    EXTRA_DTB = 2,      /* dtb: frame of the device tree; extra_value: offset of the tree in it    */
    EXTRA_BOOTINFO = 3, /* bootinfo: frame of this core's struct bootinfo                          */
    EXTRA_KEY = 5,      /* witness: frame with the secret key of the device (signify), or 0; extra_value: bytes */
    EXTRA_OFFSET = 4,   /* extra_value: where in EXTRA_DEVICE the registers begin                  */
};

static inline const struct program_info *rt_info(void)
{
    return (const struct program_info *)(uintptr_t)USER_INFO;
}

/*
 * Cut `text` at blanks: argv[0] is `name`, argv[*argc] is NULL. At most ARGS_MAX - 1
 * words; `buffer` (of PROGRAM_ARGS_BYTES) holds their bytes. P: tested on the host.
 */
int args_split(const char *name, const char *text, char *buffer, const char *argv[ARGS_MAX]);
