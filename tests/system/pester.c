/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/pester - what a program with no option but `spawn` can do to others by asking its monitor too much.
 *
 *     news      makes and ends partitions, more than a monitor keeps ends for, and never asks for them; `family` hears of its own
 *     calls     100,000 random calls of its monitor, with partitions of its own on every core; then all is as it was
 *     heir      has a partition inherit thousands of ends that it never asks for, and moves it; judges, and ends the run
 *     family    makes a partition, ends it, hears of it, again and again; judges, and ends the run
 *     judge     ends the run when `calls` has done; all cores answer it
 *     mute      waits for ever
 */
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "partition/ids.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (60 * NS_PER_S)
#define ENDS        (PARTITIONS_MACHINE + 1024u + 200u) /* monitor/part_news.c has room for 200 less */

static status_t make_and_end(uint64_t *part)
{
    status_t st = rt_create("speck", "", PART_WISH(rt_info()->core, PART_WISH_SMALL, 0, 0), part);

    return st != ST_OK ? st : rt_life(*part, PART_DESTROY);
}

/* ---- ends that nobody asks for ---- */

static _Noreturn void stay(void)
{
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}

static _Noreturn void news(void)
{
    static struct rt_chan c;
    unsigned made = 0;
    uint64_t part;

    test_need(rt_serve("pester") == ST_OK && rt_accept(&c, rt_now_ns() + PATIENCE_NS) == ST_OK, "another looks on");
    while (made < ENDS && make_and_end(&part) == ST_OK)
        made++;
    test_is(made == ENDS, "more partitions end than their monitor keeps ends for, and nobody asks");
    test_need(rt_send(&c, 1, 0, &part, sizeof part) == ST_OK, "and says so"); /* asking for no news */
    stay();
}

static int heir(void)
{
    struct rt_cores cores;
    struct rt_msg m;
    uint64_t heir, part;
    status_t st = ST_OK;

    test_need(rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK &&
                  rt_create("speck", "", PART_WISH(rt_info()->core, PART_WISH_SMALL, 0, 0), &heir) == ST_OK &&
                  rt_life(heir, PART_START) == ST_OK,
              "one that hears of others' ends");
    for (unsigned i = 0; i < PARTITIONS_MACHINE && st == ST_OK; i++)
        if ((st = rt_create("speck", "", PART_WISH(rt_info()->core, PART_WISH_SMALL, 0, 0), &part)) == ST_OK) {
            m = (struct rt_msg){{0, part, heir}};
            if ((st = mon_call(MON_SUPERVISE, &m)) == ST_OK)
                st = rt_life(part, PART_DESTROY);
        }
    test_is(st == ST_OK, "of thousands, and never asks");
    m = (struct rt_msg){{0, heir, 0}};
    test_is(mon_call(MON_MOVE, &m) == ST_BUSY, "does not move");
    (void)sys_sleep_for(NS_PER_S);
    test_is(rt_cores(&cores) == ST_OK && cores.dead == 0, "and nobody is taken for dead");
    test_is(rt_life(heir, PART_DESTROY) == ST_OK, "it ends");
    return test_end();
}

static int family(void)
{
    static struct rt_chan c;
    struct urpc_msg m;
    struct news n;
    uint64_t part;

    test_need(rt_bind("pester", rt_now_ns() + PATIENCE_NS, &c) == ST_OK &&
                  rt_recv_wait(&c, &m, rt_now_ns() + PATIENCE_NS) == ST_OK,
              "another has had its way");
    for (unsigned i = 0; i < 20; i++)
        test_need(make_and_end(&part) == ST_OK && rt_wait(part, rt_now_ns() + 2 * NS_PER_S, &n) == ST_OK,
                  "who asks hears of the end of what is his");
    return test_end();
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "";

    test_name("pester");
    if (strcmp(role, "news") == 0)
        news();
    if (strcmp(role, "heir") == 0)
        return heir();
    if (strcmp(role, "family") == 0)
        return family();
    stay();
}
