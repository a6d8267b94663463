/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/gic_model - an interrupt controller as one core sees it, behind mmio_trap.
 *
 * Version 2 is a GIC-400 as in the Raspberry Pis (IHI 0048B), version 3 a distributor with a redistributor and the
 * registers of the system (IHI 0069). It has those registers that a CPU driver may touch, each at the place and of the width
 * that the manual says; everything else is counted as odd.
 */
#pragma once
#include "tests/support/mmio_trap.h"

#define GIC_MODEL_CPU    0x10000u
#define GIC_MODEL_REDIST 0x20000u
#define GIC_MODEL_BYTES  0x40000u
#define INTIDS           1024u

enum { ICC_PMR, ICC_EOIR1, ICC_SGI1R, ICC_CTLR, ICC_SRE, ICC_IGRPEN1, ICC_REGS };

struct gic_model {
    unsigned version;
    uint8_t self;                             /* as GICD_ITARGETSR0 reads          */
    uint32_t on[INTIDS / 32];                 /* [0] is this core's own            */
    uint8_t priority[INTIDS], target[INTIDS]; /* the first 32 of them too          */
    uint64_t route[INTIDS];
    uint32_t group0, sgir, pmr, ctlr, iar, eoir;
    uint64_t icc[ICC_REGS];
    unsigned sgis, acks, ends, fences, asleep;
    bool awake, ready_when_on;
    unsigned odd; /* accesses that a good driver does not make */
};

extern struct gic_model gic_model;
extern const struct mmio_device gic_model_device;

/* The instructions of a CPU driver that are not this machine's. */
void gic_model_fence(void);
uint64_t gic_model_acknowledge(void);
void gic_model_system(unsigned which, uint64_t value);
