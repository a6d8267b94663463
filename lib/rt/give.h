/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/give - capabilities to other programs, on this core or another, and back.
 *
 *     receiver                               sender
 *     rt_accept_caps(c, 2)
 *                                            rt_give(c, frame, rights, CAP_COPY_OF, 7)
 *     (in its table)  <----- when rt_give comes back
 *                                            rt_send(c, ... "number 7 is what I mean" ...)
 *     rt_take_cap(c, deadline, &cap)
 *
 * A capability arrives before rt_give says so, so a message sent afterwards always finds it there. It is
 * never lost: without room at the receiver (ST_NO_SLOT, ST_TABLE_FULL) the sender keeps it as it was.
 * Revoking what was given takes it back everywhere: cap_revoke of lib/rt/cap.h.
 */
#pragma once
#include "lib/rt/chan.h"

/* Offer room for `n` more capabilities on this channel. ST_TABLE_FULL: that would be more than four offered or waiting;
 * ST_NOT_FOUND: no channel of this program. */
MUST_CHECK status_t rt_accept_caps(struct rt_chan *c, unsigned n);

/*
 * Give a copy (CAP_COPY_OF) or the capability itself (CAP_GIVE_AWAY), with at most `rights`, to the program
 * at the other end, under a number of the sender's choice. RAM, frames and devices only, except on one core.
 * ST_NO_SLOT, ST_TABLE_FULL, ST_BUSY (it is being moved: again, later), ST_GONE (also when it has just been moved), ST_NOT_FOUND (no channel of this program), ST_INVALID, ST_DEAD_CORE, and what CAP_COPY and
 * CAP_MOVE answer.
 */
MUST_CHECK status_t rt_give(const struct rt_chan *c, handle_t h, uint8_t rights, unsigned how,
                            uint64_t tag);

/* The next capability that came over this channel. ST_TIMEOUT; ST_GONE when none will ever come. */
MUST_CHECK status_t rt_take_cap(struct rt_chan *c, uint64_t deadline_ns, struct rt_cap *cap);
/* Over any open channel: *c is which. ST_TIMEOUT. */
MUST_CHECK status_t rt_take_any(struct rt_chan **c, uint64_t deadline_ns, struct rt_cap *cap);

/* A frame of another core's memory, cleared: 1 byte to 1 MiB, in whole pages. Deleting the last capability to it gives it back.
 * ST_INVALID: other sizes, or of the own core; ST_NOMEM: it lends no more; ST_TABLE_FULL; ST_DEAD_CORE. */
MUST_CHECK status_t rt_borrow(core_id core, uint64_t bytes, handle_t *frame);
