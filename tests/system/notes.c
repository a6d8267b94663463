/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/notes - what monitors do by themselves leaves exactly its records in the witness logs, on each core concerned,
 * in order, and behind what they are about (docs/spec/witness.md).
 *
 *     core 0: this program, which reads the logs of all cores; `notes serve`, a service to bind to; `notes drive`, which has a
 *             lease of the disk (notes_drive.c), and one more that wants it, too
 *     cores 1 to 3: `share`
 */
#include "tests/system/notes_drive.h"
#include "tests/system/notes_log.h"
#include "tests/system/share.h"
#include "lib/rt/print.h"
#include <string.h>

static struct rt_chan chan;

static uint64_t refs[2]; /* both names of the channel made last */

static uint64_t own_task(void)
{
    struct rt_msg m;

    return sys_self(&m) == ST_OK ? m.w[0] : 0;
}

static uint64_t name_at(core_id core, uint64_t ref)
{
    return (uint64_t)core << 48 | ref;
}

/* ---- channels ---- */

static bool is_made(core_id core, unsigned i, core_id other, uint64_t own, uint64_t others)
{
    return notes_is(core, i, WITNESS_COMM_EDGE_CREATE, 2, 0, own, name_at(other, others)) &&
           notes_change_before(core, i) == WITNESS_REGION_MAP;
}

/* Let go of at this end: it is unmapped by then. */
static bool is_closed(core_id core, unsigned i, core_id other, uint64_t own, uint64_t others)
{
    return notes_is(core, i, WITNESS_COMM_EDGE_DESTROY, 2, 0, own, name_at(other, others)) &&
           notes_change_before(core, i) == WITNESS_REGION_UNMAP;
}

static void between_cores(core_id core)
{
    notes_forget();
    test_need(share_bind(core, &chan), "a channel to another core");
    test_need(notes_of(0, 1) == 1 && notes_of(core, 1) == 1, "one record on each of both cores, and none else");
    refs[0] = notes_at(0, 0)->target;
    refs[1] = notes_at(core, 0)->target;
    test_is(is_made(0, 0, core, refs[0], refs[1]) && is_made(core, 0, 0, refs[1], refs[0]),
            "both say which channel, by a proof, after it was mapped");
    test_is(notes_at(0, 0)->capability_hash == own_task(), "and whose");
}

static void closed_here(core_id core)
{
    notes_forget();
    rt_close(&chan);
    test_is(notes_of(0, 1) == 1 && is_closed(0, 0, core, refs[0], refs[1]), "its end, after it was unmapped");
    test_is(notes_of(core, 1) == 1 && notes_is(core, 0, WITNESS_COMM_EDGE_DESTROY, 2, WITNESS_F_CANCEL, refs[1],
                                               name_at(0, refs[0])),
            "the other core has it that the other closed");
}

static void nobody(void)
{
    bool none = true;

    notes_forget();
    test_is(rt_bind("nobody", rt_now_ns() + 50 * NS_PER_MS, &chan) == ST_TIMEOUT, "a channel to nobody");
    for (core_id i = 0; i < rt_info()->ncores; i++)
        none = none && notes_of(i, 0) == 0;
    test_is(none, "what never was leaves no record");
}

/* Both ends are of this core; then the service dies, which is the same as closing. */
static void on_one_core(void)
{
    struct rt_msg kill;
    uint64_t id;

    test_need(rt_spawn("notes", "serve", &id) == ST_OK, "a service of this core");
    notes_forget();
    test_need(rt_bind("notes", soon(), &chan) == ST_OK, "a channel to it");
    test_need(notes_of(0, 2) == 2, "two records: one for each end");
    refs[1] = notes_at(0, 0)->target;
    refs[0] = notes_at(0, 1)->target;
    test_is(refs[0] != refs[1] && is_made(0, 0, 0, refs[1], refs[0]) && is_made(0, 1, 0, refs[0], refs[1]),
            "first that of the service");
    notes_forget();
    kill = (struct rt_msg){ { 0, id } };
    test_need(mon_call(MON_KILL, &kill) == ST_OK, "the service is ended");
    test_is(notes_of(0, 2) == 2 && is_closed(0, 0, 0, refs[1], refs[0]) &&
                notes_is(0, 1, WITNESS_COMM_EDGE_DESTROY, 2, WITNESS_F_CANCEL, refs[0], name_at(0, refs[1])),
            "both ends have ended");
    notes_forget();
    rt_close(&chan);
    test_is(notes_of(0, 0) == 0, "what has ended does not end again");
}

