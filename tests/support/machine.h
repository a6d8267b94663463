/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/machine - a weakly ordered machine on which a few threads of real C run, one
 * memory access at a time, in every order the C memory model allows.
 *
 * The threads are ordinary functions that call urpc. Compiled with URPC_MACHINE, ring.c and
 * wait.c come here for each access to shared memory (urpc/order.h). The state of a thread is
 * the list of values it has read: to go on, it is run again from its start, is handed those
 * values, and stops at the first access that has no answer yet. So states can be kept, hashed
 * and walked (tests/support/explore.h) though the code is the code that runs on cores.
 *
 * Memory is, per location, the list of all writes. Each thread has a view: the oldest write
 * of each location that it may still read.
 *
 *     load            any write not older than the view           the view moves up to it
 *     ... acquire     ... and the view takes in what came with a release
 *     store           becomes the newest write (each location has one writer here)
 *     ... release     ... and carries the view of its thread
 *     full fence      the view takes in, and adds to, that of all earlier full fences
 *     late load       may be answered by any write from then until the next release or fence
 *                     of its thread: loads do not wait for their turn, nor hold up stores
 *
 * That is the view-based reading of C11 (release, acquire, relaxed, sequentially consistent
 * fences) plus loads delayed past later stores. It allows stale reads, store buffering and
 * reordered loads. It does not guess stores ahead of loads that decide them: dropping the
 * acquire (D) is invisible here and is left to the thread sanitizer.
 */
#pragma once
#include <stdatomic.h>
#include <stdio.h>
#include "lib/base/types.h"
#include "tests/support/explore.h"

#define ORDER_LOAD(p, order)         ((__typeof__(*(p) + 0))machine_load((p), (order)))
#define ORDER_STORE(p, value, order) machine_store((p), (uint64_t)(value), (order))
#define ORDER_FENCE()                machine_fence()

uint64_t machine_load(const volatile void *p, memory_order order);
void machine_store(const volatile void *p, uint64_t value, memory_order order);
void machine_fence(void);

/* A plain load whose value is only compared: any answer but `expected` breaks the property. */
void machine_late_load(const void *p, uint64_t expected, const char *otherwise);

/* Doorbells: one pending poke per thread. Sleeping takes the poke, or waits for one. */
void machine_poke(unsigned thread);
void machine_sleep(void);

/*
 * A loop that waits: what was read since the mark decided nothing but to try again. The
 * thread forgets it, or else it would have endless states. Only loads can be forgotten.
 *
 *     for (machine_mark(); !try(); machine_again())
 *         ;
 */
void machine_mark(void);
_Noreturn void machine_again(void);

/* A property the thread found broken; `what` is a string constant. */
_Noreturn void machine_broken(const char *what);

/* What runs: threads by name, and the locations they share, zero at first. */
#define MACHINE_THREADS   3u
#define MACHINE_LOCATIONS 10u

struct machine_program {
    const char *name;
    unsigned threads;
    void (*body)(unsigned thread);
    const char *thread_name[MACHINE_THREADS];
    struct {
        const volatile void *p;
        const char *name;
    } location[MACHINE_LOCATIONS];
};

/* Walk all runs of it. */
struct explore_result machine_explore(const struct machine_program *program, uint64_t max_states,
                                      FILE *to);
