/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/full - the witness log of a core is full: what goes on, what is refused, and that nothing is lost.
 *
 *     core 0: this program, which plays the keeper of all logs and stores none of that core's for a while
 *     core 1: `share`, which fills its log; core 2: `share`, whose log has room
 *
 * In three steps: full for programs; the reserve used up by them, too; and that of the monitor. Then the same with the log of
 * core 0, by this program. `full child MS` is a program that waits and ends.
 */
#include "tests/system/full_keep.h"
#include "lib/base/bits.h"
#include "tests/system/share.h"
#include "tests/system/share_log.h"
#include "lib/rt/monitor.h"
#include "lib/rt/print.h"
#include "services/keeper/logs.h"
#include <stdlib.h>
#include <string.h>

#define ANSWERS_NS (2 * NS_PER_S) /* more than skerry.answer_ms of the row: nobody is suspected meanwhile */

static struct rt_chan to[3], restarted;

static bool say(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t word[3] = { a, b, c };

    return rt_send_wait(&to[core], (uint16_t)kind, 0, word, sizeof word, soon()) == ST_OK;
}

/* Tending the logs meanwhile. ST_TIMEOUT: no answer by then. */
static uint64_t second; /* result of the last answer */

static status_t hear(core_id core, uint64_t ns, uint64_t *result)
{
    uint64_t until = rt_now_ns() + ns;
    struct urpc_msg m;
    status_t st;

    do {
        keep_tend();
        st = rt_recv_wait(&to[core], &m, rt_now_ns() + 5 * NS_PER_MS);
    } while (st == ST_TIMEOUT && rt_now_ns() < until);
    if (st != ST_OK)
        return st;
    *result = m.word[1];
    second = m.word[2];
    return (status_t)m.word[0];
}

static status_t want(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t *result)
{
    uint64_t unused;

    return say(core, kind, a, b, RIGHTS_ALL)
               ? hear(core, 10 * NS_PER_S, result != NULL ? result : &unused)
               : ST_GONE;
}

static status_t order(core_id core, enum log_order which, uint64_t argument, uint64_t *result)
{
    return want(core, SHARE_LOG, which, argument, result);
}

static bool all_live(void)
{
    struct rt_cores cores;

    return rt_cores(&cores) == ST_OK && cores.dead == 0;
}

/* ---- the log of another core ---- */

/* Free slots of the programs and of the monitors, free bytes of the cores. */
static struct left_there {
    uint64_t slots[2], monitors[2], ram[2];
} before;

static void count(struct left_there *now)
{
    for (core_id i = 1; i < 3; i++) {
        if (want(i, SHARE_COUNT, 0, 0, &now->slots[i - 1]) != ST_OK)
            test_need(false, "a core says what it has left");
        now->monitors[i - 1] = second;
        if (want(i, SHARE_RAM, 0, 0, NULL) != ST_OK)
            test_need(false, "and how much memory");
        now->ram[i - 1] = second;
    }
}

/* The same again within a while: what monitors do late they do in their own time. */
static bool is_left(void)
{
    uint64_t until = rt_now_ns() + 3 * NS_PER_S;
    struct left_there now;

    do {
        count(&now);
        if (memcmp(&now, &before, sizeof now) == 0)
            return true;
    } while (rt_now_ns() < until);
    for (unsigned i = 0; i < 2; i++)
        printf("full: core %u: slots %u, before %u; monitor's %u, %u; RAM %u KiB, %u\n", i + 1, (unsigned)now.slots[i],
               (unsigned)before.slots[i], (unsigned)now.monitors[i], (unsigned)before.monitors[i],
               (unsigned)(now.ram[i] / KIB), (unsigned)(before.ram[i] / KIB));
    return false;
}

static bool ask_copy(core_id core)
{
    return want(core, SHARE_COPY, 2, 6, NULL) == ST_OK && want(core, SHARE_DROP, 6, 0, NULL) == ST_OK;
}

