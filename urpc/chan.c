/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/chan - see chan.h for the drawing. */
#include "urpc/chan.h"
#include <string.h>
#include "lib/base/bits.h"

_Static_assert(CHANNEL_BYTES / 2 == PAGE_BYTES, "each side of a channel writes one page");

uint32_t urpc_chan_slots(size_t bytes)
{
    return urpc_ring_slots(bytes / 2);
}

status_t urpc_chan_attach(struct urpc_chan *c, void *memory, size_t bytes, unsigned side,
                          core_id peer, uint64_t id)
{
    uint32_t n = urpc_chan_slots(bytes);
    char *ours, *theirs;

    if (side > 1 || n == 0 || !IS_ALIGNED(bytes, 2 * LINE_BYTES))
        return ST_INVALID;
    if (memory == NULL || !IS_ALIGNED((uintptr_t)memory, LINE_BYTES))
        return ST_INVALID;

    ours = (char *)memory + side * (bytes / 2);
    theirs = (char *)memory + (1 - side) * (bytes / 2);
    *c = (struct urpc_chan){.id = id, .peer = peer, .side = (uint8_t)side};
    urpc_tx_attach(&c->tx, urpc_ring_slot(ours), urpc_ring_line(theirs), n, 0);
    urpc_rx_attach(&c->rx, urpc_ring_slot(theirs), urpc_ring_line(ours), n, 0);
    return ST_OK;
}

void urpc_chan_clear(void *memory, size_t bytes)
{
    memset(memory, 0, bytes);
}

status_t urpc_chan_status(const struct urpc_chan *c)
{
    return c->tx.broken || c->rx.broken ? ST_PEER : ST_OK;
}

status_t urpc_chan_watch(struct urpc_chan *c, uint64_t now_ns, uint64_t patience_ns)
{
    if (urpc_reserve(&c->tx) != NULL) {
        c->full_since_ns = 0;
        return ST_OK;
    }
    if (c->tx.broken)
        return ST_PEER;
    if (c->full_since_ns == 0)
        c->full_since_ns = now_ns == 0 ? 1 : now_ns;
    return now_ns - c->full_since_ns > patience_ns ? ST_TIMEOUT : ST_AGAIN;
}
