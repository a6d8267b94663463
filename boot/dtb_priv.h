/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/dtb_priv - the parts of dtb.c, in the order in which dtb_read calls them. */
#pragma once
#include "boot/dtb.h"
#include "lib/fdt/tree.h"

#define PL011_BYTES    0x50u   /* up to the last register that we use (Arm DDI 0183, chapter 3)      */
#define RP1_ROOT_BYTES 0x9004u /* up to the last register of the root complex that we use (boot/rp1) */

void dtb_read_bootargs(const void *fdt, struct machine *m);
MUST_CHECK status_t dtb_check_bootargs(const struct machine *m, struct text *why);
MUST_CHECK status_t dtb_read_bundle(const void *fdt, struct machine *m, struct text *why);

MUST_CHECK status_t dtb_read_memory(const void *fdt, struct machine *m, struct text *why);
MUST_CHECK status_t dtb_read_reserved(const void *fdt, struct machine *m, struct text *why);

MUST_CHECK status_t dtb_read_gic(const void *fdt, struct machine *m, struct text *why);
MUST_CHECK status_t dtb_read_timer(const void *fdt, struct machine *m, struct text *why);

/* START_NONE if there is no PSCI we can call. */
enum start_method dtb_psci(const void *fdt);
MUST_CHECK status_t dtb_read_cores(const void *fdt, uint64_t mpidr, struct machine *m,
                                   struct text *why);
void dtb_read_clusters(const void *fdt, struct machine *m);

/* Needs no GIC but for the interrupt: before dtb_read_gic that one is 0. */
void dtb_read_console(const void *fdt, struct machine *m);
/* Leaves m->rp1_root empty if the tree names none that can be used. */
void dtb_read_rp1(const void *fdt, struct machine *m);
/* Would mapping its pages give away RAM or what the CPU driver uses itself? */
bool dtb_is_private(const struct machine *m, struct range r);
/* Leaves m->reset empty if there is none that can be used. */
void dtb_read_reset(const void *fdt, struct machine *m);
MUST_CHECK status_t dtb_read_devices(const void *fdt, struct machine *m, struct text *why);

/* Interrupt `index` of the node at the GIC: its number and trigger. ST_NOT_FOUND as tree_interrupt. */
MUST_CHECK status_t dtb_intid(const struct tree *t, const struct machine *m, unsigned index,
                              uint32_t *intid, uint32_t *edge, struct text *why);

/* Whole, not empty and below PHYS_LIMIT? */
static inline bool range_usable(uint64_t base, uint64_t bytes)
{
    return bytes > 0 && base < PHYS_LIMIT && bytes <= PHYS_LIMIT - base;
}

static inline bool ranges_meet(const struct range *a, const struct range *b)
{
    return a->base < b->base + b->bytes && b->base < a->base + a->bytes;
}
