/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtq - the split virtqueue of virtio (version 1.2 of its specification, section 2.7).
 *
 *     driver                        memory both see                        device
 *     virtq_add  --> descriptors: where the pieces are, chained  -------->
 *                --> available ring: heads, then its index       -------->  takes them, in any order
 *     virtq_take <-- used ring: heads and bytes written, index   <--------
 *
 *     V1  what virtq_add took comes back from virtq_take once, with its cookie, or never
 *     V2  descriptors of a chain are used again only when its head has come back
 *     V3  nothing the device writes is believed: an index that moves further than there is outstanding,
 *         a head that is not outstanding, and more bytes than there was room for break the queue
 *         (ST_PEER from then on); its bookkeeping is in memory the device does not have
 *     V4  ring indices run modulo 2^16 past the end of their type
 *
 * Pure: memory and addresses are the caller's, the device may be a test. Not used: indirect
 * descriptors, event indices (without them a device may be notified more often than it needs).
 */
#pragma once
#include "lib/base/bits.h"
#include "lib/base/status.h"

#define VIRTQ_SIZE_MAX 64u      /* ours; a device may offer 32,768 */
#define VIRTQ_ALIGN 4096u       /* of the used ring: a legacy device is told this */

/* As the device sees them (2.7.5 to 2.7.8): little endian, as we are. */
struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

struct virtq_used_elem {
    uint32_t id;
    uint32_t len;
};
_Static_assert(sizeof(struct virtq_desc) == 16, "2.7.5");
_Static_assert(sizeof(struct virtq_used_elem) == 8, "2.7.8");

/* clang-format off */
#define VIRTQ_DESC_NEXT  BIT(0)
#define VIRTQ_DESC_WRITE BIT(1)     /* the device writes it, else it reads it */
/* clang-format on */

struct virtq_piece {
    paddr_t at;
    uint32_t bytes;
};

struct virtq_slot {
    uint16_t next;          /* of its chain, or of the free ones */
    uint16_t n;             /* head that is outstanding: descriptors of its chain; else 0 */
    uint32_t room;          /* head: bytes the device may write */
    uint64_t cookie;
};

struct virtq {
    struct virtq_desc *desc;
    uint16_t *avail, *used;     /* [0] flags, [1] index, then the ring */
    uint16_t size;              /* a power of two */
    uint16_t free, nfree;       /* first free descriptor, and how many */
    uint16_t added, taken;      /* both indices, as far as we are */
    uint16_t outstanding;       /* heads */
    bool broken;
    struct virtq_slot slot[VIRTQ_SIZE_MAX];
};

/* Where the parts are, from the start of the queue's memory. */
struct virtq_layout {
    uint32_t avail, used, bytes;
};
struct virtq_layout virtq_layout(uint16_t size);

/* An empty queue of `size` (a power of two, 2 to VIRTQ_SIZE_MAX) in virtq_layout().bytes of memory. Checked. */
void virtq_init(struct virtq *q, void *memory, uint16_t size);

/*
 * One chain: `nout` pieces that the device reads, then `nin` that it writes. ST_AGAIN: no room
 * for it now. ST_PEER: the queue is broken. After it (or after several) the device must be notified.
 */
MUST_CHECK status_t virtq_add(struct virtq *q, const struct virtq_piece *piece, unsigned nout,
                              unsigned nin, uint64_t cookie);

/* One that is done. ST_AGAIN: none. ST_PEER: the device broke V3. */
MUST_CHECK status_t virtq_take(struct virtq *q, uint64_t *cookie, uint32_t *written);
