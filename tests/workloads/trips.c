/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/workloads/trips.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "tests/system/report.h"
#include "tests/workloads/pattern.h"
#include "tests/workloads/trip.h"
#include "tests/workloads/watch.h"
#include <stdio.h>

#define ASKERS     8u
#define TIMES_MOST 8192u /* of all askers of a class in a window */
#define TIMES_FEW  200u

enum when { BEFORE, AFTER, WHENS };
enum class { DEADLINE, FAIR, CLASSES };

/* trip: from question to answer; done: from the release to the answer */
static struct times {
    uint64_t trip[TIMES_MOST], done[TIMES_MOST];
    size_t n;
} times[CLASSES][WHENS];

static void ask(struct rt_chan *c, const struct window *w, struct times *t)
{
    struct trip_ASK question = {w->from_ns, w->to_ns};
    uint64_t deadline = rt_now_ns() + WATCH_PATIENCE_NS;
    const struct trip_SAMPLES *s;
    struct urpc_msg m;

    if (rt_send_wait(c, TRIP_ASK, 0, &question, sizeof question, deadline) != ST_OK)
        test_need(false, "an asker is asked");
    do {
        if (rt_recv_wait(c, &m, deadline) != ST_OK || m.kind != TRIP_SAMPLES)
            test_need(false, "an asker answers");
        s = trip_SAMPLES_in(m.word);
        for (uint64_t i = 0; i < s->n && i < TRIP_IN_ONE && t->n < TIMES_MOST; i++, t->n++) {
            t->trip[t->n] = s->of[i] & UINT32_MAX;
            t->done[t->n] = s->of[i] >> 32;
        }
    } while (s->n != 0);
}

static void gather(const struct window *before, const struct window *after)
{
    char name[NAME_BYTES];
    struct rt_chan c;

    for (unsigned i = 0; i < ASKERS; i++) {
        struct times *t = times[i < TRIP_MEASURED ? DEADLINE : FAIR];

        snprintf(name, sizeof name, "talk.%u", i);
        if (rt_bind(name, rt_now_ns() + WATCH_PATIENCE_NS, &c) != ST_OK)
            test_need(false, "an asker is there");
        ask(&c, before, &t[BEFORE]);
        ask(&c, after, &t[AFTER]);
        rt_close(&c);
    }
}

static struct stats tell(const char *key, uint64_t *values, size_t n)
{
    static struct hist h;
    struct stats s;

    hist_clear(&h);
    for (size_t i = 0; i < n; i++)
        hist_add(&h, values[i]);
    stats_of(values, n, &s);
    rec_stats(key, &s, &h);
    return s;
}

void trips_judge(const char *start, const struct window *before, const struct window *after)
{
    static const char *const name[CLASSES] = {"deadline", "fair"};
    struct stats trip[CLASSES][WHENS], done[CLASSES][WHENS];
    uint64_t fall;
    bool pays;

    gather(before, after);
    for (unsigned c = 0; c < CLASSES; c++) {
        rec_begin("trips");
        rec_str("start", start);
        rec_str("class", name[c]);
        trip[c][BEFORE] = tell("before_ns", times[c][BEFORE].trip, times[c][BEFORE].n);
        trip[c][AFTER] = tell("after_ns", times[c][AFTER].trip, times[c][AFTER].n);
        done[c][BEFORE] = tell("done_before_ns", times[c][BEFORE].done, times[c][BEFORE].n);
        done[c][AFTER] = tell("done_after_ns", times[c][AFTER].done, times[c][AFTER].n);
        rec_end();
        printf("mixed, %s: round trip p50 %u then %u us, p99 %u then %u us; from release p99 %u then %u us\n",
               name[c], (unsigned)(trip[c][BEFORE].p50 / 1000), (unsigned)(trip[c][AFTER].p50 / 1000),
               (unsigned)(trip[c][BEFORE].p99 / 1000), (unsigned)(trip[c][AFTER].p99 / 1000),
               (unsigned)(done[c][BEFORE].p99 / 1000), (unsigned)(done[c][AFTER].p99 / 1000));
    }
    fall = watch_fall_bp(trip[DEADLINE][BEFORE].p99, trip[DEADLINE][AFTER].p99);
    pays = 3 * done[DEADLINE][AFTER].p99 < 2 * done[FAIR][AFTER].p99;
    rec_begin("trips_judged");
    rec_str("start", start);
    rec_u64("fall_bp", fall);
    rec_bool("deadline_pays", pays);
    rec_end();
    test_is(times[DEADLINE][BEFORE].n > TIMES_FEW && times[DEADLINE][AFTER].n > TIMES_FEW,
            "there were periods enough to judge by");
    test_is(fall >= TRIPS_FALL_BP,
            "of 100 round trips of deadline tasks the longest is a fifth shorter");
}
