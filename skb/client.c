/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "skb/client.h"
#include "lib/rt/clock.h"
#include "skb/skb.h"
#include <string.h>

#define TREE_TRIES 4u

status_t skb_open(struct skb_client *c, uint64_t deadline_ns)
{
    urpc_calls_init(&c->calls, c->call, ARRAY_LEN(c->call));
    return rt_bind("skb", deadline_ns, &c->chan);
}

void skb_close(struct skb_client *c)
{
    rt_close(&c->chan);
}

/* Until the reply to this call; others are late ones, of calls that were given up. */
static status_t wait_reply(struct skb_client *c, uint64_t deadline_ns, struct urpc_msg *reply)
{
    uint64_t cookie;
    status_t st;

    while ((st = rt_recv_wait(&c->chan, reply, deadline_ns)) == ST_OK) {
        const struct urpc_call_head *head = (const void *)reply->word;

        if ((reply->info & URPC_INFO_REPLY) && skb_bytes(reply->kind) != 0 &&
            urpc_call_reply(&c->calls, head->id, &cookie) == ST_OK)
            return (status_t)head->status;
    }
    return st;
}

/* `request` begins with its struct urpc_call_head. */
static status_t ask(struct skb_client *c, enum skb_kind kind, void *request,
                    struct urpc_msg *reply)
{
    struct urpc_call_head *head = request;
    uint64_t deadline = rt_now_ns() + SKB_PATIENCE_NS;
    uint32_t id;
    status_t st;

    if ((st = urpc_call_begin(&c->calls, deadline, 0, &id)) != ST_OK)
        return st;
    *head = (struct urpc_call_head){ .id = id };
    st = rt_send_wait(&c->chan, (uint16_t)kind, URPC_INFO_REQUEST, request,
                      skb_bytes((uint16_t)kind), deadline);
    if (st == ST_OK)
        st = wait_reply(c, deadline, reply);
    (void)urpc_call_cancel(&c->calls, id); /* if it still waits: it was given up */
    return st;
}

status_t skb_put(struct skb_client *c, const struct fact *f)
{
    struct skb_PUT m = { .fact = *f };
    struct urpc_msg r;

    return ask(c, SKB_PUT, &m, &r);
}

status_t skb_get(struct skb_client *c, enum fact_kind kind, uint16_t a, uint16_t b,
                 struct fact *out)
{
    struct skb_GET m = { .fact = { .kind = (uint8_t)kind, .a = a, .b = b } };
    struct urpc_msg r;
    status_t st = ask(c, SKB_GET, &m, &r);

    if (st == ST_OK)
        *out = skb_GET_in(r.word)->fact;
    return st;
}

status_t skb_next(struct skb_client *c, unsigned kind, uint16_t *at, struct fact *out)
{
    struct skb_NEXT m = { .fact = { .kind = (uint8_t)kind, .next = *at } };
    struct urpc_msg r;
    status_t st = ask(c, SKB_NEXT, &m, &r);

    if (st != ST_OK)
        return st;
    *out = skb_NEXT_in(r.word)->fact;
    *at = out->next;
    return ST_OK;
}

status_t skb_distance(struct skb_client *c, core_id from, core_id to, uint64_t *ns)
{
    struct skb_DISTANCE m = { .from = from, .to = to };
    struct urpc_msg r;
    status_t st = ask(c, SKB_DISTANCE, &m, &r);

    if (st == ST_OK)
        *ns = skb_DISTANCE_in(r.word)->ns;
    return st;
}

status_t skb_nearest(struct skb_client *c, core_id from, unsigned *n, core_id *out)
{
    unsigned want = *n < SKB_NEAREST_MAX ? *n : SKB_NEAREST_MAX;
    struct skb_NEAREST m = { .from = from, .n = (uint16_t)want };
    struct urpc_msg r;
    status_t st = ask(c, SKB_NEAREST, &m, &r);

    *n = 0;
    if (st != ST_OK)
        return st;
    *n = skb_NEAREST_in(r.word)->n;
    if (*n > want)
        return ST_PEER;
    for (unsigned i = 0; i < *n; i++)
        out[i] = skb_NEAREST_in(r.word)->core[i];
    return ST_OK;
}

static status_t tree_part(struct skb_client *c, core_id root, uint64_t mask, uint32_t part,
                          struct urpc_msg *r)
{
    struct skb_TREE m = { .mask = mask, .root = root, .part = part };
    status_t st = ask(c, SKB_TREE, &m, r);

    if (st != ST_OK)
        return st;
    return r->kind == SKB_TREE_IS && skb_TREE_IS_in(r->word)->part == part ? ST_OK : ST_PEER;
}

/* Four parts of one plan. ST_AGAIN: the facts changed in between. */
static status_t tree_once(struct skb_client *c, core_id root, uint64_t mask, struct tree_plan *out)
{
    uint16_t version = 0;

    for (uint32_t part = 0; part < 4; part++) {
        uint8_t *to = part < 2 ? out->parent : out->rank;
        const struct skb_TREE_IS *is;
        struct urpc_msg r;
        status_t st = tree_part(c, root, mask, part, &r);

        if (st != ST_OK)
            return st;
        is = skb_TREE_IS_in(r.word);
        if (part > 0 && is->version != version)
            return ST_AGAIN;
        version = is->version;
        memcpy(to + part % 2 * SKB_TREE_PART, is->of, SKB_TREE_PART);
        out->cost_ns = is->cost_ns;
        out->flat_ns = is->flat_ns;
        out->binary_ns = is->binary_ns;
        out->shape = (enum tree_shape)is->shape;
    }
    return ST_OK;
}

status_t skb_tree(struct skb_client *c, core_id root, uint64_t mask, struct tree_plan *out)
{
    status_t st = ST_AGAIN;

    for (unsigned i = 0; i < TREE_TRIES && st == ST_AGAIN; i++)
        st = tree_once(c, root, mask, out);
    return st;
}

status_t skb_owner(struct skb_client *c, const char *name, unsigned index, struct fact *device)
{
    struct skb_OWNER m = { .index = index };
    struct urpc_msg r;
    status_t st;

    if (strlen(name) >= sizeof m.name)
        return ST_INVALID;
    memcpy(m.name, name, strlen(name));
    st = ask(c, SKB_OWNER, &m, &r);
    if (st == ST_OK)
        *device = skb_GET_in(r.word)->fact;
    return st;
}

status_t skb_owner_at(struct skb_client *c, uint64_t address, struct fact *device)
{
    struct skb_OWNER_AT m = { .address = address };
    struct urpc_msg r;
    status_t st = ask(c, SKB_OWNER_AT, &m, &r);

    if (st == ST_OK)
        *device = skb_GET_in(r.word)->fact;
    return st;
}

status_t skb_count(struct skb_client *c, uint32_t *facts, uint64_t *version)
{
    struct skb_COUNT m = { .facts = 0 };
    struct urpc_msg r;
    status_t st = ask(c, SKB_COUNT, &m, &r);

    if (st != ST_OK)
        return st;
    *facts = skb_COUNT_in(r.word)->facts;
    if (version != NULL)
        *version = skb_COUNT_in(r.word)->version;
    return ST_OK;
}

status_t skb_print(struct skb_client *c, unsigned kind, unsigned *n)
{
    struct skb_PRINT m = { .kind = kind };
    struct urpc_msg r;
    status_t st = ask(c, SKB_PRINT, &m, &r);

    *n = st == ST_OK ? skb_PRINT_in(r.word)->n : 0;
    return st;
}
