/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/share_die - core 1 dies in the middle of something about capabilities, and the others go on.
 *
 * Where it dies, the boot argument skerry.fail says (monitor/fail.h). The steps below are so made that core 1
 * sends, and is sent, every message there is about capabilities: as owner, as holder, as who passes on, retypes,
 * borrows and lends. Each step may fail from when it is dead; what must hold is looked at in the end.
 */
#include "tests/system/share.h"
#include <stdio.h>

#define STEP_NS (8 * NS_PER_S)      /* nobody waits longer for an answer; with skerry.answer_ms=300 */
#define PROGRAM_NS (3 * NS_PER_S)   /* for the program of core 1 */
#define ALL RIGHTS_ALL
#define FRAME (CAP_FRAME | PAGE_BYTES << 8)
#define RAM (CAP_RAM | (2 * PAGE_BYTES) << 8)

struct rt_chan to_core[64];
core_id ncores;
static uint64_t longest;

void must_line(bool ok, int line)
{
    char what[64];

    if (ok)
        return;
    (void)snprintf(what, sizeof what, "what the tests stand on, line %d", line);
    test_need(false, what);
}

static void took(uint64_t began)
{
    uint64_t ns = rt_now_ns() - began;

    longest = ns > longest ? ns : longest;
}

static status_t say(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t word[3] = { a, b, c }, began = rt_now_ns();
    uint64_t deadline = began + (core == 1 ? PROGRAM_NS : STEP_NS);
    struct urpc_msg m;
    status_t st = to_core[core].bell == 0 || to_core[core].gone ? ST_GONE : ST_OK;

    if (st == ST_OK)
        st = rt_send_wait(&to_core[core], (uint16_t)kind, 0, word, sizeof word, deadline);
    if (st == ST_OK && (st = rt_recv_wait(&to_core[core], &m, deadline)) == ST_OK)
        st = (status_t)m.word[0];
    if (core != 1) /* a program of core 1 may wait for its own dead monitor, and nobody hears of it */
        took(began);
    if (st == ST_TIMEOUT)
        to_core[core].gone = true; /* an answer that comes later is not for the next step */
    return st;
}

static status_t give(core_id core, handle_t h, uint64_t i)
{
    uint64_t began = rt_now_ns();
    status_t st = rt_give(&to_core[core], h, ALL, CAP_COPY_OF, 0);

    took(began);
    return st == ST_OK ? say(core, SHARE_TAKE, i, 0, 0) : st;
}

/* From `from` as its number i to `to` as its number j. */
static status_t pass(core_id from, uint64_t i, core_id to, uint64_t j)
{
    status_t st = say(from, SHARE_PASS, i, to, ALL);

    return st == ST_OK ? say(to, SHARE_TAKE, j, 0, 0) : st;
}

/* What core 1 holds of core 0: 1 a frame, 2 RAM. Of its own: 10 a frame, 11 RAM, 12 a frame. */
static void steps(handle_t ram)
{
    handle_t frame = 0, piece = 0, borrowed;
    uint64_t began;
    status_t st;

    must(cap_retype(ram, CAP_FRAME, PAGE_BYTES, &frame) == ST_OK &&
         cap_retype(ram, CAP_RAM, 2 * PAGE_BYTES, &piece) == ST_OK);
    (void)give(1, frame, 1);                        /* 1 takes */
    (void)pass(1, 1, 2, 1);                         /* asks */
    (void)say(2, SHARE_DROP, 1, 0, 0);              /* is told that it is gone */
    (void)pass(1, 1, 2, 1);
    (void)say(1, SHARE_REVOKE, 1, 0, 0);            /* undoes */

    (void)say(1, SHARE_MAKE, 10, FRAME, 0);
    (void)pass(1, 10, 2, 10);                       /* gives */
    (void)pass(2, 10, 3, 10);                       /* is asked, and answers */
    (void)say(3, SHARE_DROP, 10, 0, 0);             /* is given back, and tells 2 */
    (void)pass(2, 10, 3, 10);
    (void)say(2, SHARE_REVOKE, 10, 0, 0);           /* is told to undo, recalls, and answers */

    (void)say(1, SHARE_MAKE, 11, RAM, 0);
    (void)pass(1, 11, 2, 11);
    (void)say(2, SHARE_RETYPE, 11, 12, FRAME);      /* is asked to make */
    (void)give(1, piece, 2);
    (void)say(1, SHARE_RETYPE, 2, 3, FRAME);        /* asks to make */

    began = rt_now_ns();
    st = rt_borrow(1, PAGE_BYTES, &borrowed);       /* is asked to lend */
    if (st == ST_OK)
        st = cap_delete(borrowed);                  /* or it went with core 1 */
    took(began);
    (void)say(1, SHARE_BORROW, 4, 0, PAGE_BYTES);   /* asks to be lent */
    (void)say(1, SHARE_DROP, 4, 0, 0);              /* gives back */
    (void)say(1, SHARE_REVOKE, 11, 0, 0);           /* recalls */
    began = rt_now_ns();
    st = cap_revoke(frame);                         /* is told to give back */
    test_is(st == ST_OK, "what others hold of a frame is revoked, whoever died");
    took(began);
}

