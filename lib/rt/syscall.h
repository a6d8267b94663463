/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/syscall - one inline function per operation of lib/abi/syscall.h.
 *
 * Each is the svc and the moves its registers need, no more: benchmarks measure
 * the kernel through these. Results go where the pointers say, also when the
 * status is not ST_OK (the kernel then leaves what the caller had in them, so a
 * result is only to be read after ST_OK, or after ST_EVENT where that says so).
 */
#pragma once
#include "lib/rt/svc.h"

/* ---- task_spawn: tasks, cores and the machine ---- */

/* out->w: task id, core, doorbell bucket. The cheapest call there is. */
static inline status_t sys_self(struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_task_spawn, TASK_SELF), 0, 0, out);
}

static inline status_t sys_task_config(handle_t task, handle_t table, handle_t space,
                                       handle_t supervisor, uint64_t badge)
{
    return svc_6(SYSCALL_WORD(SYS_task_spawn, TASK_CONFIG), task, table, space, supervisor, badge, 0);
}

static inline status_t sys_task_start(handle_t task, vaddr_t pc, vaddr_t sp, uint64_t arg0,
                                      uint64_t arg1, uint64_t tpidr)
{
    return svc_6(SYSCALL_WORD(SYS_task_spawn, TASK_START), task, pc, sp, arg0, arg1, tpidr);
}

static inline status_t sys_task_stop(handle_t task)
{
    return svc_1(SYSCALL_WORD(SYS_task_spawn, TASK_STOP), task);
}

/* ST_BUSY: it waits for an answer. */
static inline status_t sys_task_pause(handle_t task)
{
    return svc_1(SYSCALL_WORD(SYS_task_spawn, TASK_PAUSE), task);
}

static inline status_t sys_task_resume(handle_t task)
{
    return svc_1(SYSCALL_WORD(SYS_task_spawn, TASK_RESUME), task);
}

static inline void sys_exit(uint64_t code)
{
    (void)svc_2(SYSCALL_WORD(SYS_task_spawn, TASK_EXIT), 0, code);
}

static inline status_t sys_task_fair(handle_t task, uint64_t weight)
{
    return svc_6(SYSCALL_WORD(SYS_task_spawn, TASK_SCHED), task, CLASS_FAIR, weight, 0, 0, 0);
}

static inline status_t sys_task_edf(handle_t task, uint64_t budget_ns, uint64_t period_ns)
{
    return svc_6(SYSCALL_WORD(SYS_task_spawn, TASK_SCHED), task, CLASS_EDF, budget_ns, period_ns, 0,
                 0);
}

/* With a mode: CLASS_WITH_MODE(class, mode); a and b as above. */
static inline status_t sys_task_sched(handle_t task, uint64_t class_and_mode, uint64_t a, uint64_t b)
{
    return svc_6(SYSCALL_WORD(SYS_task_spawn, TASK_SCHED), task, class_and_mode, a, b, 0, 0);
}

static inline status_t sys_task_boost(handle_t island, handle_t task, uint64_t basis_points)
{
    return svc_6(SYSCALL_WORD(SYS_task_spawn, TASK_BOOST), island, task, basis_points, 0, 0, 0);
}

/* ST_AGAIN: call again. */
static inline status_t sys_degrade(handle_t island, bool on)
{
    return svc_2(SYSCALL_WORD(SYS_task_spawn, CORE_DEGRADE), island, on);
}

/* out->w: state, run ns, missed deadlines, exit code, times switched to, faults. */
static inline status_t sys_task_query(handle_t task, struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_task_spawn, TASK_QUERY), task, 0, out);
}

/* `firmware`: what PSCI answered, as the kernel left it in x1, when the status is not ST_OK. */
static inline status_t sys_core_start(handle_t coreboot, uint64_t core, uint64_t *firmware)
{
    struct rt_msg out;
    status_t st = svc_ask(SYSCALL_WORD(SYS_task_spawn, CORE_START), coreboot, core, &out);

    *firmware = out.w[0];
    return st;
}

