/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/share_calls - many capabilities, races, wrong input and borrowed memory. */
#include "tests/system/share.h"
#include "lib/rt/ledger.h"
#include <stdio.h>

#define CALLS 10000u
#define CLIENTS 3u
#define RACES 10000u
#define LENT_MANY 64u
#define WINDOW (USER_DEVICES + 0x4000000ull)

/* Three clients call one server, two capabilities with each call. */
void test_calls(void)
{
    core_id server = (core_id)(ncores - 1);
    unsigned good = 0;
    struct left before;
    uint64_t began, took;

    if (ncores < CLIENTS + 2u)
        return;
    for (core_id i = 1; i <= CLIENTS; i++) /* what the first call leaves behind: a channel */
        must(ask(i, SHARE_CALLS, server, 1, 0).st == ST_OK);
    left_now(&before);
    began = rt_now_ns();
    for (core_id i = 1; i <= CLIENTS; i++)
        must(ask_send(i, SHARE_CALLS, server, CALLS, 0));
    for (core_id i = 1; i <= CLIENTS; i++)
        good += ask_wait(i).st == ST_OK;
    took = rt_now_ns() - began;
    printf("share: %u calls with two capabilities each in %u ms\n", CLIENTS * CALLS,
           (unsigned)(took / NS_PER_MS));
    test_is(good == CLIENTS, "3 clients x 10,000 calls with two capabilities: each the right one");
    test_is(left_again(&before), "and slots and memory are as at the start");
}

