/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/console - maps the UART that boot speaks on, and changes to another if the boot arguments ask for it.
 *
 *     skerry.uart=header       the 40-pin header's of a Raspberry Pi 5 (boot/rp1.h)
 *     skerry.uart=0x1c00030000 a PL011 at this address, which firmware or somebody else has set up
 */
#pragma once
#include "boot/machine.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

/* The tree's. ST_MAPPED: something else is there. Without a console nothing is done. */
MUST_CHECK status_t console_open(const struct machine *m, struct text *why);

/*
 * After dtb_read: m's console becomes the one asked for, and what is said comes out there. The header's that cannot be had
 * is told of on the tree's console, which stays. Refuses an address where no UART can be.
 */
MUST_CHECK status_t console_choose(struct machine *m, struct text *why);
