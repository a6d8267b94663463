/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/ops - one kernel operation each, between two reads of a counter.
 *
 * The includer says which counter: #define OPS_COUNTER() before the include. The probe
 * takes the generic counter (time), the benchmarks the cycle counter (which under QEMU's icount
 * counts instructions one by one). Each op_ returns what the counter advanced by, the
 * reading itself included; op_nothing is that alone, and is reported beside.
 *
 *     op_null     a system call that does nothing but answer (TASK_SELF)
 *     op_call     call to a task in another space on this core, and its reply: both ways
 *     op_switch   yield, until the next task - in another space - goes on: one way
 *     op_signal   signal, until the task of the deadline class that waits for it - in another
 *                 space - goes on: one way
 *     op_map      one page into the own space, its page tables there already
 *
 * The twins' side runs in the twin's space (twin.h): no calls, no data, no FP registers.
 * Where the way ends in the twin, the twin writes its reading to the shared page.
 */
#pragma once
#include "lib/abi/layout.h"
#include "services/probe/twin.h"

/*
 * A system call with nothing around it: words of a message are whatever is in the registers,
 * nothing is stored, and what the kernel hands back in x1 to x7 is dropped.
 */
static inline __attribute__((always_inline)) status_t ops_svc(uint64_t word, uint64_t a0,
                                                              uint64_t a1, uint64_t a2, uint64_t a7)
{
    register uint64_t x8 __asm__("x8") = word;
    register uint64_t x0 __asm__("x0") = a0;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x7 __asm__("x7") = a7;

    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x7)
                     : "r"(x8)
                     : "x3", "x4", "x5", "x6", "memory");
    return (status_t)x0;
}

#define OPS_WAKE 1ull /* the event bit of op_signal */

struct ops {
    handle_t endpoint;     /* a twin answers here                       */
    handle_t event;        /* wakes a twin                              */
    handle_t frame, space; /* one page, and where to map it             */
    vaddr_t va;
    volatile uint64_t *stamp; /* where twins write their reading           */
};

static inline uint64_t op_nothing(const struct ops *o)
{
    uint64_t began = OPS_COUNTER();

    (void)o;
    return OPS_COUNTER() - began;
}

static inline uint64_t op_null(const struct ops *o)
{
    uint64_t began = OPS_COUNTER();

    (void)o;
    (void)ops_svc(SYSCALL_WORD(SYS_task_spawn, TASK_SELF), 0, 0, 0, 0);
    return OPS_COUNTER() - began;
}

static inline uint64_t op_call(const struct ops *o)
{
    uint64_t began = OPS_COUNTER();
    status_t st = ops_svc(SYSCALL_WORD(SYS_queue_send, SEND_CALL), o->endpoint, 0, 0, 0);
    uint64_t ended = OPS_COUNTER();

    return st == ST_OK ? ended - began : 0;
}

/* 0: the twin did not get the core (somebody else did). */
static inline uint64_t op_stamped(const struct ops *o, uint64_t word, handle_t h)
{
    uint64_t began;

    *o->stamp = 0;
    began = OPS_COUNTER();
    (void)ops_svc(word, h, 0, 0, 0);
    return *o->stamp > began ? *o->stamp - began : 0;
}

static inline uint64_t op_switch(const struct ops *o)
{
    return op_stamped(o, SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), 0);
}

static inline uint64_t op_signal(const struct ops *o)
{
    return op_stamped(o, SYSCALL_WORD(SYS_queue_send, SEND_SIGNAL), o->event);
}

static inline uint64_t op_map(const struct ops *o)
{
    register uint64_t x8 __asm__("x8");
    register uint64_t x0 __asm__("x0");
    register uint64_t x1 __asm__("x1");
    register uint64_t x2 __asm__("x2");
    register uint64_t x3 __asm__("x3");
    register uint64_t x4 __asm__("x4");
    register uint64_t x5 __asm__("x5");
    uint64_t began = OPS_COUNTER(), ended;

    x8 = SYSCALL_WORD(SYS_region_map, MAP_MAP);
    x0 = o->frame;
    x1 = o->space;
    x2 = o->va;
    x3 = PERM_READ | PERM_WRITE;
    x4 = 0;
    x5 = 1;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x8)
                     : "memory");
    ended = OPS_COUNTER();
    if ((status_t)x0 != ST_OK || sys_unmap(o->frame) != ST_OK)
        return 0;
    return ended - began;
}

/* ---- the twins ---- */

/* Not every includer uses each of them. */
#define TWIN _Noreturn __attribute__((noinline, unused))

/* Answers every call with the words it came with. */
static TWIN void twin_answers(uint64_t endpoint, uint64_t unused)
{
    (void)unused;
    (void)ops_svc(SYSCALL_WORD(SYS_queue_recv, RECV_WAIT), endpoint, 0, 0, 0);
    for (;;)
        (void)ops_svc(SYSCALL_WORD(SYS_queue_recv, RECV_REPLY_WAIT), endpoint, 0, 0, 0);
}

static TWIN void twin_yields(uint64_t stamp, uint64_t unused)
{
    (void)unused;
    for (;;) {
        (void)ops_svc(SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), 0, 0, 0, 0);
        *(volatile uint64_t *)stamp = OPS_COUNTER();
    }
}

static TWIN void twin_wakes(uint64_t stamp, uint64_t unused)
{
    (void)unused;
    for (;;) {
        (void)ops_svc(SYSCALL_WORD(SYS_queue_recv, RECV_WAIT), 0, OPS_WAKE, 0, 0);
        *(volatile uint64_t *)stamp = OPS_COUNTER();
    }
}
