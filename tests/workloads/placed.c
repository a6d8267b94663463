/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/placed - what placement by communication is worth: one workload, first where it was started, then moved.
 *
 *     coherence 0 place  after=N       counts for N epochs, then its advice is followed
 *     talk all  ...                    the workload
 *     placed 0 machine   pairs         asks coherence what it counted, and says if that is good enough
 *
 * Before: the last epochs without advice. After: as many epochs in which nothing was moved, following the last move; 100, or the number
 * behind the start. Both in one run of the same programs, by the counts of the feed. The record `placement` has the figures
 * (docs/spec/console.md). Of `mixed` the round trips are judged, too (trips.h).
 */
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "tests/system/report.h"
#include "tests/workloads/pattern.h"
#include "tests/workloads/trips.h"
#include "tests/workloads/watch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET       100u
#define SETTLE_NS   (60 * NS_PER_S) /* on a host that is busy; nobody waits for longer than it takes */
#define FALL_BP     2000u

static void tell(const char *what, const char *start, const struct span *before,
                 const struct span *after, const struct seen *end, uint64_t on_epoch, bool settled)
{
    uint64_t bp[2] = {watch_share_bp(before), watch_share_bp(after)};

    rec_begin("placement");
    rec_str("workload", what);
    rec_str("start", start);
    rec_u64("before_per_s", watch_per_s(before->cross, before->ns));
    rec_u64("after_per_s", watch_per_s(after->cross, after->ns));
    rec_u64("said_before_per_s", watch_per_s(before->all, before->ns));
    rec_u64("said_after_per_s", watch_per_s(after->all, after->ns));
    rec_u64("before_bp", bp[0]);
    rec_u64("after_bp", bp[1]);
    rec_u64("fall_bp", watch_fall_bp(bp[0], bp[1]));
    rec_u64("moves", end->moving.moves);
    rec_u64("refused", end->moving.refused);
    rec_u64("settled_epochs",
            end->moving.moved_epoch > on_epoch ? end->moving.moved_epoch - on_epoch : 0);
    rec_u64("quiet_epochs", after->epochs);
    rec_bool("settled", settled);
    rec_end();
    printf("%s: %u.%02u %% of messages between cores, then %u.%02u %%; %u moves\n", what,
           (unsigned)bp[0] / 100, (unsigned)bp[0] % 100, (unsigned)bp[1] / 100,
           (unsigned)bp[1] % 100, (unsigned)end->moving.moves);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "?", *start = argc > 3 ? argv[3] : "in turn";
    uint64_t on_epoch = argc > 2 ? (uint64_t)atoll(argv[2]) : 200;
    uint64_t quiet = argc > 4 ? (uint64_t)atoll(argv[4]) : QUIET;
    struct seen a, b, c, d;
    struct span before, after;
    bool settled;

    test_name("placed");
    watch_begin();
    a = watch_at(on_epoch > quiet + 40 ? on_epoch - quiet : on_epoch - 60);
    b = watch_at(on_epoch - 2);
    before = watch_between(&a, &b);
    test_is(b.moving.moves == 0 && b.totals.epoch < on_epoch + 20, "before, nothing was moved");
    test_is(before.all > 0 && watch_share_bp(&before) > 1000, "and much was said between cores");
    (void)watch_at(on_epoch + 20);
    settled = watch_settle(quiet, rt_now_ns() + SETTLE_NS, &c, &d);
    after = watch_between(&c, &d);
    tell(what, start, &before, &after, &d, on_epoch, settled);
    test_is(settled, "it settles: 100 epochs without a move");
    test_is(d.moving.moves > 0, "something was moved");
    test_is(watch_fall_bp(watch_share_bp(&before), watch_share_bp(&after)) >= FALL_BP,
            "of what is said a fifth less or better goes between cores");
    test_is(after.epochs > 0 && after.all / after.epochs * 10 > before.all / before.epochs * 7,
            "and as much is said as before");
    if (strcmp(what, pattern_word(PATTERN_MIXED)) == 0)
        trips_judge(start, &(struct window){a.totals.at_ns, b.totals.at_ns},
                    &(struct window){c.totals.at_ns, d.totals.at_ns});
    return test_end();
}