static inline status_t sys_core_stop(handle_t coreboot, uint64_t core)
{
    return svc_2(SYSCALL_WORD(SYS_task_spawn, CORE_STOP), coreboot, core);
}

/* Of the own core: *route is how interrupts reach it. Of another: what that one said of itself. */
static inline status_t sys_core_route(handle_t coreboot, uint64_t core, uint64_t *route)
{
    return svc_2_out(SYSCALL_WORD(SYS_task_spawn, CORE_ROUTE), coreboot, core, route);
}

/* out->w[0]: enum core_power. */
static inline status_t sys_core_state(handle_t coreboot, uint64_t core, struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_task_spawn, CORE_STATE), coreboot, core, out);
}

/* out->w: idle ns, switches, kernel entries, free table slots, tasks, interrupts. The kernel leaves a seventh word. */
static inline status_t sys_core_query(struct rt_msg *out)
{
    uint64_t w[7] = { 0 };
    status_t st = svc_seven(SYSCALL_WORD(SYS_task_spawn, CORE_QUERY), 0, w);

    *out = (struct rt_msg){ { w[0], w[1], w[2], w[3], w[4], w[5] } };
    return st;
}

static inline status_t sys_machine_end(handle_t machine, uint64_t status)
{
    return svc_2(SYSCALL_WORD(SYS_task_spawn, MACHINE_END), machine, status);
}

static inline status_t sys_machine_watch(handle_t machine, uint64_t ms)
{
    return svc_2(SYSCALL_WORD(SYS_task_spawn, MACHINE_WATCH), machine, ms);
}

/* Seven words of a stopped task from number `first` on (lib/abi/task_state.h). */
static inline status_t sys_task_peek(handle_t task, unsigned first, uint64_t w[7])
{
    w[0] = first;
    w[1] = w[2] = w[3] = w[4] = w[5] = w[6] = 0;
    return svc_seven(SYSCALL_WORD(SYS_task_spawn, TASK_PEEK), task, w);
}

/* Six words of a stopped or new task. */
static inline status_t sys_task_poke(handle_t task, unsigned first, const uint64_t w[6])
{
    uint64_t x[7] = { first, w[0], w[1], w[2], w[3], w[4], w[5] };

    return svc_seven(SYSCALL_WORD(SYS_task_spawn, TASK_POKE), task, x);
}

/* ---- cap_grant: capabilities of this core ---- */

/* out->w: type | rights << 8 | depth << 16, object, bytes, badge, bytes still free. */
static inline status_t sys_identify(handle_t h, struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_cap_grant, CAP_IDENTIFY), h, 0, out);
}

static inline status_t sys_copy(handle_t src, handle_t table, uint64_t rights, handle_t *made)
{
    return svc_make(SYSCALL_WORD(SYS_cap_grant, CAP_COPY), src, table, rights, 0, 0, made);
}

static inline status_t sys_mint(handle_t src, handle_t table, uint64_t rights, uint64_t badge,
                                handle_t *made)
{
    return svc_make(SYSCALL_WORD(SYS_cap_grant, CAP_MINT), src, table, rights, badge, 0, made);
}

static inline status_t sys_move(handle_t src, handle_t table, handle_t *made)
{
    return svc_make(SYSCALL_WORD(SYS_cap_grant, CAP_MOVE), src, table, 0, 0, 0, made);
}

static inline status_t sys_delete(handle_t h)
{
    return svc_1(SYSCALL_WORD(SYS_cap_grant, CAP_DELETE), h);
}

static inline status_t sys_revoke(handle_t h)
{
    return svc_1(SYSCALL_WORD(SYS_cap_grant, CAP_REVOKE), h);
}

