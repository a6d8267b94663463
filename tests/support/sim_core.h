/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/sim_core - one core of the simulated machine: the CPU driver's own capability code over a
 * share of host memory, the monitor's own logic of monitor/caps, and one program with a table.
 *
 * Nothing here is a model: cpudriver/{cap,retype,reap,remote,sys_cap}.c and monitor/caps*.c are the files
 * that run on the machine. Only rings, clock and programs are the simulation's.
 */
#pragma once
#include "cpudriver/kcb.h"
#include "monitor/caps.h"

/* How large a core is: slots of the monitor's and the program's table, pages of RAM of the program and for
 * lending, entries of monitor/caps. */
struct sim_size {
    uint32_t own_slots, prog_slots, pages, pool;
    uint32_t nodes, holds, passes, ops;
};

struct sim_core {
    core_id id;
    struct kcb *k;
    struct bootinfo info;
    struct sim_size size;
    uint8_t *share;                 /* the tables first, then tasks and RAM     */
    size_t share_bytes;
    struct captable *own, *theirs;
    struct task *monitor, *program;
    handle_t island, table, pool;   /* in own: the program's table, RAM to lend */
    handle_t ram;                   /* in the program's table                   */
    struct caps caps;
    bool alive, stalled;
    uint64_t slow;                  /* factor of its delays                     */
    _Alignas(64) uint8_t log[LOG_HEAD_BYTES + 256 * WITNESS_BYTES];
    uint64_t turn_at;               /* a turn is on its way; 0: none            */
};

void sim_core_make(struct sim_core *c, core_id id, core_id ncores, const struct sim_size *size);
void sim_core_free(struct sim_core *c);

/* A system call of cap_grant by the monitor (own) or the program, done whole. x as in lib/abi/syscall.h. */
status_t sim_monitor(struct sim_core *c, unsigned op, uint64_t x[8]);
status_t sim_program(struct sim_core *c, unsigned op, uint64_t x[8]);
/* Is this handle of the program good? Its words of CAP_IDENTIFY. */
bool sim_usable(struct sim_core *c, handle_t h, uint64_t x[8]);

/* Kernel functions of struct caps_env; the world is the struct sim_core. */
extern const struct caps_env sim_kernel_env;
