/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/watchdog - see watchdog.h. */
#include "monitor/watchdog.h"
#include "lib/rt/record.h"
#include "lib/rt/syscall.h"
#include "monitor/mon.h"

static struct watchdog watchdog;

static void is_off(status_t st, const char *why)
{
    watchdog.ms = 0;
    rec_error("watchdog", st, why);
}

void watchdog_start(void)
{
    if (!mon.first)
        return;
    if (watchdog_read(&watchdog, mon.boot->bootargs) != ST_OK)
        is_off(ST_FORMAT, "skerry.watchdog= is a number of milliseconds, 100 at least: nobody watches");
}

uint64_t watchdog_turn(uint64_t now_ns)
{
    uint64_t next;
    status_t st;

    if (!watchdog_due(&watchdog, now_ns, &next))
        return next;
    st = sys_machine_watch(mon.info->machine, watchdog.ms);
    if (st == ST_OK)
        return next;
    is_off(st, st == ST_INVALID ? "skerry.watchdog= is longer than this machine's watchdog can: nobody watches" :
                                  "the device tree names no watchdog that we drive: nobody watches");
    return UINT64_MAX;
}