/* 1 and 3 of core 1 are its own, and core 2 has copies as 1 and 3; 2 and 4 are core 2's, with copies on core 1. */
static void prepare(void)
{
    const uint64_t page_frame = CAP_FRAME | PAGE_BYTES << 8;
    bool ok = true;

    for (core_id i = 1; i < 3; i++) {
        ok = ok && share_bind(i, &to[i]) && order(i, LOG_PREPARE, 0, NULL) == ST_OK;
        ok = ok && want(i, SHARE_CONNECT, 3u - i, 0, NULL) == ST_OK;
    }
    for (unsigned n = 16; n <= LOG_REVOKES; n += 16) { /* each time what is stored again */
        keep_for(10 * NS_PER_MS);
        ok = ok && order(1, LOG_BEGIN, n, NULL) == ST_OK;
    }
    ok = ok && order(1, LOG_CHILD, 1, NULL) == ST_OK; /* its image stays with the monitor */
    keep_for(200 * NS_PER_MS);
    ok = ok && rt_bind("again", soon(), &restarted) == ST_OK;
    test_need(ok && order(1, LOG_CHILD_ENDED, 0, NULL) == ST_OK, "a program on core 1, and what it says");
    count(&before);
    for (uint64_t k = 1; ok && k <= 4; k++) {
        core_id from = k % 2 ? 1 : 2, other = k % 2 ? 2 : 1;

        ok = want(from, SHARE_MAKE, k, page_frame, NULL) == ST_OK && want(from, SHARE_PASS, k, other, NULL) == ST_OK &&
             want(other, SHARE_TAKE, k, 0, NULL) == ST_OK;
    }
    ok = ok && order(1, LOG_CHILD, 60000, NULL) == ST_OK && want(1, SHARE_COPY, 3, 5, NULL) == ST_OK;
    test_need(ok, "copies both ways, and a program on core 1");
}

static void full_for_programs(void)
{
    uint64_t n, wrong;

    keep_hold(1, true);
    test_is(order(1, LOG_FILL, 0, &n) == ST_LOG_FULL && n > 0, "the log of core 1 is filled until a change is refused");
    test_is(order(1, LOG_TRY, 0, &wrong) == ST_OK && wrong == 0, "every change is refused there, nothing has changed, reading goes on");
    if (wrong != 0)
        printf("full: calls that should be refused, as bits: 0x%x\n", (unsigned)wrong);
    test_is(want(1, SHARE_DROP, 5, 0, NULL) == ST_OK, "a capability is deleted there");
    test_is(want(1, SHARE_REVOKE, 1, 0, NULL) == ST_OK && want(2, SHARE_LOOK, 1, 0, NULL) == ST_STALE_HANDLE,
            "one is revoked from there that core 2 holds");
    test_is(want(2, SHARE_REVOKE, 2, 0, NULL) == ST_OK && want(1, SHARE_LOOK, 2, 0, NULL) == ST_STALE_HANDLE,
            "and one from core 2 that is held there");
    test_is(want(2, SHARE_PASS, 2, 1, NULL) == ST_LOG_FULL && want(1, SHARE_PASS, 3, 2, NULL) == ST_LOG_FULL,
            "nothing is given to it, nor by it");
    for (n = 0; n < 100 && ask_copy(2); n++)
        ;
    test_is(n == 100, "core 2 changes what it likes");
    test_is(rt_send(&restarted, 1, 0, &n, sizeof n) == ST_OK, "a program there fails, and cannot be started again now");
}

/* Not even what makes the way out has room: it waits, and its core is not taken for dead. */
static void full_for_all(void)
{
    uint64_t n;

    test_is(order(1, LOG_SPEND, 0, &n) == ST_LOG_FULL, "ends of revokes use up the programs' part of the reserve");
    test_is(order(1, LOG_FAULT, 0, NULL) == ST_OK && order(1, LOG_FAULTS, 0, &n) == ST_OK && n == 0,
            "a task that runs up against nothing is not stopped while there is no room");
    test_is(order(1, LOG_SPEND, 1, &n) == ST_LOG_FULL && n > 0, "and the monitor's part");
    test_is(order(1, LOG_KILL_CHILD, 0, NULL) == ST_OK, "a program there is ended all the same");
    test_is(say(2, SHARE_REVOKE, 4, 0, 0) && hear(2, ANSWERS_NS, &n) == ST_TIMEOUT,
            "a revoke on core 2 of what is held there waits");
    test_is(all_live() && want(1, SHARE_LOOK, 3, 0, NULL) == ST_OK, "and for longer than others wait, nobody is taken for dead");
}

static void drained(void)
{
    uint64_t n = 0;

    keep_hold(1, false);
    test_is(hear(2, 5 * NS_PER_S, &n) == ST_OK && want(1, SHARE_LOOK, 4, 0, NULL) == ST_STALE_HANDLE,
            "with room again that revoke ends, and what was held is gone");
    keep_for(100 * NS_PER_MS);
    test_is(order(1, LOG_FAULTS, 0, &n) == ST_OK && n == 1, "the task that waited is stopped, once");
    test_is(order(1, LOG_CHILD_ENDED, 0, NULL) == ST_OK, "the end of the program is told");
    rt_close(&restarted);
    test_is(rt_bind("again", soon(), &restarted) == ST_OK, "one that ended meanwhile is started again");
    test_is(want(1, SHARE_REVOKE, 3, 0, NULL) == ST_OK && want(1, SHARE_DROP, 3, 0, NULL) == ST_OK &&
                want(1, SHARE_DROP, 1, 0, NULL) == ST_OK && want(2, SHARE_DROP, 2, 0, NULL) == ST_OK &&
                want(2, SHARE_DROP, 4, 0, NULL) == ST_OK,
            "everything goes on");
    test_is(is_left(), "and nothing is left over");
    test_is(keep_whole(), "not one record is missing");
    printf("full: %u records of core 1\n", (unsigned)keep_records(1));
}

