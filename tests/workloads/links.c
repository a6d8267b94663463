/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/workloads/links.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include <stdio.h>
#include <stdlib.h>

#define NOBODY    PATTERN_AGENTS
#define KIND_WORD 1u

static struct link {
    struct rt_chan chan;
    unsigned peer; /* NOBODY: it has not said who it is */
    uint64_t said, heard;
} link[PATTERN_LINKS];
static unsigned links, self;
static enum pattern pattern;

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

void links_tick(bool shifted)
{
    greet_clients();
    for (unsigned i = 0; i < links; i++) {
        struct link *l = &link[i];
        unsigned n = l->peer == NOBODY ? 0 : pattern_rate(pattern, self, l->peer, shifted);

        take(l);
        while (n > 0 && say(l))
            n--;
    }
}

void links_begin(enum pattern p, unsigned agent)
{
    char name[NAME_BYTES];

    pattern = p;
    self = agent;
    snprintf(name, sizeof name, "talk.%u", self);
    if (rt_serve(name) != ST_OK)
        exit(BAD_SERVICE);
    bind_others();
}
