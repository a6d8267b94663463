/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtio_blk/blk - requests to a block device: several at once, each with a deadline.
 *
 *     blk_submit --> header | data | answer as one chain of the queue --> device
 *     blk_take   <-- interrupt, used ring                             <--'
 *     blk_stop, blk_drop, blk_begin: from a late or lying device to a new start
 *
 *     B1  a request that was taken ends once: with blk_take or with blk_drop
 *     B2  what does not fit the device is refused before the device hears of it
 *     B3  data goes between the device and the address given, and nowhere else of ours: no copy
 *     B4  an answer that cannot be (V3 of drivers/virtq.h, no answer byte, less data than asked
 *         for) is ST_PEER, and so is everything until blk_begin
 *
 * Registers are reached by drivers/mmio.h, so the host's tests run this against a model.
 */
#pragma once
#include "drivers/virtio.h"
#include "drivers/virtio_blk/blk_regs.h"

#define BLK_REQUESTS 8u
#define BLK_QUEUE 32u           /* descriptors: at least three a request */
#define BLK_SHARED_BYTES (3 * PAGE_BYTES) /* the queue, headers and answers */

struct blk_request {
    bool waiting;
    uint32_t type;
    uint32_t bytes;             /* of data */
    uint64_t cookie, deadline_ns;
};

struct blk {
    struct virtio virtio;
    struct virtq queue;
    void *shared;               /* what the device reads and writes beside the data */
    paddr_t shared_at;
    uint64_t sectors;
    bool read_only, can_flush;
    bool broken;
    struct blk_request request[BLK_REQUESTS];
};

struct blk_ask {
    uint32_t type;              /* BLK_T_ */
    uint32_t sectors;
    uint64_t sector;
    paddr_t data;               /* whole and contiguous */
    uint64_t cookie, deadline_ns;
};

/* `shared`: BLK_SHARED_BYTES of ours at physical `at`, whole pages. ST_NOT_FOUND: no block device there. As virtio.h. */
MUST_CHECK status_t blk_find(struct blk *b, volatile struct virtio_mmio *regs, void *shared, paddr_t at);

/* Reset and start it; nothing may be outstanding. ST_PEER, ST_UNSUPPORTED, ST_INVALID as virtio.h. */
MUST_CHECK status_t blk_begin(struct blk *b);

/* Reset it: its hands are off all memory when this is ST_OK. What is outstanding is then for blk_drop. */
MUST_CHECK status_t blk_stop(struct blk *b);
MUST_CHECK bool blk_drop(struct blk *b, uint64_t *cookie);

/* ST_INVALID: no sectors, or some that are beyond the end, or no such request; ST_DENIED: it is read-only;
 * ST_UNSUPPORTED: it cannot flush; ST_AGAIN: no room now; ST_PEER (B4). */
MUST_CHECK status_t blk_submit(struct blk *b, const struct blk_ask *ask);

/* One that is done, and how it went: ST_OK, ST_IO, ST_UNSUPPORTED. ST_AGAIN: none. ST_PEER (B4). */
MUST_CHECK status_t blk_take(struct blk *b, uint64_t *cookie, status_t *result);

/* It interrupted, or may have. ST_PEER: it says that it cannot go on. */
MUST_CHECK status_t blk_interrupt(struct blk *b);

/* The earliest deadline of what is outstanding; UINT64_MAX: nothing is. */
uint64_t blk_deadline(const struct blk *b);
