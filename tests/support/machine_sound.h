/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/machine_sound - what must hold of every device tree that boot accepts.
 *
 * Returns NULL, or the property of boot/dtb.h or boot/cut.h that is broken. Written from
 * the headers, not from the code: each property is checked the long way.
 */
#pragma once
#include "boot/cut.h"
#include "boot/dtb.h"

const char *machine_unsound(const struct machine *m, uint64_t mpidr);
const char *cut_unsound(const struct machine *m, const struct range *keep, unsigned nkeep,
                        const struct cut *cut);

/*
 * A whole tree as boot would take it, with all checks. bytes: of the buffer, 8-aligned. The
 * core that "boots" is the first in the tree. A refusal without a sentence is unsound too.
 * *st is what the reader answered.
 */
const char *tree_unsound(const void *fdt, uint64_t bytes, status_t *st, struct text *why);
