/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/object - the kernel objects of one core and the capability slots that name them.
 *
 *     RAM --retype--> CAPTABLE, SPACE, TASK, ENDPOINT   (start with a struct object)
 *                `--> FRAME, RAM                        (plain memory, no header)
 *
 * Every object lives in RAM of this core's own share, put there by user space; the
 * kernel allocates nothing. An object lives as long as one capability of its own type
 * names it. When the last goes, the object takes that capability's place in the
 * derivation tree into its own header (`zombie`), waits on the list of the dying, and
 * is taken apart in bounded steps (reap.c). Only then is its memory free again.
 *
 * References between slots are 32 bits: (address - kcb.ref_base) / 64. 0 is none.
 */
#pragma once
#include "witness/proof.h"
#include "lib/abi/cap.h"
#include "lib/abi/syscall.h"
#include "lib/base/heap.h"
#include "lib/base/list.h"
#include "lib/base/status.h"
#include "cpudriver/aarch64/frame.h"
#include "cpudriver/runq.h"

typedef uint32_t ref_t;

/* One capability. `value` and `extra` by type:
 *
 *              object            value    extra                 space, serial; cursor
 *   RAM        physical base     bytes    bytes used            made; pages known to be zero
 *   FRAME      physical base     bytes    va it is mapped at    where mapped; next page to unmap
 *   DEVICE     as FRAME
 *   an import  physical base     bytes    on the idle list:     users; -
 *                                         next | previous << 32
 *   CAPTABLE.. kernel address    -        -
 *   ENDPOINT   kernel address    badge
 *   EVENT      kernel address    bits     (of a task)
 *   IRQ        interrupt number
 *   DOORBELL   core              bucket+1, 0 = any
 */
struct cap {
    uint64_t object;
    uint64_t value;
    uint32_t generation;        /* of the slot; raised when the slot is freed        */
    union {
        uint32_t epoch;         /* of the object when this capability was made       */
        uint32_t level;         /* RAM: at least its distance from the root          */
    };
    uint8_t type, rights, depth;
    uint8_t flags;              /* enum cap_flag                                     */
    ref_t table;                /* the captable this slot lies in; 0 for a zombie    */
    ref_t parent, child, next, prev; /* derivation tree: children are a list, prev of the first
                                 * is the last; a proxy or import that CAP_RECALL told of is at its end */
    uint64_t extra;
    union {
        struct {
            uint16_t space;     /* FRAME, DEVICE: index in kcb.spaces + 1, 0 = not mapped */
            uint16_t serial;    /* of that space, so that a dead one is recognised   */
        };
        uint32_t made;          /* RAM: objects made from it and from its copies     */
        uint32_t users;         /* an import: children that are not proxies          */
    };
    union {
        uint32_t cursor;        /* RAM that is no copy: pages cleared                */
        ref_t source;           /* a proxy until it is settled: what CAP_EXPORT exported */
    };
};
_Static_assert(sizeof(struct cap) == 64, "a slot is one line");

struct object {
    uint8_t type;               /* CAP_CAPTABLE, CAP_SPACE, CAP_TASK or CAP_ENDPOINT */
    uint8_t dying;
    uint16_t pad;
    uint32_t epoch;             /* capabilities with another epoch are stale         */
    uint32_t refs;              /* capabilities of this type that name it            */
    uint32_t step;              /* how far reaping has come                          */
    struct list dying_link;
    _Alignas(sizeof(struct cap)) struct cap zombie; /* a place in the tree must have a ref_t */
};
_Static_assert(offsetof(struct object, zombie) % sizeof(struct cap) == 0, "a ref_t is exact");

/* Slots 0 and 1 of a table are under this header. */
struct captable {
    struct object object;
    uint32_t nslots, nfree;
    uint32_t free;              /* index of the first free slot below `fresh`, linked through cap.next and prev; 0: none */
    uint32_t core;              /* top bits of all its generations: of the core where it was made first */
    struct list tasks;          /* that use it                                       */
    uint32_t fresh;             /* from here on no slot was ever used: all are zero and free */
    uint32_t pad;
};
#define GENERATION_BITS 26u     /* below them: the core, so that a foreign handle is seen */
#define GENERATION_MASK ((1u << GENERATION_BITS) - 1)
_Static_assert(CORES_MAX <= 1u << (32 - GENERATION_BITS), "a core fits above the generation");
#define CAPTABLE_FIRST 3u       /* the first index that is a slot                    */
_Static_assert(sizeof(struct captable) <= CAPTABLE_FIRST * sizeof(struct cap), "header fits");

struct endpoint {
    struct object object;
    struct list receivers;      /* tasks that wait for a message                     */
    struct list callers;        /* tasks that wait for a receiver                    */
    struct list supervised;     /* tasks whose faults come here                      */
};

struct space;

struct fp_state {
    uint64_t q[64];
    uint64_t fpcr, fpsr;
};

/* What few tasks ever use: cpudriver/tail.h. */
struct task_tail {
    struct fp_state fp;
    struct nonce_window nonces; /* those it has used                                 */
};

struct task {
    struct frame frame;         /* first: SP_EL1 points here while the task runs     */
    struct object object;

    uint8_t state;              /* enum task_state                                   */
    uint8_t sleeping;           /* TS_WAITING for time only: the deadline is success */
    uint8_t bell_waiting;
    uint8_t bucket;
    uint8_t takes;              /* capabilities it takes with a message: 0..2        */
    uint8_t recovers;           /* may use of the log what is kept for recovery      */
    uint8_t held;               /* stopped by the root task: nobody else sets it going             */
    uint8_t waited;             /* enum task_waited, when it was stopped             */
    uint32_t id;
    uint32_t bell_seen;         /* bucket count it has looked at                     */
    uint32_t faults, switches;

    struct captable *table;
    struct space *space;
    struct endpoint *supervisor;
    uint64_t supervisor_badge;
    struct list table_link, space_link, supervisor_link;

    struct endpoint *queue;     /* the endpoint whose list it is on                  */
    struct list queue_link;
    uint64_t send_badge;        /* TS_CALLING: badge of the capability it called with */
    struct list owed;           /* tasks that wait for a reply of this task, by queue_link */
    struct task *caller;        /* of them the one received last                     */
    struct task *callee;        /* whose reply this task waits for                   */

    uint64_t tls;               /* TPIDR_EL0 while it does not run                   */
    uint64_t fault_kind, fault_address, fault_esr; /* TS_FAULTED, TS_EXITED          */
    uint64_t events, wait_events; /* set; waited for                                 */
    struct list bell_link;
    uint8_t watched;            /* its supervisor is the root task's choice: nobody else gives it another */
    uint16_t irq;               /* first of the interrupts bound to it, in kcb.irqs; 0: none */
    uint32_t writer;            /* who wrote its state last, since it was stopped; 0: nobody */

    struct sched sched;
    struct heap_node timeout;   /* in kcb.timers while it waits with a deadline      */
    uint64_t wake_ns;           /* sleeping, or WAITED_SLEEP: until then             */
    union {
        uint64_t exit_code;     /* TS_EXITED                                         */
        uint64_t written;       /* TS_STOPPED: digest of what TASK_POKE wrote        */
    };

    struct proof_token token;   /* what it says that it is about to do: cpudriver/gate.h */
    uint64_t token_seen;        /* ~0: the capability it said it by was there, with PROVE */
    handle_t token_by;
    uint64_t nonces_gone;       /* without a tail: so many were used, or fell out of sight with one */
    struct task_tail *tail;     /* assembly: TASK_TAIL. Behind it, in its space, or NULL */
};

struct large_task {
    struct task task;
    struct task_tail tail;
};

/* The second half of the root page of a space: see lib/abi/layout.h. */
struct space {
    struct object object;
    struct list tasks;
    uint64_t root;              /* physical address of the root table, this page     */
    uint32_t npages, used;      /* page tables: the pages behind this one            */
    uint16_t index, serial;     /* in kcb.spaces                                     */
    uint16_t asid;              /* 0: none now                                       */
    uint16_t pad;
    struct list lru;            /* kcb.asid_lru while it has an asid                 */
    struct task *tail_of;       /* a small task of it, or NULL                       */
    _Alignas(16) struct task_tail tail;
};
#define SPACE_HEADER_OFFSET 2048u
_Static_assert(sizeof(struct space) <= PAGE_BYTES - SPACE_HEADER_OFFSET, "header fits");

_Static_assert(offsetof(struct frame, x[30]) == FRAME_X(30), "FRAME_X");
_Static_assert(offsetof(struct frame, sp) == FRAME_SP, "FRAME_SP");
_Static_assert(offsetof(struct frame, pc) == FRAME_PC, "FRAME_PC");
_Static_assert(offsetof(struct frame, pstate) == FRAME_PSTATE, "FRAME_PSTATE");
_Static_assert(sizeof(struct frame) == FRAME_BYTES && FRAME_BYTES % 16 == 0, "FRAME_BYTES");
_Static_assert(offsetof(struct task, tail) == TASK_TAIL, "TASK_TAIL");
_Static_assert(offsetof(struct task_tail, fp) == 0 && sizeof(struct task) % 16 == 0, "fp_change");
_Static_assert(offsetof(struct fp_state, fpcr) == 512 && offsetof(struct fp_state, fpsr) == 520, "fp_change");
_Static_assert(sizeof(struct task) + 16 * sizeof(struct cap) < 2048, "a small partition's kernel objects are under 2 KiB");
