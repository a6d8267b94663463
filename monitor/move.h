/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/move - partitions change core: performs what monitor/mover.h decides.
 *
 *     move.c        the engine's world; the source: stops a task, lets it go on, lets go of it
 *     arrive.c      the destination: room for it, what comes, and that it runs; arrive_build.c builds it
 *     move_far.c    the far ends of its channels
 *     move_home.c   its home: where it is
 *     move_give.c   who owns memory of it: copies
 *     move_parts.c  what it consists of
 *
 * A program's home is the core that started it: its memory is that core's for good, and every other core gets copies of it from
 * there, each time anew, so that they do not grow deeper. Rings and frames stay where they are; task, table and space are made
 * anew; handles and addresses are what they were.
 */
#pragma once
#include "lib/rt/monitor.h"
#include "monitor/conn.h"
#include "monitor/mover.h"
#include "monitor/peers.h"
#include "monitor/prog.h"

/* A program's name for the whole machine. */
static inline uint64_t prog_part(const struct prog *p)
{
    return p->part;
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

/* A message about a move. */
void move_on_message(core_id from, uint16_t kind, const uint64_t *word);

/* A program's end that waits because its other end is moving: true, and it happens later. */
bool move_far_waits(struct conn *c);

/* For capabilities that go to a program that is being built (monitor/caps.h: `to`, `client`). */
#define MOVE_TO MOVER_TO
status_t arrive_receiver(uint64_t to, handle_t *table);
void arrive_came(uint64_t to, handle_t given, uint64_t tag);
void move_gave(uint64_t client, status_t st);
/* Those that wait; to be called at the latest. */
uint64_t move_give_turn(uint64_t now_ns);

/* ---- between the files: their share of struct mover_env ---- */

struct mover *move_mover(void);

status_t arrive_prepare(void *w, const struct mover_arrival *a, const struct peer_MOVE_OFFER *o);
uint32_t arrive_bucket(void *w, const struct mover_arrival *a);
status_t arrive_build(void *w, const struct mover_arrival *a);
uint64_t arrive_check(void *w, const struct mover_arrival *a);
uint64_t arrive_resume(void *w, const struct mover_arrival *a);
void arrive_drop(void *w, const struct mover_arrival *a);

struct mover_far *move_far(void *w, uint64_t ref, struct mover_other *o);
bool move_next_far(void *w, unsigned *cursor, uint64_t *ref);
void move_set_other(void *w, uint64_t ref, core_id core, uint64_t other, uint32_t bucket);
void move_freed(void *w, uint64_t ref);

bool move_home_where(void *w, uint64_t part, struct mover_where *o);
void move_home_set(void *w, uint64_t part, core_id at, core_id by);
bool move_home_next(void *w, unsigned *cursor, struct mover_where *o);
void move_home_ended(void *w, uint64_t part);
void move_home_end_here(void *w, uint64_t part);
void move_home_answer(void *w, uint64_t client, status_t st, uint64_t blackout_ns, uint64_t step);
void move_on_give(core_id from, const struct peer_MOVE_GIVE *m);
void move_on_piece(core_id from, const struct peer_MOVE_PIECE *m);
