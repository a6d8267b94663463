/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/mover_priv - between the files of monitor/mover. */
#pragma once
#include "monitor/mover.h"

#define MOVER_SEND(m, to, NAME, ...)                                                               \
    (m)->env->send((m)->world, (to), PEER_##NAME, &(const struct peer_##NAME){__VA_ARGS__},        \
                   sizeof(struct peer_##NAME))

static inline void mover_sooner(uint64_t *next, uint64_t ns)
{
    if (ns < *next)
        *next = ns;
}

/* The asker is told in any case. */
void from_begin(struct mover *m, uint64_t part, core_id dest, core_id asker, uint64_t client);
/* What the table asks for. `lost`: what is said does not arrive. False: an owner of its memory is gone, and nobody was asked. */
bool from_perform(struct mover *m, struct mover_move *v, uint16_t action, bool lost);
void from_tell_asker(struct mover *m, struct mover_move *v);
bool from_is_cooling(const struct mover *m, uint64_t part);

void from_said(struct mover *m, core_id from, const struct peer_MOVE_SAID *s);
void from_held(struct mover *m, core_id from, const struct peer_MOVE_HELD *h);
void from_gave(struct mover *m, const struct peer_MOVE_GAVE *g);
void from_there(struct mover *m, core_id from, const struct peer_MOVE_THERE *t);
void from_died(struct mover *m, core_id from, const struct peer_MOVE_DIED *d);
void from_core_dead(struct mover *m, core_id core);
uint64_t from_turn(struct mover *m);

void to_offer(struct mover *m, core_id from, const struct peer_MOVE_OFFER *o);
void to_part(struct mover *m, core_id from, const struct peer_MOVE_PART *p);
void to_do(struct mover *m, core_id from, const struct peer_MOVE_DO *d);
void to_who(struct mover *m, core_id from, const struct peer_MOVE_WHO *w);
void to_cwho(struct mover *m, core_id from, const struct peer_MOVE_CWHO *w);
void to_core_dead(struct mover *m, core_id core);
uint64_t to_turn(struct mover *m);

void far_conn(struct mover *m, core_id from, const struct peer_MOVE_CONN *c);
void far_core_dead(struct mover *m, core_id core);
uint64_t far_turn(struct mover *m);

void home_where(struct mover *m, core_id from, const struct peer_MOVE_WHERE *w);
void home_runs(struct mover *m, core_id from, const struct peer_MOVE_RUNS *r);
void home_ask(struct mover *m, core_id from, const struct peer_MOVE_ASK *a);
void home_ended(struct mover *m, core_id from, const struct peer_MOVE_ENDED *e);
void home_core_dead(struct mover *m, core_id core);
uint64_t home_turn(struct mover *m);
