/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/wait - when to poll a ring and when to ask for the doorbell.
 *
 *     consumer                               producer
 *     --------                               --------
 *         raise bell                             publish a message        (ring: A)
 *     (E) full fence                         (F) full fence
 *         look at the ring again                 look at bell
 *         asleep if there is nothing             poke the consumer if it was raised
 *
 * Forbidden: the consumer finds no message AND the producer finds no raised bell; the
 * message would sleep with its reader. Release and acquire do not forbid it, because each
 * side's store may still be on its way when its own load is answered. A full fence on
 * both sides does.
 *
 * `bell` is a number that only grows. The consumer raises it; the producer remembers the
 * last value it honoured and pokes once for each new one. So neither side writes the
 * other's line, and no exchange is needed.
 *
 *     W1  a message that is published is seen before its consumer sleeps, or the producer is
 *         told to poke after it
 *     W2  no poke for a consumer that did not ask; at most one for each time it asked
 *     W3  a lost poke costs a delay up to the sleeper's own deadline, a doubled or late
 *         one a look at the rings: a poke says nothing but "look"
 *
 * A poke may be taken for nothing (the second look already found the message): harmless.
 * The poke itself and the sleeping are the caller's: system calls on a core, a condition
 * variable in a test.
 */
#pragma once
#include "urpc/ring.h"

/* Producer, after one commit or a batch of them, and always before it waits for anything:
 * must the consumer be poked now? True once for each time it asked. */
bool urpc_must_ring(struct urpc_tx *tx);

/* Consumer of one ring, which it found empty: true, it may sleep until poked (it asked);
 * false, there is something to do. */
bool urpc_may_sleep(struct urpc_rx *rx);

/* Consumer of several rings: ask at all of them, one fence, look at all of them again. */
bool urpc_may_sleep_all(struct urpc_rx *const *rx, size_t n);

/*
 * A consumer's whole decision, one step a call. Looks at each ring once:
 *   URPC_READY   *which has a message, or a broken peer (then take it out of the set: it stays
 *                ready for ever); the next call starts behind it
 *   URPC_POLL    nothing; call again (and let others run meanwhile)
 *   URPC_SLEEP   nothing `budget` times; the bells are raised, now sleep until poked
 * After sleeping call again; it looks first.
 */
enum urpc_next { URPC_READY, URPC_POLL, URPC_SLEEP };

struct urpc_waiter {
    uint32_t budget; /* looks that find nothing before asking for the doorbell */
    uint32_t idle;   /* such looks so far                                      */
    size_t turn;     /* ring to look at first: each gets its turn              */
};

enum urpc_next urpc_wait(struct urpc_waiter *w, struct urpc_rx *const *rx, size_t n, size_t *which);

/*
 * How often to look before a sleep, learnt from how it went: where looking was in vain - the producer is on this core, and cannot
 * answer while we look - the next waits, 1, 3, 7 .. URPC_VAIN_MOST of them, do not look at all. One that was worth it ends that.
 */
#define URPC_VAIN_MOST 512u

struct urpc_patience {
    uint16_t vain; /* waits without looking after the last look in vain */
    uint16_t skip; /* such waits to come                                */
};

/* The budget of a wait that begins: `looks`, or 0. */
uint32_t urpc_patience(struct urpc_patience *p, uint32_t looks);
/* One with looks has ended; in vain: it came to sleep, or took so long that sleeping would have been better. */
void urpc_waited(struct urpc_patience *p, bool in_vain);
