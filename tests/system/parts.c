/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/parts - partitions anywhere, by request to any monitor.
 *
 *     parts 0   machine   makes, starts, stops, moves and ends others (speck), and has those below do what is not for it
 *     parts 1   spawn     does what it is told: with a right to children of its own
 *     parts 2   -         the same, with none, and so it can be moved
 *
 * With the argument `die` a core dies at the end.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "partition/ids.h"
#include "partition/life_sm.h"
#include "partition/quota.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define AGENTS      2u
#define LAST_CORE   5u
#define KIND_HELLO  1u
#define KIND_DO     2u
#define WAIT_EXIT   0u   /* instead of a call: the end of partition w1 */
#define NAP         255u /* the same: nothing for 200 ms, not even news */

/* ---- agents ---- */

static status_t wait_exit(struct rt_msg *m)
{
    struct news n;
    status_t st = rt_wait(m->w[1], rt_now_ns() + PATIENCE_NS / 2, &n);

    memcpy(&m->w[2], n.w, sizeof n.w);
    return st;
}

static int agent(void)
{
    static struct rt_chan c;
    uint64_t word[6] = {rt_info()->core};
    struct urpc_msg m;

    if (rt_bind("parts", rt_now_ns() + PATIENCE_NS, &c) != ST_OK ||
        rt_send_wait(&c, KIND_HELLO, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) != ST_OK)
        return 2;
    while (rt_recv_wait(&c, &m, 0) == ST_OK) {
        struct rt_msg call;

        memcpy(&call, m.word, sizeof call);
        call.w[0] = call.w[0] == WAIT_EXIT ? wait_exit(&call)
                    : call.w[0] == NAP     ? sys_sleep_for(200 * NS_PER_MS)
                                           : mon_call((enum mon_call)call.w[0], &call);
        if (rt_send_wait(&c, KIND_DO, 0, &call, sizeof call, rt_now_ns() + PATIENCE_NS) != ST_OK)
            return 3;
    }
    return 0;
}

static struct rt_chan agents[AGENTS + 1]; /* by the core it began on */

static void gather(void)
{
    for (unsigned i = 0; i < AGENTS; i++) {
        static struct rt_chan c[AGENTS];
        struct urpc_msg m;

        test_need(rt_accept(&c[i], rt_now_ns() + PATIENCE_NS) == ST_OK &&
                      rt_recv_wait(&c[i], &m, rt_now_ns() + PATIENCE_NS) == ST_OK && m.word[0] <= AGENTS,
                  "an agent comes");
        agents[m.word[0]] = c[i];
    }
}

static status_t send(unsigned who, uint64_t call, struct rt_msg *m)
{
    m->w[0] = call;
    return rt_send_wait(&agents[who], KIND_DO, 0, m, sizeof *m, rt_now_ns() + PATIENCE_NS);
}

static status_t answer(unsigned who, struct rt_msg *m)
{
    struct urpc_msg said;
    status_t st = rt_recv_wait(&agents[who], &said, rt_now_ns() + PATIENCE_NS);

    if (st != ST_OK)
        return st;
    memcpy(m, said.word, sizeof *m);
    return (status_t)m->w[0];
}

/* The agent that began on core `who` does it. */
static status_t have(unsigned who, uint64_t call, struct rt_msg *m)
{
    status_t st = send(who, call, m);

    return st != ST_OK ? st : answer(who, m);
}

static uint64_t agent_part(unsigned who)
{
    struct rt_msg m = {{0}};

    return have(who, MON_WHERE, &m) == ST_OK ? m.w[1] : 0;
}

/* ---- what is asked ---- */

static uint64_t make_with(core_id core, const char *args)
{
    uint64_t part = 0;

    return rt_create("speck", args, PART_WISH(core, PART_WISH_SMALL, 0, 0), &part) == ST_OK ? part : 0;
}

static uint64_t run_with(core_id core, const char *args)
{
    uint64_t part = make_with(core, args);

    return part != 0 && rt_life(part, PART_START) == ST_OK ? part : 0;
}

static struct seen {
    status_t st;
    uint64_t core, state, calls, objects, tables, memory;
} see(uint64_t part)
{
    struct rt_msg m = {{0, part}};
    status_t st = mon_call(MON_STATUS, &m);

    return (struct seen){st, m.w[1] & 0xffff, m.w[1] >> 16, m.w[3], (uint32_t)m.w[4], m.w[4] >> 32, m.w[5]};
}

