/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/syscall.h"
#include "cpudriver/emit.h"
#include "cpudriver/fastpath.h"
#include "cpudriver/task.h"

static status_t (*const table[])(struct kcb *, struct task *, unsigned) = {
#define SYSCALL(name, number) [number] = sys_##name,
#include "lib/abi/syscall.def"
#undef SYSCALL
};
_Static_assert(sizeof table / sizeof table[0] == SYS_COUNT && SYS_COUNT == 12, "twelve calls");

/* Neighbours in number, so that other calls pay for one comparison. */
_Static_assert(SYSCALL_WORD(SYS_queue_recv, RECV_REPLY_WAIT) + 1 == SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), "ABI");
static inline bool fast_wait_or_yield(struct kcb *k, struct task *t, uint64_t word)
{
    return word == SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD) ? fast_yield(k, t) : fast_reply_wait(k, t);
}

struct task *syscall_entry(struct kcb *k, struct task *t)
{
    uint64_t word = t->frame.x[8];
    unsigned number = word & 0xff;
    status_t st = ST_INVALID;

    k->nentries++;
    if (word - SYSCALL_WORD(SYS_queue_recv, RECV_REPLY_WAIT) <= 1 && fast_wait_or_yield(k, t, word))
        return k->current;
    if (word == SYSCALL_WORD(SYS_queue_send, SEND_CALL) && fast_call(k, t))
        return k->current;
    if (number < SYS_COUNT && (st = emit_room(k, t, number, word >> 8 & 0xff)) == ST_OK)
        st = table[number](k, t, word >> 8 & 0xff);
    if (st != SYSCALL_WAITS)
        t->frame.x[0] = st;
    if (k->log_news)
        emit_tell(k);
    return k->resched ? task_pick(k) : k->current;
}

/* Calls of parts that do not exist yet. They answer so, and change nothing. */
#define UNSUPPORTED(name)                                                                          \
    status_t sys_##name(struct kcb *k, struct task *t, unsigned op)                                \
    {                                                                                              \
        (void)k;                                                                                   \
        (void)t;                                                                                   \
        (void)op;                                                                                  \
        return ST_UNSUPPORTED;                                                                     \
    }
UNSUPPORTED(rvf_mount)
UNSUPPORTED(vector_get)
UNSUPPORTED(vector_put_proved)
UNSUPPORTED(graph_apply_proved)
UNSUPPORTED(sensor_subscribe)