/* Core 0 wants the first page of two, core 1 both, at the same moment. */
void test_race(void)
{
    unsigned here = 0, there = 0, both = 0, none = 0;
    struct left before;
    handle_t ram, page, made;
    struct race *r;

    left_now(&before);
    must(cap_retype(rt_info()->ram, CAP_RAM, 2 * PAGE_BYTES, &ram) == ST_OK &&
         cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &page) == ST_OK &&
         map_here(page, WINDOW, PAGE_BYTES, PERM_READ | PERM_WRITE) == ST_OK);
    r = (struct race *)(uintptr_t)WINDOW;
    must(rt_give(&to_core[1], ram, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK &&
         ask(1, SHARE_TAKE, 1, 0, 0).st == ST_OK &&
         rt_give(&to_core[1], page, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK &&
         ask(1, SHARE_TAKE, 2, 0, 0).st == ST_OK);
    must(ask_send(1, SHARE_RACE, 1, 2, RACES));
    for (uint64_t i = 1; i <= RACES; i++) {
        status_t st;

        __atomic_store_n(&r->tick, i, __ATOMIC_RELEASE); /* acquired by the other's load of tick */
        for (uint64_t from = rt_now_ns(); rt_now_ns() - from < i % 64 * 5 * NS_PER_US;)
            sys_yield(); /* sometimes one is first, sometimes the other */
        st = cap_retype(ram, CAP_FRAME, PAGE_BYTES, &made);
        __atomic_store_n(&r->tried, i, __ATOMIC_RELEASE); /* acquired by the other's load of tried */
        while (__atomic_load_n(&r->done, __ATOMIC_ACQUIRE) < i) /* released by its store of done */
            sys_yield(); /* the monitor of this core has to answer the other one */
        here += st == ST_OK;
        there += r->won == 1;
        both += st == ST_OK && r->won;
        none += st != ST_OK && !r->won;
        must(st == ST_OK || st == ST_NOMEM);
        if (st == ST_OK)
            must(cap_delete(made) == ST_OK);
        while (__atomic_load_n(&r->clean, __ATOMIC_ACQUIRE) < i)
            sys_yield();
        while (cap_free_bytes(ram) != 2 * PAGE_BYTES) /* what the other deleted is on its way back */
            sys_yield();
    }
    must(ask_wait(1).st == ST_OK);
    printf("share: of %u races core 0 won %u, core 1 %u\n", RACES, here, there);
    test_is(both == 0 && none == 0, "two cores retype overlapping parts of one RAM: exactly one wins, 10,000 times");
    test_is(here > 0 && there > 0 && r->odd == 0, "each of them sometimes, and the other is told ST_NOMEM");
    must(ask(1, SHARE_DROP, 1, 0, 0).st == ST_OK && ask(1, SHARE_DROP, 2, 0, 0).st == ST_OK);
    must(cap_delete(page) == ST_OK && cap_delete(ram) == ST_OK);
    test_is(left_again(&before), "and nothing is left of it");
}

/* Cleared, and good for writing. */
static bool write_frame(handle_t frame)
{
    volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)WINDOW;
    bool good;

    if (map_here(frame, WINDOW, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK)
        return false;
    good = *at == 0;
    *at = 1;
    good = good && *at == 1;
    *at = 0;
    return map_out(frame) == ST_OK && good;
}

/* Each wrong input has its own answer, and changes nothing. */
void test_wrong(void)
{
    handle_t frame = 0, other = 0, gone = 0, theirs;
    struct rt_msg m;
    struct left before;
    struct rt_chan c;

    must(cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame) == ST_OK &&
         cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &other) == ST_OK &&
         sys_copy(frame, 0, RIGHTS_ALL, &gone) == ST_OK && cap_delete(gone) == ST_OK);
    must(rt_give(&to_core[1], frame, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK);
    theirs = ask(1, SHARE_TAKE, 1, 0, 0).w[1];
    left_now(&before);

    test_is(rt_give(&to_core[1], HANDLE(60000, HANDLE_GENERATION(frame)), RIGHTS_ALL, CAP_COPY_OF,
                    0) == ST_INVALID_HANDLE,
            "a forged handle is refused");
    test_is(rt_give(&to_core[1], gone, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_STALE_HANDLE,
            "one of a capability that is gone");
    test_is(rt_give(&to_core[1], theirs, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_FOREIGN &&
                sys_identify(theirs, &m) == ST_FOREIGN && cap_revoke(theirs) == ST_FOREIGN,
            "one of another core");
    test_is(rt_give(&to_core[1], rt_info()->task, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_TYPE,
            "a task does not leave its core");
    must(ask(1, SHARE_FILL, 1, 0, 0).st == ST_OK);
    test_is(rt_give(&to_core[1], frame, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_TABLE_FULL,
            "a receiver whose table is full gets nothing");
    test_is(rt_give(&to_core[1], other, RIGHTS_ALL, CAP_GIVE_AWAY, 0) == ST_TABLE_FULL &&
                sys_identify(other, &m) == ST_OK && write_frame(other),
            "what could not be given away is as it was");
    must(ask(1, SHARE_FILL, 0, 0, 0).st == ST_OK);
    for (unsigned i = 0; i < RT_CAPS; i++)
        must(rt_give(&to_core[1], frame, RIGHT_READ, CAP_COPY_OF, 0) == ST_OK);
    test_is(rt_give(&to_core[1], frame, RIGHT_READ, CAP_COPY_OF, 0) == ST_NO_SLOT,
            "more than it offered room for is refused");
    for (unsigned i = 0; i < RT_CAPS; i++)
        must(ask(1, SHARE_TAKE, 2, 0, 0).st == ST_OK && ask(1, SHARE_DROP, 2, 0, 0).st == ST_OK);
    test_is(rt_bind("share.nobody", rt_now_ns() + 10 * NS_PER_MS, &c) == ST_TIMEOUT,
            "a name nobody has is waited for, and no longer than asked");
    test_is(left_again(&before), "and nothing has changed");
    must(ask(1, SHARE_DROP, 1, 0, 0).st == ST_OK && cap_delete(frame) == ST_OK &&
         cap_delete(other) == ST_OK);
}

/* Core 1's memory, borrowed here, passed on to core 2 and given back here. */
static void lend_on(void)
{
    uint64_t there = ask(1, SHARE_RAM, 0, 0, 0).w[1];
    handle_t frame;

    must(rt_borrow(1, 256 * KIB, &frame) == ST_OK && write_frame(frame) &&
         rt_give(&to_core[2], frame, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK &&
         ask(2, SHARE_TAKE, 1, 0, 0).st == ST_OK && cap_delete(frame) == ST_OK);
    (void)sys_sleep_for(20 * NS_PER_MS);
    test_is(ask(2, SHARE_READ, 1, 0, 0).st == ST_OK && ask(1, SHARE_RAM, 0, 0, 0).w[1] < there,
            "borrowed memory that was passed on is not free while the last copy is used");
    must(ask(2, SHARE_DROP, 1, 0, 0).st == ST_OK);
}

/* What this core's ledger has at `base`. */
static bool is_borrowed(uint64_t base, core_id from)
{
    struct rt_msg m = {{0, base}};

    return mon_call(MON_LEDGER, &m) == ST_OK && m.w[1] == base && m.w[2] == 256 * KIB &&
           m.w[3] == LEDGER_BORROWED && m.w[4] == from;
}

/* As much as core 1 lends. */
static void lend_much(void)
{
    uint64_t there = ask(1, SHARE_RAM, 0, 0, 0).w[1], left;
    handle_t frame[LENT_MANY];
    unsigned n = 0;
    status_t st;

    test_is(rt_borrow(1, 0, &frame[0]) == ST_INVALID &&
                rt_borrow(1, MIB + PAGE_BYTES, &frame[0]) == ST_INVALID,
            "nothing, or more than there is in one piece, is not lent");
    do {
        st = rt_borrow(1, MIB, &frame[n]);
    } while (st == ST_OK && ++n < LENT_MANY);
    left = ask(1, SHARE_RAM, 0, 0, 0).w[1];
    test_is(st == ST_NOMEM && left >= there / 2 && left < there / 2 + 2 * MIB,
            "half of what is free is lent, and no more");
    while (n > 0)
        must(cap_delete(frame[--n]) == ST_OK);
}

/* Memory of every other core, used here and given back. */
void test_lend(void)
{
    unsigned good = 0, entered = 0;
    struct left before;
    handle_t first;

    for (core_id i = 1; i < ncores; i++) /* once, for what the lender keeps: the slice it cut */
        must(rt_borrow(i, 256 * KIB, &first) == ST_OK && cap_delete(first) == ST_OK);
    left_now(&before);
    for (core_id i = 1; i < ncores; i++) {
        uint64_t there = ask(i, SHARE_RAM, 0, 0, 0).w[1];
        struct rt_msg m = {{0}};
        handle_t frame;

        must(rt_borrow(i, 256 * KIB, &frame) == ST_OK && sys_identify(frame, &m) == ST_OK);
        good += ask(i, SHARE_RAM, 0, 0, 0).w[1] < there && write_frame(frame);
        entered += is_borrowed(m.w[1], i);
        must(cap_delete(frame) == ST_OK);
        entered -= is_borrowed(m.w[1], i);
    }
    test_is(good == ncores - 1u, "memory borrowed from every core: cleared, and usable here");
    test_is(entered == ncores - 1u, "and while it is, the ledger of this core has it as borrowed");
    must(left_again(&before));
    if (ncores > 2)
        lend_on();
    must(left_again(&before));
    lend_much();
    test_is(left_again(&before), "and given back, it is theirs again");
}
