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
#include "tests/system/pester.h"
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

static _Noreturn void stay(void)
{
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}

/* ---- random calls ---- */

struct left {
    uint64_t slots, bytes, programs, ends;
};

static struct left look(void)
{
    struct rt_msg kept = {{0}}, ram = {{0}};

    if (mon_call(MON_KEPT, &kept) != ST_OK || mon_call(MON_RAM, &ram) != ST_OK)
        return (struct left){0};
    return (struct left){kept.w[1] + kept.w[2] + kept.w[4], ram.w[1] + kept.w[3], ram.w[4], ram.w[5]};
}

/* Coherence has its channel to this core. */
static bool is_measured(void)
{
    struct rt_msg m = {{0}};

    for (unsigned i = 0; i < 1000 && mon_call(MON_MODE, &m) == ST_OK && m.w[5] == 0; i++)
        (void)sys_sleep_for(10 * NS_PER_MS);
    return m.w[5] != 0;
}

/* Within a while: what monitors do late they do in their own time. */
static void as_before(const struct left *before, const char *what)
{
    struct left now = look();

    for (unsigned i = 0; i < 200 && memcmp(&now, before, sizeof now) != 0; i++) {
        (void)sys_sleep_for(10 * NS_PER_MS);
        now = look();
    }
    if (!test_is(memcmp(&now, before, sizeof now) == 0, what))
        printf("pester: core %u: slots %u, before %u; bytes %u, %u; programs %u, %u; ends of channels %u, %u\n", rt_info()->core,
               (unsigned)now.slots, (unsigned)before->slots, (unsigned)now.bytes, (unsigned)before->bytes, (unsigned)now.programs,
               (unsigned)before->programs, (unsigned)now.ends, (unsigned)before->ends);
}

static status_t meet(struct rt_chan *c)
{
    struct urpc_msg m;
    uint64_t word = 0;
    status_t st = rt_send_wait(c, 1, 0, &word, sizeof word, rt_now_ns() + PATIENCE_NS);

    return st != ST_OK ? st : rt_recv_wait(c, &m, rt_now_ns() + 2 * PATIENCE_NS);
}

static _Noreturn void calls(uint64_t n, uint64_t seed)
{
    static struct rt_chan c;
    struct left before;

    test_need(rt_bind("judge", rt_now_ns() + PATIENCE_NS, &c) == ST_OK, "somebody judges");
    test_need(is_measured(), "its core is measured");
    pester_prepare();
    test_need(meet(&c) == ST_OK, "and has counted");
    before = look();
    pester_calls(n, seed);
    as_before(&before, "on its core all is as it was");
    test_need(meet(&c) == ST_OK, "that is all");
    stay();
}

static int judge(void)
{
    static struct rt_chan c;
    struct rt_cores cores;
    struct left before;
    handle_t frame;

    test_need(rt_serve("judge") == ST_OK && rt_accept(&c, rt_now_ns() + PATIENCE_NS) == ST_OK, "a hostile program");
    test_need(rt_recv_wait(&c, &(struct urpc_msg){0}, rt_now_ns() + PATIENCE_NS) == ST_OK, "is there");
    test_need(is_measured(), "this core is measured");
    before = look();
    test_need(meet(&c) == ST_OK, "has done what it could");
    as_before(&before, "all is as it was where only its partitions were");
    for (core_id i = 0; i + 1 < rt_info()->ncores; i++)
        test_is(rt_borrow(i, PAGE_BYTES, &frame) == ST_OK && cap_delete(frame) == ST_OK, "a core answers");
    test_is(rt_cores(&cores) == ST_OK && cores.dead == 0, "nobody was taken for dead");
    (void)!rt_send(&c, 1, 0, &before, sizeof before);
    (void)sys_sleep_for(200 * NS_PER_MS);
    return test_end();
}

/* ---- ends that nobody asks for ---- */

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
    if (strcmp(role, "calls") == 0)
        calls(argc > 3 ? strtoull(argv[3], NULL, 10) : 100000, argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
    if (strcmp(role, "judge") == 0)
        return judge();
    if (strcmp(role, "heir") == 0)
        return heir();
    if (strcmp(role, "family") == 0)
        return family();
    stay();
}
