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
                         x3 supervisor endpoint or 0 = keep, x4 badge of its fault messages: that of
                         the capability, if it has one (ST_DENIED). A supervisor that the root task gave only
                         the root task changes (ST_DENIED): its monitor hears of a program's end           */
    TASK_START = 2,   /* x0 task [EXECUTE], x1 pc, x2 sp, x3 and x4 = its x0 and x1, x5 tpidr_el0  */
    TASK_STOP = 3,    /* x0 task [EXECUTE]: takes it off the run queue wherever it is. By the root task: CONFIG, START,
                         RESUME and POKE are denied to others (ST_DENIED) until that sets it going   */
    TASK_RESUME = 4,  /* x0 task [EXECUTE]: a stopped task goes on. What waited in queue_recv or for a reply does with
                         ST_AGAIN; what slept sleeps on until its time                             */
    TASK_EXIT = 5,    /* the caller ends; x1 = code, told to its supervisor as FAULT_EXIT          */
    TASK_SCHED = 6,   /* x0 task [EXECUTE], x1 class | enum task_mode << 8, fair: x2 weight 1..1024;
                         EDF: x2 budget_ns, x3 period_ns (deadline = period), at most EDF_PERIOD_MAX_NS.
                         ST_ADMISSION. ST_INVALID, too: Reflex is for EDF only, Recovery for fair only */
    TASK_QUERY = 7,   /* x0 task [READ] -> x1 state, x2 run ns, x3 missed deadlines, x4 exit code,
                         x5 times switched to, x6 faults                                           */
    CORE_START = 8,   /* x0 coreboot [EXECUTE], x1 core index; answers when the request is made    */
    CORE_QUERY = 9,   /* -> x1 idle ns, x2 switches, x3 kernel entries, x4 free table slots of the
                         caller, x5 tasks, x6 interrupts, x7 address-space ids taken from a space for another */
    MACHINE_END = 10, /* x0 machine [EXECUTE], x1 exit status: ends the run for the whole machine  */
    CORE_STOP = 11,   /* x0 coreboot [EXECUTE], x1 core index: its CPU driver is told to stop and does so at
                         its next interrupt, whatever it runs; answers at once. ST_DEAD_CORE: absent.
                         ST_STATE: nobody said how to reach it (CORE_ROUTE)                        */
    CORE_STATE = 12,  /* x0 coreboot [READ], x1 core index -> x1 enum core_power                     */
    CORE_ROUTE = 13,  /* x0 coreboot [READ], x1 own index -> x2 how interrupts reach this core (GICv2: a bit; else 0);
                         [WRITE], x1 another's, x2: what that core answered to this. ST_INVALID   */
    TASK_PEEK = 14,   /* x0 task [READ], x1 number of a word of lib/abi/task_state.h -> x1..x7 it and the six
                         behind it, 0 beyond the last. ST_STATE: it is not stopped                 */
    TASK_POKE = 15,   /* x0 task [WRITE], x1 number of a word, x2..x7 it and the five behind it. A new task
                         becomes a stopped one. ST_STATE: it is neither; ST_INVALID, ST_ADMISSION: nothing
                         has changed                                                               */
    TASK_BOOST = 16,  /* x0 island [EXECUTE], x1 task [EXECUTE], x2 basis points 0..10000: what the cut pressure adds to
                         its priority, in Flow. ST_STATE: the island is degraded, and x2 is not 0   */
    CORE_DEGRADE = 17, /* x0 island [EXECUTE], x1 1: degraded from now on, deadlines only: all boosts go, and come
                         no more; 0: no more. ST_AGAIN: call again, boosts are left                 */
    TASK_PAUSE = 18,  /* as TASK_STOP, and in one step with it: ST_BUSY if it waits in a call, whose answer would be lost */
    MACHINE_WATCH = 19, /* x0 machine [EXECUTE], x1 ms: the machine is reset then, unless this is called again before; 0: it is not.
                         ST_INVALID: longer than its watchdog can. ST_UNSUPPORTED: it has none that we drive */
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
                         whole pages (its page tables included), task 0 or TASK_SMALL, endpoint ignored */
    CAP_MAKE_EVENT = 7, /* x0 task [WRITE], x1 event bits, x2 destination captable or 0 -> x1 handle of
                         an event capability that sets these bits in that task                      */
    CAP_SLICE = 8,    /* x0 frame [GRANT], x1 offset, x2 bytes, x3 destination captable or 0,
                         x4 rights to keep -> x1 handle of a frame that is a part of it             */

    /*
     * For the monitor, which agrees with other cores (docs/protocols/caps.md): x0 = island [EXECUTE].
     * "Own" is the caller's table, "captable" one named by a handle [WRITE] or 0 = own.
     *     WHAT = type | rights << 8 | depth << 16 (CAP_WHAT)
     * A proxy stands for what another core holds; an import for what another core owns. Both lie in the
     * monitor's table; REVOKE by anybody else stops at them with ST_REMOTE.
     */
    CAP_EXPORT = 9,  /* x1 captable, x2 handle there [GRANT or GRANT_ONCE], x3 rights to keep | how << 8
                        -> x1 proxy (child of it, in own), x2 WHAT, x3 base, x4 bytes, x5 the import it
                        descends from (own; 0: this core owns it).
                        Moveable types are RAM, FRAME, DEVICE, else ST_TYPE. GIVE_AWAY: no children (ST_STATE),
                        not mapped (ST_MAPPED); the source is BUSY until CAP_SETTLE                */
    CAP_DERIVE = 10, /* x1 proxy or import (own), x2 base, x3 bytes (inside it), x4 rights | depth << 8
                        -> x1 proxy, x2 WHAT: rights are cut to its own, depth is at least its own + 1  */
    CAP_SETTLE = 11, /* x1 proxy from CAP_EXPORT, x2 0 cancel: the proxy goes, the source is as it was;
                        1 commit: what is given away goes from its holder. ST_AGAIN: call again    */
    CAP_IMPORT = 12, /* x1 captable to put it in (0: in none, the import only), x2 WHAT, x3 base, x4 bytes,
                        x5 captable and x6 handle of the parent (x6 0: it is a root)
                        -> x1 import (own), x2 handle in the captable (child of it, same rights and depth) */
    CAP_RECALL = 13, /* x1 captable, x2 handle [REVOKE if x1 is not 0], x3 1 = forced
                        One slice of a revoke that knows of other cores. ST_AGAIN: call again. ST_REMOTE,
                        x1 = proxy or import (own) below it, each told once: agree, then CAP_DELETE it.
                        ST_BUSY: only such are left. ST_OK: nothing below it any more. Forced: proxies
                        below go like any other                                                    */
    CAP_MARK = 14,   /* x1 handle (own): it is a proxy from now on                                  */
    CAP_PASS = 15,   /* x1 captable, x2 handle there, x3 captable to put it in, x4 rights | how << 8
                        -> x1 handle there. On this core, as CAP_COPY or CAP_MOVE                  */
    CAP_IDLE = 16,   /* -> x1 an import with nothing but proxies below it, told once. ST_NOT_FOUND  */
    CAP_WALK = 17,   /* x1 index of a slot in own, x2 0 or the ref told last: the tree below it, in preorder
                        -> x1 ref, x2 ref of its parent, x3 WHAT | enum cap_flag << 24, x4 base, x5 bytes,
                        x6 its handle if it lies in own, else
                        the id of a task that uses its table. ST_NOT_FOUND: no more, or no
                        root there; ST_STALE_HANDLE: what was told last is gone                    */
    CAP_ORIGIN = 18, /* x1 captable, x2 handle there -> x1 the import it descends from (own; 0: this core
                        owns it), x2 WHAT, x3 base, x4 bytes                                        */

    /* A table with what it holds, from one core to another: its handles stay what they are. */
    CAP_LIST = 19,   /* x1 captable, x2 index of a slot, | CAP_LIST_NAMES: x3 is what records call it -> of the first slot from there on that was ever used: x1 its
                        handle, x2 WHAT | enum cap_flag << 24, x3 base (as CAP_IDENTIFY), x4 bytes (space: with its
                        page tables; captable: slots, as CAP_RETYPE), x5 badge, event bits or bucket + 1, x6 where it is
                        mapped or 0, x7 handle of what it was made from if that lies in the same captable, else 0.
                        x2 = 0: the slot is free, or what was there is gone, and x1 is the handle it gives next.
                        ST_AGAIN: none yet, call again with x2. ST_NOT_FOUND: no more               */
    CAP_TABLE_AS = 20, /* x1 captable that holds nothing (ST_STATE), x2 0..63: its handles are those of that core from
                        now on, and all others are foreign to it                                    */
    CAP_PLACE = 21,  /* x1 captable, x2 handle, x3 own capability without children (ST_STATE): moved to that slot and
                        generation, mapped or not, whatever its rights. x3 0: the slot stays free and gives this
                        handle next. ST_BUSY: the slot is in use. ST_INVALID: no handle of that table. ST_STALE_HANDLE:
                        the slot has given that generation out already. ST_AGAIN: call again        */
    CAP_REPLACE = 22, /* x1 captable, x2 handle there of an event or doorbell, x3 own event or doorbell: the slot
                        names the latter from now on, with the rights that both had, and x3 is gone. ST_AGAIN: call again */
    CAP_UNPLACE = 23, /* x1 captable, x2 handle there: gone, as by its holder's CAP_DELETE. x3 not 0: what CAP_PLACE put there, and
                        nobody has seen: the slot gives this handle next. ST_AGAIN: call again      */
    CAP_LEASE = 24,  /* x0 device [GRANT, PROVE], x1 captable or 0 = own, x2 rights to keep | 0x100: renewed, x3 a word
                        for its record, x4..x7 signature -> x1 handle there. Asks for a proof of tier 3: ST_PROOF. Nobody may
                        have a copy (ST_BUSY), or, to renew, somebody must (ST_STATE). The mutation: target = base,
                        object = x1, argument = x2, x3                                             */
    CAP_ATTENUATE = 25, /* x0 island [EXECUTE], x1 captable, x2 handle there, x3 rights to keep, x4 0, or what x1 said: it has
                        no other rights any more, here and now, and where it is mapped the pages become what they allow, a
                        slice a call: ST_AGAIN, x1 = the page to go on with. Without READ they stay as they are until it
                        is deleted. What was made from it stays. ST_BUSY: it is being given away   */
};
/* A task that keeps FP registers and used nonces in its space from their first use on, not in itself: half as large. There is room
 * for one such task in a space; of another the first use of FP is FAULT_OTHER, POKE of such words ST_NOMEM, its proofs are
 * refused. Its FP registers go with the space; nonces up to the highest one used then stay used. */
