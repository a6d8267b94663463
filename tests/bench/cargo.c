/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/cargo - what tests/bench/moves.c moves, and who counts for it on the other cores.
 *
 *     cargo              agent: tells what its monitor has sent; on FAR_CORE it is also the other end of the cargo's channels
 *     cargo C R K        has C capabilities to memory, R frames of a page mapped, K channels; says so, lets go of who asked, and sleeps
 */
#include "tests/bench/moves.h"
#include "lib/rt/cap.h"
#include "lib/rt/heap.h"
#include <stdlib.h>

static struct rt_chan boss, held[CARGO_CHANS];

static bool say(uint16_t kind, const uint64_t word[6])
{
    return rt_send_wait(&boss, kind, 0, word, 6 * sizeof *word, soon()) == ST_OK;
}

/* ---- agent ---- */

static bool obey(const struct urpc_msg *m)
{
    struct rt_msg of = {{0, AGREED_LETTERS}};
    uint64_t word[6] = {0};
    bool ok = true;

    switch (m->kind) {
    case MOVES_COUNT:
        if (mon_call(MON_AGREED, &of) != ST_OK)
            return false;
        for (unsigned i = 0; i < 4; i++)
            word[i] = of.w[1 + i];
        break;
    case MOVES_TAKE:
        for (uint64_t i = 0; i < m->word[0] && i < CARGO_CHANS && ok; i++)
            ok = rt_accept(&held[i], soon()) == ST_OK;
        break;
    default:
        for (unsigned i = 0; i < CARGO_CHANS; i++)
            rt_close(&held[i]);
    }
    word[5] = ok;
    return say(m->kind, word);
}

static int agent(void)
{
    core_id core = rt_info()->core;
    uint64_t word[6] = {core};
    struct urpc_msg m;

    if ((core == FAR_CORE && rt_serve(FAR_NAME) != ST_OK) || rt_bind(MOVES_NAME, soon(), &boss) != ST_OK ||
        !say(MOVES_HELLO, word))
        return 1;
    while (rt_recv_wait(&boss, &m, 0) == ST_OK)
        if (!obey(&m))
            return 2;
    return 0;
}

/* ---- cargo ---- */

static bool load(unsigned caps, unsigned regions, unsigned chans)
{
    handle_t h;
    void *at;

    for (unsigned i = 0; i < caps; i++)
        if (cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &h) != ST_OK)
            return false;
    for (unsigned i = 0; i < regions; i++) {
        if (heap_frame(PAGE_BYTES, &h, &at) != ST_OK)
            return false;
        *(volatile uint64_t *)at = i;
    }
    for (unsigned i = 0; i < chans; i++)
        if (rt_bind(FAR_NAME, soon(), &held[i]) != ST_OK)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    uint64_t word[6] = {0};
    struct urpc_msg m;

    if (argc < 4)
        return agent();
    word[5] = load((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
    if (rt_bind(MOVES_NAME, soon(), &boss) != ST_OK || !say(MOVES_HELLO, word) ||
        rt_recv_wait(&boss, &m, soon()) != ST_OK)
        return 3;
    rt_close(&boss);
    for (;;)
        (void)sys_sleep_for(1000 * NS_PER_S);
}
