/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/talk - one agent of a workload (pattern.h): says what it has to say to those it talks to, once a tick.
 *
 *     talk all - pairs 0          in place core + cores x the second argument
 *     talk all - pairs 1 5000     the bridges change sides every 5000 ms (0: never)
 *     talk all - pairs 1 5000 3   agents are drawn from a seed (0: in turn, pattern_agent)
 *
 * It sends by the clock and not as fast as it can, so that what is said is the same wherever agents are (links.h).
 */
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "tests/workloads/links.h"
#include <stdlib.h>

static bool is_shifted(uint64_t shift_ns, uint64_t now)
{
    return shift_ns != 0 && now / shift_ns % 2 != 0;
}

int main(int argc, char **argv)
{
    enum pattern pattern = argc < 3 ? PATTERNS : pattern_of(argv[1]);
    uint64_t next, shift_ns;
    unsigned place;

    if (pattern == PATTERNS)
        return BAD_ARGS;
    place = (unsigned)(rt_info()->core + rt_info()->ncores * strtoul(argv[2], NULL, 10));
    shift_ns = argc > 3 ? strtoull(argv[3], NULL, 10) * NS_PER_MS : 0;
    if (place >= PATTERN_AGENTS)
        return 0; /* a machine of more cores than agents */
    links_begin(pattern, pattern_agent(argc > 4 ? strtoull(argv[4], NULL, 10) : 0, place));
    for (next = rt_now_ns();; next += TICK_NS) {
        uint64_t now = rt_now_ns();

        if (now > next + TICK_NS)
            next = now; /* what was not said in time is not said */
        (void)sys_sleep_until(next);
        links_tick(is_shifted(shift_ns, rt_now_ns()));
    }
}
