/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/svc - the instruction that makes a system call, once for each shape of arguments and results.
 *
 * Which registers go in and come out is lib/abi/syscall.h; what a program calls is in lib/rt/syscall.h and attest_calls.h.
 * This is the one C file of user space with inline assembly, beside clock.h.
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/abi/syscall.h"
#include "lib/base/status.h"

struct rt_msg {
    uint64_t w[MSG_WORDS];
};

#define SVC_REG(n, value) register uint64_t x##n __asm__("x" #n) = (value)

/* Arguments in, status out; a_k is register x_k. */
static inline status_t svc_1(uint64_t word, uint64_t a0)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
    return (status_t)x0;
}

static inline status_t svc_2(uint64_t word, uint64_t a0, uint64_t a1)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, a1);
    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x8) : "memory");
    return (status_t)x0;
}

static inline status_t svc_6(uint64_t word, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                             uint64_t a4, uint64_t a5)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, a1);
    SVC_REG(2, a2);
    SVC_REG(3, a3);
    SVC_REG(4, a4);
    SVC_REG(5, a5);
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x8)
                     : "memory");
    return (status_t)x0;
}

/* As svc_6 with four arguments, and x1 handed back: everything that makes a capability. */
static inline status_t svc_make(uint64_t word, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                                uint64_t a4, handle_t *made)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, a1);
    SVC_REG(2, a2);
    SVC_REG(3, a3);
    SVC_REG(4, a4);
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)
                     : "r"(x8)
                     : "memory");
    *made = x1;
    return (status_t)x0;
}

/* One or two arguments in, x1..x6 out: the questions. */
static inline status_t svc_ask(uint64_t word, uint64_t a0, uint64_t a1, struct rt_msg *out)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, a1);
    SVC_REG(2, 0);
    SVC_REG(3, 0);
    SVC_REG(4, 0);
    SVC_REG(5, 0);
    SVC_REG(6, 0);
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6)
                     : "r"(x8)
                     : "memory");
    *out = (struct rt_msg){ { x1, x2, x3, x4, x5, x6 } };
    return (status_t)x0;
}

/* A message out and another back; x7 is a deadline or event bits going in, a badge coming out. */
static inline status_t svc_msg(uint64_t word, uint64_t a0, struct rt_msg *m, uint64_t *a7)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, m->w[0]);
    SVC_REG(2, m->w[1]);
    SVC_REG(3, m->w[2]);
    SVC_REG(4, m->w[3]);
    SVC_REG(5, m->w[4]);
    SVC_REG(6, m->w[5]);
    SVC_REG(7, *a7);
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
                       "+r"(x7)
                     : "r"(x8)
                     : "memory");
    *m = (struct rt_msg){ { x1, x2, x3, x4, x5, x6 } };
    *a7 = x7;
    return (status_t)x0;
}
/* x1..x7 out, or in: words of a task. */
static inline status_t svc_seven(uint64_t word, uint64_t a0, uint64_t w[7])
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, w[0]);
    SVC_REG(2, w[1]);
    SVC_REG(3, w[2]);
    SVC_REG(4, w[3]);
    SVC_REG(5, w[4]);
    SVC_REG(6, w[5]);
    SVC_REG(7, w[6]);
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
                       "+r"(x7)
                     : "r"(x8)
                     : "memory");
    w[0] = x1;
    w[1] = x2;
    w[2] = x3;
    w[3] = x4;
    w[4] = x5;
    w[5] = x6;
    w[6] = x7;
    return (status_t)x0;
}

/* One number in, in x1; another in and out, in x2. */
static inline status_t svc_2_out(uint64_t word, uint64_t a0, uint64_t a1, uint64_t *a2)
{
    SVC_REG(8, word);
    SVC_REG(0, a0);
    SVC_REG(1, a1);
    SVC_REG(2, *a2);
    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(x8) : "memory");
    *a2 = x2;
    return (status_t)x0;
}

#undef SVC_REG
