/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/follow - does coherence follow a bridge that changes sides, and come to rest each time?
 *
 *     talk   all ...           communities 0 6000     the bridges change sides every 6000 ms
 *     follow 0   machine,...   200 6000 3             advice from epoch 200 on; three changes of sides are judged
 *
 * Of each change: what goes between cores just after it, before anybody can have been moved; the moves that follow; and 100 epochs
 * without one before the next change, in which less goes between cores. Records `shift` (docs/spec/console.md).
 */
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "lib/rt/syscall.h"
#include "tests/system/report.h"
#include "tests/workloads/watch.h"
#include <stdio.h>
#include <stdlib.h>

#define QUIET      100u
#define AT_ONCE_NS (80 * NS_PER_MS) /* advice takes longer than that */
#define LESS_BP    1000u

static struct seen at_ns(uint64_t ns)
{
    (void)sys_sleep_until(ns);
    return watch_look();
}

static void judge(unsigned number, uint64_t shift_at_ns, uint64_t every_ns)
{
    struct seen at = at_ns(shift_at_ns), soon = at_ns(shift_at_ns + AT_ONCE_NS), from, to;
    bool settled = watch_settle(QUIET, shift_at_ns + every_ns, &from, &to);
    struct span now = watch_between(&at, &soon), then = watch_between(&from, &to);
    uint64_t moves = to.moving.moves - at.moving.moves, now_bp = watch_share_bp(&now),
             then_bp = watch_share_bp(&then);

    rec_begin("shift");
    rec_u64("number", number);
    rec_u64("just_after_bp", now_bp);
    rec_u64("settled_bp", then_bp);
    rec_u64("moves", moves);
    rec_u64("refused", to.moving.refused);
    rec_u64("follow_epochs",
            to.moving.moved_epoch > at.totals.epoch ? to.moving.moved_epoch - at.totals.epoch : 0);
    rec_u64("quiet_epochs", then.epochs);
    rec_bool("settled", settled);
    rec_end();
    printf("shift %u: %u.%02u %% of messages between cores, then %u.%02u %%; %u moves\n", number,
           (unsigned)now_bp / 100, (unsigned)now_bp % 100, (unsigned)then_bp / 100,
           (unsigned)then_bp % 100, (unsigned)moves);
    test_is(moves > 0, "a bridge that has changed sides is followed");
    test_is(settled, "then it settles: 100 epochs without a move");
    test_is(watch_fall_bp(now_bp, then_bp) >= LESS_BP,
            "and less goes between cores than just after the change");
}

int main(int argc, char **argv)
{
    uint64_t on_epoch = argc > 1 ? (uint64_t)atoll(argv[1]) : 200;
    uint64_t every_ns = (argc > 2 ? (uint64_t)atoll(argv[2]) : 6000) * NS_PER_MS, next;
    unsigned shifts = argc > 3 ? (unsigned)atoi(argv[3]) : 3;
    struct seen from, to;

    test_name("follow");
    watch_begin();
    (void)watch_at(on_epoch + 20);
    next = (rt_now_ns() / every_ns + 2) * every_ns;
    test_is(watch_settle(QUIET, next, &from, &to), "it settles before the first change that is judged");
    for (unsigned i = 1; i <= shifts; i++, next += every_ns)
        judge(i, next, every_ns);
    return test_end();
}
