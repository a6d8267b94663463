/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/move - performs monitor/migrate_sm.h: a program changes core while those it talks to go on.
 *
 *     move.c        the source: stops it, tells all, lets go of it - or lets it go on as if nothing had been
 *     arrive.c      the destination: builds it out of what comes
 *     move_far.c    the far ends of its channels
 *     move_home.c   its home, and others who own memory of it: copies, where it is; and who asked
 *     move_parts.c  what it consists of
 *
 * A program's home is the core that started it: its memory is that core's for good, and every other core gets copies of it from
 * there, each time anew, so that they do not grow deeper. Rings and frames stay where they are; task, table and space are made
 * anew; handles and addresses are what they were.
 */
#pragma once
#include "lib/rt/monitor.h"
#include "monitor/conn.h"
#include "monitor/migrate_sm.h"
#include "monitor/peers.h"
#include "monitor/prog.h"

#define MOVE_NS (100 * NS_PER_MS) /* spec.md section 4: done by then, or undone */

/* A program's name for the whole machine: that at its home. */
#define PART_ID(home, id) ((uint64_t)(home) << 48 | (id))
#define PART_HOME(part)   ((core_id)((part) >> 48))
static inline uint64_t prog_part(const struct prog *p)
{
    return PART_ID(p->home, p->home_id);
}
/* The program here; NULL: it is not here. */
struct prog *move_find(uint64_t part);

/* MON_MOVE: w1 part, w2 core. Answered by move_home.c when it has ended. */
MUST_CHECK status_t move_ask(struct prog *by, struct rt_msg *m);
/* MON_WHERE: -> w1 part of the caller, w2 core. */
status_t move_where(struct prog *p, struct rt_msg *m);

/* Is it a program that moves at all? What it holds may still be in the way. */
bool move_possible(const struct prog *p);

/* To be called at the latest. */
uint64_t move_turn(uint64_t now_ns);
void move_core_dead(core_id core);

/* ---- between the files ---- */

/* An owner of memory was asked for a copy. */
enum move_give { GIVE_REGION, GIVE_HANDLE, GIVE_PIECE };

/* Begin here. The asker is told in any case. */
void move_begin(uint64_t part, core_id dest, core_id asker, uint64_t client);
uint64_t move_turn_home(uint64_t now_ns);
uint64_t arrive_turn(uint64_t now_ns);
uint64_t move_far_turn(uint64_t now_ns);
void move_far_core_dead(core_id core);
void move_home_core_dead(core_id core);
void arrive_core_dead(core_id core);

/* For capabilities that go to a program that is being built (monitor/caps.h: `to`, `client`). */
#define MOVE_TO (1ull << 62)
status_t arrive_receiver(uint64_t to, handle_t *table);
void arrive_came(uint64_t to, handle_t given, uint64_t tag);
void move_gave(uint64_t client, status_t st);

/* A message to S that memory could not be given; the own core too. */
void move_give(core_id to, const struct peer_MOVE_GIVE *m);

/* A program's end that waits because its other end is moving: true, and it happens later. */
bool move_far_waits(struct conn *c);

void move_on_said(core_id from, const struct peer_MOVE_SAID *m);
void move_on_held(core_id from, const struct peer_MOVE_HELD *m);
void move_on_gave(core_id from, const struct peer_MOVE_GAVE *m);
void move_on_there(core_id from, const struct peer_MOVE_THERE *m);
void arrive_on_offer(core_id from, const struct peer_MOVE_OFFER *m);
void arrive_on_part(core_id from, const struct peer_MOVE_PART *m);
void arrive_on_do(core_id from, const struct peer_MOVE_DO *m);
void arrive_on_who(core_id from, const struct peer_MOVE_WHO *m);
void move_on_conn(core_id from, const struct peer_MOVE_CONN *m);
void arrive_on_cwho(core_id from, const struct peer_MOVE_CWHO *m);
void move_on_give(core_id from, const struct peer_MOVE_GIVE *m);
void move_on_where(core_id from, const struct peer_MOVE_WHERE *m);
void move_on_runs(core_id from, const struct peer_MOVE_RUNS *m);
void move_on_piece(core_id from, const struct peer_MOVE_PIECE *m);
void move_on_ask(core_id from, const struct peer_MOVE_ASK *m);
void move_on_ended(core_id from, const struct peer_MOVE_ENDED *m);
