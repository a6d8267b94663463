/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/share_ask - the asking side of tests/system/share.h: give, pass on, revoke, delete, on
 * all cores. `share_ask` runs everything; `share_ask NAME` one part (give, revoke, busy, delete, calls,
 * race, wrong, lend).
 */
#include "tests/system/share.h"
#include <stdio.h>
#include <string.h>

#define PAGES_OF_TEST 4u
#define BUSY_ROUNDS 200u

struct rt_chan to_core[64];
core_id ncores;

/* What is no test of its own, but must hold for one. */
void must_line(bool ok, int line)
{
    char what[64];

    if (ok)
        return;
    (void)snprintf(what, sizeof what, "what the tests stand on, line %d", line);
    test_need(false, what);
}

bool ask_send(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t word[3] = { a, b, c };

    return rt_send_wait(&to_core[core], (uint16_t)kind, 0, word, sizeof word, soon()) == ST_OK;
}

struct answer ask_wait(core_id core)
{
    struct urpc_msg m;
    status_t st = rt_recv_wait(&to_core[core], &m, soon());

    if (st != ST_OK)
        return (struct answer){ .st = st };
    return (struct answer){ (status_t)m.word[0], { m.word[1], m.word[2] } };
}

struct answer ask(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    if (!ask_send(core, kind, a, b, c))
        return (struct answer){ .st = ST_GONE };
    return ask_wait(core);
}

/* ---- what is left ---- */

void left_now(struct left *l)
{
    struct rt_msg own = { { 0 } }, m = { { 0 } };

    memset(l, 0, sizeof *l);
    must(mon_call(MON_RAM, &m) == ST_OK && sys_core_query(&own) == ST_OK);
    l->own[0] = own.w[3];
    l->monitors[0] = m.w[3];
    l->ram[0] = m.w[1];
    for (core_id i = 1; i < ncores; i++) {
        struct answer a = ask(i, SHARE_COUNT, 0, 0, 0);

        must(a.st == ST_OK);
        l->own[i] = a.w[0];
        l->monitors[i] = a.w[1];
        l->ram[i] = ask(i, SHARE_RAM, 0, 0, 0).w[1];
    }
}

static void print_left(const struct left *now, const struct left *before)
{
    for (core_id i = 0; i < ncores; i++)
        if (now->own[i] != before->own[i] || now->monitors[i] != before->monitors[i] ||
            now->ram[i] != before->ram[i])
            printf("share: core %u: slots %u, before %u; monitor's %u, %u; RAM %u KiB, %u\n", i,
                   (unsigned)now->own[i], (unsigned)before->own[i], (unsigned)now->monitors[i],
                   (unsigned)before->monitors[i], (unsigned)(now->ram[i] / KIB),
                   (unsigned)(before->ram[i] / KIB));
}

bool left_again(const struct left *before)
{
    uint64_t deadline = soon();
    struct left now;

    do {
        left_now(&now);
        if (memcmp(&now, before, sizeof now) == 0)
            return true;
        (void)sys_sleep_for(5 * NS_PER_MS);
    } while (rt_now_ns() < deadline);
    print_left(&now, before);
    return false;
}

/* ---- a piece of RAM of our own, and a frame in it ---- */

static handle_t piece(void)
{
    handle_t ram;

    must(cap_retype(rt_info()->ram, CAP_RAM, PAGES_OF_TEST * PAGE_BYTES, &ram) == ST_OK);
    return ram;
}

static handle_t frame_of(handle_t ram)
{
    handle_t frame;

    must(cap_retype(ram, CAP_FRAME, PAGE_BYTES, &frame) == ST_OK);
    return frame;
}

static bool is_whole(handle_t ram)
{
    uint64_t deadline = soon();

    do {
        if (cap_free_bytes(ram) == PAGES_OF_TEST * PAGE_BYTES)
            return true;
        (void)sys_sleep_for(NS_PER_MS);
    } while (rt_now_ns() < deadline);
    return false;
}

