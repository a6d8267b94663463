/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/ram - memory in many sizes taken and given back in any order is whole again.
 *
 *     ram  0  machine,spawn,mem=4096          spawns and kills
 *
 * As its child: `eat SEED` takes memory of random sizes and sleeps, `take N` takes 2^N bytes and ends.
 * At the end there is one record `ram` for each range of the core's memory.
 */
#include "lib/rt/clock.h"
#include "lib/rt/ledger.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define SPAWNS      300u
#define ALIVE       20u
#define MEMS        8u /* what a program may ask for */

static uint64_t seed = 0x9e3779b97f4a7c15ull;

static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

static uint64_t soon(void)
{
    return rt_now_ns() + PATIENCE_NS;
}

/* ---- the child ---- */

static status_t take(uint64_t bytes)
{
    struct rt_msg m = {{0, bytes}};

    return mon_call(MON_MEM, &m);
}

static int eat(uint64_t n)
{
    seed ^= n << 32;
    for (uint64_t i = random_below(MEMS + 1); i > 0; i--)
        if (take((random_below(65536) + 1) << random_below(9)) == ST_STATE)
            return 1;
    (void)sys_sleep_for(3600 * NS_PER_S);
    return 0;
}

static int child(int argc, char **argv)
{
    unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (strcmp(argv[1], "eat") == 0)
        return eat(n);
    return take(1ull << n) == ST_OK ? 0 : 1;
}

/* ---- what the monitor says ---- */

struct range_of {
    uint64_t base, bytes, who;
    enum ledger_state state;
};

struct holdings {
    uint64_t free_bytes, free_slots, programs, largest;
};

static bool range_at(uint64_t at, struct range_of *r, uint64_t *largest)
{
    struct rt_msg m = {{0, at}};

    if (mon_call(MON_LEDGER, &m) != ST_OK)
        return false;
    *r = (struct range_of){m.w[1], m.w[2], m.w[4], (enum ledger_state)m.w[3]};
    *largest = m.w[5];
    return true;
}

static struct holdings look(void)
{
    struct rt_msg m = {{0}};
    struct range_of r;
    struct holdings h = {0};

    if (mon_call(MON_RAM, &m) != ST_OK || !range_at(0, &r, &h.largest))
        test_need(false, "the monitor tells of its memory");
    h.free_bytes = m.w[1];
    h.free_slots = m.w[3];
    h.programs = m.w[4];
    return h;
}

static const char *name_of(enum ledger_state state)
{
    static const char *const name[LEDGER_STATES] = {
#define LEDGER_STATE(NAME, number, text) [LEDGER_##NAME] = text,
#include "lib/rt/ledger.def"
#undef LEDGER_STATE
    };

    return (unsigned)state < LEDGER_STATES ? name[state] : "?";
}

/* A record for each range; the bytes of each state. */
static void tell(uint64_t sum[LEDGER_STATES])
{
    struct range_of r;
    uint64_t largest;

    memset(sum, 0, LEDGER_STATES * sizeof *sum);
    for (uint64_t at = 0; range_at(at, &r, &largest); at = r.base + r.bytes) {
        rec_begin("ram");
        rec_str("state", name_of(r.state));
        rec_u64("who", r.who);
        rec_hex("base", r.base);
        rec_u64("bytes", r.bytes);
        rec_end();
        if (r.state < LEDGER_STATES)
            sum[r.state] += r.bytes;
    }
}

/* ---- the parent ---- */

static bool end(uint64_t id)
{
    struct rt_msg m = {{0, id}};
    struct news n;

    return mon_call(MON_KILL, &m) == ST_OK && rt_wait(id, soon(), &n) == ST_OK;
}

static bool one_can_take(uint64_t bytes)
{
    char args[16];
    struct news n;
    uint64_t id;

    (void)snprintf(args, sizeof args, "take %d", __builtin_ctzll(bytes));
    return rt_spawn("ram", args, &id) == ST_OK && rt_wait(id, soon(), &n) == ST_OK &&
           n.w[2] == FAULT_EXIT && n.w[1] == 0;
}

/* Up to ALIVE at a time, killed in any order, some before they have taken anything. */
static bool spawn_and_kill(uint64_t *smallest)
{
    uint64_t id[ALIVE] = {0};
    unsigned good = 0;

    for (unsigned i = 0; i < SPAWNS; i++) {
        uint64_t at = random_below(ALIVE), now;
        char args[16];

        good += id[at] == 0 || end(id[at]);
        (void)snprintf(args, sizeof args, "eat %u", i);
        if (rt_spawn("ram", args, &id[at]) != ST_OK)
            id[at] = 0;
        if (random_below(3) != 0)
            (void)sys_sleep_for(200 * NS_PER_US);
        now = look().largest;
        *smallest = now < *smallest ? now : *smallest;
    }
    for (unsigned i = 0; i < ALIVE; i++)
        good += id[i] == 0 || end(id[i]);
    return good == SPAWNS + ALIVE;
}

int main(int argc, char **argv)
{
    uint64_t sum[LEDGER_STATES], all = 0, smallest = UINT64_MAX;
    struct holdings before, after;
    struct rt_msg m = {{0}};

    if (argc > 1)
        return child(argc, argv);
    test_name("ram");
    test_need(one_can_take(64 * KIB),
              "a child takes memory"); /* its image is read now, and stays */
    before = look();
    test_is(one_can_take(before.largest), "the largest free block can be had");
    test_is(spawn_and_kill(&smallest), "300 programs of random sizes, killed in any order");
    test_is(smallest < before.largest / 2, "meanwhile the largest block was cut");
    after = look();
    test_is(after.free_bytes == before.free_bytes, "as many bytes are free as before");
    test_is(after.largest == before.largest && one_can_take(before.largest),
            "and the largest block is as large");
    test_is(after.free_slots == before.free_slots && after.programs == before.programs,
            "and nothing else is left of them");
    tell(sum);
    for (unsigned s = 0; s < LEDGER_STATES; s++)
        all += s != LEDGER_BORROWED ? sum[s] : 0;
    test_is(mon_call(MON_RAM, &m) == ST_OK && all == m.w[2] && sum[LEDGER_FREE] == m.w[1],
            "every byte of the core is in the ledger once");
    test_is(sum[LEDGER_OUT] > 0 && sum[LEDGER_OWN] > 0 && sum[LEDGER_LENT] == 0 &&
                sum[LEDGER_RETURNING] == 0,
            "and who has it");
    return test_end();
}
