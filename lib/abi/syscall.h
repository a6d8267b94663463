/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/abi/syscall - numbers and registers of the system calls.
 *
 *   svc #0   x8 = number | operation << 8
 *            x0 = the capability handle the operation is about (0: none)
 *            x1..x7 = arguments
 *   back     x0 = status, x1..x7 = results; every other register is unchanged
 *
 * The kernel never follows a user pointer: all arguments and messages are in
 * registers, so there is no bad pointer to check. Unused arguments are ignored;
 * x1..x7 hold what the caller left there where no result is documented.
 */
#pragma once
#include "lib/base/types.h"

enum syscall_number {
#define SYSCALL(name, number) SYS_##name = number,
#include "lib/abi/syscall.def"
#undef SYSCALL
    SYS_COUNT
};

#define SYSCALL_WORD(number, op) ((uint64_t)(number) | (uint64_t)(op) << 8)

/* task_spawn (0): tasks, cores and the machine */
enum task_op {
    TASK_SELF = 0,    /* -> x1 task id, x2 core, x3 doorbell bucket                                */
    TASK_CONFIG = 1,  /* x0 task [EXECUTE], x1 captable or 0 = keep, x2 space or 0 = keep,
                         x3 supervisor endpoint or 0 = keep, x4 badge of its fault messages        */
    TASK_START = 2,   /* x0 task [EXECUTE], x1 pc, x2 sp, x3 and x4 = its x0 and x1, x5 tpidr_el0  */
    TASK_STOP = 3,    /* x0 task [EXECUTE]: takes it off the run queue wherever it is              */
    TASK_RESUME = 4,  /* x0 task [EXECUTE]: a stopped task goes on                                 */
    TASK_EXIT = 5,    /* the caller ends; x1 = code, told to its supervisor as FAULT_EXIT          */
    TASK_SCHED = 6,   /* x0 task [EXECUTE], x1 class, fair: x2 weight 1..1024;
                         EDF: x2 budget_ns, x3 period_ns (deadline = period). ST_ADMISSION         */
    TASK_QUERY = 7,   /* x0 task [READ] -> x1 state, x2 run ns, x3 missed deadlines, x4 exit code,
                         x5 times switched to, x6 faults                                           */
    CORE_START = 8,   /* x0 coreboot [EXECUTE], x1 core index; answers when the request is made    */
    CORE_QUERY = 9,   /* -> x1 idle ns, x2 switches, x3 kernel entries, x4 free table slots of the
                         caller, x5 tasks, x6 interrupts                                           */
    MACHINE_END = 10, /* x0 machine [EXECUTE], x1 exit status: ends the run for the whole machine  */
};

/* cap_grant (1): capabilities of this core */
enum cap_op {
    CAP_IDENTIFY = 0, /* x0 any -> x1 type | rights << 8 | depth << 16, x2 object: physical base of
                         RAM, frame or device, number of an interrupt or core, else an id;
                         x3 bytes (slots for a captable), x4 badge, x5 bytes still free (RAM)       */
    CAP_COPY = 1,     /* x0 src [GRANT or GRANT_ONCE], x1 destination captable or 0 = own, x2 rights
                         to keep -> x1 handle in that table                                        */
    CAP_MINT = 2,     /* as CAP_COPY, x3 badge (endpoint; event: bits; doorbell: bucket + 1)        */
    CAP_MOVE = 3,     /* x0 src, x1 destination captable or 0 -> x1 handle; the source is gone      */
    CAP_DELETE = 4,   /* x0; the object goes with its last capability. ST_AGAIN: call again         */
    CAP_REVOKE = 5,   /* x0 [REVOKE]: removes everything derived from it. ST_AGAIN: call again      */
    CAP_RETYPE = 6,   /* x0 RAM [WRITE], x1 type, x2 bytes (captable: slots), x3 destination captable
                         or 0, -> x1 handle. Memory is taken from the front of what is free; the
                         RAM is whole again when all that was made from it is gone. ST_AGAIN while
                         it is being cleared: call again. Bytes: RAM and frames whole pages, space
                         whole pages (its page tables included), task and endpoint ignored          */
    CAP_MAKE_EVENT = 7, /* x0 task [WRITE], x1 event bits, x2 destination captable or 0 -> x1 handle of
                         an event capability that sets these bits in that task                      */
    CAP_SLICE = 8,    /* x0 frame [GRANT], x1 offset, x2 bytes, x3 destination captable or 0,
                         x4 rights to keep -> x1 handle of a frame that is a part of it             */
};

