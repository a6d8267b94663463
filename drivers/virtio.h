/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtio - a virtio device behind memory-mapped registers (virtio 1.2, section 4.2).
 *
 *     virtio_find     is there one, of which version (1: legacy, 2), of which kind?
 *     virtio_begin    reset, then agree about features
 *     virtio_queue    tell it where a queue is
 *     virtio_go       it may work from here on
 *     virtio_stop     reset: when this is done it touches no memory any more
 *
 * What the device answers is input. It answers at once or never: waits are counted, not timed.
 */
#pragma once
#include "drivers/virtio_regs.h"
#include "drivers/virtq.h"

struct virtio {
    volatile struct virtio_mmio *regs;
    uint32_t version;
    uint64_t features;      /* agreed */
};

/* ST_NOT_FOUND: no virtio device of this kind. ST_UNSUPPORTED: of neither version. */
MUST_CHECK status_t virtio_find(struct virtio *v, volatile struct virtio_mmio *regs, uint32_t kind);

/* Of what it offers, `wanted` (bits 0..31) is agreed. ST_PEER: it does not reset, or refuses. */
MUST_CHECK status_t virtio_begin(struct virtio *v, uint64_t wanted);

/* Queue `index`, initialised by virtq_init(); its memory begins at `at`, a multiple of VIRTQ_ALIGN.
 * ST_UNSUPPORTED: the device has none, or none so large. ST_INVALID: out of a legacy device's reach. */
MUST_CHECK status_t virtio_queue(struct virtio *v, uint32_t index, const struct virtq *q, paddr_t at);
void virtio_go(struct virtio *v);
MUST_CHECK status_t virtio_stop(struct virtio *v);

/* There is something new in the queue: everything stored before is seen first. */
void virtio_notify(struct virtio *v, uint32_t index);

/* Why it interrupts, taken back: INT_ bits. */
uint32_t virtio_interrupt(struct virtio *v);

/* Does it say that it cannot go on? */
bool virtio_wants_reset(const struct virtio *v);

/* Two words of its own registers, from byte `offset` of them, as they were at one moment. ST_PEER: they never stand still. */
MUST_CHECK status_t virtio_config64(const struct virtio *v, uint32_t offset, uint64_t *value);
