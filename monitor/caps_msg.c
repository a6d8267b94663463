/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/caps_msg - what the monitors of other cores say about capabilities. Anything may be in it. */
#include "monitor/caps_priv.h"

static bool is_moveable(uint32_t what)
{
    unsigned type = CAP_WHAT_TYPE(what);

    return type == CAP_RAM || type == CAP_FRAME || type == CAP_DEVICE;
}

/* ---- to the holder ---- */

static status_t hold_it(struct caps *c, core_id from, const struct peer_CAP_GIVE *m, handle_t table,
                        struct cap_at parent, handle_t *given)
{
    struct cap_desc d = { .base = m->base, .bytes = m->bytes, .what = m->what & 0xffffff };
    struct caps_hold *h = hold_new(c);
    handle_t import;
    status_t st;

    if (h == NULL)
        return ST_TABLE_FULL;
    st = c->env->import(c->world, table, &d, parent, &import, given);
    if (st != ST_OK)
        return st;
    h->state = hold_step(HOLD_FREE, HOLD_EV_GIVE).next;
    h->owner = from;
    h->node = m->node;
    h->import = import;
    h->sub = parent.handle != 0;
    return ST_OK;
}

static void take_for_op(struct caps *c, core_id from, const struct peer_CAP_GIVE *m,
                        struct caps_op *o)
{
    struct cap_desc d = { .base = m->base, .bytes = m->bytes, .what = m->what };
    bool lent = o->kind == OP_BORROW;
    handle_t given = 0;
    status_t st = lent ? c->env->borrow(c->world, from, &d) : ST_OK;

    if (st == ST_OK) {
        st = hold_it(c, from, m, o->at.table, lent ? (struct cap_at){ 0 } : o->at, &given);
        if (lent)
            c->env->borrowed(c->world, st == ST_OK ? hold_find(c, from, m->node)->import : 0);
    }
    CAPS_SEND(c, from, CAP_TOOK, .node = m->node, .status = st);
    op_finish(c, o, st, given, st == ST_OK ? &d : NULL);
}

static status_t on_give(struct caps *c, core_id from, const struct peer_CAP_GIVE *m)
{
    handle_t table, given = 0;
    struct caps_op *o;
    status_t st;

    if (!is_moveable(m->what) || hold_find(c, from, m->node) != NULL)
        return ST_PEER;
    if (m->to & CAPS_TO_OP) {
        o = op_of_id(c, (uint32_t)m->to);
        if (o != NULL && o->to == from && (o->kind == OP_MAKE || o->kind == OP_BORROW)) {
            take_for_op(c, from, m, o);
            return ST_OK;
        }
        CAPS_SEND(c, from, CAP_TOOK, .node = m->node, .status = ST_NOT_FOUND);
        return ST_OK;
    }
    st = c->env->receiver(c->world, m->to, &table);
    if (st == ST_OK)
        st = hold_it(c, from, m, table, (struct cap_at){ 0 }, &given);
    CAPS_SEND(c, from, CAP_TOOK, .node = m->node, .status = st);
    if (st == ST_OK)
        c->env->arrived(c->world, m->to, given, m->tag);
    return ST_OK;
}

static status_t on_recall(struct caps *c, core_id from, const struct peer_CAP_RECALL *m)
{
    struct caps_hold *h = hold_find(c, from, m->node);

    if (h == NULL) {
        CAPS_SEND(c, from, CAP_BACK, .node = m->node);
        return ST_OK;
    }
    return hold_event(c, h, HOLD_EV_RECALL) ? ST_OK : ST_PEER;
}

/* ---- to the owner ---- */

static status_t on_took(struct caps *c, core_id from, const struct peer_CAP_TOOK *m)
{
    struct caps_node *n = node_find(c, m->node);

    if (n == NULL)
        return ST_OK;
    if (n->holder != from || m->status >= ST_COUNT)
        return ST_PEER;
    return node_event(c, n, m->status == ST_OK ? NODE_EV_TOOK : NODE_EV_REFUSED,
                      (status_t)m->status)
               ? ST_OK
               : ST_PEER;
}

static status_t on_back(struct caps *c, core_id from, const struct peer_CAP_BACK *m)
{
    struct caps_node *n = node_find(c, m->node);

    if (n == NULL)
        return ST_OK;
    if (n->holder != from)
        return ST_PEER;
    return node_event(c, n, node_back_event(n, false), ST_REVOKED) ? ST_OK : ST_PEER;
}

