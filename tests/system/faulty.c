/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/faulty - a program that fails as often as it is started, and one that watches it.
 *
 *     faulty  0  restart,mem=64   null | exit     faults by a null pointer, or ends with code 3
 *     faulty  0  machine          watch=4         counts how often it came, and that others go on
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMES_NS (3 * NS_PER_S)
#define GONE_NS  NS_PER_S
#define SERVICE  "faulty"

static int fail(bool by_exit)
{
    struct rt_chan c;

    if (rt_serve(SERVICE) != ST_OK || rt_accept(&c, rt_now_ns() + COMES_NS) != ST_OK)
        return 9;
    (void)sys_sleep_for(NS_PER_MS);
    if (by_exit)
        return 3;
    __asm__ volatile("str xzr, [%0]" : : "r"(0ull) : "memory");
    return 0;
}

/* The channel of one that died says so. */
static bool sees_its_end(struct rt_chan *c)
{
    struct urpc_msg m;
    status_t st = rt_recv_wait(c, &m, rt_now_ns() + COMES_NS);

    rt_close(c);
    return st == ST_GONE;
}

static int watch(unsigned times)
{
    unsigned came = 0, ends = 0;
    struct rt_chan c;

    test_name("faulty");
    while (rt_bind(SERVICE, rt_now_ns() + (came < times ? COMES_NS : GONE_NS), &c) == ST_OK) {
        came++;
        ends += sees_its_end(&c);
    }
    printf("faulty: it came %u times\n", came);
    test_is(came == times, "it is started once and then again three times, and no more");
    test_is(ends == came, "each time its client is told that it is gone");
    return test_end();
}

int main(int argc, char **argv)
{
    if (argc > 1 && strncmp(argv[1], "watch=", 6) == 0)
        return watch((unsigned)strtoul(argv[1] + 6, NULL, 10));
    return fail(argc > 1 && strcmp(argv[1], "exit") == 0);
}
