/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_say - the source of a move: what it says to whom, and what it does, when its table asks for that. */
#include "lib/abi/syscall.h"
#include "monitor/mover_priv.h"
#include <string.h>

#define SENDS                                                                                      \
    (MIG_SEND_OFFER | MIG_SEND_HOLD | MIG_SEND_GIVE | MIG_SEND_PARTS | MIG_SEND_WHERE |            \
     MIG_SEND_CHECK | MIG_SEND_SWITCH)

static void send_offer(const struct mover *m, const struct mover_move *v)
{
    const struct part *table = parts_find(v->parts, PART_TABLE), *space = parts_find(v->parts, PART_SPACE);
    struct peer_MOVE_OFFER offer = {
        .part = v->part, .stopped_ns = v->stopped_ns, .move = v->number, .copies = v->parts->copies};

    memcpy(offer.name, v->name, sizeof offer.name);
    /* 0: it has deleted its capability to it, and cannot move */
    offer.slots = table != NULL ? (uint32_t)table->c : 0;
    offer.space_pages = space != NULL ? (uint32_t)(space->c / PAGE_BYTES) : 0;
    m->env->send(m->world, v->dest, PEER_MOVE_OFFER, &offer, sizeof offer);
}

/* To those asked so far; HOLD asks. */
static void tell_all_far(const struct mover *m, struct mover_move *v, enum far_event what, bool lost)
{
    for (unsigned i = 0; i < v->nends; i++) {
        struct mover_end *e = &v->end[i];

        if (what == FAR_EV_HOLD)
            e->asked = true;
        if (e->asked && !lost)
            MOVER_SEND(m, e->peer, MOVE_CONN, .conn = e->other, .from = e->ref, .at = e->there,
                       .move = v->number, .what = what, .core = v->dest, .bucket = v->bucket);
    }
}

/* False: an owner is gone. */
static bool ask_for_copies(const struct mover *m, const struct mover_move *v)
{
    for (unsigned i = 0; i < v->parts->n; i++) {
        const struct part *p = &v->parts->part[i];
        struct peer_MOVE_GIVE g = {
            .part = v->part, .to = v->to, .move = v->number, .core = v->dest, .tag = p->tag};
        core_id owner = PART_HOME(v->part);

        if (p->tag == 0)
            continue;
        if (p->kind == PART_REGION) {
            g.what = GIVE_REGION;
            g.handle = p->index;
        } else if (p->kind == PART_MEM) {
            g.what = GIVE_HANDLE;
            g.handle = p->handle;
            g.rights = CAP_WHAT_RIGHTS(p->b);
            if (!(p->c & 1))
                owner = m->core; /* its home never had it */
        } else {
            owner = (core_id)p->b;
            g.what = GIVE_PIECE;
            g.handle = p->b >> 16 | (uint64_t)LINK_SIDE(p->handle) << 63;
        }
        if (m->env->gone(m->world, owner))
            return false;
        m->env->send(m->world, owner, PEER_MOVE_GIVE, &g, sizeof g);
    }
    return true;
}

static void tell_dest(const struct mover *m, const struct mover_move *v, enum dest_event what)
{
    MOVER_SEND(m, v->dest, MOVE_DO, .to = v->number, .what = what);
}

static void send_parts(const struct mover *m, const struct mover_move *v)
{
    for (unsigned i = 0; i < v->parts->n; i++) {
        const struct part *p = &v->parts->part[i];

        MOVER_SEND(m, v->dest, MOVE_PART, .to = v->number, .handle = p->handle, .a = p->a, .b = p->b,
                   .c = p->c, .kind = p->kind | p->tag << 16, .index = p->index);
    }
    tell_dest(m, v, DEST_EV_END);
}

static void undo(const struct mover *m, struct mover_move *v)
{
    /* In this order: where the far end is at the destination, its bell is an event of the task that goes. */
    tell_all_far(m, v, FAR_EV_BACK, false);
    if (v->asked_dest)
        tell_dest(m, v, DEST_EV_ABORT);
    MOVER_SEND(m, PART_HOME(v->part), MOVE_WHERE, .part = v->part, .move = v->number, .core = m->core);
}

