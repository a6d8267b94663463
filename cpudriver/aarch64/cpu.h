/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/aarch64/cpu - what only this core's registers and firmware can do. */
#pragma once
#include "cpudriver/kcb.h"
#include "lib/aarch64/barrier.h"
#include "lib/aarch64/sysreg.h"

/* Control registers as the CPU driver needs them; vectors; counter and FP access of EL0. */
void cpu_init(struct kcb *k);

void cpu_timer_set(bool physical, uint64_t ticks);
void cpu_timer_off(bool physical);
void cpu_fp_open(bool open);
void cpu_space(paddr_t root, uint16_t asid);

/* Asks the firmware to start a core. ST_DEAD_CORE: *answer is what it said (PSCI, 5.2.2). */
MUST_CHECK status_t cpu_start(struct kcb *k, core_id core, int64_t *answer);

/*
 * This core stops for good (DEN 0022 5.5); the others go on. No interrupt wakes it, no program of it runs
 * again. The firmware turns it off, so that cpu_power tells of it; without one it sleeps for ever.
 */
_Noreturn void cpu_stop(struct kcb *k);
/* What the firmware says of a core (DEN 0022 5.7); POWER_UNKNOWN without one. */
enum core_power cpu_power(struct kcb *k, core_id core);

/* One block of SHA-256: by this core's instructions, or, if it has none or "skerry.sha=portable", by BearSSL. */
witness_block_fn *cpu_sha(struct kcb *k);

/* Ends the run of the machine with this exit status, as far as the machine can. */
_Noreturn void cpu_end_machine(struct kcb *k, unsigned status);

/* Resets the machine `ms` from now unless called again before; 0: no more. As MACHINE_WATCH. */
MUST_CHECK status_t cpu_watch(struct kcb *k, uint64_t ms);

/* aarch64/sha.S */
void sha_block(uint32_t h[8], const void *block);

/* aarch64/entry.S */
_Noreturn void enter_el0(struct task *t);
void fp_save(struct fp_state *to);
void fp_load(const struct fp_state *from);
extern char vectors[];
_Noreturn void cpu_semihosting_exit(unsigned status);
