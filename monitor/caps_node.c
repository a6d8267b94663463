/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/caps_node - the owner's side: copies that other cores hold of what is ours. */
#include "monitor/caps_priv.h"

void node_offer(struct caps *c, struct caps_node *n, core_id holder, handle_t proxy,
                const struct offer *offer)
{
    n->holder = holder;
    n->proxy = proxy;
    n->state = node_step(NODE_FREE, NODE_EV_GIVE).next;
    n->deadline_ns = caps_deadline(c, 1);
    CAPS_SEND(c, holder, CAP_GIVE, .node = node_id(c, n), .base = offer->d.base,
              .bytes = offer->d.bytes, .to = offer->to, .tag = offer->tag, .what = offer->d.what);
}

/* ---- endings ---- */

static void answer_asker(struct caps *c, const struct caps_node *n, uint64_t node, status_t st)
{
    if (!caps_is_dead(c, n->asker))
        CAPS_SEND(c, n->asker, CAP_GAVE, .node = node, .op = n->reply, .status = st);
}

static void given(struct caps *c, struct caps_node *n)
{
    struct caps_op *o = op_at(c, n->op);

    if (!n->owed)
        return;
    n->owed = 0;
    n->op = 0;
    if (n->asker != CAPS_NO_CORE) {
        answer_asker(c, n, node_id(c, n), ST_OK);
    } else if (o != NULL) {
        status_t st = c->env->settle(c->world, n->proxy, true);

        (void)st; /* what it was made from may be gone: then there is nothing to settle */
        op_finish(c, o, ST_OK, 0, NULL);
    }
}

/* What was to be given away stays with its giver. */
static void drop_proxy(struct caps *c, const struct caps_node *n)
{
    if (n->owed && n->op)
        (void)c->env->settle(c->world, n->proxy, false);
    else if (n->lent)
        c->env->returned(c->world, n->proxy);
    else
        (void)c->env->drop(c->world, n->proxy);
}

/* In the kernel its children are its parent's now. Nobody can undo them through it any more. */
static void orphan_kids(struct caps *c, const struct caps_node *n)
{
    uint32_t self = (uint32_t)(n - c->node) + 1;

    if (n->kids == 0)
        return;
    for (uint32_t i = 0; i < c->node_top; i++) {
        struct caps_node *kid = &c->node[i];

        if (kid->state == NODE_FREE || kid->parent != self)
            continue;
        kid->parent = n->parent;
        kid->passer = CAPS_NO_CORE;
        if (n->parent)
            c->node[n->parent - 1].kids++;
        if (kid->state == NODE_GHOST)
            (void)node_event(c, kid, NODE_EV_RECALL, ST_REVOKED);
    }
}

static void forget(struct caps *c, struct caps_node *n, status_t st)
{
    const struct caps_node was = *n;
    struct caps_node *parent = n->parent ? &c->node[n->parent - 1] : NULL;

    drop_proxy(c, n);
    orphan_kids(c, n);
    *n = (struct caps_node){ .generation = was.generation + 1 };
    if (parent != NULL && --parent->kids == 0)
        (void)node_event(c, parent, NODE_EV_BARE, ST_OK);
    caps_kick(c);
    if (was.owed && was.op)
        op_finish(c, op_at(c, was.op), st, 0, NULL);
    else if (was.owed && was.asker != CAPS_NO_CORE)
        answer_asker(c, &was, 0, st);
}

/* ---- events ---- */

enum node_event node_back_event(const struct caps_node *n, bool dead)
{
    if (n->state == NODE_HELD && n->kids > 0 && n->passer != CAPS_NO_CORE)
        return NODE_EV_LEFT;
    return dead ? NODE_EV_DEAD : NODE_EV_BACK;
}

bool node_event(struct caps *c, struct caps_node *n, enum node_event ev, status_t st)
{
    struct caps_step step = node_step((enum node_state)n->state, ev);
    core_id passer = n->passer, undoer = n->undoer;
    uint64_t node = node_id(c, n);
    uint32_t reply = n->reply;

    if (step.action & CAPS_DO_REFUSE)
        return false;
    if (step.next != n->state)
        n->deadline_ns = node_has_deadline((enum node_state)step.next) ? caps_deadline(c, 1) : 0;
    if (step.next != NODE_FREE) /* it is in use until it is forgotten */
        n->state = step.next;
    if (step.action & NODE_DO_GIVEN)
        given(c, n);
    if (step.action & NODE_DO_RECALL)
        CAPS_SEND(c, n->holder, CAP_RECALL, .node = node);
    if (step.action & NODE_DO_SUSPECT) {
        n->deadline_ns = caps_deadline(c, 1);
        c->env->suspect(c->world, n->holder);
    }
    if (step.action & NODE_DO_END)
        forget(c, n, st);
    if ((step.action & NODE_DO_TELL) && passer != CAPS_NO_CORE && !caps_is_dead(c, passer))
        CAPS_SEND(c, passer, CAP_GONE, .node = node);
    if ((step.action & NODE_DO_UNDONE) && !caps_is_dead(c, undoer))
        CAPS_SEND(c, undoer, CAP_UNDONE, .op = reply, .status = ST_OK);
    return true;
}

/* ---- undo: this node and all below it ---- */

bool node_undo(struct caps *c, struct caps_node *n, core_id from, uint32_t id)
{
    if (n->owed || !node_event(c, n, NODE_EV_UNDO, ST_OK)) /* owed: neither has it yet; `reply` is the asker's */
        return false;
    n->undoer = from;
    n->reply = id;
    n->runs = true;
    n->started = ++c->begun;
    return true;
}

bool node_run(struct caps *c, struct caps_node *n)
{
    struct cap_at at = { .handle = n->proxy };

    for (unsigned i = 0; i < c->slices; i++) {
        handle_t met;
        status_t st = c->env->recall(c->world, at, false, &met);

        if (st == ST_LOG_FULL) {
            c->full = true;
            return false;
        }
        if (st == ST_REMOTE) {
            caps_met(c, met);
        } else if (st == ST_BUSY) {
            n->runs = false; /* until the next kick */
            return false;
        } else if (st != ST_AGAIN) {
            n->runs = false;
            (void)node_event(c, n, NODE_EV_BELOW, ST_REVOKED);
            return false;
        }
    }
    return true;
}
