/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/urge.h"
#include "lib/rt/clock.h"
#include "monitor/mon.h"
#include "monitor/move.h"

#define AGAIN_NS (10 * NS_PER_MS) /* the witness log had no room for the record */

static bool wanted, done = true;
static uint64_t again_ns;

void urge_part(uint64_t part, uint32_t bp)
{
    struct prog *p = move_find(part);

    for (struct prog *q = p; q != NULL && p->state == PROG_RUNNING; q = prog_mate(p, q))
        (void)!sys_task_boost(mon.info->island, q->task,
                              bp); /* ST_STATE: degraded; it is told again when it is not */
}

void urge_degrade(bool on)
{
    wanted = on;
    done = false;
    again_ns = 0;
}

uint64_t urge_turn(uint64_t now_ns)
{
    status_t st;

    if (done)
        return UINT64_MAX;
    if (now_ns < again_ns)
        return again_ns;
    st = sys_degrade(mon.info->island, wanted);
    done = st == ST_OK;
    again_ns = st == ST_AGAIN ? now_ns : now_ns + AGAIN_NS;
    return done ? UINT64_MAX : again_ns;
}