/* Not while it asks its monitor something itself. */
static status_t life(uint64_t part, enum part_ask what)
{
    status_t st = ST_BUSY;

    for (unsigned i = 0; i < 200 && (st = rt_life(part, what)) == ST_BUSY; i++)
        (void)sys_sleep_for(NS_PER_MS);
    return st;
}

static status_t move(uint64_t part, core_id to)
{
    status_t st = ST_BUSY;

    for (unsigned i = 0; i < 200 && (st == ST_BUSY || st == ST_TIMEOUT || st == ST_COOLDOWN); i++) { /* a slow host, and a cooldown */
        struct rt_msg m = {{0, part, to}};

        if ((st = mon_call(MON_MOVE, &m)) == ST_BUSY || st == ST_TIMEOUT || st == ST_AGAIN)
            (void)sys_sleep_for(NS_PER_MS);
        else if (st != ST_OK)
            printf("a move to core %u: %s, step %u\n", to, status_text(st), (unsigned)m.w[2]);
    }
    return st;
}

static bool gets_on(uint64_t part)
{
    uint64_t calls = see(part).calls;

    for (unsigned i = 0; i < 400; i++) {
        if (see(part).calls >= calls + 2)
            return true;
        (void)sys_sleep_for(5 * NS_PER_MS);
    }
    return false;
}

static bool rests(uint64_t part)
{
    uint64_t calls = see(part).calls;

    (void)sys_sleep_for(60 * NS_PER_MS);
    return see(part).calls == calls;
}

static bool faulted(uint64_t part)
{
    struct news n;

    return rt_wait(part, rt_now_ns() + PATIENCE_NS, &n) == ST_OK && n.w[2] == FAULT_PAGE && n.w[3] != 0;
}

static bool ended(uint64_t part, uint64_t kind, uint64_t code)
{
    struct news n;

    return rt_wait(part, rt_now_ns() + PATIENCE_NS, &n) == ST_OK && n.w[2] == kind && n.w[1] == code;
}

/* ---- what must be so ---- */

static void its_life(core_id core)
{
    uint64_t part = make_with(core, "5");

    test_is(part != 0 && partition_home((partition_id)part) == core, "one is made, and its home is where it is");
    test_is(see(part).state == LIFE_CREATED && rests(part) && see(part).calls == 0, "it has not begun");
    test_is(life(part, PART_SUSPEND) == ST_STATE && life(part, PART_RESUME) == ST_STATE, "and cannot be stopped");
    test_is(life(part, PART_START) == ST_OK && see(part).state == LIFE_RUNNING && gets_on(part), "it begins");
    test_is(life(part, PART_START) == ST_STATE && life(part, PART_RESUME) == ST_STATE, "once");
    test_is(life(part, PART_SUSPEND) == ST_OK && see(part).state == LIFE_SUSPENDED && rests(part), "it is stopped");
    test_is(life(part, PART_SUSPEND) == ST_STATE && life(part, PART_START) == ST_STATE, "once, too");
    test_is(life(part, PART_RESUME) == ST_OK && see(part).state == LIFE_RUNNING && gets_on(part), "and goes on");
    test_is(life(part, PART_DESTROY) == ST_OK && ended(part, FAULT_EXIT, UINT64_MAX), "it is ended, and that is told");
    test_is(see(part).st == ST_STALE_HANDLE && life(part, PART_START) == ST_STALE_HANDLE, "its name is nobody's");
}

static void its_end(core_id core)
{
    uint64_t part = run_with(core, "end 1 7");

    test_is(part != 0 && ended(part, FAULT_EXIT, 7), "the code that it ends with is told");
    part = run_with(core, "fault 1");
    test_is(part != 0 && faulted(part) && see(part).st == ST_STALE_HANDLE, "so is a fault");
}

static void elsewhere(core_id home, core_id to)
{
    uint64_t part = run_with(home, "5"), late;

    test_is(move(part, to) == ST_OK && see(part).core == to && gets_on(part), "it changes core, with a supervisor");
    test_is(life(part, PART_SUSPEND) == ST_OK && see(part).state == LIFE_SUSPENDED && rests(part), "it is stopped there");
    test_is(move(part, home) == ST_STATE, "and does not move meanwhile");
    test_is(life(part, PART_SUSPEND) == ST_STATE, "once");
    test_is(life(part, PART_RESUME) == ST_OK && gets_on(part), "it goes on there");
    late = run_with(home, "end 300 9");
    test_is(move(late, to) == ST_OK && see(late).core == to, "another one goes there, too");
    test_is(ended(late, FAULT_EXIT, 9), "its end there is told here");
    test_is(life(part, PART_DESTROY) == ST_OK && ended(part, FAULT_EXIT, UINT64_MAX) && see(part).st == ST_STALE_HANDLE,
            "the first is ended there");
}

