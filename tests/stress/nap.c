/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/nap - a small partition without channels, so that it can hibernate: it rewrites its data and its stack again and again, and
 * looks first whether they are as it left them. If not it ends with a code, which its supervisor is told (tests/stress/napping.c).
 *
 * Each round it asks its monitor once, so its calls say how far it is.
 */
#include "lib/rt/clock.h"
#include "lib/rt/monitor.h"
#include "tests/stress/stress.h"
#include "tests/system/fp_round.h"

#define DATA_WORDS  400u
#define STACK_WORDS 64u
#define PAUSE_NS    (5 * NS_PER_MS)

static uint64_t data[DATA_WORDS];

static uint64_t pattern(uint64_t part, uint64_t round, uint64_t i)
{
    uint64_t state = part << 32 ^ round << 12 ^ i;

    return stress_next(&state);
}

static void fill(volatile uint64_t *at, unsigned n, uint64_t part, uint64_t round)
{
    for (unsigned i = 0; i < n; i++)
        at[i] = pattern(part, round, i);
}

static bool is_as_filled(const volatile uint64_t *at, unsigned n, uint64_t part, uint64_t round)
{
    for (unsigned i = 0; i < n; i++)
        if (at[i] != pattern(part, round, i))
            return false;
    return true;
}

int main(void)
{
    volatile uint64_t on_stack[STACK_WORDS];
    struct rt_msg m = {{0}};
    uint64_t part;

    if (mon_call(MON_WHERE, &m) != ST_OK)
        return 2;
    part = m.w[1];
    fill(data, DATA_WORDS, part, 0);
    fill(on_stack, STACK_WORDS, part, 0);
    for (uint64_t round = 0;; round++) {
        (void)sys_sleep_for(PAUSE_NS);
        if (round_of(part, round) != 0)
            return 3;
        if (!is_as_filled(data, DATA_WORDS, part, round) ||
            !is_as_filled(on_stack, STACK_WORDS, part, round))
            return 4;
        fill(data, DATA_WORDS, part, round + 1);
        fill(on_stack, STACK_WORDS, part, round + 1);
        m = (struct rt_msg){{0}};
        if (mon_call(MON_WHERE, &m) != ST_OK || m.w[1] != part)
            return 5;
    }
}
