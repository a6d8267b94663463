/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/load - copies, deletes and maps capabilities: every step is a record of the witness log of its core.
 *
 *     load 0 -          0 20         without end, 20 ms of sleep after each round
 *     load 0 machine    200 1        200 rounds, then it ends the run
 *     load 1-3 -        200 1        200 rounds
 *     load 0 machine    200 0 1500   the same, after 1.5 s
 *
 * A step is refused with LOG_FULL while the log has no room. That is as it should be (nothing happened), and it is
 * tried again; any other refusal is a failure.
 */
#include "lib/abi/layout.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/system/report.h"
#include <stdlib.h>

#define WINDOW    (USER_DEVICES + 0x1000000ull)
#define STEPS     40u
#define REFUSALS  10000u
#define SETTLE_NS (300 * NS_PER_MS) /* the last of the others, and what the keeper has not stored */

static unsigned refused;

static bool again(status_t st)
{
    if (st != ST_LOG_FULL || refused++ == REFUSALS)
        return false;
    return sys_sleep_for(NS_PER_MS) == ST_OK;
}

static status_t step(handle_t frame)
{
    handle_t copy;
    status_t st;

    while (again(st = sys_copy(frame, 0, RIGHT_READ | RIGHT_GRANT, &copy)))
        ;
    if (st != ST_OK)
        return st;
    while (again(st = map_here(copy, WINDOW, PAGE_BYTES, PERM_READ)))
        ;
    while (st == ST_OK && again(st = map_out(copy)))
        ;
    if (st != ST_OK)
        return st;
    while (again(st = cap_delete(copy)))
        ;
    return st;
}

static status_t go_on(uint64_t rounds, uint64_t pause_ns)
{
    status_t st = ST_OK;
    handle_t frame;

    if ((st = cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame)) != ST_OK)
        return st;
    for (uint64_t i = 0; st == ST_OK && (rounds == 0 || i < rounds); i++) {
        refused = 0;
        for (unsigned k = 0; st == ST_OK && k < STEPS; k++)
            st = step(frame);
        if (st == ST_OK)
            st = sys_sleep_for(pause_ns);
    }
    return st;
}

int main(int argc, char **argv)
{
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t pause_ns = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * NS_PER_MS;
    status_t st;

    if (argc > 3) /* not before the keeper is there */
        (void)sys_sleep_for(strtoull(argv[3], NULL, 10) * NS_PER_MS);
    st = go_on(rounds, pause_ns);
    test_name("load");
    if (st != ST_OK)
        test_is(false, status_text(st));
    if (rt_info()->core != 0)
        return 0;
    (void)sys_sleep_for(SETTLE_NS);
    test_is(st == ST_OK, "no step is refused but for want of room in the log");
    return test_end();
}
