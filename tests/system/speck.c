/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/speck - one of very many partitions: it counts in its own page, asks its monitor who it is, and sleeps.
 *
 * What it wrote to its data and to its stack must be there when it wakes, and its name must stay: what the other thousands write lies
 * at the same addresses. It ends with a code if not, which its supervisor is told.
 *
 *     speck [MS]         sleeps so many ms between two rounds (1000)
 *     speck end MS N     after so many ms it ends with code N
 *     speck fault MS     it reads where nothing is
 */
#include "lib/rt/clock.h"
#include "lib/rt/monitor.h"
#include <stdlib.h>

static uint64_t count, mine;

static int end(int argc, char **argv)
{
    (void)sys_sleep_for((uint64_t)(unsigned)atoi(argv[2]) * NS_PER_MS);
    if (argc == 3)
        return (int)*(volatile uint64_t *)0x1000;
    return atoi(argv[3]);
}

int main(int argc, char **argv)
{
    uint64_t pause_ns = (uint64_t)(unsigned)(argc > 1 ? atoi(argv[1]) : 1000) * NS_PER_MS;
    volatile uint64_t kept = 0;

    if (argc > 2)
        return end(argc, argv);
    for (bool first = true;; first = false) { /* in a register: what memory has lost is seen */
        struct rt_msg m = {{0}};

        if (mon_call(MON_WHERE, &m) != ST_OK)
            return 2;
        if (first)
            mine = kept = m.w[1];
        if (m.w[1] != mine || kept != mine)
            return 3;
        count++;
        (void)sys_sleep_for(pause_ns);
    }
}
