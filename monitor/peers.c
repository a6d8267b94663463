/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/peers.h"
#include "lib/base/check.h"
#include "lib/rt/map.h"
#include "lib/rt/record.h"
#include "monitor/core.h"
#include <string.h>

/*
 * Letters that wait for room come out of one pool. What monitors owe each other at once is bounded by their
 * tables (monitor/agree.c: 1024 nodes, 1024 holds, 512 passes), so a box that is full is of a peer that reads nothing.
 */
#define LETTERS 4096u
#define BOX_MAX 2600u

struct letter {
    uint64_t word[URPC_WORDS];
    uint16_t kind;
    uint8_t bytes;
    uint16_t next;          /* index + 1; 0: the last, or the last free one */
};

struct box {
    uint16_t first, last;   /* index + 1 */
    uint16_t n;
};

struct peer {
    struct rt_chan chan;
    struct rt_source source;
    struct box out;
    uint64_t pair_bytes;
    handle_t bell;          /* any bucket */
    uint32_t bucket;
    bool attached;
};

static struct peer peers[CORES_MAX];

static struct {
    uint64_t letters, bytes, own, bells;
} count;
static struct box own;      /* messages to ourselves */
static struct letter pool[LETTERS];
static uint16_t free_letters;   /* index + 1: given back before */
static uint16_t fresh;          /* those from here on were never used */

/* ---- boxes ---- */

static bool post(struct box *b, const struct letter *l)
{
    uint16_t at = free_letters;

    if (b->n == BOX_MAX || (at == 0 && fresh == LETTERS))
        return false;
    if (at != 0)
        free_letters = pool[at - 1].next;
    else
        at = ++fresh;
    pool[at - 1] = *l;
    pool[at - 1].next = 0;
    if (b->n++ == 0)
        b->first = at;
    else
        pool[b->last - 1].next = at;
    b->last = at;
    return true;
}

/* The first letter is done with. */
static void unpost(struct box *b)
{
    uint16_t at = b->first;

    b->first = pool[at - 1].next;
    b->n--;
    pool[at - 1].next = free_letters;
    free_letters = at;
}

static void empty(struct box *b)
{
    while (b->n > 0)
        unpost(b);
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    const struct peer *p = s->context;
    core_id from = (core_id)(p - peers);

    if (peer_bytes(m->kind) == 0) {
        rec_error("a monitor sent a message of a kind not known here", ST_PEER, peer_name(m->kind));
        return;
    }
    peers_dispatch(from, m);
}

/* The channel was found broken: who writes such a thing is not to be believed again. */
static void on_gone(struct rt_source *s)
{
    const struct peer *p = s->context;

    core_suspect((core_id)(p - peers), "its messages broke the protocol");
}

static status_t attach(core_id core, struct peer *p)
{
    vaddr_t va = USER_CHANNELS + core * CHANNEL_BYTES;
    handle_t frame;
    status_t st;

    st = sys_slice(mon.info->pair[core], 0, CHANNEL_BYTES, 0, RIGHT_READ | RIGHT_WRITE, &frame);
    if (st != ST_OK || (st = map_here(frame, va, CHANNEL_BYTES, PERM_READ | PERM_WRITE)) != ST_OK)
        return st;
    st = urpc_chan_attach(&p->chan.u, (void *)(uintptr_t)va, CHANNEL_BYTES, core < mon.core, core,
                          core);
    if (st != ST_OK)
        return st;
    p->chan.va = va;
    p->chan.bell = p->bell;
    p->source = (struct rt_source){
        .chan = &p->chan, .on_message = on_message, .on_gone = on_gone, .context = p
    };
    return loop_add(&mon.loop, &p->source);
}

void peers_start(void)
{
    for (core_id i = 0; i < mon.ncores; i++) {
        struct peer *p = &peers[i];
        struct rt_msg m;
        status_t st;

        if (i == mon.core || mon.info->pair[i] == 0)
            continue;
        if (sys_identify(mon.info->pair[i], &m) == ST_OK)
            p->pair_bytes = m.w[2];
        p->bell = mon.info->doorbell[i];
        /* Every monitor is the first task of its core, so its bucket is what ours is,
         * until its HELLO says what it really is. */
        p->bucket = (uint32_t)mon.info->bucket;
        if ((st = attach(i, p)) == ST_OK)
            p->attached = true;
        else
            rec_error("no channel to another monitor", st, "its pair frame could not be mapped");
    }
}

void peers_set_bucket(core_id core, uint32_t bucket)
{
    peers[core].bucket = bucket;
}

void peers_drop(core_id core)
{
    loop_remove(&peers[core].source);
    peers[core].attached = false;
    empty(&peers[core].out);
}

handle_t peers_pair(core_id core, uint64_t *bytes)
{
    *bytes = core < CORES_MAX ? peers[core].pair_bytes : 0;
    return core < CORES_MAX ? mon.info->pair[core] : 0;
}

/* ---- sending ---- */

static void ring(const struct peer *p)
{
    (void)sys_bell(p->bell, p->bucket); /* to a core that is not up: it looks when it comes */
}

/* One message into the ring. The bell is rung at once: a turn of the loop may be long. */
static status_t put(struct peer *p, const struct letter *l)
{
    status_t st = urpc_send(&p->chan.u.tx, l->kind, l->bytes, l->word, l->bytes);

    if (st != ST_OK)
        return st;
    count.letters++;
    count.bytes += l->bytes;
    if (urpc_must_ring(&p->chan.u.tx)) {
        count.bells++;
        ring(p);
    }
    return ST_OK;
}

void peers_count(uint64_t n[4])
{
    n[0] = count.letters;
    n[1] = count.bytes;
    n[2] = count.own;
    n[3] = count.bells;
}

void peers_send(core_id core, enum peer_kind kind, const void *payload, size_t bytes)
{
    struct letter l = { .kind = (uint16_t)kind, .bytes = (uint8_t)bytes };
    struct peer *p = &peers[core];

    CHECK(bytes <= sizeof l.word);
    memcpy(l.word, payload, bytes);
    if (core == mon.core) {
        CHECK(post(&own, &l));
        return;
    }
    if (!p->attached)
        return;
    if (p->out.n == 0 && put(p, &l) == ST_OK)
        return;
    if (!post(&p->out, &l)) {
        peers_drop(core);
        core_suspect(core, "it no longer takes messages");
    }
}

status_t peers_try_text(core_id core, const char *text, size_t bytes)
{
    struct letter l = { .kind = PEER_TEXT, .bytes = (uint8_t)bytes };
    struct peer *p = &peers[core];

    CHECK(bytes <= sizeof l.word);
    if (!p->attached)
        return ST_GONE;
    if (p->out.n != 0)
        return ST_AGAIN;
    memcpy(l.word, text, bytes);
    return put(p, &l);
}

static void take_own(void)
{
    while (own.n > 0) {
        struct letter l = pool[own.first - 1];
        struct urpc_msg m = { .kind = l.kind, .info = l.bytes };

        unpost(&own);
        count.own++;
        memcpy(m.word, l.word, sizeof m.word);
        peers_dispatch(mon.core, &m);
    }
}

bool peers_turn(void)
{
    bool waiting = false;

    take_own();
    for (core_id i = 0; i < mon.ncores; i++) {
        struct peer *p = &peers[i];

        while (p->out.n > 0 && put(p, &pool[p->out.first - 1]) == ST_OK)
            unpost(&p->out);
        waiting = waiting || p->out.n > 0;
    }
    return waiting;
}