/* The node that `from` holds and says it acts on. */
static status_t held_by(struct caps *c, core_id from, uint64_t node, struct caps_node **n)
{
    *n = node_find(c, node);
    if (*n == NULL)
        return ST_STALE_HANDLE;
    if ((*n)->holder != from || (*n)->state == NODE_OFFERED)
        return ST_PEER;
    return (*n)->state == NODE_HELD ? ST_OK : ST_REVOKED;
}

static void make_child(struct caps *c, struct caps_node *parent, struct caps_node *n)
{
    n->parent = (uint32_t)(parent - c->node) + 1;
    parent->kids++;
}

static status_t pass_on(struct caps *c, core_id from, const struct peer_CAP_ASK *m,
                        struct caps_node *parent)
{
    struct cap_desc d = { .base = m->base, .bytes = m->bytes, .what = m->what };
    struct offer offer = { .to = m->to, .tag = m->tag };
    struct caps_node *n;
    handle_t proxy;
    status_t st;

    if (m->dest >= c->ncores || (m->to & CAPS_TO_OP))
        return ST_INVALID;
    if (caps_is_dead(c, (core_id)m->dest))
        return ST_DEAD_CORE;
    if ((n = node_new(c)) == NULL)
        return ST_TABLE_FULL;
    if ((st = c->env->derive(c->world, parent->proxy, &d, &proxy, &offer.d)) != ST_OK)
        return st;
    make_child(c, parent, n);
    n->passer = n->asker = from;
    n->undoer = CAPS_NO_CORE;
    n->reply = m->op;
    n->owed = 1;
    node_offer(c, n, (core_id)m->dest, proxy, &offer);
    return ST_OK;
}

static status_t on_ask(struct caps *c, core_id from, const struct peer_CAP_ASK *m)
{
    struct caps_node *parent;
    status_t st = held_by(c, from, m->node, &parent);

    if (st == ST_PEER)
        return st;
    if (st == ST_OK)
        st = pass_on(c, from, m, parent);
    if (st != ST_OK)
        CAPS_SEND(c, from, CAP_GAVE, .op = m->op, .status = st);
    return ST_OK;
}

static status_t make_for(struct caps *c, core_id from, const struct peer_CAP_MAKE *m,
                         struct caps_node *parent)
{
    struct offer offer = { .to = CAPS_TO_OP | m->op };
    struct caps_node *n;
    handle_t proxy;
    status_t st;

    if (m->type != CAP_RAM && m->type != CAP_FRAME)
        return ST_TYPE;
    if (m->type == CAP_FRAME && m->bytes > CAPS_MAKE_MAX)
        return ST_INVALID;
    if ((n = node_new(c)) == NULL)
        return ST_TABLE_FULL;
    st = c->env->make(c->world, parent->proxy, m->type, m->bytes, &proxy, &offer.d);
    if (st != ST_OK)
        return st;
    make_child(c, parent, n);
    n->passer = n->asker = n->undoer = CAPS_NO_CORE;
    node_offer(c, n, from, proxy, &offer);
    return ST_OK;
}

static status_t on_make(struct caps *c, core_id from, const struct peer_CAP_MAKE *m)
{
    struct caps_node *parent;
    status_t st = held_by(c, from, m->node, &parent);

    if (st == ST_PEER)
        return st;
    if (st == ST_OK)
        st = make_for(c, from, m, parent);
    if (st != ST_OK)
        CAPS_SEND(c, from, CAP_GAVE, .op = m->op, .status = st);
    return ST_OK;
}

static status_t on_lend(struct caps *c, core_id from, const struct peer_CAP_LEND *m)
{
    struct offer offer = { .to = CAPS_TO_OP | m->op };
    struct caps_node *n = node_new(c);
    handle_t frame;
    status_t st = ST_TABLE_FULL;

    if (n == NULL ||
        (st = c->env->lend(c->world, from, m->bytes, &frame, &offer.d)) != ST_OK) {
        CAPS_SEND(c, from, CAP_GAVE, .op = m->op, .status = st);
        return ST_OK;
    }
    n->passer = n->asker = n->undoer = CAPS_NO_CORE;
    n->lent = 1;
    node_offer(c, n, from, frame, &offer);
    return ST_OK;
}

