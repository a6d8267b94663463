/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/main - the system knowledge base: a service on the first core that knows the machine.
 *
 *     device tree ---feed_dtb---.
 *     monitor: cores, devices --+--> store <--PUT-- the latency probe
 *                                      `----GET, NEAREST, TREE, OWNER, PRINT--> anybody
 *
 * It answers from the first moment with what it knows; what the monitors know of cores
 * comes when all have joined.
 */
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "lib/rt/map.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "skb/feed_dtb.h"
#include "skb/query.h"
#include "skb/skb.h"
#include "urpc/call.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS 20000u            /* 64 cores: four kinds of 4032 pairs, and the rest */
#define PRINT_NS NS_PER_S
#define CORES_AGAIN_NS (2 * NS_PER_MS)

struct client {
    struct rt_chan chan;
    struct rt_source source;
};

static struct store store;
static bool cores_known;
static uint64_t replies_lost;

/* ---- what it learns ---- */

static void learn_tree(void)
{
    const struct program_info *info = rt_info();
    struct feed_count count;
    struct text why;
    char sentence[160];
    struct rt_msg m;
    status_t st;
    uint64_t offset = info->extra_value[EXTRA_DTB];

    text_init(&why, sentence, sizeof sentence);
    CHECK(info->extra[EXTRA_DTB] != 0); /* etc/start: dtb */
    CHECK(sys_identify(info->extra[EXTRA_DTB], &m) == ST_OK);
    CHECK(map_here(info->extra[EXTRA_DTB], USER_DTB, m.w[2], PERM_READ) == ST_OK);
    st = feed_dtb(&store, (const char *)(uintptr_t)USER_DTB + offset, m.w[2] - offset, &count, &why);
    if (st != ST_OK)
        rec_error("skb: the device tree", st, sentence);
    if (st == ST_OK && count.left_out > 0)
        printf("skb: %u facts from the device tree, %u nodes could not be understood\n",
               count.facts, count.left_out);
}

static void learn(const struct fact *f)
{
    status_t st = store_put(&store, f);

    if (st != ST_OK)
        rec_error("skb: a fact could not be kept", st, fact_name(f->kind));
}

static void learn_core(core_id i)
{
    struct rt_msg m = { { 0, i } };
    struct fact f = { .kind = FACT_CORE, .a = i };

    if (mon_call(MON_CORE, &m) != ST_OK)
        return;
    f.v[0] = m.w[2];
    f.v[1] = m.w[3];
    f.v[2] = m.w[4];
    f.v[3] = m.w[5];
    f.v[4] = m.w[1];
    learn(&f);
}

/* Devices the monitors hold, to be given to drivers. */
static void learn_owners(void)
{
    for (uint64_t i = 0;; i++) {
        struct rt_msg m = { { 0, i, 0 } };

        if (mon_call(MON_DEVICE, &m) != ST_OK)
            return;
        if (feed_owner(&store, m.w[2], (core_id)m.w[1], (uint32_t)m.w[4]) != ST_OK)
            printf("skb: a monitor holds a device at 0x%llx that the device tree does not name\n",
                   (unsigned long long)m.w[2]);
    }
}

static void learn_cores(void)
{
    struct rt_cores cores;

    if (rt_cores(&cores) != ST_OK || cores.all_joined_ns == 0)
        return;
    cores_known = true;
    for (core_id i = 0; i < cores.n; i++)
        learn_core(i);
    learn_owners();
    if (feed_clusters(&store) != ST_OK)
        rec_error("skb: clusters could not be kept", ST_TABLE_FULL, "the store is full");
}

/* ---- what it is asked: each fills `out` and says how it went ---- */

static status_t do_put(const struct urpc_msg *m, struct urpc_msg *out)
{
    (void)out;
    return store_put(&store, &skb_PUT_in(m->word)->fact);
}

static status_t give(const struct fact *f, uint32_t next, struct urpc_msg *out)
{
    struct skb_GET r = { .fact = { 0 } };

    if (f == NULL)
        return ST_NOT_FOUND;
    r.fact = *f;
    r.fact.next = (uint16_t)next;
    memcpy(out->word, &r, sizeof r);
    return ST_OK;
}

static status_t do_get(const struct urpc_msg *m, struct urpc_msg *out)
{
    const struct fact *f = &skb_GET_in(m->word)->fact;

    return give(store_get(&store, (enum fact_kind)f->kind, f->a, f->b), 0, out);
}

static status_t do_next(const struct urpc_msg *m, struct urpc_msg *out)
{
    const struct fact *f = &skb_NEXT_in(m->word)->fact;
    uint32_t next = 0;
    const struct fact *found = store_next(&store, f->kind, f->next, &next);

    return give(found, next, out);
}

static status_t do_distance(const struct urpc_msg *m, struct urpc_msg *out)
{
    const struct skb_DISTANCE *q = skb_DISTANCE_in(m->word);
    struct skb_DISTANCE r = { .from = q->from, .to = q->to };
    status_t st = query_distance(&store, q->from, q->to, &r.ns);

    memcpy(out->word, &r, sizeof r);
    return st;
}

static status_t do_nearest(const struct urpc_msg *m, struct urpc_msg *out)
{
    const struct skb_NEAREST *q = skb_NEAREST_in(m->word);
    struct skb_NEAREST r = { .from = q->from };
    core_id near[CORES_MAX];
    unsigned k = q->n < SKB_NEAREST_MAX ? q->n : SKB_NEAREST_MAX;

    r.n = (uint16_t)query_nearest(&store, q->from, k, near);
    for (unsigned i = 0; i < r.n; i++)
        r.core[i] = (uint8_t)near[i];
    memcpy(out->word, &r, sizeof r);
    return r.n > 0 || k == 0 ? ST_OK : ST_NOT_FOUND;
}

static uint32_t at_most_32(uint64_t ns)
{
    return ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
}

static status_t do_tree(const struct urpc_msg *m, struct urpc_msg *out)
{
    const struct skb_TREE *q = skb_TREE_in(m->word);
    struct skb_TREE_IS r = { .part = (uint8_t)q->part, .version = (uint16_t)store.version };
    struct tree_plan plan;
    status_t st;

    out->kind = SKB_TREE_IS;
    if (q->part > 3 || q->root >= CORES_MAX)
        return ST_INVALID;
    if ((st = query_tree(&store, (core_id)q->root, q->mask, &plan)) != ST_OK)
        return st;
    r.shape = (uint8_t)plan.shape;
    r.cost_ns = at_most_32(plan.cost_ns);
    r.flat_ns = at_most_32(plan.flat_ns);
    r.binary_ns = at_most_32(plan.binary_ns);
    memcpy(r.of, (q->part < 2 ? plan.parent : plan.rank) + q->part % 2 * SKB_TREE_PART, sizeof r.of);
    memcpy(out->word, &r, sizeof r);
    return ST_OK;
}

static status_t do_owner(const struct urpc_msg *m, struct urpc_msg *out)
{
    const struct skb_OWNER *q = skb_OWNER_in(m->word);
    char name[sizeof q->name + 1] = "";
    struct fact f;
    status_t st;

    memcpy(name, q->name, sizeof q->name);
    out->kind = SKB_GET;
    if ((st = query_device(&store, name, q->index, &f)) != ST_OK)
        return st;
    return give(&f, 0, out);
}

static status_t do_owner_at(const struct urpc_msg *m, struct urpc_msg *out)
{
    struct fact f;
    status_t st = query_device_at(&store, skb_OWNER_AT_in(m->word)->address, &f);

    out->kind = SKB_GET;
    return st != ST_OK ? st : give(&f, 0, out);
}

static status_t do_count(const struct urpc_msg *m, struct urpc_msg *out)
{
    struct skb_COUNT r = { .version = store.version, .facts = store.n };

    (void)m;
    memcpy(out->word, &r, sizeof r);
    return ST_OK;
}

static status_t do_print(const struct urpc_msg *m, struct urpc_msg *out)
{
    struct skb_PRINT r = { .kind = skb_PRINT_in(m->word)->kind };
    const struct fact *f;
    uint32_t at = 0;
    char line[160];

    while ((f = store_next(&store, r.kind, at, &at)) != NULL) {
        fact_print(f, line, sizeof line);
        rec_begin("fact");
        rec_str("fact", line);
        rec_end();
        r.n++;
    }
    if (replies_lost > 0)
        printf("skb: %u replies found no room\n", (unsigned)replies_lost);
    rt_print_flush(rt_now_ns() + PRINT_NS); /* printed means: it is on the console */
    memcpy(out->word, &r, sizeof r);
    return ST_OK;
}

static status_t (*const handler[])(const struct urpc_msg *, struct urpc_msg *) = {
    [SKB_PUT] = do_put,         [SKB_GET] = do_get,   [SKB_NEXT] = do_next, [SKB_DISTANCE] = do_distance,
    [SKB_NEAREST] = do_nearest, [SKB_TREE] = do_tree, [SKB_OWNER] = do_owner, [SKB_PRINT] = do_print,
    [SKB_OWNER_AT] = do_owner_at, [SKB_COUNT] = do_count,
};

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    struct urpc_msg out = { .kind = m->kind };
    struct urpc_call_head head;

    memcpy(&head, m->word, sizeof head);
    if (!(m->info & URPC_INFO_REQUEST))
        return; /* nobody was asked anything here */
    head.status = m->kind < ARRAY_LEN(handler) && handler[m->kind] != NULL
                      ? (uint32_t)handler[m->kind](m, &out)
                      : ST_UNSUPPORTED;
    memcpy(out.word, &head, sizeof head);
    /* A client that does not take its replies loses them: it has a deadline. */
    if (rt_send(s->chan, out.kind, URPC_INFO_REPLY, out.word, sizeof out.word) != ST_OK)
        replies_lost++;
}

static void on_gone(struct rt_source *s)
{
    rt_close(s->chan);
    free(CONTAINER_OF(s, struct client, source));
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    struct client *c;

    if (n->kind != NEWS_CLIENT || (c = calloc(1, sizeof *c)) == NULL)
        return;
    if (rt_chan_open(&c->chan, n) != ST_OK) {
        free(c);
        return;
    }
    c->source = (struct rt_source){ .chan = &c->chan, .on_message = on_message, .on_gone = on_gone };
    CHECK(loop_add(l, &c->source) == ST_OK); /* as many as a program can have channels */
}

static void on_deadline(struct rt_loop *l)
{
    learn_cores();
    l->deadline_ns = cores_known ? 0 : rt_now_ns() + CORES_AGAIN_NS;
}

int main(void)
{
    static struct rt_loop loop = { .on_news = on_news, .on_deadline = on_deadline, .budget = 8 };
    void *memory = malloc(store_bytes(FACTS));
    status_t st;

    CHECK(memory != NULL); /* etc/start: mem= */
    store_init(&store, memory, FACTS);
    learn_tree();
    if ((st = rt_serve("skb")) != ST_OK) {
        rec_error("skb: cannot offer its service", st, status_text(st));
        return 1;
    }
    loop.deadline_ns = rt_now_ns() + CORES_AGAIN_NS;
    loop_run(&loop);
    return 0;
}
