/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/talk - one agent of a workload (pattern.h): says what it has to say to those it talks to, once a tick.
 *
 *     talk all - pairs 0          in place core + cores x the second argument
 *     talk all - pairs 1 5000     the bridges change sides every 5000 ms (0: never)
 *     talk all - pairs 1 5000 3   agents are drawn from a seed (0: in turn, pattern_agent)
 *
 * It sends by the clock and not as fast as it can, so that what is said is the same wherever agents are. Nobody is woken
 * for a message: who wakes for its tick takes what came. Every message has a number, and who it is from and for; one
 * that is lost, doubled, out of order or not for it ends the agent with an exit code that the monitor reports.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "tests/workloads/pattern.h"
#include <stdio.h>
#include <stdlib.h>

#define TICK_NS     (20 * NS_PER_MS)
#define PATIENCE_NS (60 * NS_PER_S)
#define NOBODY      PATTERN_AGENTS
#define KIND_WORD   1u

enum bad { BAD_ARGS = 2, BAD_SERVICE, BAD_BIND, BAD_PEER, BAD_ORDER, BAD_CHANNEL };

static struct link {
    struct rt_chan chan;
    unsigned peer; /* NOBODY: it has not said who it is */
    uint64_t said, heard;
} link[PATTERN_LINKS];
static unsigned links, self;
static enum pattern pattern;
static uint64_t shift_ns;

static bool shifted(uint64_t now)
{
    return shift_ns != 0 && now / shift_ns % 2 != 0;
}

static uint64_t seal(uint64_t number, unsigned from, unsigned to)
{
    return (number * 0x9e3779b97f4a7c15u) ^ ((uint64_t)from << 32 | to);
}

static void take(struct link *l)
{
    struct urpc_msg m;
    status_t st;

    while ((st = rt_recv(&l->chan, &m)) == ST_OK) {
        if (l->peer == NOBODY && m.word[1] < PATTERN_AGENTS &&
            pattern_linked(pattern, self, (unsigned)m.word[1]))
            l->peer = (unsigned)m.word[1];
        if (m.word[1] != l->peer || m.word[2] != seal(m.word[0], l->peer, self))
            exit(BAD_PEER);
        if (m.word[0] != ++l->heard)
            exit(BAD_ORDER);
    }
    if (st != ST_AGAIN)
        exit(BAD_CHANNEL);
}

/* What finds no room is not said: the other is on its way to another core, or the machine is slow. */
static bool say(struct link *l)
{
    uint64_t word[3] = {l->said + 1, self, seal(l->said + 1, self, l->peer)};
    status_t st = rt_send(&l->chan, KIND_WORD, 0, word, sizeof word);

    if (st == ST_AGAIN)
        return false;
    if (st != ST_OK)
        exit(BAD_CHANNEL);
    l->said++;
    return true;
}

static void greet_clients(void)
{
    struct news n;

    while (rt_news(&n) == ST_OK) {
        if (n.kind != NEWS_CLIENT)
            exit(BAD_CHANNEL);
        if (links == PATTERN_LINKS || rt_chan_open(&link[links].chan, &n) != ST_OK)
            exit(BAD_BIND);
        link[links++].peer = NOBODY;
    }
}

static void bind_others(void)
{
    char name[NAME_BYTES];

    for (unsigned j = 0; j < self; j++) {
        if (!pattern_linked(pattern, self, j))
            continue;
        snprintf(name, sizeof name, "talk.%u", j);
        if (links == PATTERN_LINKS ||
            rt_bind(name, rt_now_ns() + PATIENCE_NS, &link[links].chan) != ST_OK)
            exit(BAD_BIND);
        link[links].peer = j;
        (void)say(&link[links++]); /* who it is */
    }
}

static void tick(uint64_t now)
{
    for (unsigned i = 0; i < links; i++) {
        struct link *l = &link[i];
        unsigned n = l->peer == NOBODY ? 0 : pattern_rate(pattern, self, l->peer, shifted(now));

        take(l);
        while (n > 0 && say(l))
            n--;
    }
}

int main(int argc, char **argv)
{
    char name[NAME_BYTES];
    uint64_t next;
    unsigned place;

    if (argc < 3 || (pattern = pattern_of(argv[1])) == PATTERNS)
        return BAD_ARGS;
    place = (unsigned)(rt_info()->core + rt_info()->ncores * strtoul(argv[2], NULL, 10));
    shift_ns = argc > 3 ? strtoull(argv[3], NULL, 10) * NS_PER_MS : 0;
    if (place >= PATTERN_AGENTS)
        return 0; /* a machine of more cores than agents */
    self = pattern_agent(argc > 4 ? strtoull(argv[4], NULL, 10) : 0, place);
    snprintf(name, sizeof name, "talk.%u", self);
    if (rt_serve(name) != ST_OK)
        return BAD_SERVICE;
    bind_others();
    for (next = rt_now_ns();; next += TICK_NS) {
        uint64_t now = rt_now_ns();

        if (now > next + TICK_NS)
            next = now; /* what was not said in time is not said */
        (void)sys_sleep_until(next);
        greet_clients();
        tick(rt_now_ns());
    }
}