static void who_may(void)
{
    uint64_t part = run_with(3, "5");
    struct rt_msg m = {{0, part, PART_SUSPEND}}, made = {{0}};

    test_is(have(2, MON_LIFE, &m) == ST_DENIED, "somebody else may not stop it");
    m = (struct rt_msg){{0, part}};
    test_is(have(1, MON_STATUS, &m) == ST_DENIED, "nor ask about it, with a right to others");
    m = (struct rt_msg){{0, part, QUOTA_PAGES, 1000}};
    test_is(have(1, MON_QUOTA, &m) == ST_DENIED, "nor give it more");
    memcpy(&made.w[1], "speck", 5);
    memcpy(&made.w[3], "5", 1);
    made.w[5] = PART_WISH(4, PART_WISH_SMALL, 0, 0);
    m = made;
    test_is(have(2, MON_CREATE, &m) == ST_DENIED, "who has no right to children makes none");
    m = made;
    test_is(have(1, MON_CREATE, &m) == ST_OK, "who has makes one on another core");
    made.w[1] = m.w[1];
    m = (struct rt_msg){{0, made.w[1], PART_START}};
    test_is(have(1, MON_LIFE, &m) == ST_OK, "and starts it");
    m = (struct rt_msg){{0, agent_part(1)}};
    test_is(have(1, MON_STATUS, &m) == ST_OK, "everybody may ask about himself");
    test_is(life(made.w[1], PART_DESTROY) == ST_OK, "with the option machine anybody's is ended");
    m = (struct rt_msg){{0, made.w[1]}};
    test_is(have(1, WAIT_EXIT, &m) == ST_OK && m.w[2] == made.w[1], "and its supervisor hears of it");
    test_is(life(part, PART_DESTROY) == ST_OK && ended(part, FAULT_EXIT, UINT64_MAX), "it is ended by who made it");
}

static void what_it_may_use(void)
{
    uint64_t limit = 256, part;
    struct rt_msg m = {{0}};

    memcpy(&m.w[1], "speck", 5);
    m.w[5] = PART_WISH(4, 0, 0, 17 * 1024);
    test_is(have(1, MON_CREATE, &m) == ST_NOMEM && m.w[2] == QUOTA_PAGES + 1, "a child of 17 MiB is refused by its quota of pages");
    test_is(rt_create("speck", "5", PART_WISH(4, PART_WISH_SMALL, WEIGHT_MAX + 1, 0), &part) == ST_INVALID,
            "one with too great a share of its core is not made");
    part = make_with(4, "5");
    m = (struct rt_msg){{0, part, QUOTA_PAGES, limit}};
    test_is(mon_call(MON_QUOTA, &m) == ST_OK && m.w[1] == limit && m.w[2] == 1, "a small one has one page of the quota");
    m = (struct rt_msg){{0, part, QUOTA_TASKS, 0}};
    test_is(mon_call(MON_QUOTA, &m) == ST_OK && m.w[2] == 1, "and one task");
    m = (struct rt_msg){{0, part, QUOTA_KINDS, 0}};
    test_is(mon_call(MON_QUOTA, &m) == ST_INVALID, "there is no other kind");
    test_is(life(part, PART_DESTROY) == ST_OK && ended(part, FAULT_EXIT, UINT64_MAX), "it ends before it began");
}

