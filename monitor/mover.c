/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/mover.h"
#include "monitor/mover_priv.h"

void mover_at(struct mover *m, uint64_t now_ns)
{
    m->now_ns = now_ns;
}

bool mover_message(struct mover *m, core_id from, uint16_t kind, const uint64_t *w)
{
    switch (kind) {
    case PEER_MOVE_OFFER:
        to_offer(m, from, peer_MOVE_OFFER_in(w));
        return true;
    case PEER_MOVE_SAID:
        from_said(m, from, peer_MOVE_SAID_in(w));
        return true;
    case PEER_MOVE_PART:
        to_part(m, from, peer_MOVE_PART_in(w));
        return true;
    case PEER_MOVE_DO:
        to_do(m, from, peer_MOVE_DO_in(w));
        return true;
    case PEER_MOVE_CONN:
        far_conn(m, from, peer_MOVE_CONN_in(w));
        return true;
    case PEER_MOVE_HELD:
        from_held(m, from, peer_MOVE_HELD_in(w));
        return true;
    case PEER_MOVE_GAVE:
        from_gave(m, peer_MOVE_GAVE_in(w));
        return true;
    case PEER_MOVE_WHERE:
        home_where(m, from, peer_MOVE_WHERE_in(w));
        return true;
    case PEER_MOVE_THERE:
        from_there(m, from, peer_MOVE_THERE_in(w));
        return true;
    case PEER_MOVE_RUNS:
        home_runs(m, from, peer_MOVE_RUNS_in(w));
        return true;
    case PEER_MOVE_WHO:
        to_who(m, from, peer_MOVE_WHO_in(w));
        return true;
    case PEER_MOVE_CWHO:
        to_cwho(m, from, peer_MOVE_CWHO_in(w));
        return true;
    case PEER_MOVE_DIED:
        from_died(m, from, peer_MOVE_DIED_in(w));
        return true;
    case PEER_MOVE_ASK:
        home_ask(m, from, peer_MOVE_ASK_in(w));
        return true;
    case PEER_MOVE_ENDED:
        home_ended(m, from, peer_MOVE_ENDED_in(w));
        return true;
    default:
        return false;
    }
}

uint64_t mover_turn(struct mover *m)
{
    uint64_t next = home_turn(m);

    mover_sooner(&next, to_turn(m));
    mover_sooner(&next, far_turn(m));
    mover_sooner(&next, from_turn(m));
    return next;
}

void mover_core_dead(struct mover *m, core_id core)
{
    from_core_dead(m, core);
    to_core_dead(m, core);
    far_core_dead(m, core);
    home_core_dead(m, core);
}

bool mover_is_idle(const struct mover *m)
{
    for (unsigned i = 0; i < MOVER_MOVES; i++)
        if (m->move[i].state != MIG_FREE)
            return false;
    for (unsigned i = 0; i < MOVER_ARRIVALS; i++)
        if (m->arrival[i].state != DEST_FREE)
            return false;
    return m->asks.n == 0 && m->held == 0;
}
