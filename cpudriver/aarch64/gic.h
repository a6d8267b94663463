/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/aarch64/gic - the interrupt controller, as seen by one core.
 *
 * Boot has set up the distributor once. A CPU driver touches afterwards only what is banked
 * or its own (private interrupts, CPU interface or redistributor) and, of the shared
 * distributor: set-enable, clear-enable, the route of interrupts it holds, and on version 2
 * the register that sends software-generated interrupts. All of those are single writes that
 * need no other core's agreement.
 */
#pragma once
#include "cpudriver/kcb.h"

#define GIC_INTID(raw) ((raw)&0x3ffu) /* below 1024; bits above name the sender (version 2) */

/* This core's part: CPU interface on, software-generated interrupts and the timer enabled. */
void gic_init(struct kcb *k);

uint32_t gic_ack(struct kcb *k); /* raw: pass it to gic_end; GIC_INTID(raw) >= 1020: nothing */
void gic_end(struct kcb *k, uint32_t raw);
void gic_enable(struct kcb *k, uint32_t intid);
void gic_disable(struct kcb *k, uint32_t intid);
void gic_route_here(struct kcb *k, uint32_t intid);
/* No interrupt reaches this core any more, and what it held is off: for a core that stops. */
void gic_off(struct kcb *k);

/* SGI_STOP (kcb.h): the core that takes it stops for good. It goes before every other interrupt. */
/* Can an interrupt be sent to this core and no other? On version 2 only it knows its number there,
 * and has to have told (kcb.interface); until then SGI_STOP must not be sent, and others go to
 * everybody. */
bool gic_reaches(const struct kcb *k, core_id core);
/* Everything this core stored before is visible to the core that takes the interrupt. */
void gic_sgi(struct kcb *k, core_id core, unsigned sgi);