static void who_hears(void)
{
    uint64_t a = run_with(3, "5"), b = run_with(4, "5"), heir = agent_part(2);
    struct rt_msg m = {{0, a, b}};

    test_is(mon_call(MON_SUPERVISE, &m) == ST_OK, "one supervises another, of another home");
    m = (struct rt_msg){{0, a, a}};
    test_is(mon_call(MON_SUPERVISE, &m) == ST_STATE, "nobody himself");
    m = (struct rt_msg){{0, a, heir}};
    test_is(mon_call(MON_SUPERVISE, &m) == ST_OK, "a third is named");
    m = (struct rt_msg){{0, b, heir}};
    test_is(mon_call(MON_SUPERVISE, &m) == ST_OK, "for both");
    m = (struct rt_msg){{0}};
    test_is(send(2, NAP, &m) == ST_OK && life(a, PART_DESTROY) == ST_OK, "one is ended while it naps");
    test_is(move(heir, 5) == ST_OK && answer(2, &m) == ST_OK, "the third is moved, with what it was not told yet");
    m = (struct rt_msg){{0, a}};
    test_is(have(2, WAIT_EXIT, &m) == ST_OK && m.w[2] == a, "and has heard of it");
    test_is(move(heir, 4) == ST_OK, "it moves again");
    test_is(move(b, 3) == ST_OK && life(b, PART_DESTROY) == ST_OK, "so does the other, and is ended");
    m = (struct rt_msg){{0, b}};
    test_is(have(2, WAIT_EXIT, &m) == ST_OK && m.w[2] == b, "that is heard where the third is now");
    test_is(move(heir, 2) == ST_OK, "it goes home");
}

/* With the boot argument skerry.abort=3:RECONSTRUCT:mismatch a byte of the second one's checkpoint is changed there. */
static void it_sleeps(void)
{
    uint64_t part = run_with(3, "5"), other = run_with(3, "5"), calls;

    test_is(gets_on(part) && life(part, PART_RECONSTRUCT) == ST_STATE, "what does not hibernate is not made anew");
    test_is(life(part, PART_HIBERNATE) == ST_OK && see(part).state == LIFE_HIBERNATED, "one hibernates");
    calls = see(part).calls;
    test_is(see(part).memory == 0 && life(part, PART_START) == ST_STATE && life(part, PART_RESUME) == ST_STATE,
            "it has no memory, and does not run");
    test_is(life(part, PART_RECONSTRUCT) == ST_OK && see(part).state == LIFE_CREATED && see(part).memory != 0 &&
                rests(part) && see(part).calls == calls,
            "it is made anew");
    test_is(life(part, PART_START) == ST_OK && gets_on(part) && see(part).state == LIFE_RUNNING,
            "and goes on with what it had in its memory");
    test_is(life(part, PART_SUSPEND) == ST_OK && life(part, PART_HIBERNATE) == ST_OK &&
                life(part, PART_DESTROY) == ST_OK && ended(part, FAULT_EXIT, UINT64_MAX),
            "it is ended in its sleep");
    test_is(move(other, 4) == ST_OK && life(other, PART_HIBERNATE) == ST_FOREIGN && move(other, 3) == ST_OK,
            "only at home it hibernates");
    test_is(life(other, PART_HIBERNATE) == ST_OK, "another one does");
    test_is(life(other, PART_RECONSTRUCT) == ST_FORMAT && see(other).state == LIFE_HIBERNATED,
            "with one bit of its memory changed it is not made anew");
    test_is(life(other, PART_DESTROY) == ST_OK && ended(other, FAULT_EXIT, UINT64_MAX), "but ended");
    test_is(rt_life(agent_part(2), PART_HIBERNATE) == ST_BUSY, "who has a channel does not");
}

/* The last core dies, with guests of others and its own elsewhere. */
static void a_core_dies(void)
{
    uint64_t guest = run_with(3, "5"), its = run_with(LAST_CORE, "5");
    struct rt_msg m = {{0, LAST_CORE}};

    test_is(move(guest, LAST_CORE) == ST_OK && move(its, 3) == ST_OK, "one goes to the last core, one from there");
    test_is(mon_call(MON_STOP, &m) == ST_OK && ended(guest, EXIT_LOST, UINT64_MAX), "that dies, and with it who was there");
    test_is(see(guest).st == ST_STALE_HANDLE && see(its).st == ST_DEAD_CORE, "nobody answers for whose home it was");
    test_is(make_with(LAST_CORE, "") == 0, "nor is one made there");
}

int main(void)
{
    struct rt_cores cores;

    if (rt_info()->core != 0)
        return agent();
    test_name("parts");
    test_need(rt_serve("parts") == ST_OK && rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK &&
                  cores.n == LAST_CORE + 1,
              "the machine is there");
    gather();
    its_life(0);
    its_life(4);
    its_end(0);
    its_end(3);
    elsewhere(3, 4);
    elsewhere(4, 0);
    elsewhere(0, 2);
    who_may();
    what_it_may_use();
    who_hears();
    it_sleeps();
    if (strcmp(rt_info()->args, "die") == 0)
        a_core_dies();
    return test_end();
}
