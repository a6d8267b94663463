/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/bind - performs what bind_sm.h decides: ends of channels of this core's programs.
 *
 * Memory of a channel: on one core a frame of the monitor's, given out again and again;
 * across cores a piece of the mesh, given out by the monitor of the lower core. It is
 * zeroed before each use. Each program may write its half and only read the other.
 */
#pragma once
#include "monitor/peers.h"
#include "monitor/prog.h"

/* MON_BIND. ST_INVALID (name, deadline), ST_TABLE_FULL. */
MUST_CHECK status_t bind_request(struct prog *p, const char *name, uint64_t deadline_ns,
                                 uint64_t *ticket);
/* MON_CLOSE. ST_NOT_FOUND. */
MUST_CHECK status_t bind_close(struct prog *p, vaddr_t va);

void bind_prog_dead(struct prog *p);
void bind_core_dead(core_id core);

struct conn;
/* The other end is where it will be: what waited for that happens. */
void bind_after_move(struct conn *c);

/* The monitor's own channels have news: handed to text.c on the next turn. */
void bind_self_news(void);

/* Deadlines that have passed, and the monitor's own news; returns the next deadline. */
uint64_t bind_turn(uint64_t now_ns);

void bind_on_found(core_id from, const struct peer_FOUND *m);
void bind_on_req(core_id from, const struct peer_BIND_REQ *m);
void bind_on_accept(core_id from, const struct peer_ACCEPT *m);
void bind_on_refuse(core_id from, const struct peer_REFUSE *m);
void bind_on_close(core_id from, const struct peer_CLOSE *m);
void bind_on_closed(core_id from, const struct peer_CLOSED *m);
void bind_on_heard(core_id from, const struct peer_HEARD *m);
/* Whose other end is closed: that this end is here, and stays until its program lets go. */
struct conn;
void bind_say_heard(const struct conn *c);
