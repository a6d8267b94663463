/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/dtb_facts - what boot finds in a device tree, and whether it would boot from it.
 *
 * The reading is boot's own code (boot/dtb.h, boot/cut.h); here is only what a person wants
 * to know besides: names, paths, and every reason against, where boot stops at the first.
 */
#pragma once
#include "tools/skerry/error.h"
#include "boot/cut.h"
#include "boot/dtb.h"
#undef refuse /* of lib/base/text.h; in the tools it is the function of error.h */

#define DTB_FINDINGS (DTB_STEPS + 5)
#define DTB_CLOCKS   8
#define DTB_TIMERS                                                                                 \
    5 /* of the binding: secure, non-secure, virtual, hypervisor, hypervisor virtual */
#define DTB_NAME 64

enum dtb_weight { DTB_REASON, DTB_WARNING, DTB_NOTE }; /* a reason is one against booting */

struct dtb_finding {
    enum dtb_weight weight;
    const char *about; /* "memory", "cores", ... */
    char words[400], hint[160];
};

struct dtb_core {
    char compatible[DTB_NAME], node[128], method[24];
};

struct dtb_facts {
    char model[DTB_NAME], gic_name[DTB_NAME], psci[DTB_NAME];
    uint64_t bytes, used_bytes; /* of the tree: with and without what is left over at its end */
    struct machine machine;
    struct cut cut;
    bool cut_done;
    struct dtb_core core[CORES_MAX]; /* beside machine.cores */
    uint32_t timer[DTB_TIMERS];      /* interrupts; 0: not named */
    uint32_t timer_hz;               /* 0: the tree does not say; CNTFRQ_EL0 does */
    struct {
        char name[DTB_NAME];
        uint32_t hz;
    } clock[DTB_CLOCKS];
    unsigned nclocks;
    struct dtb_finding finding[DTB_FINDINGS];
    unsigned nfindings, nreasons;
};

/* What the firmware will have written into the tree before boot sees it; all optional. */
struct dtb_ask {
    struct range ram[4];
    unsigned nram;
    bool core_given;
    uint64_t core; /* affinity of the core that boots; else the first of the tree */
    unsigned el;   /* 1 or 2; 0: not known */
};

/*
 * Reads the tree of `bytes` bytes. False: it is no device tree, or broken, and `bad` says so. What
 * speaks against booting from a whole one is in the findings.
 */
bool dtb_facts_read(const void *tree, size_t bytes, const struct dtb_ask *ask, struct dtb_facts *f,
                    struct complaint *bad);
const char *dtb_start_words(enum start_method start);