/* A copy of `h` to number `i` of `core`. */
static bool give(core_id core, handle_t h, uint64_t i)
{
    return rt_give(&to_core[core], h, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK &&
           ask(core, SHARE_TAKE, i, 0, 0).st == ST_OK;
}

static bool write_own(handle_t frame, uint64_t word)
{
    static const vaddr_t at = USER_DEVICES + 0x3000000ull;

    if (map_here(frame, at, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK)
        return false;
    *(volatile uint64_t *)(uintptr_t)at = word;
    return map_out(frame) == ST_OK;
}

/* ---- give ---- */

static void test_give(void)
{
    handle_t ram = piece(), frame = frame_of(ram);
    unsigned read = 0, same = 0, gone = 0;
    struct left before;
    struct rt_msg m;

    left_now(&before);
    must(sys_identify(frame, &m) == ST_OK && write_own(frame, 0x5ca1ab1e));
    for (core_id i = 1; i < ncores; i++) {
        struct answer a;

        must(give(i, frame, 1));
        a = ask(i, SHARE_LOOK, 1, 0, 0);
        same += a.st == ST_OK && a.w[0] == m.w[1];
        a = ask(i, SHARE_READ, 1, 0, 0);
        read += a.st == ST_OK && a.w[0] == 0x5ca1ab1e;
    }
    test_is(same == ncores - 1u, "a copy on every other core is to the same memory");
    test_is(read == ncores - 1u, "and what is written here is read there");
    for (core_id i = 1; i < ncores; i++)
        gone += ask(i, SHARE_DROP, 1, 0, 0).st == ST_OK;
    test_is(gone == ncores - 1u && left_again(&before), "deleted there, nothing is left of it");

    test_is(rt_give(&to_core[1], frame, RIGHTS_ALL, CAP_GIVE_AWAY, 0) == ST_OK &&
                sys_identify(frame, &m) == ST_STALE_HANDLE &&
                ask(1, SHARE_TAKE, 1, 0, 0).st == ST_OK,
            "what is given away is there, and not here");
    test_is(ncores < 3 || (ask(1, SHARE_AWAY, 1, 2, 0).st == ST_OK &&
                           ask(2, SHARE_TAKE, 1, 0, 0).st == ST_OK &&
                           ask(1, SHARE_LOOK, 1, 0, 0).st == ST_STALE_HANDLE &&
                           ask(2, SHARE_READ, 1, 0, 0).w[0] == 0x5ca1ab1e),
            "and is given away from there to a third");
    test_is(ask(ncores < 3 ? 1 : 2, SHARE_DROP, 1, 0, 0).st == ST_OK && is_whole(ram),
            "deleted by the last, its memory is the owner's again");
    must(cap_delete(ram) == ST_OK);
}

/* ---- revoke ---- */

/* To everybody, and from everybody to the next one; numbers 1 and 2; and local copies, 3. */
static void spread(handle_t frame)
{
    for (core_id i = 1; i < ncores; i++)
        must(give(i, frame, 1) && ask(i, SHARE_COPY, 1, 3, 0).st == ST_OK);
    for (core_id i = 1; i < ncores && ncores > 2; i++) {
        core_id next = i + 1u < ncores ? (core_id)(i + 1) : 1;

        struct answer passed = ask(i, SHARE_PASS, 3, next, RIGHTS_ALL);

        if (passed.st != ST_OK)
            printf("share: core %u cannot pass on to %u: %u\n", i, next, passed.st);
        must(passed.st == ST_OK && ask(next, SHARE_TAKE, 2, 0, 0).st == ST_OK);
    }
}

static unsigned usable(void)
{
    unsigned n = 0;

    for (core_id i = 1; i < ncores; i++)
        for (unsigned k = 1; k <= 3; k++)
            n += ask(i, SHARE_READ, k, 0, 0).st == ST_OK;
    return n;
}

static void test_revoke(void)
{
    unsigned copies = ncores > 2 ? 3u * (ncores - 1u) : 2u;
    handle_t ram = piece(), frame = frame_of(ram);
    struct left before;

    spread(frame); /* once, for the channels between them */
    must(cap_revoke(ram) == ST_OK);
    left_now(&before);
    frame = frame_of(ram);
    spread(frame);
    test_is(usable() == copies, "copies, and copies of copies, on all cores can be used");
    test_is(cap_revoke(frame) == ST_OK && usable() == 0, "and once revoked nowhere");
    test_is(write_own(frame, 1), "what was revoked from is as good as before");
    spread(frame);
    test_is(cap_revoke(ram) == ST_OK && usable() == 0, "revoked from above the same");
    test_is(cap_free_bytes(ram) == PAGES_OF_TEST * PAGE_BYTES && left_again(&before),
            "and the memory is whole, and nothing is left anywhere");
    frame = frame_of(ram);
    test_is(give(1, frame, 1) && ask(1, SHARE_READ, 1, 0, 0).w[0] == 0,
            "it retypes again, cleared");
    if (ncores > 2) {
        must(ask(1, SHARE_PASS, 1, 2, RIGHTS_ALL).st == ST_OK &&
             ask(2, SHARE_TAKE, 1, 0, 0).st == ST_OK);
        test_is(ask(1, SHARE_REVOKE, 1, 0, 0).st == ST_OK &&
                    ask(2, SHARE_LOOK, 1, 0, 0).st == ST_STALE_HANDLE &&
                    ask(1, SHARE_READ, 1, 0, 0).st == ST_OK,
                "a holder revokes what it passed on, and keeps its own");
    }
    must(cap_revoke(ram) == ST_OK && cap_delete(ram) == ST_OK);
}

/* Objects made on every other core through its copy of one RAM, and copies of those. */
static void test_descendants(void)
{
    unsigned made = 0, others = ncores - 1u;
    struct left before;
    handle_t ram;

    left_now(&before);
    must(cap_retype(rt_info()->ram, CAP_RAM, others * PAGE_BYTES, &ram) == ST_OK);
    for (core_id i = 1; i < ncores; i++) {
        must(give(i, ram, 1));
        made += ask(i, SHARE_RETYPE, 1, 2, CAP_FRAME | PAGE_BYTES << 8).st == ST_OK &&
                ask(i, SHARE_COPY, 2, 3, 0).st == ST_OK;
    }
    test_is(made == others && usable() == 2 * others && cap_free_bytes(ram) == 0,
            "every core makes a frame from its copy of one RAM, and a copy of that");
    test_is(cap_revoke(ram) == ST_OK && usable() == 0, "once the RAM is revoked they are usable nowhere");
    test_is(cap_free_bytes(ram) == others * PAGE_BYTES, "and it is whole again");
    must(cap_delete(ram) == ST_OK);
    test_is(left_again(&before), "with nothing left anywhere");
}

/* ---- revoke while a descendant is in another operation ---- */

static void test_busy(void)
{
    unsigned ended = 0, passed = 0;
    uint64_t rest = 0;
    struct left before;

    if (ncores < 3)
        return;
    left_now(&before);
    for (unsigned i = 0; i < BUSY_ROUNDS; i++) {
        handle_t ram = piece(), frame = frame_of(ram);
        struct answer a;

        must(give(1, frame, 1));
        must(ask_send(1, SHARE_PASS_ON, 1, 2, 0));
        (void)sys_sleep_for(i * 3 * NS_PER_US);
        ended += cap_revoke(frame) == ST_OK;
        a = ask_wait(1);
        passed += (unsigned)a.w[0];
        ended += a.st == ST_STALE_HANDLE || a.st == ST_REVOKED;
        for (uint64_t k = 0; k < a.w[0]; k++)
            must(ask(2, SHARE_TAKE, 1, 0, 0).st == ST_OK);
        rest += ask(2, SHARE_REST, 0, 0, 0).w[0];
        must(cap_delete(frame) == ST_OK && cap_free_bytes(ram) == PAGES_OF_TEST * PAGE_BYTES &&
             cap_delete(ram) == ST_OK);
    }
    printf("share: %u passes in %u rounds before the revoke, and %u that came and were revoked\n", passed,
           BUSY_ROUNDS, (unsigned)rest);
    test_is(ended == 2 * BUSY_ROUNDS, "a revoke and a pass of what it revokes both end");
    test_is(left_again(&before), "and nothing is left of either");
}

/* ---- the last one here, with copies there ---- */

static void test_delete(void)
{
    handle_t ram = piece(), frame = frame_of(ram);
    unsigned good = 0;

    must(write_own(frame, 0xfeed));
    for (core_id i = 1; i < ncores; i++)
        must(give(i, frame, 1));
    must(cap_delete(frame) == ST_OK);
    for (core_id i = 1; i < ncores; i++)
        good += ask(i, SHARE_READ, 1, 0, 0).w[0] == 0xfeed;
    test_is(good == ncores - 1u, "the owner's last copy deleted, the others are as good as before");
    test_is(cap_free_bytes(ram) < PAGES_OF_TEST * PAGE_BYTES, "and the memory is not free");
    for (core_id i = 1; i < ncores; i++) {
        test_is(cap_free_bytes(ram) < PAGES_OF_TEST * PAGE_BYTES, "nor before the last one");
        must(ask(i, SHARE_DROP, 1, 0, 0).st == ST_OK);
    }
    test_is(is_whole(ram), "it comes back with the last of them");
    must(cap_delete(ram) == ST_OK);
}

static void test_all(const char *which)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } part[] = {
        { "give", test_give }, { "revoke", test_revoke }, { "descendants", test_descendants },
        { "busy", test_busy },
        { "delete", test_delete }, { "wrong", test_wrong }, { "lend", test_lend },
        { "race", test_race }, { "calls", test_calls },
    };

    for (unsigned i = 0; i < sizeof part / sizeof part[0]; i++)
        if (which == NULL || strcmp(which, part[i].name) == 0)
            part[i].run();
}

int main(int argc, char **argv)
{
    test_name("share");
    ncores = rt_info()->ncores;
    printf("share: %u cores\n", ncores); /* the channel to the console is there from here on */
    for (core_id i = 1; i < ncores; i++)
        must(share_bind(i, &to_core[i]));
    test_all(argc > 1 ? argv[1] : NULL);
    return test_end();
}
