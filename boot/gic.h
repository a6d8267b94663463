/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/gic - bring the distributor into a known state, once, and find the redistributors.
 *
 * Afterwards: every SPI disabled, level triggered, of priority 0xa0, sent to the first core;
 * the distributor on. Each CPU driver does the rest for its own core and its own interrupts.
 */
#pragma once
#include "boot/machine.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

/* *spis = how many SPIs there are. ST_STATE, with why, if what is there is not the GIC the tree names. */
MUST_CHECK status_t gic_distributor(const struct machine_gic *g, uint64_t mpidr, uint32_t *spis,
                                    struct text *why);

/* GICv3: the two frames of this core's redistributor. ST_NOT_FOUND, with why, if it has none. */
MUST_CHECK status_t gic_redistributor(const struct machine_gic *g, uint64_t mpidr, struct range *r,
                                      struct text *why);