static inline status_t sys_retype(handle_t ram, uint64_t type, uint64_t bytes, handle_t table,
                                  handle_t *made)
{
    return svc_make(SYSCALL_WORD(SYS_cap_grant, CAP_RETYPE), ram, type, bytes, table, 0, made);
}

static inline status_t sys_event(handle_t task, uint64_t bits, handle_t table, handle_t *made)
{
    return svc_make(SYSCALL_WORD(SYS_cap_grant, CAP_MAKE_EVENT), task, bits, table, 0, 0, made);
}

static inline status_t sys_slice(handle_t frame, uint64_t offset, uint64_t bytes, handle_t table,
                                 uint64_t rights, handle_t *made)
{
    return svc_make(SYSCALL_WORD(SYS_cap_grant, CAP_SLICE), frame, offset, bytes, table, rights, made);
}

/* A device to who uses `table`, and its record; or renewed. `signature`: four words. Use monitor/lease.h. */
static inline status_t sys_lease(handle_t device, handle_t table, uint64_t rights_or_renew, uint64_t word,
                                 const uint64_t signature[4], handle_t *made)
{
    struct rt_msg m = { { table, rights_or_renew, word, signature[0], signature[1], signature[2] } };
    uint64_t last = signature[3];
    status_t st = svc_msg(SYSCALL_WORD(SYS_cap_grant, CAP_LEASE), device, &m, &last);

    if (st == ST_OK)
        *made = m.w[0];
    return st;
}

/* ---- region_map: address spaces ---- */

static inline status_t sys_map(handle_t frame, handle_t space, vaddr_t va, uint64_t perm,
                               uint64_t first, uint64_t pages)
{
    return svc_6(SYSCALL_WORD(SYS_region_map, MAP_MAP), frame, space, va, perm, first, pages);
}

static inline status_t sys_unmap(handle_t frame)
{
    return svc_1(SYSCALL_WORD(SYS_region_map, MAP_UNMAP), frame);
}

static inline status_t sys_protect(handle_t frame, uint64_t perm, uint64_t first, uint64_t pages)
{
    return svc_6(SYSCALL_WORD(SYS_region_map, MAP_PROTECT), frame, 0, 0, perm, first, pages);
}

/* out->w: physical address, PERM_ bits. */
static inline status_t sys_map_query(handle_t space, vaddr_t va, struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_region_map, MAP_QUERY), space, va, out);
}

/* ---- queue_send ---- */

/* The reply replaces the message. deadline_ns 0: none. */
static inline status_t sys_call(handle_t endpoint, struct rt_msg *m, uint64_t deadline_ns)
{
    return svc_msg(SYSCALL_WORD(SYS_queue_send, SEND_CALL), endpoint, m, &deadline_ns);
}

/*
 * With capabilities: three words in m->w[0..2], w[3] = MSG_CAPS(...), w[4] and w[5] = handles (0: none). ST_OK: the
 * reply is six words. ST_CAPS: three words, and w[4] and w[5] are new handles. Else all is as it was.
 */
static inline status_t sys_call_caps(handle_t endpoint, struct rt_msg *m, uint64_t deadline_ns)
{
    return svc_msg(SYSCALL_WORD(SYS_queue_send, SEND_CALL_CAPS), endpoint, m, &deadline_ns);
}

static inline status_t sys_send(handle_t endpoint, const struct rt_msg *m)
{
    struct rt_msg copy = *m;
    uint64_t unused = 0;

    return svc_msg(SYSCALL_WORD(SYS_queue_send, SEND_NOWAIT), endpoint, &copy, &unused);
}

static inline status_t sys_signal(handle_t event)
{
    return svc_1(SYSCALL_WORD(SYS_queue_send, SEND_SIGNAL), event);
}

static inline status_t sys_bell(handle_t doorbell, uint64_t bucket)
{
    return svc_2(SYSCALL_WORD(SYS_queue_send, SEND_BELL), doorbell, bucket);
}

