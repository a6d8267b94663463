/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb - our questions to the device tree.
 *
 * The tree is input. What is needed to run is checked and, if wrong, refused with a
 * sentence that names the node; a device that boot does not need and cannot make
 * sense of is left out. Answers are properties callers rely on:
 *
 *   D1  ram[] is sorted, no two touch or overlap, all below PHYS_LIMIT
 *   D2  every range has base + bytes without wrap
 *   D3  cores[0] is the core that asks; affinities differ pairwise; 1 <= ncores <= CORES_MAX
 *   D4  another core that is present can be started by `start` (spin-table: release != 0)
 *   D5  a GICv2 never has more than 8 cores
 *   D6  interrupts are numbers the GIC can have: PPIs 16..31, SPIs 32..1019
 *
 * Pure: the host's tests and fuzzers run the same code.
 */
#pragma once
#include "boot/machine.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

/*
 * What boot needs to say that something is wrong and to end: bootargs, console, reset block,
 * PSCI conduit. Never refuses; what cannot be read is left out. The tree has passed at least
 * tree_check_header: a broken tree may still name the console on which to say so.
 */
void dtb_lifeline(const void *fdt, struct machine *m);

/* All the rest. mpidr: affinity bits of the core that asks. ST_FORMAT or ST_UNSUPPORTED, with why. */
MUST_CHECK status_t dtb_read(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why);

/*
 * The console is at `base` from now on, without an interrupt. ST_FORMAT, with why, and no change: nothing of ours can be
 * there. After dtb_read.
 */
MUST_CHECK status_t dtb_console_at(struct machine *m, paddr_t base, struct text *why);

/*
 * dtb_read, taken apart: dtb_open, then each step in order as long as none refuses. Boot does
 * not go on after a refusal; who explains a tree may, and finds what else is wrong with it.
 */
#define DTB_STEPS 9
struct dtb_step {
    const char *what;
    status_t (*read)(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why);
};
extern const struct dtb_step dtb_steps[DTB_STEPS];
void dtb_open(const void *fdt, struct machine *m);

#define MPIDR_AFFINITY 0xff00ffffffull
