/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/reshape.h"
#include "lib/abi/cap.h"
#include "lib/abi/layout.h"
#include "lib/rt/feed.h"
#include "partition/ids.h"
#include "partition/life_sm.h"
#include "partition/quota.h"

#define HOME         0u /* where the devices are, for their leases */
#define BIT_OF(need) (1ull << MERGE_##need)

static struct pair x, y;

static uint64_t quota_used(uint64_t part, enum quota_kind kind)
{
    struct rt_msg m = {{0, part, kind}};

    return mon_call(MON_QUOTA, &m) == ST_OK ? m.w[2] : UINT64_MAX;
}

static uint64_t quota_limit_of(uint64_t part, enum quota_kind kind)
{
    struct rt_msg m = {{0, part, kind}};

    return mon_call(MON_QUOTA, &m) == ST_OK ? m.w[1] : UINT64_MAX;
}

static bool gets_on(struct pair *p)
{
    uint64_t word[6] = {0}, heard[2];

    for (unsigned i = 0; i < 2; i++) {
        heard[i] = pair_do(p, i == 0 ? A0 : B0, PARTY_HEARD, word) == ST_OK ? word[1] : UINT64_MAX;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint64_t now = heard[i], left = 100;

        for (; now == heard[i] && left > 0; left--) {
            (void)sys_sleep_for(5 * NS_PER_MS);
            now = pair_do(p, i == 0 ? A0 : B0, PARTY_HEARD, word) == ST_OK ? word[1] : heard[i];
        }
        if (now == heard[i] || word[2] != 0)
            return false;
    }
    return true;
}

static uint64_t where(struct pair *p, enum role who)
{
    uint64_t word[6] = {0};

    return pair_do(p, who, PARTY_WHERE, word) == ST_OK ? word[1] : 0;
}

/* Rights | permissions << 8 of its frame i; UINT64_MAX: it has none. */
static uint64_t rights(struct pair *p, enum role who, unsigned i)
{
    uint64_t word[6] = {i};

    return pair_do(p, who, PARTY_RIGHTS, word) == ST_OK ? word[1] | word[2] << 8 : UINT64_MAX;
}

static void refused(uint64_t a, uint64_t b, enum proof how, uint64_t missing, status_t st,
                    const char *what)
{
    uint64_t one;
    status_t is = ST_OK;

    if (how == PROVED &&
        missing != 0) /* what is measured follows what is said: not before it has */
        is = merge_until(a, b, UNPROVED, missing | BIT_OF(PROOF), &one);
    if (is != ST_TIMEOUT)
        is = merge_until(a, b, how, missing, &one);

    if (!test_is(is == st && one == 0, what))
        printf("reshape: %s\n", status_text(is));
}

/* ---- what a frame of A0 is made for ---- */

static bool give_frame(unsigned i, uint8_t given, bool mapped)
{
    return tell(&x, A0, PARTY_FRAME, i, 0) == ST_OK &&
           tell(&x, A0, PARTY_GIVE, i, given) == ST_OK &&
           tell(&x, B0, PARTY_TAKE, i, mapped) == ST_OK;
}

/* ---- merge ---- */

