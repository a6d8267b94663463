/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/peers - messages to and from the monitors of the other cores, and to itself.
 *
 *     pair frame of cores i < j
 *     +------------------------+------------------------------------------------+
 *     | channel of the two     | pieces of CHANNEL_BYTES for channels between    |
 *     | monitors, i is side 0  | programs of i and j; monitor i gives them out   |
 *     +------------------------+------------------------------------------------+
 *     0                 CHANNEL_BYTES
 *
 * A send never waits: what finds no room goes to an outbox, in order, and follows on later
 * turns. A peer whose outbox is full as well no longer takes messages: it is given up.
 * Messages to the own core go through a queue, so that a protocol is the same for a peer
 * and for itself, and no handler is entered twice.
 */
#pragma once
#include "monitor/mon.h"
#include "monitor/peer.h"

/* Attach to every pair frame this core was given. */
void peers_start(void);

#define PART_ANY 1u /* rights of PART_DO: whoever's supervisor it is */

/* Real doorbell bucket of a peer, once its HELLO told it. */
void peers_set_bucket(core_id core, uint32_t bucket);

/* Send. To a core without a channel it has no effect: whoever waits has a deadline. */
void peers_send(core_id core, enum peer_kind kind, const void *payload, size_t bytes);
#define PEER_SEND(core, NAME, ...)                                                                 \
    peers_send((core), PEER_##NAME, &(const struct peer_##NAME){ __VA_ARGS__ },                    \
               sizeof(struct peer_##NAME))

/* So far: messages to others, bytes in them, messages to itself, doorbells rung for them. */
void peers_count(uint64_t n[4]);

/* For text: ST_AGAIN instead of the outbox. */
MUST_CHECK status_t peers_try_text(core_id core, const char *text, size_t bytes);

/* Own messages, outboxes: called on every turn of the loop. True: call again soon (a ring is full). */
bool peers_turn(void);

/* Stop listening to a core that is gone. */
void peers_drop(core_id core);

/* A message from `from`, checked for kind and size; in dispatch.c. */
void peers_dispatch(core_id from, const struct urpc_msg *m);

/* The frame of the pair with `core`, and its size. 0: none. */
handle_t peers_pair(core_id core, uint64_t *bytes);
