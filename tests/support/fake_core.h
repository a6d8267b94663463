/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/fake_core - one CPU driver on the host: its KCB, its share, its root task. */
#pragma once
#include <setjmp.h>
#include "cpudriver/kcb.h"
#include "lib/abi/syscall.h"
#include "witness/verify.h"

struct fake_core {
    uint64_t now, timer, tpidr; /* ticks are nanoseconds */
    uint32_t irq;               /* pending, 0: none      */
    unsigned sgis, sgi;         /* how many were sent; the last, and to which core */
    core_id sgi_core;
    enum core_power power;      /* what the firmware says                          */
    uint64_t watch_ms;          /* of the last cpu_watch                           */
    unsigned watches;
    status_t watch_answer;
    struct fp_state fp;         /* the registers of the core                       */
    jmp_buf *stopped;           /* where cpu_stop goes; NULL: a failure            */
};
extern struct fake_core fake;

struct world {
    struct kcb *k;
    struct bootinfo *info;
    uint8_t *share;
    uint64_t share_bytes;
    void *log;
    struct captable *table;
    struct task *root;
    handle_t ram, self, own_table, space;
    struct verify verify;       /* has read all records so far                      */
    uint64_t nonce;
    bool keep;                  /* the log is read, but not drained                  */
};

void world_make(struct world *w, uint64_t share_bytes);
void world_free(struct world *w);

/* What no system call makes: a capability without a parent in the root table. */
handle_t world_give(struct world *w, enum cap_type type, uint64_t object, uint64_t value, uint8_t rights);

/* A system call by the running task, as from EL0. x[0..7] in and out. */
status_t world_call(struct world *w, unsigned number, unsigned op, uint64_t x[8]);

/* ATTEST_PROVE for ATTEST_EMIT with these arguments; the nonce counts up. Then that call. */
void world_prove(struct world *w, handle_t island, const uint64_t x[5], uint64_t nonce);
status_t world_attest(struct world *w, handle_t island, uint64_t kind_and_flags, uint64_t target,
                      uint64_t payload, uint64_t hash);

/* The records that calls have left since the last time; each is verified as it is read. The log is drained. */
void world_read_log(struct world *w);
/* A record by its sequence. */
const struct witness_record *world_record(const struct world *w, uint64_t sequence);

/* D1-D4 of cpudriver/cap.h for every slot of every live table reachable from the root table. Aborts
 * with a sentence when one is broken. */
void world_check(const struct world *w);
