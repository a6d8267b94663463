/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/left.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "tests/stress/crew.h"
#include <stdio.h>
#include <string.h>

#define KINDS 6u /* words 1 to 6 of STRESS_FREE, which is said in mover.c */
#define TRIES 50u

static const char *const names[KINDS] = {"bytes", "slots", "programs", "ends", "copies", "requests"};
static uint64_t before[CORES][KINDS];

static void look(uint64_t now[CORES][KINDS])
{
    uint64_t until = rt_now_ns() + STUCK_NS;

    crew.looks = 0;
    for (unsigned i = 0; i < crew.ncores; i++)
        crew.stuck |= !crew_send(crew.core[i].chan, STRESS_LOOK, (uint64_t[3]){0});
    while (crew.looks < crew.ncores && !crew.stuck) {
        crew_turn();
        crew.stuck = rt_now_ns() > until;
    }
    for (unsigned i = 0; i < crew.ncores; i++)
        memcpy(now[i], crew.core[i].left, sizeof now[i]);
}

void left_look(void)
{
    static uint64_t now[CORES][KINDS];

    /* What those before have left may still be on its way: until it is the same twice. */
    look(before);
    for (unsigned tries = 0; tries < TRIES && !crew.stuck; tries++) {
        crew_wait(100 * NS_PER_MS);
        look(now);
        if (memcmp(now, before, sizeof now) == 0)
            return;
        memcpy(before, now, sizeof before);
    }
}

/* One record for each core; and one line for each thing that is not what it was. */
static void tell(uint64_t now[CORES][KINDS])
{
    for (unsigned i = 0; i < crew.ncores; i++) {
        rec_begin("stress_left");
        rec_u64("of", i);
        for (unsigned k = 0; k < KINDS; k++)
            rec_u64(names[k], now[i][k]);
        rec_end();
        for (unsigned k = 0; k < KINDS; k++)
            if (now[i][k] != before[i][k])
                printf("core %u: %s %lld, were %lld\n", i, names[k], (long long)now[i][k], (long long)before[i][k]);
    }
}

bool left_again(void)
{
    static uint64_t now[CORES][KINDS];

    for (unsigned tries = 0; tries < TRIES && !crew.stuck; tries++) {
        look(now);
        if (memcmp(now, before, sizeof now) == 0)
            break;
        crew_wait(100 * NS_PER_MS);
    }
    tell(now);
    return memcmp(now, before, sizeof now) == 0;
}