static void merge_refusals(void)
{
    uint64_t one, created;

    refused(x.part[0], x.part[1], UNPROVED, BIT_OF(PROOF), ST_PROOF, "PROOF: nothing was proved");
    test_is(merge_until(x.part[0], x.part[1], PROVED_OTHER, BIT_OF(PROOF), &one) == ST_PROOF,
            "PROOF: of another merge");
    test_need(tell(&x, A0, PARTY_RATE, 0, 0) == ST_OK, "A and B fall silent");
    refused(x.part[0], x.part[1], PROVED, BIT_OF(COHERENCE), ST_AGAIN,
            "COHERENCE: they say too little to each other");
    refused(x.part[0], x.part[1], PROVED_AGAIN, BIT_OF(PROOF) | BIT_OF(COHERENCE), ST_AGAIN,
            "PROOF: and one that was used");
    test_need(tell(&x, A0, PARTY_RATE, 12, 0) == ST_OK, "and say more than within");
    refused(x.part[0], x.part[1], PROVED, BIT_OF(COHERENCE), ST_AGAIN,
            "COHERENCE: or too much to others");
    test_need(tell(&x, A0, PARTY_RATE, 2, 0) == ST_OK, "and what they did");

    test_need(give_frame(0, RIGHT_READ | RIGHT_WRITE, true), "a frame that both write");
    refused(x.part[0], x.part[1], PROVED, BIT_OF(REGIONS), ST_MAPPED,
            "REGIONS: both may write one page");
    test_need(tell(&x, B0, PARTY_DROP, 0, 0) == ST_OK, "no more");

    test_need(give_frame(1, RIGHT_READ | RIGHT_WRITE, false) &&
                  tell(&x, A0, PARTY_LESS, 1, RIGHT_READ | RIGHT_GRANT) == ST_OK,
              "a frame that one may write and the other pass on");
    refused(x.part[0], x.part[1], PROVED, BIT_OF(AUTHORITY), ST_DENIED,
            "AUTHORITY: together they could do both");
    test_need(tell(&x, B0, PARTY_DROP, 1, 0) == ST_OK, "no more");

    refused(y.part[0], y.part[1], PROVED, BIT_OF(LEASES), ST_BUSY,
            "LEASES: both have one on a page of devices");
    refused(x.part[0], y.part[1], PROVED, BIT_OF(EDGE) | BIT_OF(COHERENCE), ST_NOT_FOUND,
            "EDGE: no channel");
    test_need(rt_create("party", "A0 z", PART_WISH(HOME, 0, 0, 1024), &created) == ST_OK,
              "one that has not begun");
    refused(x.part[0], created, PROVED, BIT_OF(EDGE) | BIT_OF(COHERENCE) | BIT_OF(STATE),
            ST_NOT_FOUND, "STATE: it does not run");
    test_is(rt_life(created, PART_DESTROY) == ST_OK, "and ends");
    refused(x.part[0], created, PROVED, 0, ST_STALE_HANDLE, "who is dead is not merged");
    test_is(merge_once(x.part[0], x.part[0], PROVED, &one, &created) == ST_INVALID,
            "nor one with itself");
    test_is(gets_on(&x) && gets_on(&y), "all go on as before, and nothing is lost");
}

static uint64_t merged(struct pair *p, const char *what)
{
    uint64_t one = 0;

    test_need(merge_until(p->part[0], p->part[1], PROVED, 0, &one) == ST_OK && one != 0, what);
    return one;
}

static void merge(void)
{
    uint64_t memory, pages, one, side[2], other;
    struct seen is;

    pair_make(&x, 'x', HOME, 0);
    pair_make(&y, 'y', HOME, PART_WISH_SLOT);
    merge_refusals();
    memory = see(x.part[0]).memory + see(x.part[1]).memory;
    pages = quota_used(x.part[0], QUOTA_PAGES) + quota_used(x.part[1], QUOTA_PAGES);
    test_is(rt_life(x.part[1], PART_SUSPEND) == ST_OK, "one of two is suspended");
    one = merged(&x, "two become one");
    test_is(see(x.part[0]).st == ST_STALE_HANDLE && see(x.part[1]).st == ST_STALE_HANDLE,
            "their names are dead");
    test_is(rt_life(x.part[0], PART_SUSPEND) == ST_STALE_HANDLE, "for every call");
    is = see(one);
    test_is(is.st == ST_OK && is.state == LIFE_RUNNING && is.memory == memory,
            "one partition has what two had");
    test_is(quota_used(one, QUOTA_TASKS) == 4 && quota_used(one, QUOTA_PAGES) == pages,
            "and its quota says so");
    test_is(where(&x, A0) == one && where(&x, B1) == one, "all of its programs know their name");
    test_is(gets_on(&x), "it runs, as one of them did, and nothing was lost");
    test_is(rt_split(one, 0xc, &side[0], &side[1]) == ST_AGAIN, "it is not split at once");
    test_is(rt_life(one, PART_SUSPEND) == ST_OK, "one life: suspended");
    is = see(one);
    (void)sys_sleep_for(50 * NS_PER_MS);
    test_is(see(one).calls == is.calls && is.state == LIFE_SUSPENDED, "all of it rests");
    test_is(rt_life(one, PART_RESUME) == ST_OK && gets_on(&x), "and goes on");
    {
        struct rt_msg m = {{0, one, 1}};

        test_is(mon_call(MON_MOVE, &m) == ST_TYPE, "several programs are split before they move");
    }
    test_is(merge_once(one, y.part[0], PROVED, &other, side) == ST_NOT_FOUND,
            "with a stranger: no channel");
    test_is(rt_life(one, PART_DESTROY) == ST_OK, "and one end");
    {
        struct news n;

        test_is(rt_wait(one, rt_now_ns() + PATIENCE_NS, &n) == ST_OK, "which is told once");
    }
    test_is(see(one).st == ST_STALE_HANDLE, "its name is dead, too");
    test_is(gets_on(&y), "others know nothing of it");
    test_is(rt_life(y.part[0], PART_DESTROY) == ST_OK && rt_life(y.part[1], PART_DESTROY) == ST_OK,
            "and end");
}