/* ---- after an undone move ---- */

bool from_is_cooling(const struct mover *m, uint64_t part)
{
    for (unsigned i = 0; i < MOVER_COOLS; i++)
        if (m->cool[i].part == part && m->now_ns < m->cool[i].until_ns)
            return true;
    return false;
}

static void cool_down(struct mover *m, uint64_t part)
{
    struct mover_cool *c = NULL;

    for (unsigned i = 0; i < MOVER_COOLS && c == NULL; i++)
        if (m->cool[i].until_ns <= m->now_ns || m->cool[i].part == part)
            c = &m->cool[i];
    if (c == NULL) /* no core has so many programs: one that has left, or ended */
        c = &m->cool[m->next_cool++ % MOVER_COOLS];
    *c = (struct mover_cool){part, m->now_ns + MOVER_COOL_NS};
}

static void thaw(struct mover *m, struct mover_move *v)
{
    m->now_ns = m->env->thaw(m->world, v, &v->restored);
    v->blackout_ns = m->now_ns - v->stopped_ns;
    cool_down(m, v->part);
    if (m->env->gone(m->world, PART_HOME(v->part)))
        m->env->end_here(m->world, v->part); /* its memory is gone */
}

void from_tell_asker(struct mover *m, struct mover_move *v)
{
    v->ended_ns = m->now_ns;
    MOVER_SEND(m, v->asker, MOVE_ENDED, .client = v->client, .blackout_ns = v->blackout_ns,
               .status = v->why, .step = v->failed);
    m->env->told(m->world, v);
}

static void suspect(struct mover *m, const struct mover_move *v)
{
    if (v->asked_dest || v->state == MIG_COMMITTED)
        m->env->suspect(m->world, v->dest, "it did not answer when a partition was moved there");
    for (unsigned i = 0; i < v->nends && v->state == MIG_UNDOING; i++)
        if (v->end[i].asked)
            m->env->suspect(m->world, v->end[i].peer,
                            "it did not answer when a partition was moved back");
}

bool from_perform(struct mover *m, struct mover_move *v, uint16_t a, bool lost)
{
    uint16_t sent = lost ? a & (uint16_t)~SENDS : a;

    if (sent & MIG_SEND_OFFER)
        send_offer(m, v);
    if (a & MIG_SEND_HOLD) /* asked, though it may be lost */
        tell_all_far(m, v, FAR_EV_HOLD, lost);
    if ((sent & MIG_SEND_GIVE) && !ask_for_copies(m, v))
        return false;
    if (sent & MIG_SEND_PARTS)
        send_parts(m, v);
    if (sent & MIG_SEND_WHERE)
        MOVER_SEND(m, PART_HOME(v->part), MOVE_WHERE, .part = v->part, .move = v->number, .core = v->dest);
    if (sent & MIG_SEND_CHECK)
        tell_dest(m, v, DEST_EV_CHECK);
    if (sent & MIG_SEND_SWITCH)
        tell_all_far(m, v, FAR_EV_SWITCH, false);
    if (sent & MIG_SEND_COMMIT)
        tell_dest(m, v, DEST_EV_COMMIT);
    if (sent & MIG_SEND_ABORT)
        undo(m, v);
    if (sent & MIG_DO_THAW)
        thaw(m, v);
    if (sent & MIG_DO_DROP) {
        tell_all_far(m, v, FAR_EV_SETTLED, false);
        m->env->let_go(m->world, v);
    }
    if ((sent & MIG_DO_LOST) || ((sent & MIG_DO_DROP) && v->who))
        MOVER_SEND(m, PART_HOME(v->part), MOVE_RUNS, .part = v->part, .core = v->dest, .gone = 1);
    if (sent & MIG_DO_SUSPECT)
        suspect(m, v);
    if (sent & MIG_TELL)
        from_tell_asker(m, v);
    return true;
}
