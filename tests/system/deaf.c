/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/deaf - takes the place of one core's latency probe, and never answers.
 *
 * It offers the service, binds to the lower cores, and sleeps. The probes of the others must
 * report its pairs as missing after one deadline, and measure the rest.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include <stdio.h>

#define PATIENCE_NS (10 * NS_PER_S)

int main(void)
{
    static struct rt_chan chan[CORES_MAX];
    core_id self = rt_info()->core;
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof name, "probe.%u", self);
    if (rt_serve(name) != ST_OK)
        return 1;
    for (core_id i = self; i-- > 0;) {
        (void)snprintf(name, sizeof name, "probe.%u", i);
        if (rt_bind(name, rt_now_ns() + PATIENCE_NS, &chan[i]) != ST_OK)
            return 1;
    }
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}