/* ---- split ---- */

#define RW  (RIGHT_READ | RIGHT_WRITE)
#define ALL (PERM_READ | PERM_WRITE)

static void split(void)
{
    uint64_t one, side[2], again[2], limit, messages, memory, mine;

    pair_make(&x, 'x', HOME, 0);
    one = merged(&x, "two become one");
    test_need(give_frame(0, RW, true), "a frame that both sides will have");
    test_need(give_frame(1, RIGHT_WRITE, false), "one that they will have no common right to");
    test_need(tell(&x, A0, PARTY_FRAME, 2, 0) == ST_OK && tell(&x, B1, PARTY_FRAME, 3, 0) == ST_OK,
              "and one for each");
    mine = rights(&x, A0, 2);
    limit = quota_limit_of(one, QUOTA_PAGES);
    memory = see(one).memory;
    test_is(rt_split(one, 0x1, &side[0], &side[1]) == ST_INVALID &&
                rt_split(one, 0x10, &side[0], &side[1]) == ST_INVALID,
            "the first task stays on side A, and there are four");
    test_need(tell(&x, A0, PARTY_TABLE, 0, 1) == ST_OK, "one side has what both have in a second table, too");
    test_is(split_until(one, 0xc, side) == ST_TYPE, "which is not split: its rights there would stay");
    test_need(tell(&x, A0, PARTY_TABLE, 0, 0) == ST_OK, "no more");
    test_need(split_until(one, 0xc, side) == ST_OK, "one becomes two");
    test_is(side[0] != side[1] && side[0] != one && side[1] != one && side[0] != x.part[0],
            "with names of their own");
    test_is(see(one).st == ST_STALE_HANDLE &&
                rt_split(one, 0, &again[0], &again[1]) == ST_STALE_HANDLE,
            "the old name is dead");
    test_is(where(&x, A0) == side[0] && where(&x, A1) == side[0] && where(&x, B0) == side[1] &&
                where(&x, B1) == side[1],
            "tasks are where they were said to be");
    test_is(see(side[0]).memory + see(side[1]).memory == memory && see(side[0]).memory > 0 &&
                see(side[1]).memory > 0,
            "memory went with them, and none is lost");
    test_is(quota_used(side[0], QUOTA_TASKS) == 2 && quota_used(side[1], QUOTA_TASKS) == 2 &&
                quota_limit_of(side[0], QUOTA_PAGES) == limit &&
                quota_limit_of(side[1], QUOTA_PAGES) == limit,
            "each has the limits, and what it has");
    messages = quota_used(side[0], QUOTA_MESSAGES);
    test_is(messages != UINT64_MAX, "and messages that count");
    test_is(rights(&x, A0, 0) == (RIGHT_READ | PERM_READ << 8),
            "what both have can be read by who made it, and no more");
    test_is(rights(&x, B0, 0) == (RIGHT_READ | PERM_READ << 8),
            "and by who got it, where it is mapped, too");
    test_is((rights(&x, A0, 1) & 0xff) == RIGHT_READ,
            "what one only wrote can be read by the other");
    test_is(rights(&x, B0, 1) == UINT64_MAX, "and is gone for him");
    test_is(rights(&x, A0, 2) == mine && mine == (rights(&x, B1, 3)),
            "what one has alone is as it was");
    test_is(gets_on(&x), "they talk on, and nothing was lost");
    test_is(rt_split(side[0], 2, &again[0], &again[1]) == ST_AGAIN, "not again at once");
    x.part[0] = side[0];
    x.part[1] = side[1];
    one = merged(&x, "and become one again, when they were measured");
    (void)sys_sleep_for(500 * NS_PER_MS);
    test_need(split_until(one, 0, side) == ST_OK, "and two, by the cut");
    test_is(where(&x, A0) == where(&x, A1) && where(&x, B0) == where(&x, B1) &&
                where(&x, A0) == side[0] && where(&x, B0) == side[1],
            "which goes where the least is said");
    test_is(gets_on(&x), "nothing is lost");
    test_is(tell(&x, B1, PARTY_EXIT, 7, 0) == ST_OK, "a program ends by itself");
    for (unsigned i = 0; i < 200 && quota_used(side[1], QUOTA_TASKS) != 1; i++)
        (void)sys_sleep_for(5 * NS_PER_MS);
    test_is(quota_used(side[1], QUOTA_TASKS) == 1 && see(side[1]).state == LIFE_RUNNING,
            "its partition goes on with the other");
    test_is(tell(&x, B0, PARTY_EXIT, 0, 0) == ST_OK, "the other, too");
    {
        struct news n;

        test_is(rt_wait(side[1], rt_now_ns() + PATIENCE_NS, &n) == ST_OK && n.w[1] == 7,
                "the end is told, as of who failed first");
    }
    test_is(rt_life(side[0], PART_DESTROY) == ST_OK, "and side A ends by request");
}

