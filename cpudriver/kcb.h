/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/kcb - the kernel control block: every mutable word of one CPU driver.
 *
 * TPIDR_EL1 points to it; each function gets it as its first argument. Nothing else in
 * the image is writable (the linker script refuses it), so another CPU driver that
 * knows KCB_VERSION can adopt this block and go on.
 *
 * Single threaded: entered with interrupts masked, left by ERET. Nothing here is seen by
 * another core.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/abi/layout.h"
#include "lib/base/scale.h"
#include "cpudriver/epoch.h"
#include "cpudriver/object.h"
#include "witness/hash.h"
#include "witness/log.h"

#define KCB_VERSION 1u
#define TASKS_MAX 1024u   /* of one core */
#define SPACES_MAX 1024u
#define IRQS_MAX 1024u    /* GIC: 32 private, up to 988 shared */
#define BUCKETS 7u        /* SGI 0..6                                              */
#define SGI_STOP 7u       /* between CPU drivers: whoever takes it stops for good   */
#define EPOCH_MS 10u
#define TIMERS_SLICE 8    /* tasks a timer or bell interrupt wakes at most before it looks again */

struct space_slot {
    struct space *space;  /* NULL: free                                        */
    uint16_t serial;      /* raised when freed                                 */
};

struct irq_slot {
    struct task *task;    /* NULL: not bound                                   */
    uint64_t bits;
    uint16_t next, prev;  /* other interrupts of that task; 0: none            */
    ref_t by;             /* the capability it was bound by: with it goes this */
};

struct bucket {
    uint32_t count;       /* bells so far: a task that has seen fewer looks    */
    struct list sleepers; /* tasks waiting with EVENT_BELL                     */
};

struct kcb {
    uint64_t stack_top;            /* assembly: KCB_STACK_TOP                  */
    struct frame *panic_frame;     /* assembly: KCB_PANIC_FRAME                */
    uint64_t panic_stack_top;      /* assembly: KCB_PANIC_STACK                */
    struct task *fp_owner;         /* assembly: KCB_FP_OWNER. Whose FP registers are in the core */
    uint64_t nentries;             /* assembly: behind it                      */
    uint8_t fp_open;               /* assembly: KCB_FP_OPEN. CPACR lets EL0 use FP */

    uint32_t version, bytes;
    const struct bootinfo *info;
    uint64_t ref_base;             /* see object.h                             */

    struct task *current;          /* runs, or NULL: idle                      */
    uint8_t resched;               /* pick again before leaving                */
    uint8_t panicking;
    uint8_t timer_is_physical;     /* CNTP (26, 30) or CNTV (27, 28)           */
    uint8_t at_el0;                /* a program has been entered: UART is not ours any more */
    struct space *active;          /* in TTBR0                                 */
    struct task *root;             /* the monitor: its end is the core's       */
    const char *doing;             /* for the panic page                       */

    struct runq runq;
    struct heap timers;            /* struct task.timeout                      */
    uint64_t switched_ticks;       /* when current began                       */
    uint64_t slice_end;            /* when current has had its slice           */
    uint64_t timer_set;            /* what the timer is set to; UINT64_MAX off */
    uint64_t to_ns, to_ticks;      /* lib/base/scale                           */
    uint64_t switching_ticks;      /* from the end of one task's time to the begin of the next one's, in all */
    struct epoch epoch;

    struct list dying;             /* objects being taken apart                */
    uint32_t nrevoking;            /* capabilities with CAP_F_REVOKING         */
    ref_t idle;                    /* imports that have lost their last user   */
    ref_t walk;                    /* what CAP_WALK told last; 0 when that is gone */
    struct bucket bucket[BUCKETS];
    uint32_t next_bucket, next_task;
    uint32_t ntasks, nspaces;
    uint32_t nasids, next_asid;    /* hardware address-space ids: 1..nasids    */
    struct list asid_lru;          /* spaces with an asid, least recent first  */
    uint32_t nfree_asids;
    uint64_t asid_reclaims;        /* ids taken from a space that had one      */
    uint64_t asid_tell;            /* the next record of it is written when there are so many */
    uint16_t free_asid[SPACES_MAX]; /* of spaces that are gone                 */

    uint8_t interface[CORES_MAX];  /* GICv2: target bit of a core, as it says itself; 0: unknown */

    struct witness_log log;
    uint32_t emit_asks[16];        /* of each system call the operations that emit: a bit each; emit.c */
    uint32_t segment_records;      /* of each segment; "skerry.segment=N"      */
    uint8_t log_news;              /* the root task is to be told              */
    uint8_t has_sha;               /* the core has SHA-256 instructions, and is to use them */
    struct hmac_key proof_key;     /* proofs of tier 3 are signed with it: gate.h */
    struct fp_state fp_kept;       /* of a program, while the portable SHA-256 runs */

    uint64_t idle_ticks, nswitches, nirqs;

    struct space_slot spaces[SPACES_MAX];
    struct irq_slot irqs[IRQS_MAX];
    struct heap_node *edf_slots[TASKS_MAX], *fair_slots[TASKS_MAX], *renew_slots[TASKS_MAX],
        *timer_slots[TASKS_MAX];
    struct frame panic_area;
    _Alignas(2048) uint64_t no_space[256]; /* root table for when no program's is entered */
    _Alignas(16) uint8_t panic_stack[4096];
};
_Static_assert(sizeof(struct kcb) + KCB_STACK_BYTES <= KCB_BYTES, "the stack fits behind");
_Static_assert(offsetof(struct bootinfo, kcb) == BOOTINFO_KCB, "BOOTINFO_KCB");
_Static_assert(offsetof(struct kcb, stack_top) == KCB_STACK_TOP, "KCB_STACK_TOP");
_Static_assert(offsetof(struct kcb, panic_frame) == KCB_PANIC_FRAME, "KCB_PANIC_FRAME");
_Static_assert(offsetof(struct kcb, panic_stack_top) == KCB_PANIC_STACK, "KCB_PANIC_STACK");
_Static_assert(offsetof(struct kcb, fp_owner) == KCB_FP_OWNER, "KCB_FP_OWNER");
_Static_assert(offsetof(struct kcb, nentries) == KCB_FP_OWNER + 8, "KCB_FP_OWNER");
_Static_assert(offsetof(struct kcb, fp_open) == KCB_FP_OPEN, "KCB_FP_OPEN");

static inline void *kva(paddr_t pa)
{
    return (void *)(uintptr_t)(KERNEL_BASE + pa);
}

static inline paddr_t kpa(const void *p)
{
    return (uint64_t)(uintptr_t)p - KERNEL_BASE;
}

static inline struct cap *cap_at(const struct kcb *k, ref_t ref)
{
    return ref ? (struct cap *)(uintptr_t)(k->ref_base + (uint64_t)ref * sizeof(struct cap)) : NULL;
}

static inline ref_t ref_of(const struct kcb *k, const void *p)
{
    return (ref_t)(((uint64_t)(uintptr_t)p - k->ref_base) / sizeof(struct cap));
}

static inline struct object *object_of(const struct cap *c)
{
    return (struct object *)(uintptr_t)c->object;
}