#define TASK_SMALL 1u
#define CAP_LIST_NAMES (1ull << 32)
#define LEASE_RENEW 0x100u
#define CAP_COPY_OF 0u
#define CAP_GIVE_AWAY 1u
#define CAP_CARRY 2u   /* CAP_EXPORT alone: a copy for the same holder, who runs elsewhere: as CAP_COPY_OF, but it needs no GRANT and is no deeper.
                          ST_DENIED: it has GRANT_ONCE, which would be there twice */
#define CAP_WHAT(type, rights, depth) ((uint64_t)(type) | (uint64_t)(rights) << 8 | (uint64_t)(depth) << 16)
#define CAP_WHAT_TYPE(w) ((unsigned)(w) & 0xff)
#define CAP_WHAT_RIGHTS(w) ((uint8_t)((w) >> 8))
#define CAP_WHAT_DEPTH(w) ((uint8_t)((w) >> 16))

/* What CAP_WALK tells of a capability beside its type. */
enum cap_flag {
    CAP_F_PROXY = 0x01,   /* another core holds it                                          */
    CAP_F_IMPORT = 0x02,  /* another core owns it: its place in the tree of this core       */
    CAP_F_FOREIGN = 0x04, /* another core owns its memory: it is not retyped here           */
    CAP_F_BUSY = 0x08,    /* being given away                                               */
    CAP_F_REVOKING = 0x10,/* nothing may be made from it or from what is below              */
    CAP_F_TOLD = 0x20,    /* proxy, import: CAP_RECALL has told of it                       */
    CAP_F_COPY = 0x40,    /* RAM: a copy; what is made through it comes from the original   */
    CAP_F_ONCE = 0x80,    /* its GRANT_ONCE was used up by a CAP_EXPORT that is not settled   */
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
    SEND_SIGNAL = 2, /* x0 event [WRITE]: sets its bits in its task, wakes it if it waits for them. Or a doorbell
                        with a bucket in its badge, else ST_INVALID                                 */
    SEND_BELL = 3,   /* x0 doorbell [WRITE], x1 bucket (ignored if the capability has a badge). Or an event */
    SEND_IRQ_ACK = 4, /* x0 irq [WRITE]: the interrupt may come again                               */
    SEND_CALL_CAPS = 5, /* as SEND_CALL, with up to two capabilities: x1..x3 words, x4 MSG_CAPS, x5 and
                         x6 handles (0: none). All arrive or none, and then the call fails: ST_NO_SLOT,
                         the receiver takes fewer; ST_TABLE_FULL, its table has no room; as CAP_COPY
                         or CAP_MOVE; ST_INVALID: one twice. -> as RECV_REPLY_CAPS says, or as SEND_CALL */
};