/* By who passed it on, or who holds it. One who was that once is answered: it has given up what it asks for. */
static status_t on_undo(struct caps *c, core_id from, const struct peer_CAP_UNDO *m)
{
    struct caps_node *n = node_find(c, m->node);

    if (n == NULL || (n->passer != from && n->holder != from)) {
        op_undo_gone(c, from, m->op);
        return ST_OK;
    }
    return node_undo(c, n, from, m->op) ? ST_OK : ST_PEER;
}

/* ---- to who asked ---- */

static status_t on_gave(struct caps *c, core_id from, const struct peer_CAP_GAVE *m)
{
    enum pass_event ev;
    struct caps_pass *p;
    struct caps_op *o;

    if (m->status >= ST_COUNT)
        return ST_PEER;
    if (ID_TAG(m->op) == ID_PASS) {
        p = pass_of_id(c, m->op);
        if (p == NULL)
            return ST_OK;
        if (p->owner != from)
            return ST_PEER;
        ev = m->status == ST_OK ? PASS_EV_GAVE : PASS_EV_GAVE_NO;
        if (pass_step((enum pass_state)p->state, ev).action & CAPS_DO_REFUSE)
            return ST_PEER;
        if (m->status == ST_OK)
            p->node = m->node;
        return pass_event(c, p, ev, (status_t)m->status) ? ST_OK : ST_PEER;
    }
    o = op_of_id(c, m->op);
    if (o == NULL)
        return ST_OK;
    if (o->to != from || m->status == ST_OK)
        return ST_PEER;
    if (op_step((enum op_state)o->state, OP_EV_DONE).action & OP_DO_FINISH)
        op_finish(c, o, (status_t)m->status, 0, NULL);
    return ST_OK;
}

static status_t on_undone(struct caps *c, core_id from, const struct peer_CAP_UNDONE *m)
{
    struct caps_pass *p;
    struct caps_hold *h;

    if (ID_TAG(m->op) == ID_HOLD) {
        h = hold_of_id(c, m->op);
        if (h == NULL)
            return ST_OK;
        if (h->owner != from || m->status != ST_OK)
            return ST_PEER;
        return hold_event(c, h, HOLD_EV_UNDONE) ? ST_OK : ST_PEER;
    }
    p = pass_of_id(c, m->op);
    if (p == NULL)
        return ST_OK;
    if (p->owner != from)
        return ST_PEER;
    return pass_event(c, p, m->status == ST_AGAIN ? PASS_EV_AGAIN : PASS_EV_UNDONE, ST_REVOKED)
               ? ST_OK
               : ST_PEER;
}

static status_t on_gone(struct caps *c, core_id from, const struct peer_CAP_GONE *m)
{
    struct caps_pass *p = pass_find(c, from, m->node);

    if (p == NULL)
        return ST_OK;
    return pass_event(c, p, PASS_EV_GONE, ST_OK) ? ST_OK : ST_PEER;
}

status_t caps_message(struct caps *c, core_id from, const struct caps_msg *m)
{
    const uint64_t *w = m->word;

    if (from >= c->ncores || caps_is_dead(c, from))
        return ST_PEER; /* what a dead core sent before is settled already */
    switch (m->kind) {
    case PEER_CAP_GIVE:
        return on_give(c, from, peer_CAP_GIVE_in(w));
    case PEER_CAP_TOOK:
        return on_took(c, from, peer_CAP_TOOK_in(w));
    case PEER_CAP_ASK:
        return on_ask(c, from, peer_CAP_ASK_in(w));
    case PEER_CAP_GAVE:
        return on_gave(c, from, peer_CAP_GAVE_in(w));
    case PEER_CAP_RECALL:
        return on_recall(c, from, peer_CAP_RECALL_in(w));
    case PEER_CAP_BACK:
        return on_back(c, from, peer_CAP_BACK_in(w));
    case PEER_CAP_UNDO:
        return on_undo(c, from, peer_CAP_UNDO_in(w));
    case PEER_CAP_UNDONE:
        return on_undone(c, from, peer_CAP_UNDONE_in(w));
    case PEER_CAP_MAKE:
        return on_make(c, from, peer_CAP_MAKE_in(w));
    case PEER_CAP_LEND:
        return on_lend(c, from, peer_CAP_LEND_in(w));
    case PEER_CAP_GONE:
        return on_gone(c, from, peer_CAP_GONE_in(w));
    default:
        return ST_PEER;
    }
}
