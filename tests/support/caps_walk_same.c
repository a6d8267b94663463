/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Two states are taken for one when they differ only in generations, free slots and the numbers that order requests. So a handle
 * and an id count by what they lead to, and requests by their order.
 */
#include "tests/support/caps_walk.h"

static uint64_t digest_a, digest_b;

static void add(uint64_t word)
{
    digest_a = (digest_a ^ word) * 0x9fb21c651e98df25ull;
    digest_a ^= digest_a >> 29;
    digest_b = (digest_b + word) * 0xd6e8feb86659fd93ull;
    digest_b ^= digest_b >> 32;
}

/* A handle by its slot, and whether it is still good. */
static void add_handle(const struct image *m, handle_t h, bool own)
{
    uint32_t i = HANDLE_INDEX(h) + (own ? 0 : walk_size.own_slots);

    add(h == 0                                                       ? 0
        : i < SLOTS && m->slot[i].generation == HANDLE_GENERATION(h) ? i
                                                                     : 1000);
}

static void add_node_id(const struct state *s, unsigned owner, uint64_t node)
{
    const struct image *m = &s->image[owner];
    uint32_t i = (uint32_t)node;

    add(node == 0                                                                 ? 1
        : i < walk_size.nodes && m->node[i].generation + 1 == (uint32_t)(node >> 32) &&
                m->node[i].state != NODE_FREE
            ? 100 + i
            : 99);
}

static void add_id(const struct state *s, unsigned core, uint32_t id)
{
    const struct image *m = &s->image[core];
    uint32_t i = ID_INDEX(id), g = ID_GENERATION(id);
    bool good = ID_TAG(id) == ID_PASS   ? i < walk_size.passes && (m->pass[i].generation & 0x3fff) == g
                : ID_TAG(id) == ID_HOLD ? i < walk_size.holds && (m->hold[i].generation & 0x3fff) == g
                                        : i < walk_size.ops && (m->op[i].generation & 0x3fff) == g &&
                                              m->op[i].state != OP_FREE;

    add(good ? ID_TAG(id) * 100 + i : 999);
}

static void add_message(const struct state *s, unsigned from, unsigned to, const struct caps_msg *m)
{
    const struct peer_CAP_GIVE *give = peer_CAP_GIVE_in(m->word);
    const struct peer_CAP_ASK *ask = peer_CAP_ASK_in(m->word);

    add(m->kind);
    switch (m->kind) {
    case PEER_CAP_GIVE:
        add_node_id(s, from, give->node);
        add(give->base), add(give->bytes), add(give->what), add(give->tag);
        if (give->to & CAPS_TO_OP)
            add_id(s, to, (uint32_t)give->to);
        break;
    case PEER_CAP_ASK:
        add_node_id(s, to, ask->node);
        add(ask->base), add(ask->bytes), add(ask->what), add(ask->tag), add(ask->dest);
        add_id(s, from, ask->op);
        break;
    case PEER_CAP_TOOK:
        add_node_id(s, to, m->word[0]), add(peer_CAP_TOOK_in(m->word)->status);
        break;
    case PEER_CAP_BACK:
        add_node_id(s, to, m->word[0]);
        break;
    case PEER_CAP_GAVE:
        add_node_id(s, from, m->word[0]);
        add_id(s, to, peer_CAP_GAVE_in(m->word)->op), add(peer_CAP_GAVE_in(m->word)->status);
        break;
    case PEER_CAP_RECALL:
    case PEER_CAP_GONE:
        add_node_id(s, from, m->word[0]);
        break;
    case PEER_CAP_UNDO:
        add_node_id(s, to, m->word[0]), add_id(s, from, peer_CAP_UNDO_in(m->word)->op);
        break;
    case PEER_CAP_UNDONE:
        add_id(s, to, peer_CAP_UNDONE_in(m->word)->op), add(peer_CAP_UNDONE_in(m->word)->status);
        break;
    case PEER_CAP_MAKE:
        add_node_id(s, to, m->word[0]), add(m->word[1]), add(peer_CAP_MAKE_in(m->word)->type);
        add_id(s, from, peer_CAP_MAKE_in(m->word)->op);
        break;
    default:
        add(m->word[0]), add_id(s, from, (uint32_t)m->word[1]);
        break;
    }
}

static void add_kernel(const struct image *m)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct cap *c = &m->slot[i];

        if (i % walk_size.own_slots < CAPTABLE_FIRST || c->type == CAP_NULL)
            continue;
        add(i | (uint64_t)c->type << 8 | (uint64_t)c->rights << 16 | (uint64_t)c->depth << 24 |
            (uint64_t)c->flags << 32);
        add(c->object), add(c->value), add(c->extra), add(c->made);
        add(c->parent | (uint64_t)c->child << 32), add(c->next | (uint64_t)c->prev << 32);
    }
    add(m->nrevoking), add(m->idle);
}