/* queue_recv (4): waiting */
enum recv_op {
    RECV_WAIT = 0,       /* x0 endpoint [READ] or 0, x1 event bits to wait for, x2 deadline ns
                            (0: none, 1: look and do not wait). ST_OK: x1..x6 words, x7 badge.
                            ST_EVENT: x1 the bits, now cleared. ST_TIMEOUT. ST_AGAIN: only callers with
                            more capabilities than this task takes were there; call again           */
    RECV_REPLY_WAIT = 1, /* x0 endpoint, x1..x6 reply to the caller received last, x7 event bits     */
    RECV_REPLY = 2,      /* x0 task [EXECUTE] to answer, or 0: the caller received last; x1..x6 reply.
                            Does not wait. Messages may be received before earlier callers are
                            answered. ST_STATE: no such reply is owed                               */
    RECV_IRQ_BIND = 3,   /* x0 irq [READ], x1 event: what an interrupt signals                      */
    RECV_WAIT_CAPS = 4,  /* as RECV_WAIT; x3 = how many capabilities (0..2) this task takes with a message
                            from now on. ST_CAPS: x1..x3 words, x5 and x6 handles in its table (0: none) */
    RECV_REPLY_CAPS = 5, /* as RECV_REPLY, x1..x3, x4..x6 as SEND_CALL_CAPS. The caller's status is ST_CAPS,
                            its x5 and x6 new handles. Refused: nothing was sent, the reply is still owed */
};

