/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/share - capabilities between cores. One program a core does what it is told
 * (share.c); one on core 0 tells them, and looks at what comes of it (share_ask.c, share_calls.c).
 *
 *     word 0, 1, 2 of a message: arguments; of an answer: status, two results
 */
#pragma once
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/system/report.h"
#include <stdio.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define HELD 64u            /* capabilities one of them keeps, by number           */

enum share_kind {
    SHARE_TAKE = 1,         /* i: keep what came as number i -> base, handle       */
    SHARE_LOOK,             /* i -> status of identify, base                       */
    SHARE_READ,             /* i -> status of mapping it, its first word           */
    SHARE_WRITE,            /* i, word                                             */
    SHARE_COPY,             /* i, j: keep a copy as number j                       */
    SHARE_PASS,             /* i, core, rights: give a copy to the one there       */
    SHARE_AWAY,             /* i, core: give it away                               */
    SHARE_DROP,             /* i                                                   */
    SHARE_REVOKE,           /* i                                                   */
    SHARE_RETYPE,           /* i, j, type | bytes << 8: keep what is made as j     */
    SHARE_RACE,             /* i, j, rounds: against core 0, by the clock in j     */
    SHARE_PASS_ON,          /* i, core: until it fails -> that status, how often   */
    SHARE_COUNT,            /* -> free slots of its table, of the monitor's        */
    SHARE_RAM,              /* -> bytes free on its core                           */
    SHARE_CALLS,            /* core, calls: two capabilities with each             */
    SHARE_CALL,             /* number: two came with it -> their bases             */
    SHARE_FILL,             /* 1: fill the own table; 0: empty it again            */
    SHARE_SLOTS,            /* n: offer room for n more on this channel            */
    SHARE_AGREED,           /* -> messages about capabilities its monitor has sent, entries in use */
    SHARE_MAKE,             /* i, type | bytes << 8: out of its own RAM            */
    SHARE_BORROW,           /* i, core, bytes                                      */
    SHARE_REST,             /* -> what has come and nobody expects; it is deleted                  */
    SHARE_LOG,              /* which, argument: tests/system/share_log.h           */
    SHARE_CONNECT,          /* core: have a channel to the one there               */
};

static inline uint64_t soon(void)
{
    return rt_now_ns() + PATIENCE_NS;
}

/* Connect to the one on `core`. */
static inline bool share_bind(core_id core, struct rt_chan *c)
{
    char name[NAME_BYTES];

    (void)snprintf(name, NAME_BYTES, "share.%u", core);
    return rt_bind(name, soon(), c) == ST_OK;
}

/* It takes one when it has seen its new client: until then a little patience. */
static inline status_t share_give(struct rt_chan *c, handle_t h, uint8_t rights, unsigned how, uint64_t tag)
{
    uint64_t deadline = soon();
    status_t st;

    while ((st = rt_give(c, h, rights, how, tag)) == ST_NO_SLOT && rt_now_ns() < deadline)
        (void)sys_sleep_for(100 * NS_PER_US);
    return st;
}

/* Messages about capabilities that the monitor of this core has sent so far. */
static inline uint64_t share_agreed(void)
{
    uint64_t n = 0;

    for (uint64_t i = 0; i <= 10; i++) {
        struct rt_msg m = { { 0, i } };

        n += mon_call(MON_AGREED, &m) == ST_OK ? m.w[1] : 0;
    }
    return n;
}

/* Entries in use there: nodes, holds, passes and requests. */
static inline uint64_t share_in_use(void)
{
    struct rt_msg m = { { 0 } };

    return mon_call(MON_AGREED, &m) == ST_OK ? m.w[2] + m.w[3] + m.w[4] + m.w[5] : UINT64_MAX;
}

/* Both sides of the race: one retype at each tick of the shared clock. Wins, and other statuses. */
struct race {
    volatile uint64_t tick;     /* core 0 raises it: all try                       */
    volatile uint64_t tried;    /* core 0 has                                      */
    volatile uint64_t done;     /* the other has                                   */
    volatile uint64_t won;      /* it has got it                                   */
    volatile uint64_t clean;    /* it has given it back                            */
    volatile uint64_t odd;      /* neither won nor refused for want of memory      */
};

/* The asking side. */
struct answer {
    status_t st;
    uint64_t w[2];
};
extern struct rt_chan to_core[64];
extern core_id ncores;
bool ask_send(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c);
struct answer ask_wait(core_id core);
struct answer ask(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c);
void must_line(bool ok, int line);
#define must(ok) must_line(ok, __LINE__)

/* What all cores have left; equal to `before` again within a while. */
struct left {
    uint64_t own[64], monitors[64], ram[64];
};
void left_now(struct left *l);
bool left_again(const struct left *before);

void test_calls(void);
void test_race(void);
void test_wrong(void);
void test_lend(void);
