/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/chatter - prints numbered lines from every core while the console driver dies.
 *
 *     pl011    0    early,restart,device=console   fault_after=150
 *     chatter  0    machine                        300
 *     chatter  1-3  -                              300
 *
 * The row counts the lines in the log. Core 0 ends the run when all others have said that
 * they are done.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/print.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define KIND_DONE   1u

static void chatter(unsigned lines)
{
    for (unsigned i = 0; i < lines; i++)
        printf("chatter: core %u line %u of %u, long enough not to fit into one message\n",
               rt_info()->core, i, lines);
    rt_print_flush(rt_now_ns() + PATIENCE_NS);
}

/* The others are ready when their service is there, and done when they say so. */
static bool wait_for(core_id core)
{
    struct rt_chan c;
    struct urpc_msg m;
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof name, "chatter.%u", core);
    return rt_bind(name, rt_now_ns() + PATIENCE_NS, &c) == ST_OK &&
           rt_recv_wait(&c, &m, rt_now_ns() + PATIENCE_NS) == ST_OK && m.kind == KIND_DONE;
}

static int say_done(void)
{
    struct rt_chan c;
    uint64_t dropped = rt_print_dropped();
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof name, "chatter.%u", rt_info()->core);
    if (rt_serve(name) != ST_OK || rt_accept(&c, rt_now_ns() + PATIENCE_NS) != ST_OK)
        return 1;
    return rt_send(&c, KIND_DONE, 0, &dropped, sizeof dropped) == ST_OK &&
                   sys_sleep_for(PATIENCE_NS) == ST_OK
               ? 0
               : 1;
}

int main(int argc, char **argv)
{
    chatter(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100);
    if (rt_info()->core != 0)
        return say_done();
    test_name("chatter");
    for (core_id i = 1; i < rt_info()->ncores; i++)
        test_is(wait_for(i), "a core has printed all it had");
    return test_end();
}
