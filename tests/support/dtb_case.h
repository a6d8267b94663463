/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/dtb_case - a device tree read as boot reads it, for tests of boot/dtb.
 *
 * What was read is in `m`, what was said of it in `why`, which is in `why_buf`. Trees are of tests/support/tree_build, and are freed.
 */
#pragma once
#include "boot/dtb.h"
#include "lib/base/text.h"
#include "tests/support/machine_sound.h"
#include "tests/support/tree_build.h"

extern const struct tree_spec tree_eight; /* eight cores in two clusters, GICv3 */
extern struct machine m;
extern struct text why;
extern char why_buf[320];

status_t dtb_read_tree(void *fdt);
/* It is read, and D1 to D6 of boot/dtb.h hold (tests/support/machine_sound). */
void dtb_must_read(void *fdt);