/* ---- the log of this core ---- */

static void own_log(void)
{
    struct rt_msg full = { { 0 } }, after = { { 0 } };
    struct rt_msg move = { { 0, 0, 1 } };
    uint64_t wrong = 0, n;
    struct news its_end;
    status_t st;

    test_need(log_prepare() == ST_OK && log_child(60000) == ST_OK && rt_spawn("full", "child 1500", &move.w[1]) == ST_OK,
              "the same here");
    for (n = 0; n < LOG_REVOKES; n += 16) {
        keep_for(10 * NS_PER_MS);
        test_need(log_begin_revokes((unsigned)n + 16) == ST_OK, "and revokes that have begun");
    }
    keep_for(50 * NS_PER_MS);
    keep_hold(0, true);
    n = log_fill(&st);
    test_is(n > 0 && st == ST_LOG_FULL && (wrong = log_try()) == 0, "with a full log of core 0 its programs change nothing");
    if (wrong != 0)
        printf("full: calls that should be refused, as bits: 0x%x\n", (unsigned)wrong);
    n = move.w[1];
    st = mon_call(MON_MOVE, &move);
    test_is(st == ST_LOG_FULL, "none of them changes core");
    if (st != ST_LOG_FULL)
        printf("full: to move it: %s\n", status_text(st));
    move.w[1] = n;
    n = log_spend(false, &st);
    test_is(n > 0 && st == ST_LOG_FULL, "nor has the reserve any room");
    n = log_spend(true, &st);
    test_is(n > 0 && st == ST_LOG_FULL, "nor the monitor");
    test_is(mon_call(MON_RAM, &full) == ST_OK && log_kill_child() == ST_OK, "a program is ended");
    rt_close(&to[2]);
    test_is(log_fault() == ST_OK && log_faults() == 0, "a fault waits");
    keep_for(ANSWERS_NS);
    test_is(all_live() && want(1, SHARE_COUNT, 0, 0, NULL) == ST_OK, "the other cores go on");
    keep_hold(0, false);
    keep_for(100 * NS_PER_MS);
    test_is(log_faults() == 1 && log_child_ended(), "with room again the fault has happened, and the program has ended");
    test_is(mon_call(MON_RAM, &after) == ST_OK && after.w[1] > full.w[1], "its memory is free");
    test_is(share_bind(2, &to[2]) && want(2, SHARE_COUNT, 0, 0, NULL) == ST_OK, "a channel closed and opened");
    test_is(rt_wait(move.w[1], rt_now_ns() + 5 * NS_PER_S, &its_end) == ST_OK && its_end.w[1] == 0,
            "the one that was not moved has gone on, and ended by itself");
    test_is(log_child(1) == ST_OK && log_child_ended(), "a program begins and ends");
}

/* Ends with a failure as often as it is told to, and is started again. */
static int again(void)
{
    struct rt_chan c;
    struct urpc_msg m;

    if (rt_serve("again") != ST_OK || rt_accept(&c, soon()) != ST_OK)
        return 2;
    return rt_recv_wait(&c, &m, 0) == ST_OK ? 1 : 2;
}

int main(int argc, char **argv)
{
    struct rt_msg end;

    if (argc > 2 && strcmp(argv[1], "child") == 0) {
        (void)sys_sleep_for(strtoull(argv[2], NULL, 10) * NS_PER_MS);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "again") == 0)
        return again();
    test_name("full");
    test_need(keep_open() == rt_info()->ncores, "the logs of all cores");
    prepare();
    full_for_programs();
    full_for_all();
    drained();
    own_log();
    test_is(keep_whole(), "and no record is missing anywhere");
    end = (struct rt_msg){ { 0, 0 } };
    memcpy(&end.w[2], "all tests passed", 16);
    test_is(mon_call(MON_END, &end) == ST_OK && keep_end(), "to the end of the run");
    rt_print_flush(rt_now_ns() + NS_PER_S);
    if (logs_ended(true) != ST_OK)
        return 1;
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}
