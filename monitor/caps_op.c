/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/caps_op - requests of programs, and revokes slice by slice. */
#include "monitor/caps_priv.h"

static void release(struct caps_op *o)
{
    *o = (struct caps_op){ .generation = o->generation };
}

void op_finish(struct caps *c, struct caps_op *o, status_t st, handle_t given,
               const struct cap_desc *d)
{
    struct caps_op was = *o;

    release(o);
    switch ((enum op_kind)was.kind) {
    case OP_UNDO:
        if (!caps_is_dead(c, was.from))
            CAPS_SEND(c, was.from, CAP_UNDONE, .op = was.from_id, .status = ST_OK);
        return;
    case OP_REVOKE:
        c->count.revokes++;
        caps_kick(c); /* others may wait for it */
        break;
    case OP_MAKE:
        c->count.retypes++;
        break;
    case OP_GIVE:
        c->count.gives++;
        break;
    default:
        break;
    }
    if (st != ST_OK)
        c->count.aborted++;
    c->env->answer(c->world, was.client, st, given, d);
}

void op_timeout(struct caps *c, struct caps_op *o)
{
    struct caps_step step = op_step((enum op_state)o->state, OP_EV_TIMEOUT);

    o->state = step.next;
    if (!(step.action & OP_DO_SUSPECT))
        return;
    o->deadline_ns = caps_deadline(c, 3);
    c->env->suspect(c->world, o->to);
}

/* ---- give ---- */

static status_t give_here(struct caps *c, uint64_t client, struct cap_at src, uint8_t rights,
                          unsigned how, uint64_t to, uint64_t tag)
{
    handle_t table, given;
    status_t st = c->env->receiver(c->world, to, &table);

    if (st != ST_OK ||
        (st = c->env->pass(c->world, src, table, rights, how, &given)) != ST_OK)
        return st;
    c->count.gives++;
    c->env->arrived(c->world, to, given, tag);
    c->env->answer(c->world, client, ST_OK, 0, NULL);
    return ST_OK;
}

/* Ours: a node. */
static status_t give_own(struct caps *c, struct caps_op *o, handle_t proxy, core_id dest,
                         const struct offer *offer)
{
    struct caps_node *n = node_new(c);

    if (n == NULL)
        return ST_TABLE_FULL;
    n->passer = n->asker = n->undoer = CAPS_NO_CORE;
    n->owed = 1;
    n->op = op_link(c, o);
    node_offer(c, n, dest, proxy, offer);
    return ST_OK;
}

/* Another core's: a pass, and its owner is asked. */
static status_t give_foreign(struct caps *c, struct caps_op *o, handle_t proxy, handle_t import,
                             core_id dest, const struct offer *offer)
{
    struct caps_hold *h = hold_of_import(c, import);
    struct caps_pass *p = pass_new(c);

    if (h == NULL || h->state != HOLD_HELD)
        return ST_REVOKED;
    if (p == NULL)
        return ST_TABLE_FULL;
    p->proxy = proxy;
    p->owed = 1;
    p->op = op_link(c, o);
    pass_ask(c, p, h, dest, offer);
    return ST_OK;
}

static status_t give(struct caps *c, uint64_t client, struct cap_at src, uint8_t rights, unsigned how,
                     core_id dest, uint64_t to, uint64_t tag)
{
    struct offer offer = { .to = to, .tag = tag };
    handle_t proxy, import;
    struct caps_op *o;
    status_t st;

    if (dest >= c->ncores || (to & CAPS_TO_OP))
        return ST_INVALID;
    if (caps_is_dead(c, dest))
        return ST_DEAD_CORE;
    if (dest == c->core)
        return give_here(c, client, src, rights, how, to, tag);
    if ((o = op_new(c, OP_GIVE, client)) == NULL)
        return ST_TABLE_FULL;
    st = c->env->export(c->world, src, rights, how, &proxy, &offer.d, &import);
    if (st != ST_OK) {
        release(o);
        return st;
    }
    st = import == 0 ? give_own(c, o, proxy, dest, &offer)
                     : give_foreign(c, o, proxy, import, dest, &offer);
    if (st != ST_OK) {
        (void)c->env->settle(c->world, proxy, false);
        release(o);
    }
    return st;
}

status_t caps_give(struct caps *c, uint64_t client, struct cap_at src, uint8_t rights, unsigned how,
                   core_id dest, uint64_t to, uint64_t tag)
{
    return how > CAP_GIVE_AWAY ? ST_INVALID : give(c, client, src, rights, how, dest, to, tag);
}

status_t caps_carry(struct caps *c, uint64_t client, struct cap_at src, uint8_t rights, core_id dest,
                    uint64_t to, uint64_t tag)
{
    return give(c, client, src, rights, CAP_CARRY, dest, to, tag);
}

/* ---- retype of what another core owns, and borrowing ---- */

status_t caps_make(struct caps *c, uint64_t client, struct cap_at ram, unsigned type, uint64_t bytes)
{
    struct caps_hold *h;
    struct cap_desc d;
    struct caps_op *o;
    handle_t import;
    status_t st = c->env->origin(c->world, ram, &d, &import);

    if (st != ST_OK)
        return st;
    if (CAP_WHAT_TYPE(d.what) != CAP_RAM || (type != CAP_RAM && type != CAP_FRAME))
        return ST_TYPE;
    if (!(CAP_WHAT_RIGHTS(d.what) & RIGHT_WRITE))
        return ST_DENIED;
    if (type == CAP_FRAME && bytes > CAPS_MAKE_MAX)
        return ST_INVALID;
    if (import == 0)
        return ST_INVALID; /* our own: the kernel does it */
    h = hold_of_import(c, import);
    if (h == NULL || h->state != HOLD_HELD)
        return ST_REVOKED;
    if ((o = op_new(c, OP_MAKE, client)) == NULL)
        return ST_TABLE_FULL;
    o->at = ram;
    o->to = h->owner;
    o->deadline_ns = caps_deadline(c, 3);
    CAPS_SEND(c, h->owner, CAP_MAKE, .node = h->node, .bytes = bytes, .op = op_id(c, o),
              .type = type);
    return ST_OK;
}

