/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/degraded - coherence fails, or says nothing for four seconds: all monitors know, everything goes on, and it is back.
 *
 *     coherence 0   place,restart   fault=100      or hang=100; without `restart` (last argument `stays`) it does not come back
 *     degraded  0   machine         gone           or silent: what is to be said of it
 *     degraded  1-63 -                             watches its own monitor, and tells core 0
 *     talk      all -               ...            ends with an error record if anything it says is lost
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/feed.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define NAP_NS      (NS_PER_MS / 2)
#define KIND_SEEN   1u

struct seen {
    uint64_t first; /* mode that was seen when it was degraded */
    uint64_t entered;
    bool was_there, back;
};

static status_t mode(uint64_t *is, uint64_t *entered)
{
    struct rt_msg m = {{0}};
    status_t st = mon_call(MON_MODE, &m);

    *is = m.w[1];
    *entered = m.w[2];
    return st;
}

/* Until it was there, was gone, and - unless it stays away - is back. */
static struct seen watch(bool comes_back)
{
    uint64_t deadline = rt_now_ns() + PATIENCE_NS, is;
    struct seen s = {0};

    while (rt_now_ns() < deadline && mode(&is, &s.entered) == ST_OK) {
        s.was_there = s.was_there || is == DEGRADED_NO;
        if (s.first == 0 && (is == DEGRADED_GONE || is == DEGRADED_SILENT))
            s.first = is;
        s.back = s.entered > 0 && is == DEGRADED_NO;
        if (s.entered > 0 && (s.back || !comes_back))
            break;
        (void)sys_sleep_for(NAP_NS);
    }
    return s;
}

static int watcher(bool comes_back)
{
    struct seen s = watch(comes_back);
    uint64_t word[3] = {s.entered, s.back, s.was_there};
    static struct rt_chan c;

    if (rt_bind("watchers", rt_now_ns() + PATIENCE_NS, &c) != ST_OK)
        return 2;
    return rt_send_wait(&c, KIND_SEEN, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) != ST_OK;
}

static void hear_watchers(unsigned n, bool comes_back)
{
    static struct rt_chan c[CORES_MAX];
    unsigned heard = 0, right = 0;
    struct urpc_msg m;

    for (unsigned i = 0; i < n; i++)
        if (rt_accept(&c[i], rt_now_ns() + PATIENCE_NS) == ST_OK &&
            rt_recv_wait(&c[i], &m, rt_now_ns() + PATIENCE_NS) == ST_OK) {
            heard++;
            right += m.word[0] == 1 && m.word[1] == comes_back && m.word[2] == 1;
        }
    test_is(heard == n, "programs on all other cores go on");
    test_is(right == n, "and all monitors knew");
}

int main(int argc, char **argv)
{
    bool gone = argc > 1 && strcmp(argv[1], "gone") == 0,
         comes_back = argc < 3 || strcmp(argv[2], "stays") != 0;
    struct rt_chan c;
    struct rt_cores cores;
    struct seen s;

    if (rt_info()->core != 0)
        return watcher(argc < 2);
    test_name("degraded");
    test_need(rt_serve("watchers") == ST_OK &&
                  rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK,
              "the machine is there");
    test_is(rt_serve(FEED_NAME) == ST_DENIED, "who may not place is not fed");
    test_is(rt_bind(FEED_NAME, rt_now_ns() + NS_PER_S, &c) == ST_DENIED, "and only monitors feed");
    s = watch(comes_back);
    test_is(s.was_there, "coherence is there");
    test_is(s.entered == 1, "it is noticed once that it is not");
    test_is(s.first == 0 || s.first == (gone ? DEGRADED_GONE : DEGRADED_SILENT), "and why");
    test_is(s.back == comes_back,
            comes_back ? "and that it is back" : "it stays away, and the machine goes on");
    hear_watchers((unsigned)cores.n - 1, comes_back);
    (void)sys_sleep_for(NS_PER_S); /* those that talk talk on */
    return test_end();
}
