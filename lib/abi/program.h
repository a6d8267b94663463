/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/abi/program - what a program finds at USER_INFO when it starts.
 *
 * The monitor that spawns a program fills it; the first monitor's own is filled by
 * its CPU driver. Handles are in the program's own table.
 */
#pragma once
#include "lib/abi/cap.h"

#define PROGRAM_MAGIC 0x304f464e49475250ull /* "PRGINFO0" */
#define PROGRAM_ARGS_BYTES 256

struct program_info {
    uint64_t magic;
    core_id core, ncores;
    uint32_t flags;             /* PROGRAM_ bits                                       */
    uint64_t counter_hz;
    uint64_t reset_ticks;       /* CNTVCT at reset: ns since reset = (now - this) / hz */
    handle_t task, table, space;
    handle_t ram;               /* memory of its own to retype, or 0                   */
    handle_t monitor;           /* endpoint of this core's monitor, or 0               */
    uint64_t bucket;            /* its doorbell bucket                                 */
    handle_t extra[8];          /* per program: see the program                        */
    uint64_t extra_value[8];
    char name[32];
    char args[PROGRAM_ARGS_BYTES];

    /* Only for monitors: what the CPU driver gives the root of authority of a core. */
    handle_t share[4];          /* RAM: bootinfo.free, then share[1..3]                */
    handle_t bootinfo, bundle, dtb; /* frames, read-only                               */
    handle_t device[8], irq[8]; /* as bootinfo.device[]                                */
    handle_t console_device, console_irq;
    uint8_t proof_secret[32];   /* proofs of tier 3 are signed with it: docs/protocols/proofs.md */
    handle_t witness;           /* frame of this core's witness log, read-only: witness/log.h */
    handle_t coreboot, island, machine; /* any core may stop another, and end the run   */
    handle_t pair[64];          /* frame of the pair with core i                       */
    handle_t doorbell[64];      /* of core i, any bucket                               */
};
_Static_assert(sizeof(struct program_info) <= 4096, "the info is one page");
