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

__attribute__((always_inline)) static inline struct task *general(struct kcb *k, struct task *t, uint64_t word)
{
    unsigned number = word & 0xff;
    status_t st = ST_INVALID;

    if (number < SYS_COUNT && (st = emit_room(k, t, number, word >> 8 & 0xff)) == ST_OK)
        st = table[number](k, t, word >> 8 & 0xff);
    if (st != SYSCALL_WAITS)
        t->frame.x[0] = st;
    if (k->log_news)
        emit_tell(k);
    return k->resched ? task_pick(k) : k->current;
}

__attribute__((noinline)) struct task *syscall_general(struct kcb *k, struct task *t)
{
    return general(k, t, t->frame.x[8]);
}

/* Neighbours in number: other calls pay for one comparison. */
#define REPLY_WAIT SYSCALL_WORD(SYS_queue_recv, RECV_REPLY_WAIT)
_Static_assert(REPLY_WAIT + 1 == SYSCALL_WORD(SYS_timer_wait, TIMER_YIELD), "neighbours");

struct task *syscall_entry(struct kcb *k, struct task *t)
{
    uint64_t word = t->frame.x[8];

    k->nentries++;
    if (word - REPLY_WAIT <= 1)
        return word == REPLY_WAIT ? fast_reply_wait(k, t) : fast_yield(k, t);
    if (word == SYSCALL_WORD(SYS_queue_send, SEND_CALL))
        return fast_call(k, t);
    return general(k, t, word);
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