/* ---- nobody measures; a core dies ---- */

static void measured(struct pair *p, const char *what)
{
    uint64_t one;

    test_need(merge_until(p->part[0], p->part[1], UNPROVED, BIT_OF(PROOF), &one) == ST_PROOF, what);
}

static bool until_mode(bool degraded)
{
    struct rt_msg m = {{0}};

    for (unsigned i = 0; i < 4000; i++) {
        if (mon_call(MON_MODE, &m) == ST_OK &&
            (m.w[1] == DEGRADED_GONE || m.w[1] == DEGRADED_SILENT) == degraded &&
            m.w[1] != DEGRADED_NEVER)
            return true;
        (void)sys_sleep_for(5 * NS_PER_MS);
    }
    return false;
}

static void blind(void)
{
    uint64_t one = 0, missing = 0, side[2];

    pair_make(&x, 'x', HOME, 0);
    test_need(until_mode(true), "coherence says nothing");
    (void)sys_sleep_for(20 * NS_PER_MS); /* all monitors know */
    test_is(merge_once(x.part[0], x.part[1], PROVED, &one, &missing) == ST_STATE && missing == 0,
            "nothing is merged then");
    test_is(rt_split(x.part[0], 2, &side[0], &side[1]) == ST_STATE, "nor split");
    test_is(gets_on(&x), "everything else goes on");
    test_need(until_mode(false), "it speaks again");
    test_is(see(x.part[0]).st == ST_OK && see(x.part[1]).st == ST_OK, "names are what they were");
    one = merged(&x, "and two become one");
    test_is(split_until(one, 4, side) == ST_OK, "and one two, in whatever way one likes");
    test_is(where(&x, B0) == side[1] && where(&x, A0) == side[0] && where(&x, B1) == side[0],
            "by the tasks that were named");
    test_is(gets_on(&x), "and nothing was lost");
}

static void die(void)
{
    uint64_t one, missing, side[2];
    struct rt_msg stop = {{0, 1}};
    status_t st = ST_BUSY;

    pair_make(&x, 'x', 3, 0);
    pair_make(&y, 'y', HOME, 0);
    measured(&x, "two are measured");
    measured(&y, "two others, too");
    for (unsigned i = 0; i < 200 && (st == ST_BUSY || st == ST_AGAIN); i++)
        st = merge_once(x.part[0], x.part[1], PROVED, &one, &missing);
    test_is(st == ST_DEAD_CORE, "their core dies while they are merged: that is the answer");
    test_is(merge_once(x.part[0], x.part[1], PROVED, &one, &missing) == ST_DEAD_CORE, "for good");
    test_is(gets_on(&y), "those elsewhere go on");
    one = merged(&y, "and become one");
    test_is(gets_on(&y), "and lose nothing");
    test_is(split_until(one, 0xc, side) == ST_OK, "and two");
    test_is(mon_call(MON_STOP, &stop) == ST_OK, "the core of coherence dies");
    y.part[0] = side[0];
    y.part[1] = side[1];
    test_is(merge_once(side[0], side[1], PROVED, &one, &missing) != ST_OK && one == 0,
            "nobody knows what they are now");
    test_need(until_mode(true), "all are told");
    test_is(merge_until(side[0], side[1], PROVED, 0, &one) == ST_TIMEOUT, "and so it stays");
    test_is(merge_once(side[0], side[1], PROVED, &one, &missing) == ST_STATE && missing == 0,
            "by that name");
    test_is(gets_on(&y) && rt_life(side[0], PART_DESTROY) == ST_OK &&
                rt_life(side[1], PART_DESTROY) == ST_OK,
            "they lived, and end");
}

int main(int argc, char **argv)
{
    struct rt_cores cores;

    test_name("reshape");
    test_need(argc > 1 && rt_serve("party") == ST_OK &&
                  rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK,
              "the machine is there");
    if (strcmp(argv[1], "merge") == 0)
        merge();
    else if (strcmp(argv[1], "blind") == 0)
        blind();
    else if (strcmp(argv[1], "die") == 0)
        die();
    else
        split();
    return test_end();
}
