/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/agree - the shell of monitor/caps: it performs what the logic decides, for this core.
 *
 *     a program's call ----> agree_give, _revoke ... --> caps --+--> island (system calls)
 *     a peer's message ----> agree_on_message ---------> caps   +--> peers (messages)
 *     the reply, late <------------------------------------- ---+--> conn (NEWS_CAP)
 *
 * Calls that need another core are answered when they are done: the program waits in its call, the
 * monitor does not.
 */
#pragma once
#include "monitor/peers.h"
#include "monitor/prog.h"

void agree_start(void);
/* Who has not answered another monitor for so long is suspected. */
uint64_t agree_patience_ns(void);

/* Deadlines and unfinished work. The time to look again; *busy: at once. */
uint64_t agree_turn(uint64_t now_ns, bool *busy);

/* Is something here held up by a witness log without room, of this core or another? */
bool agree_waits(void);
/* What waited for room is done: revokes that met it may go on. */
void agree_again(void);

/* The kernel has idle imports to tell of (EVENT_CAPS). */
void agree_idle(void);

void agree_on_message(core_id from, const struct urpc_msg *m);
void agree_core_dead(core_id core);

/*
 * Calls of programs: m->w[1..5] as lib/rt/monitor.def says. ST_OK: the program is answered later, or was
 * already; anything else is the answer.
 */
MUST_CHECK status_t agree_give(struct prog *p, struct rt_msg *m);
MUST_CHECK status_t agree_accept(struct prog *p, struct rt_msg *m);
MUST_CHECK status_t agree_revoke(struct prog *p, struct rt_msg *m);
MUST_CHECK status_t agree_retype(struct prog *p, struct rt_msg *m);
MUST_CHECK status_t agree_borrow(struct prog *p, struct rt_msg *m);
/* MON_LOG; on the own core w[1] and w[2] are the answer, and it is given at once (*later false). */
MUST_CHECK status_t agree_log(struct prog *p, struct rt_msg *m, bool *later);
struct caps;
struct caps *agree_caps(void);
struct caps_about;
bool agree_about(handle_t own, struct caps_about *about);
/* Messages sent since the start and entries in use. */
void agree_count(struct rt_msg *m);
