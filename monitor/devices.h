/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/devices - which core holds which device: every monitor tells the first one what its
 * CPU driver was given, and the first one tells whoever asks (MON_DEVICE; the SKB does).
 */
#pragma once
#include "monitor/peers.h"

/* Tell the first monitor about the devices of this core; beside the HELLO. */
void devices_say(void);

void devices_on_device(core_id from, const struct peer_DEVICE *m);

/* MON_DEVICE. ST_NOT_FOUND behind the last. */
MUST_CHECK status_t devices_tell(uint64_t index, uint64_t part, struct rt_msg *m);
