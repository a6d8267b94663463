/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/caps_hold - the holder's side: what it holds of others, and what of that it passed on. */
#include "monitor/caps_priv.h"

/* ---- passes ---- */

void pass_ask(struct caps *c, struct caps_pass *p, struct caps_hold *h, core_id dest,
              const struct offer *offer)
{
    p->owner = h->owner;
    p->hold = (uint32_t)(h - c->hold) + 1;
    h->passes++;
    p->state = pass_step(PASS_FREE, PASS_EV_ASK).next;
    p->deadline_ns = caps_deadline(c, 3); /* the owner waits for the receiver, at most so long */
    CAPS_SEND(c, h->owner, CAP_ASK, .node = h->node, .base = offer->d.base,
              .bytes = offer->d.bytes, .to = offer->to, .tag = offer->tag, .op = pass_id(c, p),
              .what = offer->d.what, .dest = dest);
}

static void pass_end(struct caps *c, struct caps_pass *p, status_t st)
{
    struct caps_hold *h = p->hold ? &c->hold[p->hold - 1] : NULL;
    struct caps_op *o = p->owed ? op_at(c, p->op) : NULL;

    if (p->owed)
        (void)c->env->settle(c->world, p->proxy, false);
    else
        (void)c->env->drop(c->world, p->proxy);
    *p = (struct caps_pass){ .generation = (uint16_t)(p->generation + 1) };
    if (o != NULL)
        op_finish(c, o, st, 0, NULL);
    if (h != NULL && --h->passes == 0 && h->idle)
        (void)hold_event(c, h, HOLD_EV_IDLE);
    caps_kick(c);
}

static void pass_given(struct caps *c, struct caps_pass *p)
{
    status_t st = c->env->settle(c->world, p->proxy, true);
    struct caps_op *o = op_at(c, p->op);

    (void)st; /* what it came from may be gone: then there is nothing to settle */
    p->owed = 0;
    p->op = 0;
    op_finish(c, o, ST_OK, 0, NULL);
}

bool pass_event(struct caps *c, struct caps_pass *p, enum pass_event ev, status_t st)
{
    struct caps_step step = pass_step((enum pass_state)p->state, ev);

    if (step.action & CAPS_DO_REFUSE)
        return false;
    if (step.next != p->state && step.next != PASS_CROSSED && step.next != PASS_ADRIFT)
        p->deadline_ns = !pass_has_deadline((enum pass_state)step.next) ? 0
                         : step.next == PASS_RETRY                     ? c->now_ns + CAPS_RETRY_NS
                                                                       : caps_deadline(c, 3);
    if (p->deadline_ns != 0)
        caps_wake_at(c, p->deadline_ns);
    p->state = step.next;
    if (step.action & PASS_DO_GIVEN)
        pass_given(c, p);
    if (step.action & PASS_DO_UNDO)
        CAPS_SEND(c, p->owner, CAP_UNDO, .node = p->node, .op = pass_id(c, p));
    if (step.action & PASS_DO_SUSPECT) {
        p->deadline_ns = caps_deadline(c, 3);
        c->env->suspect(c->world, p->owner);
    }
    if (step.action & PASS_DO_END)
        pass_end(c, p, st);
    return true;
}

/* The import goes, and with it every proxy below. `ev`: cut, or the owner is dead and answers no more. */
static void cut_passes(struct caps *c, const struct caps_hold *h, enum pass_event ev)
{
    uint32_t self = (uint32_t)(h - c->hold) + 1;

    for (uint32_t i = 0; i < c->pass_top; i++) {
        struct caps_pass *p = &c->pass[i];

        if (p->state == PASS_FREE || p->hold != self)
            continue;
        p->hold = 0;
        (void)pass_event(c, p, ev, ev == PASS_EV_DEAD ? ST_DEAD_CORE : ST_REVOKED);
    }
}

/* ---- holds ---- */

bool hold_is_sliced(const struct caps_hold *h)
{
    return h->state == HOLD_RECALLED || h->state == HOLD_TAKEN || h->state == HOLD_ORPHAN;
}

/* Below another capability it waits for what was passed on through it, which a revoke of that
 * capability must still find. */
static bool must_stay(struct caps_hold *h)
{
    h->idle = 1;
    return h->sub && h->passes > 0;
}

bool hold_event(struct caps *c, struct caps_hold *h, enum hold_event ev)
{
    struct caps_step step = hold_step((enum hold_state)h->state, ev);
    uint64_t node = h->node;
    core_id owner = h->owner;

    if (step.action & CAPS_DO_REFUSE)
        return false;
    if (ev == HOLD_EV_IDLE && must_stay(h))
        return true;
    if (step.next != h->state)
        h->deadline_ns = hold_has_deadline((enum hold_state)step.next) ? caps_deadline(c, 3) : 0;
    h->state = step.next;
    if (step.action & HOLD_DO_UNDO)
        CAPS_SEND(c, owner, CAP_UNDO, .node = node, .op = hold_id(c, h));
    if (step.action & HOLD_DO_SUSPECT) {
        h->deadline_ns = caps_deadline(c, 3);
        c->env->suspect(c->world, owner);
    }
    if (step.action & HOLD_DO_DELETE) {
        handle_t import = h->import;

        h->state = HOLD_HELD; /* not to be taken for free by what follows */
        h->idle = 0;
        cut_passes(c, h, caps_is_dead(c, owner) ? PASS_EV_DEAD : PASS_EV_CUT);
        *h = (struct caps_hold){ .generation = (uint16_t)(h->generation + 1) };
        (void)c->env->drop(c->world, import);
        caps_kick(c);
    }
    if (step.action & HOLD_DO_BACK)
        CAPS_SEND(c, owner, CAP_BACK, .node = node);
    return true;
}

/*
 * What is below is ours, or has a node at the owner that is recalled as well. An import below (made from
 * this memory by its owner, for us) goes first, as if its owner had recalled it.
 */
bool hold_run(struct caps *c, struct caps_hold *h)
{
    struct cap_at at = { .handle = h->import };

    for (unsigned i = 0; i < c->slices; i++) {
        handle_t met;
        status_t st = c->env->recall(c->world, at, true, &met);
        struct caps_hold *below = st == ST_REMOTE ? hold_of_import(c, met) : NULL;

        if (st == ST_LOG_FULL)
            c->full = true;
        if (st == ST_BUSY || st == ST_LOG_FULL)
            return false; /* until those are gone, or there is room */
        if (below != NULL) {
            (void)hold_event(c, below, HOLD_EV_RECALL);
        } else if (st == ST_REMOTE) {
            (void)c->env->drop(c->world, met); /* nobody's */
        } else if (st != ST_AGAIN) {
            (void)hold_event(c, h, HOLD_EV_CLEAR);
            return false;
        }
    }
    return true;
}
