/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/target - benchmarks of the kernel, counted in instructions.
 *
 * The program `bench` runs on two cores under QEMU's icount, where the cycle counter
 * advances by one for each instruction of any core; so a number here is the length of a path,
 * all cores together, and the same every time. It says nothing of caches or of parallelism.
 *
 * Every row is the median of `n` rounds after a few to warm up. Nothing is subtracted: a
 * row contains the two reads of the counter, and says in `overhead` what those alone count.
 */
#pragma once
#include "lib/rt/chan.h"

#define BENCH_ROUNDS 200u
#define BENCH_WARMUP 8u

static inline uint64_t bench_counter(void)
{
    uint64_t v;

    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(v) : : "memory");
    return v;
}
#define OPS_COUNTER() bench_counter()

/* Makes rounds; each gives what it counted, or 0: it went wrong. Prints the row and says so if any did. */
typedef uint64_t bench_fn(void *context);
bool bench_row(const char *name, bench_fn *round, void *context);

/* Rows from samples that were taken elsewhere. */
bool bench_samples(const char *name, uint64_t *sample, size_t n);

/* One system call, call and reply, switch, signal, map. */
bool bench_ops(void);
/* A fault in another space: to its supervisor, and the task goes on. */
bool bench_fault(void);
/* A task from its first capability to its last. */
bool bench_spawn(void);
/* Address space, registers and FP registers from one program to another; the state of a task as words. */
bool bench_move(void);
/* A message to a sleeping core, and its answer to this one, asleep as well. */
bool bench_wake(struct rt_chan *peer);
/* The other core's side: answers until the channel ends. */
void bench_wake_peer(struct rt_chan *peer);
