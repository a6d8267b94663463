/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/mover - one on each core: asks its monitor for one move at a time, as the conductor says. As each waits for its own,
 * there are as many moves on their way as there are cores.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "tests/stress/stress.h"

static struct rt_chan conductor;

static bool answer(enum stress_kind kind, const uint64_t word[6])
{
    return rt_send_wait(&conductor, (uint16_t)kind, 0, word, 6 * sizeof *word,
                        rt_now_ns() + PATIENCE_NS) == ST_OK;
}

static bool move(const uint64_t *order)
{
    struct rt_msg m = {{0, order[1], order[2]}};
    status_t st = mon_call(MON_MOVE, &m);

    return answer(STRESS_MOVED, (uint64_t[6]){order[0], st, m.w[1], m.w[2]});
}

/*
 * Into how many blocks the memory of this core is cut. Each cut takes two slots of the monitor until both halves are free again,
 * and where it is cut depends on what else was there at the time.
 */
static uint64_t blocks(void)
{
    uint64_t n = 0, at = 0;

    for (;;) {
        struct rt_msg m = {{0, at}};

        if (mon_call(MON_LEDGER, &m) != ST_OK)
            return n;
        at = m.w[1] + m.w[2];
        /* Neighbours that are free are one range; the blocks in it are as large as their place allows. */
        for (uint64_t base = m.w[1]; base < at; n++) {
            uint64_t bytes = base & -base;

            while (bytes > at - base)
                bytes /= 2;
            base += bytes;
        }
    }
}

static bool look(void)
{
    struct rt_msg m = {{0}};

    return mon_call(MON_RAM, &m) == ST_OK &&
           answer(STRESS_FREE,
                  (uint64_t[6]){rt_info()->core, m.w[1], m.w[3] + 2 * blocks(), m.w[4], m.w[5]});
}

int mover(void)
{
    struct urpc_msg m;

    if (rt_bind("stress", rt_now_ns() + PATIENCE_NS, &conductor) != ST_OK ||
        !answer(STRESS_MOVER, (uint64_t[6]){rt_info()->core}))
        return 2;
    while (rt_recv_wait(&conductor, &m, 0) == ST_OK)
        if (!(m.kind == STRESS_MOVE ? move(m.word) : look()))
            return 3;
    return 0;
}
