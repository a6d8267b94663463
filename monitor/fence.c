/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/fence.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/mon.h"
#include <stdio.h>

#define FENCE_TURN (50 * NS_PER_MS) /* the lower of two that suspect each other lives         */
#define FENCE_POLL (1 * NS_PER_MS)
#define FENCE_PATIENCE                                                                             \
    (200 * NS_PER_MS) /* much longer than an interrupt can be on its way        */
#define FENCE_PATIENCE_ON                                                                          \
    (1 * NS_PER_S) /* the firmware says that it is on: perhaps a slow emulator */

struct fence {
    uint64_t stop_ns; /* when it is told to stop, or was */
    bool told;
};

static struct fence fences[CORES_MAX];

void fence_begin(core_id core, uint64_t now_ns)
{
    fences[core] = (struct fence){.stop_ns = now_ns + (core < mon.core ? FENCE_TURN : 0)};
}

/* Who said HELLO can be reached (core_on_hello), so this cannot fail. */
static void tell(core_id core, struct fence *f)
{
    CHECK(sys_core_stop(mon.info->coreboot, core) == ST_OK);
    f->told = true;
}

/* It may be in its CPU driver, and wakes to the interrupt if it ever leaves it. */
static void report_on(core_id core)
{
    char what[40];

    snprintf(what, sizeof what, "core %u was told to stop", core);
    rec_error(what, ST_TIMEOUT, "its firmware says that it is on; it runs no program any more");
}

static enum core_power power_of(core_id core)
{
    struct rt_msg m;

    return sys_core_state(mon.info->coreboot, core, &m) == ST_OK ? (enum core_power)m.w[0]
                                                                 : POWER_UNKNOWN;
}

enum fence_end fence_look(core_id core, uint64_t now_ns, uint64_t *next_ns)
{
    struct fence *f = &fences[core];
    enum core_power power;

    if (now_ns < f->stop_ns) {
        *next_ns = f->stop_ns;
        return FENCE_WAIT;
    }
    if (!f->told) {
        tell(core, f);
        f->stop_ns = now_ns;
    }
    if ((power = power_of(core)) == POWER_OFF)
        return FENCE_OFF;
    if (now_ns - f->stop_ns >= (power == POWER_ON ? FENCE_PATIENCE_ON : FENCE_PATIENCE)) {
        if (power == POWER_ON)
            report_on(core);
        return FENCE_LONG;
    }
    *next_ns = now_ns + FENCE_POLL;
    return FENCE_WAIT;
}

void fence_self(void)
{
    (void)sys_core_stop(mon.info->coreboot, mon.core);
}