/* region_map (2): address spaces. Permissions are PERM_ bits of layout.h */
enum map_op {
    MAP_MAP = 0,     /* x0 frame, x1 space [WRITE], x2 va, x3 perm, x4 first page, x5 pages (at most
                        MAP_SLICE a call). One capability is mapped at one place: copy it for two   */
    MAP_UNMAP = 1,   /* x0 frame: where it is mapped. ST_AGAIN: call again                          */
    MAP_PROTECT = 2, /* x0 frame, x3 perm, x4 first page, x5 pages (at most MAP_SLICE)              */
    MAP_QUERY = 3,   /* x0 space [READ], x1 va -> x1 pa, x2 perm                                    */
};
#define MAP_SLICE 32u

/* queue_send (3): messages on this core, and pokes */
enum send_op {
    SEND_CALL = 0,   /* x0 endpoint [WRITE], x1..x6 words, x7 deadline ns or 0 -> reply in x1..x6   */
    SEND_NOWAIT = 1, /* x0 endpoint [WRITE], x1..x6 words; ST_AGAIN when nobody waits there         */
    SEND_SIGNAL = 2, /* x0 event [WRITE]: sets its bits in its task, wakes it if it waits for them  */
    SEND_BELL = 3,   /* x0 doorbell [WRITE], x1 bucket (ignored if the capability has a badge)      */
    SEND_IRQ_ACK = 4 /* x0 irq [WRITE]: the interrupt may come again                                */
};

/* queue_recv (4): waiting */
enum recv_op {
    RECV_WAIT = 0,       /* x0 endpoint [READ] or 0, x1 event bits to wait for, x2 deadline ns
                            (0: none, 1: look and do not wait). ST_OK: x1..x6 words, x7 badge.
                            ST_EVENT: x1 the bits, now cleared. ST_TIMEOUT                          */
    RECV_REPLY_WAIT = 1, /* x0 endpoint, x1..x6 reply to the caller received last, x7 event bits     */
    RECV_REPLY = 2,      /* x0 task [EXECUTE] to answer, or 0: the caller received last; x1..x6 reply.
                            Does not wait. Messages may be received before earlier callers are
                            answered. ST_STATE: no such reply is owed                               */
    RECV_IRQ_BIND = 3,   /* x0 irq [READ], x1 event: what an interrupt signals                      */
};

/* Event bit 63 is set by a doorbell for the bucket of this task. Other bits are the task's own. */
#define EVENT_BELL (1ull << 63)

/* timer_wait (5) */
enum timer_op {
    TIMER_NOW = 0,   /* -> x1 ns since reset                                                        */
    TIMER_YIELD = 1, /* to the next task of this core                                               */
    TIMER_UNTIL = 2, /* x1 absolute ns                                                              */
    TIMER_FOR = 3,   /* x1 relative ns                                                              */
};

enum task_class { CLASS_FAIR = 0, CLASS_EDF = 1 };
#define WEIGHT_DEFAULT 64u
#define WEIGHT_MAX 1024u

enum task_state {
    TS_NEW,      /* not configured or not started                */
    TS_READY,    /* runs or may run                              */
    TS_WAITING,  /* in queue_recv or timer_wait                  */
    TS_CALLING,  /* waits for a receiver or for a reply          */
    TS_FAULTED,  /* its supervisor has a fault message of it     */
    TS_STOPPED,
    TS_EXITED,
};

#define MSG_WORDS 6u

/*
 * Fault messages. A fault is a call by the faulting task to its supervisor's
 * endpoint; the badge is the one given at TASK_CONFIG. Replying with word 0 =
 * FAULT_RESUME lets it go on at word 1 as pc (0: where it was); any other word
 * leaves it TS_STOPPED. A task without a supervisor that faults is TS_STOPPED, too; only
 * the root task of a core, its monitor, stops the core.
 */
enum fault_kind {
    FAULT_PAGE = 1,   /* words: kind, pc, address, esr, task id, sp */
    FAULT_INSTR = 2,  /* undefined or trapped instruction           */
    FAULT_ALIGN = 3,
    FAULT_BREAK = 4,  /* brk: words[2] = its immediate              */
    FAULT_EXIT = 5,   /* words: kind, code, 0, 0, task id, 0        */
    FAULT_OTHER = 6,
};
#define FAULT_WORD 0xfa170000ull /* word 0 = FAULT_WORD | kind: no other message starts so */
#define FAULT_RESUME 1ull
