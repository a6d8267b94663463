/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/chan - one end of a channel: a ring to the peer, a ring from it, and who that is.
 *
 * A channel is memory, cut in two halves. Side s writes half s and only reads the other,
 * so with halves of whole pages a mapping can hold each side to it:
 *
 *     half 0 (written by side 0)              half 1 (written by side 1)
 *     +-------------------------+             +-------------------------+
 *     | line: ack, bell of the  | <---------- | slots of the ring 1 -> 0|
 *     |       ring 1 -> 0       |             |                         |
 *     | slots of the ring 0 -> 1| ----------> | line: ack, bell of the  |
 *     +-------------------------+             |       ring 0 -> 1       |
 *      line at 0, slots at 128                +-------------------------+
 *
 * CHANNEL_BYTES (8 KiB) gives 32 slots each way. All-zero memory is a new channel: the
 * sides may attach in any order, and messages wait for the side that comes later.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "urpc/ring.h"
#include "urpc/wait.h"

struct urpc_chan {
    struct urpc_tx tx;
    struct urpc_rx rx;
    uint64_t id;            /* the owner's name for it                                 */
    core_id peer;           /* core of the other side                                  */
    uint8_t side;           /* 0 or 1                                                  */
    uint64_t full_since_ns; /* when urpc_chan_watch first found no room; 0: it had room */
};

/* Slots each way in a channel of `bytes`: a power of two; 0 if it is too small. */
uint32_t urpc_chan_slots(size_t bytes);

/* Attach as `side`. ST_INVALID: side, size (two equal halves of whole lines), or alignment.
 * The memory must be a new channel (zeros), or one formatted at `start` (tests). */
MUST_CHECK status_t urpc_chan_attach(struct urpc_chan *c, void *memory, size_t bytes, unsigned side,
                                     core_id peer, uint64_t id);

/* Back to a new channel. Only while neither side is attached. */
void urpc_chan_clear(void *memory, size_t bytes);

/* ST_PEER once either ring was found broken, else ST_OK. */
status_t urpc_chan_status(const struct urpc_chan *c);

/*
 * Has the peer stopped taking messages? ST_OK: there is room; ST_AGAIN: full, but not for
 * `patience_ns` yet; ST_TIMEOUT: for longer than that; ST_PEER. Reads one word.
 */
MUST_CHECK status_t urpc_chan_watch(struct urpc_chan *c, uint64_t now_ns, uint64_t patience_ns);
