/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/devices - which core holds which device: every monitor tells the first one what its
 * CPU driver was given, and the first one tells whoever asks (MON_DEVICE; the SKB does).
 */
#pragma once
#include "monitor/peers.h"

#define VIRTIO_BLOCK 2u /* bootinfo's virtio_id of a disk */

/* Tell the first monitor about the devices of this core; beside the HELLO. */
void devices_say(void);

void devices_on_device(core_id from, const struct peer_DEVICE *m);

/* The first disk that this core holds: its place in bootinfo.device[]. ST_NOT_FOUND. */
MUST_CHECK status_t devices_disk(uint32_t *place);

/*
 * The device whose holder has it no more is reset: it may still be reading and writing that program's memory, which may
 * soon be somebody else's. Only the disk does such a thing.
 */
void devices_quiet(uint32_t place);

/* MON_DEVICE. ST_NOT_FOUND behind the last. */
MUST_CHECK status_t devices_tell(uint64_t index, uint64_t part, struct rt_msg *m);
