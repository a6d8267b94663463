/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/mover - one on each core: asks its monitor for one thing at a time, as the conductor says. As each waits for its own,
 * there are as many moves on their way as there are cores.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "tests/stress/napping.h"
#include "tests/stress/stress.h"
#include "tests/stress/twins.h"

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

/* What it is now; again while something about it is under way. */
static status_t status_of(uint64_t part, uint64_t *state, uint64_t *ran_ns)
{
    struct rt_msg m;
    status_t st;

    for (unsigned i = 0; i < 1000; i++) {
        m = (struct rt_msg){{0, part}};
        if ((st = mon_call(MON_STATUS, &m)) != ST_BUSY)
            break;
        (void)sys_sleep_for(NS_PER_MS);
    }
    *state = st == ST_OK ? m.w[1] >> 16 : 0;
    *ran_ns = m.w[2];
    return st;
}

/* Stopped, and how long it has run until then; or how long until now, when it is to go on. That must be the same. */
static bool life(const uint64_t *order)
{
    uint64_t state = 0, ran_ns = 0;
    status_t st;

    if (order[2] == PART_RESUME)
        (void)status_of(order[1], &state, &ran_ns);
    st = rt_life(order[1], (enum part_ask)order[2]);
    if (order[2] == PART_SUSPEND && st == ST_OK)
        (void)status_of(order[1], &state, &ran_ns);
    return answer(STRESS_LIVED, (uint64_t[6]){order[0], st, state, ran_ns});
}

/*
 * All that is told is the same before and after: bytes that are free or hold channels of this core; slots that are free, or are
 * blocks into which memory is cut or memory of channels, as those depend on what else was there at the time.
 */
static bool look(void)
{
    struct rt_msg ram = {{0}}, kept = {{0}}, caps = {{0}};
    uint64_t word[7] = {rt_info()->core};

    if (mon_call(MON_RAM, &ram) != ST_OK || mon_call(MON_KEPT, &kept) != ST_OK || mon_call(MON_AGREED, &caps) != ST_OK)
        return false;
    word[1] = ram.w[1] + kept.w[3];
    word[2] = kept.w[1] + kept.w[2] + kept.w[4];
    word[3] = ram.w[4];
    word[4] = ram.w[5];
    word[5] = caps.w[2] | caps.w[3] << 32;
    word[6] = caps.w[4] | caps.w[5] << 32;
    return rt_send_wait(&conductor, STRESS_FREE, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) == ST_OK;
}

static bool nap(const uint64_t *order)
{
    return answer(STRESS_NAPPED, (uint64_t[6]){rt_info()->core, nap_do((enum nap)order[1])});
}

static bool twins(const uint64_t *order)
{
    struct twins_said s = twins_do((enum twins_ask)order[1], order[2]);
    uint64_t word[7] = {rt_info()->core, s.st, s.missing, s.wrong, s.messages, s.lost, s.doubled};

    return rt_send_wait(&conductor, STRESS_TWINNED, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) == ST_OK;
}

static bool obey(const struct urpc_msg *m)
{
    switch (m->kind) {
    case STRESS_MOVE:
        return move(m->word);
    case STRESS_LIFE:
        return life(m->word);
    case STRESS_NAP:
        return nap(m->word);
    case STRESS_TWINS:
        return twins(m->word);
    case STRESS_LOOK:
        return look();
    default:
        return false;
    }
}

int mover(void)
{
    struct urpc_msg m;

    if (rt_bind("stress", rt_now_ns() + PATIENCE_NS, &conductor) != ST_OK ||
        !answer(STRESS_MOVER, (uint64_t[6]){rt_info()->core}))
        return 2;
    while (rt_recv_wait(&conductor, &m, 0) == ST_OK)
        if (!obey(&m))
            return 3;
    return 0;
}
