/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/load - give one core its own CPU driver and monitor, in its own share.
 *
 *     share[0]  | bootinfo | CPU driver | hand-over | KCB | monitor | tables | free ...     |
 *               |<-------- kernel ----->|   page    |                        | scratch at the end
 *
 * Runs on the core itself; writes nothing but its share. Every core loads from the same
 * bundle, so all run the same bytes, each from a copy of its own.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/load/cpio.h"

#define CPU_DRIVER_NAME "cpudriver"
#define MONITOR_NAME    "bin/monitor"

/* What handover.S needs. */
struct handover {
    vaddr_t info, entry, code;
    paddr_t kernel_root, empty_root;
};

/*
 * Fills the part of *b that is "by this core". *b is at the start of its share, the share
 * and the bundle are mapped at their physical addresses. Answers ST_FORMAT, ST_NOMEM,
 * ST_NOT_FOUND or ST_MAPPED with why; the core then has nothing to run.
 */
MUST_CHECK status_t load_core(struct bootinfo *b, struct handover *h, struct text *why);
/* Leaves boot: enters the CPU driver. The caches are as they must be. */
_Noreturn void load_enter(const struct handover *h);

/* One file of the bundle. ST_NOT_FOUND or ST_FORMAT with why. */
MUST_CHECK status_t load_find(const struct range *bundle, const char *name, struct cpio_file *f,
                              struct text *why);
