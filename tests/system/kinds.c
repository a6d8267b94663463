/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/kinds - a little of everything that leaves a record in the witness log (docs/spec/witness.md), for a row that
 * looks on the disk afterwards whether each kind was seen.
 */
#include "lib/rt/monitor.h"
#include "tests/system/share.h"
#include <string.h>

static bool ask_it(struct rt_chan *c, enum share_kind kind, uint64_t i)
{
    uint64_t word[3] = { i };
    struct urpc_msg m;

    return rt_send_wait(c, (uint16_t)kind, 0, word, sizeof word, soon()) == ST_OK && rt_recv_wait(c, &m, soon()) == ST_OK &&
           m.word[0] == ST_OK;
}

/* Memory of another core, and back. */
static bool borrow(void)
{
    struct rt_msg m = { { 0, 2, PAGE_BYTES } };

    return mon_call(MON_BORROW, &m) == ST_OK && cap_delete(m.w[1]) == ST_OK;
}

/* A copy to another core, revoked from here; and one given away, deleted there. */
static bool between_cores(void)
{
    handle_t frame[2];
    struct rt_chan c;
    bool ok = share_bind(1, &c);

    for (unsigned i = 0; i < 2; i++)
        ok = ok && cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame[i]) == ST_OK &&
             share_give(&c, frame[i], RIGHTS_ALL, i == 0 ? CAP_COPY_OF : CAP_GIVE_AWAY, 0) == ST_OK && ask_it(&c, SHARE_TAKE, i);
    ok = ok && cap_revoke(frame[0]) == ST_OK && ask_it(&c, SHARE_DROP, 1);
    rt_close(&c);
    return ok;
}

static bool on_this_core(void)
{
    handle_t task, table, frame, less, moved;
    bool ok = cap_retype(rt_info()->ram, CAP_TASK, 0, &task) == ST_OK &&
              cap_retype(rt_info()->ram, CAP_CAPTABLE, 16, &table) == ST_OK &&
              cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame) == ST_OK;

    return ok && sys_task_fair(task, 50) == ST_OK && sys_task_config(task, table, rt_info()->space, 0, 0) == ST_OK &&
           sys_copy(frame, 0, RIGHT_READ | RIGHT_GRANT, &less) == ST_OK && sys_move(less, table, &moved) == ST_OK &&
           map_here(frame, USER_DEVICES + 0x4000000ull, PAGE_BYTES, PERM_READ) == ST_OK && map_out(frame) == ST_OK &&
           sys_task_start(task, 0, 0, 0, 0, 0) == ST_OK && sys_task_stop(task) == ST_OK && cap_delete(task) == ST_OK;
}

/* The last core is stopped, for good. */
static bool stop_core(void)
{
    struct rt_msg m = { { 0, rt_info()->ncores - 1u } };
    struct rt_cores cores;
    uint64_t deadline = soon();

    if (mon_call(MON_STOP, &m) != ST_OK)
        return false;
    do {
        (void)sys_sleep_for(5 * NS_PER_MS);
        if (rt_cores(&cores) != ST_OK)
            return false;
    } while (cores.dead == 0 && rt_now_ns() < deadline);
    return cores.dead != 0;
}

/* The console is taken from its driver, which ends of it, and is started again with another lease. */
static bool take_device(void)
{
    for (uint64_t i = 0;; i++) {
        struct rt_msg m = { { 0, i, 1 } };

        if (mon_call(MON_DEVICE, &m) != ST_OK)
            return false;
        if (memcmp(&m.w[1], "arm,pl011", 9) != 0)
            continue;
        m = (struct rt_msg){ { 0, i, 0 } };
        if (mon_call(MON_DEVICE, &m) != ST_OK)
            return false;
        m = (struct rt_msg){ { 0, LEASE_ASK_REVOKE, m.w[2] } };
        return mon_call(MON_LEASE, &m) == ST_OK;
    }
}

int main(void)
{
    bool taken;

    test_name("kinds");
    test_is(on_this_core(), "capabilities, memory and tasks of this core");
    test_is(between_cores(), "capabilities between cores");
    test_is(borrow(), "memory is borrowed");
    test_is(stop_core(), "a core is stopped");
    (void)sys_sleep_for(100 * NS_PER_MS); /* what is written while there is no console driver may be lost */
    taken = take_device();
    (void)sys_sleep_for(200 * NS_PER_MS);
    test_is(taken, "a device is taken from its driver");
    return test_end();
}