status_t caps_borrow(struct caps *c, uint64_t client, core_id from, uint64_t bytes, handle_t table)
{
    struct caps_op *o;

    if (from >= c->ncores || from == c->core || bytes == 0)
        return ST_INVALID;
    if (caps_is_dead(c, from))
        return ST_DEAD_CORE;
    if ((o = op_new(c, OP_BORROW, client)) == NULL)
        return ST_TABLE_FULL;
    o->at = (struct cap_at){ .table = table };
    o->to = from;
    o->deadline_ns = caps_deadline(c, 3);
    CAPS_SEND(c, from, CAP_LEND, .bytes = bytes, .op = op_id(c, o));
    return ST_OK;
}

/* ---- revoke ---- */

void caps_met(struct caps *c, handle_t met)
{
    struct caps_node *n = node_of_proxy(c, met);
    struct caps_pass *p;
    struct caps_hold *h;

    if (n != NULL)
        (void)node_event(c, n, NODE_EV_RECALL, ST_REVOKED);
    else if ((p = pass_of_proxy(c, met)) != NULL)
        (void)pass_event(c, p, PASS_EV_MET, ST_REVOKED);
    else if ((h = hold_of_import(c, met)) != NULL)
        (void)hold_event(c, h, HOLD_EV_MET);
    else
        (void)c->env->drop(c->world, met); /* nobody's */
}

static enum op_event event_of(status_t st)
{
    switch (st) {
    case ST_OK:
        return OP_EV_OK;
    case ST_AGAIN:
        return OP_EV_AGAIN;
    case ST_REMOTE:
        return OP_EV_REMOTE;
    case ST_BUSY:
        return OP_EV_BUSY;
    default:
        return OP_EV_STALE;
    }
}

static void revoke_event(struct caps *c, struct caps_op *o, enum op_event ev, handle_t met)
{
    struct caps_step step = op_step((enum op_state)o->state, ev);
    bool outlived = o->state == OP_OUTLIVED;

    if (step.next == OP_OUTLIVED && !outlived)
        o->started = c->begun; /* it waits for all that have begun by now */
    if (step.action & OP_DO_FINISH) {
        op_finish(c, o, outlived ? ST_STALE_HANDLE : ST_OK, 0, NULL);
        return;
    }
    o->state = step.next;
    if (step.action & OP_DO_MET)
        caps_met(c, met);
}

/*
 * Is no revoke under way, begun before, that may have taken what this one was about? An undo was about a
 * node, and only revokes of our own memory take nodes. Those wait for holders alone, so that waiting for
 * them never goes round in a circle; a revoke of another core's memory may wait for this very undo.
 */
static bool is_alone(const struct caps *c, const struct caps_op *o)
{
    for (uint32_t i = 0; i < c->op_top; i++)
        if ((c->op[i].state == OP_RUNNING || c->op[i].state == OP_BLOCKED) &&
            c->op[i].started <= o->started && (c->op[i].own || o->kind != OP_UNDO))
            return false;
    for (uint32_t i = 0; i < c->node_top; i++)
        if ((c->node[i].state == NODE_UNDOING || c->node[i].state == NODE_EMPTY) &&
            c->node[i].started <= o->started)
            return false;
    return true;
}

bool op_run(struct caps *c, struct caps_op *o)
{
    for (unsigned i = 0; i < c->slices && o->state == OP_RUNNING; i++) {
        handle_t met = 0;
        status_t st = c->env->recall(c->world, o->at, false, &met);

        if (st == ST_LOG_FULL) { /* begun, and not done before there is room */
            c->full = true;
            return false;
        }
        revoke_event(c, o, event_of(st), met);
    }
    if (o->state == OP_OUTLIVED && is_alone(c, o))
        revoke_event(c, o, OP_EV_ALONE, 0);
    return o->state == OP_RUNNING;
}

status_t caps_revoke(struct caps *c, uint64_t client, struct cap_at at)
{
    struct caps_op *o = op_new(c, OP_REVOKE, client);
    handle_t met = 0, import;
    struct cap_desc d;
    status_t st;

    if (o == NULL)
        return ST_TABLE_FULL;
    o->at = at;
    o->own = c->env->origin(c->world, at, &d, &import) == ST_OK && import == 0;
    st = c->env->recall(c->world, at, false, &met);
    if (st != ST_OK && st != ST_AGAIN && st != ST_REMOTE && st != ST_BUSY) {
        release(o);
        return st;
    }
    o->state = OP_RUNNING;
    revoke_event(c, o, event_of(st), met);
    return ST_OK;
}

void op_undo_gone(struct caps *c, core_id from, uint32_t id)
{
    struct caps_op *o = op_new(c, OP_UNDO, 0);

    if (o == NULL) {
        CAPS_SEND(c, from, CAP_UNDONE, .op = id, .status = ST_AGAIN);
        return;
    }
    o->from = from;
    o->from_id = id;
    o->state = OP_OUTLIVED;
    if (is_alone(c, o))
        revoke_event(c, o, OP_EV_ALONE, 0);
}