/* ---- lent memory ---- */

static bool ask_it(struct rt_chan *c, enum share_kind kind, uint64_t a, uint64_t b, uint64_t d)
{
    uint64_t word[3] = { a, b, d };
    struct urpc_msg m;

    return rt_send_wait(c, (uint16_t)kind, 0, word, sizeof word, soon()) == ST_OK && rt_recv_wait(c, &m, soon()) == ST_OK &&
           m.word[0] == ST_OK;
}

static paddr_t lent_base;

/* The i-th record of both is about this piece. */
static bool is_lent(core_id owner, unsigned i, core_id borrower, unsigned j, enum witness_kind kind)
{
    return notes_is(owner, i, kind, 2, 0, lent_base, name_at(borrower, PAGE_BYTES)) &&
           notes_is(borrower, j, kind, 2, WITNESS_F_COMMIT, lent_base, name_at(owner, PAGE_BYTES));
}

static void lent(core_id borrower, core_id owner)
{
    notes_forget();
    test_need(ask_it(&chan, SHARE_BORROW, 1, owner, PAGE_BYTES), "memory is borrowed of another core");
    test_need(notes_of(owner, 1) == 1 && notes_of(borrower, 1) == 1, "one record on each of both cores");
    lent_base = notes_at(owner, 0)->target;
    test_is(lent_base != 0 && is_lent(owner, 0, borrower, 0, WITNESS_REGION_SHARE), "both say which, by a proof");
}

static void lent_and_back(void)
{
    test_need(share_bind(1, &chan), "a channel to core 1");
    lent(1, 2);
    notes_forget();
    test_need(ask_it(&chan, SHARE_DROP, 1, 0, 0), "it is given back");
    test_is(notes_of(2, 1) == 1 && notes_of(1, 1) == 1 && is_lent(2, 0, 1, 0, WITNESS_REGION_UNSHARE), "both say so");
    test_is(!ask_it(&chan, SHARE_BORROW, 1, 2, 1ull << 40) && notes_of(2, 0) == 1 && notes_of(1, 0) == 1,
            "what is refused leaves no record");
    rt_close(&chan);
}

/* ---- a core dies ---- */

/* What it had lent, its log, and what it had borrowed, and its channel. */
static void core_dies(core_id core)
{
    struct rt_msg m = { { 0, core } };

    between_cores(core);
    lent(core, 2);
    notes_forget();
    notes_without(core);
    test_need(mon_call(MON_STOP, &m) == ST_OK, "its core is stopped");
    test_is(notes_of(0, 2) == 2 &&
                notes_is(0, 0, WITNESS_COMM_EDGE_DESTROY, 2, WITNESS_F_FAULT, refs[0], name_at(core, refs[1])),
            "the channel has ended with it");
    test_is(notes_at(0, 1)->kind == WITNESS_REGION_UNSHARE && notes_at(0, 1)->flags == WITNESS_F_COMMIT &&
                notes_at(0, 1)->payload >> 48 == core,
            "its log is not read any more");
    test_is(notes_of(2, 1) == 1 &&
                notes_is(2, 0, WITNESS_REGION_UNSHARE, 2, 0, lent_base, name_at(core, PAGE_BYTES)),
            "what it had borrowed is back");
}

static int serve(void)
{
    if (rt_serve("notes") != ST_OK || rt_accept(&chan, soon()) != ST_OK)
        return 2;
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}

int main(int argc, char **argv)
{
    struct rt_msg end = { { 0 } };

    if (argc > 1 && strcmp(argv[1], "serve") == 0)
        return serve();
    if (argc > 1 && strcmp(argv[1], "drive") == 0)
        return drive();
    test_name("notes");
    test_need(notes_open(), "the logs of all cores");
    between_cores(1);
    closed_here(1);
    nobody();
    on_one_core();
    lent_and_back();
    test_leases();
    core_dies(3);
    memcpy(&end.w[2], "all tests passed", 16);
    test_is(mon_call(MON_END, &end) == ST_OK, "to the end of the run");
    rt_print_flush(rt_now_ns() + NS_PER_S);
    if (!notes_end())
        return 1;
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}