/* attest_emit (7): the witness log of this core (docs/spec/witness.md) */
enum attest_op {
    ATTEST_EMIT = 0,  /* x0 island [EXECUTE], x1 kind | flags << 16, x2 target, x3 payload, x4 hash: a record of
                         what a monitor did. Asks for a proof: ST_PROOF. The mutation: target = core, object = x2,
                         argument = x1, x3, x4. Of kind PartitionMigrate with tier 3: x4..x7 are the signature, as of
                         CAP_LEASE, and the hash is 0. ST_INVALID: a kind that the CPU driver alone writes */
    ATTEST_CLOSE = 1, /* x0 island [EXECUTE]: the open segment is closed if anything is in it        */
    ATTEST_STATE = 2, /* -> x1 records so far, x2 drained, x3 number of the open segment, x4 its first
                         record, x5 capacity, x6 1: somebody was refused since the last drain; | records kept
                         for recovery << 32                                                         */
    ATTEST_SEAL = 3,  /* x0 number of a segment + 1, or 0: the one closed last -> x1..x4 its seal, x5 its number,
                         x6 sequence after it. ST_NOT_FOUND: not closed, or drained and overwritten  */
    ATTEST_PROVE = 5, /* x0 a capability [PROVE], x1..x4 hash of a mutation, x5 valid until ns, x6 nonce, x7 tier:
                         for the next operation of this task that asks for a proof. Always ST_OK    */
    ATTEST_RECOVER = 6, /* x0 island [EXECUTE], x1 task [EXECUTE], x2 1: it may use what is kept for recovery from now
                         on; 0: no more                                                             */
    ATTEST_CHECK = 7, /* x0 island [EXECUTE], x1 task [EXECUTE], x2 object, x3 and x4 arguments: did that task say by ATTEST_PROVE,
                         with tier 2 and a capability to itself [PROVE], that it means exactly this? ST_PROOF. The mutation:
                         SEND_CALL by it, target = its number, object = x2, argument = x3, x4      */
    ATTEST_DRAIN = 4, /* x0 island [EXECUTE], x1: records below this are kept elsewhere. ST_INVALID  */
};

/* Event bit 63 is set by a doorbell for the bucket of this task. Other bits are the task's own. */
#define EVENT_BELL (1ull << 63)
/* For the root task of a core: CAP_IDLE has something to tell. */
#define EVENT_CAPS (1ull << 60)
/* For the root task of a core: the witness log is half full, full, or a segment was closed. */
#define EVENT_LOG (1ull << 59)

/* timer_wait (5) */
enum timer_op {
    TIMER_NOW = 0,   /* -> x1 ns since reset                                                        */
    TIMER_YIELD = 1, /* to the next task of this core                                               */
    TIMER_UNTIL = 2, /* x1 absolute ns                                                              */
    TIMER_FOR = 3,   /* x1 relative ns                                                              */
};

enum core_power { POWER_ON = 0, POWER_OFF = 1, POWER_COMING = 2, POWER_UNKNOWN = 3 /* no firmware to ask */ };

enum task_class { CLASS_FAIR = 0, CLASS_EDF = 1 };
/* What counts for a task beside its class (cpudriver/priority.h). */
enum task_mode {
    MODE_FLOW = 0,     /* deadline, and boost by the cut pressure                                   */
    MODE_REFLEX = 1,   /* the deadline alone; rings no doorbell of another core (ST_DENIED)         */
    MODE_RECOVERY = 2, /* neither: a quarter of its weight, for work that was started again         */
};
#define CLASS_WITH_MODE(class, mode) ((uint64_t)(class) | (uint64_t)(mode) << 8)
#define BOOST_BP_MAX 10000u
#define WEIGHT_DEFAULT 64u
#define WEIGHT_MAX 1024u
#define EDF_PERIOD_MAX_NS 100000000u /* of 90 % at most the fair class, the monitor in it, waits no longer than this */

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

/* x4 of a message with capabilities: rights to keep and copy or give away of each, and how many the
 * sender takes with the reply. */
#define MSG_CAPS(rights0, how0, rights1, how1, takes)                                              \
    ((uint64_t)(rights0) | (uint64_t)(how0) << 8 | (uint64_t)(rights1) << 16 | (uint64_t)(how1) << 24 | \
     (uint64_t)(takes) << 32)

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