/* Somebody has to want something of a core to find out that it is dead. */
static void find_out(void)
{
    uint64_t began = rt_now_ns();
    struct rt_cores cores;
    handle_t h;

    test_is(rt_borrow(1, PAGE_BYTES, &h) == ST_DEAD_CORE, "who wants something of core 1 is told that it is dead");
    took(began);
    must(rt_cores(&cores) == ST_OK);
    test_is(cores.dead == 2, "it is, and no other");
}

static bool usable_somewhere(void)
{
    for (core_id i = 2; i < ncores; i++)
        for (unsigned k = 1; k <= 12; k++)
            if (say(i, SHARE_LOOK, k, 0, 0) == ST_OK)
                return true;
    return false;
}

static bool nothing_in_use(void)
{
    uint64_t deadline = soon();

    for (;;) {
        uint64_t n = share_in_use();

        for (core_id i = 2; i < ncores; i++) {
            struct urpc_msg m;
            uint64_t word[3] = { 0 };

            must(rt_send_wait(&to_core[i], SHARE_AGREED, 0, word, sizeof word, soon()) == ST_OK &&
                 rt_recv_wait(&to_core[i], &m, soon()) == ST_OK);
            n += m.word[2];
        }
        if (n == 0)
            return true;
        if (rt_now_ns() > deadline)
            return false;
        (void)sys_sleep_for(5 * NS_PER_MS);
    }
}

int main(void)
{
    uint64_t whole = cap_free_bytes(rt_info()->ram), began;
    handle_t ram = 0, made = 0;

    test_name("share_die");
    ncores = rt_info()->ncores;
    for (core_id i = 1; i < ncores; i++)
        must(share_bind(i, &to_core[i]));
    for (core_id i = 1; i < ncores; i++)
        for (core_id j = 1; j < ncores; j++)
            must(i == j || say(i, SHARE_CONNECT, j, 0, 0) == ST_OK);
    must(cap_retype(rt_info()->ram, CAP_RAM, 8 * PAGE_BYTES, &ram) == ST_OK);
    steps(ram);
    find_out();
    began = rt_now_ns();
    test_is(cap_revoke(ram) == ST_OK, "what others hold of this core is revoked");
    took(began);
    test_is(!usable_somewhere(), "and nothing of it, nor of core 1, is usable anywhere");
    test_is(cap_free_bytes(ram) == 8 * PAGE_BYTES &&
                cap_retype(ram, CAP_FRAME, 8 * PAGE_BYTES, &made) == ST_OK,
            "the memory is whole, and retypes");
    must(cap_delete(made) == ST_OK && cap_delete(ram) == ST_OK);
    test_is(cap_free_bytes(rt_info()->ram) == whole, "and goes back to where it came from");
    test_is(nothing_in_use(), "no monitor keeps anything of it");
    printf("share_die: the longest wait was %u ms\n", (unsigned)(longest / NS_PER_MS));
    test_is(longest < STEP_NS, "nobody waited longer than the deadlines say");
    return test_end();
}