static void add_tables(const struct state *s, unsigned core)
{
    const struct image *m = &s->image[core];

    for (unsigned i = 0; i < walk_size.nodes; i++) {
        const struct caps_node *n = &m->node[i];

        if (n->state == NODE_FREE)
            continue;
        add(i | (uint64_t)n->state << 8 | (uint64_t)n->lent << 16 | (uint64_t)n->owed << 24 |
            (uint64_t)n->op << 32 | (uint64_t)n->runs << 48);
        add(n->holder | (uint64_t)n->passer << 16 | (uint64_t)n->asker << 32 |
            (uint64_t)n->undoer << 48);
        add(n->parent | (uint64_t)n->kids << 32);
        add_handle(m, n->proxy, true);
        if (n->asker != CAPS_NO_CORE && n->owed)
            add_id(s, n->asker, n->reply);
        if (n->undoer != CAPS_NO_CORE)
            add_id(s, n->undoer, n->reply);
    }
    for (unsigned i = 0; i < walk_size.holds; i++) {
        const struct caps_hold *h = &m->hold[i];

        if (h->state == HOLD_FREE)
            continue;
        add(i | (uint64_t)h->state << 8 | (uint64_t)h->sub << 16 | (uint64_t)h->idle << 24 |
            (uint64_t)h->owner << 32 | (uint64_t)h->passes << 48);
        add_node_id(s, h->owner, h->node);
        add_handle(m, h->import, true);
    }
    for (unsigned i = 0; i < walk_size.passes; i++) {
        const struct caps_pass *p = &m->pass[i];

        if (p->state == PASS_FREE)
            continue;
        add(i | (uint64_t)p->state << 8 | (uint64_t)p->owed << 16 | (uint64_t)p->owner << 24 |
            (uint64_t)p->op << 40 | (uint64_t)p->hold << 52);
        add_node_id(s, p->owner, p->node);
        add_handle(m, p->proxy, true);
    }
    for (unsigned i = 0; i < walk_size.ops; i++) {
        const struct caps_op *o = &m->op[i];
        unsigned rank = 0;

        if (o->state == OP_FREE)
            continue;
        for (unsigned k = 0; k < walk_size.ops; k++)
            rank += m->op[k].state != OP_FREE && m->op[k].started < o->started;
        for (unsigned k = 0; k < walk_size.nodes; k++)
            rank += 4u * (m->node[k].state >= NODE_UNDOING && m->node[k].started <= o->started);
        add(i | (uint64_t)o->state << 8 | (uint64_t)o->kind << 16 | (uint64_t)o->to << 24 |
            (uint64_t)o->client << 40 | (uint64_t)rank << 52);
        add(o->from);
        add_handle(m, o->at.handle, o->at.table == 0);
        if (o->from != CAPS_NO_CORE)
            add_id(s, o->from, o->from_id);
    }
    add(m->caps.dead[0] | (uint64_t)m->caps.kick << 32 | (uint64_t)m->caps.look << 33);
}

void walk_hash(const void *state, uint64_t out[2])
{
    const struct state *s = state;

    digest_a = 0x243f6a8885a308d3ull;
    digest_b = 0x13198a2e03707344ull;
    add(s->broken != NULL);
    for (unsigned i = 0; i < LINES; i++)
        add(s->line[i] | (uint64_t)s->arrived[i] << 8);
    for (unsigned i = 0; i < REGS; i++) {
        const struct reg *r = &s->reg[i];

        add(r->state | (uint64_t)r->core << 8 | (uint64_t)r->parent << 16 |
            (uint64_t)r->revoking << 24 | (uint64_t)r->rights << 32);
        if (r->state == LIVE)
            add_handle(&s->image[r->core], r->handle, false);
    }
    for (unsigned i = 0; i < walk_script->ncores; i++) {
        add(s->alive[i] | (uint64_t)s->dirty[i] << 8);
        if (s->alive[i]) {
            add_kernel(&s->image[i]);
            add_tables(s, i);
        }
        for (unsigned j = 0; j < walk_script->ncores; j++) {
            add(s->n[i][j] | (uint64_t)s->pending[i][j] << 8);
            for (unsigned k = 0; k < s->n[i][j]; k++)
                add_message(s, i, j, &s->queue[i][j][k]);
        }
    }
    out[0] = digest_a;
    out[1] = digest_b;
}