static inline status_t sys_irq_ack(handle_t irq)
{
    return svc_1(SYSCALL_WORD(SYS_queue_send, SEND_IRQ_ACK), irq);
}

/* ---- queue_recv ---- */

/*
 * ST_OK: a message in *m and its badge. ST_EVENT: m->w[0] is the event bits. ST_TIMEOUT.
 * deadline_ns 0: none; 1: look and do not wait. endpoint 0: events only.
 */
static inline status_t sys_recv(handle_t endpoint, uint64_t events, uint64_t deadline_ns,
                                struct rt_msg *m, uint64_t *badge)
{
    status_t st;

    *m = (struct rt_msg){ { events, deadline_ns } };
    *badge = 0;
    while ((st = svc_msg(SYSCALL_WORD(SYS_queue_recv, RECV_WAIT), endpoint, m, badge)) == ST_AGAIN)
        ; /* nothing has changed but that some callers were refused */
    return st;
}

/* The same, and up to `takes` (0..2) capabilities with this message and later ones. ST_CAPS: three words, and
 * m->w[4] and m->w[5] are new handles (0: none). */
static inline status_t sys_recv_caps(handle_t endpoint, uint64_t events, uint64_t deadline_ns,
                                     uint64_t takes, struct rt_msg *m, uint64_t *badge)
{
    status_t st;

    *m = (struct rt_msg){ { events, deadline_ns, takes } };
    *badge = 0;
    while ((st = svc_msg(SYSCALL_WORD(SYS_queue_recv, RECV_WAIT_CAPS), endpoint, m, badge)) ==
           ST_AGAIN)
        ;
    return st;
}

/* Reply to the caller received last, then as sys_recv without a deadline. */
static inline status_t sys_reply_recv(handle_t endpoint, uint64_t events, struct rt_msg *m,
                                      uint64_t *badge)
{
    status_t st;

    *badge = events; /* the reply is sent once: the second time there is nobody to answer */
    while ((st = svc_msg(SYSCALL_WORD(SYS_queue_recv, RECV_REPLY_WAIT), endpoint, m, badge)) ==
           ST_AGAIN)
        ;
    return st;
}

static inline status_t sys_reply(const struct rt_msg *m)
{
    struct rt_msg copy = *m;
    uint64_t unused = 0;

    return svc_msg(SYSCALL_WORD(SYS_queue_recv, RECV_REPLY), 0, &copy, &unused);
}

/* To a particular task that waits for a reply of this one. ST_STATE: it does not. */
static inline status_t sys_reply_to(handle_t task, const struct rt_msg *m)
{
    struct rt_msg copy = *m;
    uint64_t unused = 0;

    return svc_msg(SYSCALL_WORD(SYS_queue_recv, RECV_REPLY), task, &copy, &unused);
}

/* With capabilities, as sys_call_caps; task 0: the caller received last. Refused: the reply is still owed. */
static inline status_t sys_reply_caps(handle_t task, const struct rt_msg *m)
{
    struct rt_msg copy = *m;
    uint64_t unused = 0;

    return svc_msg(SYSCALL_WORD(SYS_queue_recv, RECV_REPLY_CAPS), task, &copy, &unused);
}

static inline status_t sys_irq_bind(handle_t irq, handle_t event)
{
    return svc_2(SYSCALL_WORD(SYS_queue_recv, RECV_IRQ_BIND), irq, event);
}

/* ---- timer_wait ---- */

static inline void sys_yield(void)
{
    (void)svc_1(SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), 0);
}

static inline status_t sys_sleep_until(uint64_t at_ns)
{
    return svc_2(SYSCALL_WORD(SYS_timer_wait, TIMER_UNTIL), 0, at_ns);
}

static inline status_t sys_sleep_for(uint64_t ns)
{
    return svc_2(SYSCALL_WORD(SYS_timer_wait, TIMER_FOR), 0, ns);
}
