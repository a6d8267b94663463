/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/churned - a program takes memory and gives it back, on and on, while it changes core.
 *
 *     churned 1-3  mem=1024           churn   takes a frame of 64 KiB, maps, fills, reads, unmaps, deletes it; says how each call ended
 *     churned 0    machine,mem=4096           the judge: moves them about
 *
 * Away from its home its memory is another core's: retyping goes by way of the monitors, and so does what it gives back. RAM is
 * whole again when nothing made of it is left anywhere, and what a core has of a program that has left goes behind it. So
 * retyping may be refused for a while (no_mem); that must pass by itself, nothing else may be refused, and at last, at home, all is back.
 */
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/monitor.h"
#include "partition/ids.h"
#include "tests/system/report.h"
#include <stdio.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define WAIT_NS     (10 * NS_PER_S)
#define RUN_NS      (4 * NS_PER_S)
#define BYTES       65536u
#define AT          (USER_DEVICES + 0x4000000ull)
#define CHURNERS    3u
#define MOVES_FEW   60u
#define KIND_PART   1u
#define KIND_END    2u
#define KIND_BACK   3u

enum call { RETYPE = 1, MAP, FILL, UNMAP, DELETE };

static status_t fill(uint64_t round)
{
    volatile uint64_t *word = (volatile uint64_t *)AT;
    status_t st = ST_OK;

    for (unsigned i = 0; i < BYTES / sizeof *word; i += 64)
        word[i] = round + i;
    for (unsigned i = 0; i < BYTES / sizeof *word; i += 64)
        if (word[i] != round + i)
            st = ST_FORMAT;
    return st;
}

static status_t once(uint64_t round, enum call *call)
{
    handle_t frame;
    status_t st;

    *call = RETYPE;
    if ((st = cap_retype(rt_info()->ram, CAP_FRAME, BYTES, &frame)) != ST_OK)
        return st;
    *call = MAP;
    if ((st = map_here(frame, AT, BYTES, PERM_READ | PERM_WRITE)) != ST_OK)
        return st;
    *call = FILL;
    if ((st = fill(round)) != ST_OK)
        return st;
    *call = UNMAP;
    if ((st = map_out(frame)) != ST_OK)
        return st;
    *call = DELETE;
    return cap_delete(frame);
}

/* Refused for want of memory it is asked again: *waited_ns. */
static status_t patiently(uint64_t round, enum call *call, uint64_t *waited_ns)
{
    uint64_t began = rt_now_ns(), waited;
    status_t st;

    while ((st = once(round, call)) == ST_NOMEM && *call == RETYPE && rt_now_ns() < began + WAIT_NS)
        (void)sys_sleep_for(NS_PER_MS);
    if ((waited = rt_now_ns() - began) > *waited_ns)
        *waited_ns = waited;
    return st;
}

/* At home again: is there as much as at first? */
static bool is_back(core_id home, uint64_t free_bytes)
{
    uint64_t until = rt_now_ns() + WAIT_NS;

    while (rt_now_ns() < until) {
        if (rt_info()->core == home && cap_free_bytes(rt_info()->ram) == free_bytes)
            return true;
        (void)sys_sleep_for(NS_PER_MS);
    }
    return false;
}

static int churn(void)
{
    uint64_t free_bytes = cap_free_bytes(rt_info()->ram), until = rt_now_ns() + RUN_NS, word[4] = {0};
    core_id home = (core_id)rt_info()->core;
    static struct rt_chan judge;
    struct rt_msg m = {{0}};
    enum call call = RETYPE;
    status_t st = ST_OK;

    if (mon_call(MON_WHERE, &m) != ST_OK || rt_bind("churned", until + PATIENCE_NS, &judge) != ST_OK ||
        rt_send_wait(&judge, KIND_PART, 0, &m.w[1], sizeof m.w[1], until + PATIENCE_NS) != ST_OK)
        return 2;
    while (rt_now_ns() < until && (st = patiently(word[0], &call, &word[3])) == ST_OK)
        word[0]++;
    word[1] = call;
    word[2] = st;
    (void)!rt_send_wait(&judge, KIND_END, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS);
    word[0] = is_back(home, free_bytes);
    (void)!rt_send_wait(&judge, KIND_BACK, 0, word, sizeof word[0], rt_now_ns() + PATIENCE_NS);
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}

/* ---- the judge ---- */

static struct rt_chan from[CHURNERS];
static uint64_t part[CHURNERS], rounds, longest_ns;
static unsigned clients, ended, refused, told, back;

static void hear(void)
{
    struct urpc_msg m;
    struct news n;

    while (rt_news(&n) == ST_OK)
        if (n.kind == NEWS_CLIENT)
            test_need(clients < CHURNERS && rt_chan_open(&from[clients++], &n) == ST_OK, "three churners");
    for (unsigned i = 0; i < clients; i++)
        while (rt_recv(&from[i], &m) == ST_OK) {
            if (m.kind == KIND_PART) {
                part[i] = m.word[0];
                continue;
            }
            if (m.kind == KIND_BACK) {
                told++;
                back += m.word[0] == 1;
                continue;
            }
            ended++;
            rounds += m.word[0];
            longest_ns = m.word[3] > longest_ns ? m.word[3] : longest_ns;
            if (m.word[2] == ST_OK)
                continue;
            refused++;
            printf("churned: after %u rounds call %u was refused: %s\n", (unsigned)m.word[0], (unsigned)m.word[1],
                   status_text((status_t)m.word[2]));
        }
}

static bool move(unsigned i, uint64_t to)
{
    struct rt_msg m = {{0, part[i], to}};

    return part[i] != 0 && mon_call(MON_MOVE, &m) == ST_OK;
}

int main(int argc, char **argv)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS, to = 1;
    unsigned moves = 0, no = 0;

    (void)argv;
    if (argc > 1)
        return churn();
    test_name("churned");
    test_need(rt_serve("churned") == ST_OK, "a name for the judge");
    while (ended < CHURNERS && rt_now_ns() < until) {
        hear();
        for (unsigned i = 0; i < CHURNERS; i++)
            if (move(i, (to + i) % rt_info()->ncores))
                moves++;
            else
                no++;
        to++;
        (void)sys_sleep_for(NS_PER_MS);
    }
    while (told < CHURNERS && rt_now_ns() < until) {
        for (unsigned i = 0; i < CHURNERS; i++)
            (void)move(i, partition_home((partition_id)part[i])); /* refused: it is there, or not now */
        (void)sys_sleep_for(20 * NS_PER_MS);
        hear();
    }
    printf("churned: %u moves, %u not done; %u rounds, the longest waited %u us\n", moves, no, (unsigned)rounds,
           (unsigned)(longest_ns / NS_PER_US));
    test_is(ended == CHURNERS, "the churners come to an end");
    test_is(moves >= MOVES_FEW, "they were moved often meanwhile");
    test_is(refused == 0, "and no call for memory was refused for good");
    test_is(back == CHURNERS, "at home again all that they had is back");
    return test_end();
}
