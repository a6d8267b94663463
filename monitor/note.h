/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/note - records of what this monitor does by itself and no system call shows: channels, leases of devices, lent
 * memory (docs/spec/witness.md). Each with its proof, through the gate (monitor/prove).
 *
 *     begins   note_room, then the change, then note_begun: what it refuses is undone, and nobody has been told
 *     ends     the change, then note_ended: it is recorded now or, if there is no room at all, when there is
 *
 * So nothing begins without its record, and what must end does not wait for one. What waits does so in order
 * (monitor/later), and meanwhile nothing begins.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"
#include "witness/record.h"

struct note {
    uint64_t target, payload;
    uint32_t hash;              /* capability_hash: per kind, as the table says */
    uint16_t flags;
    uint8_t kind;               /* enum witness_kind */
};

/* Before something begins. ST_LOG_FULL: there is no room for its record, or something that ended waits for some. */
MUST_CHECK status_t note_room(void);
/* The same for so many. */
MUST_CHECK status_t note_room_for(uint32_t records);
/* When it has, and before anybody hears of it. ST_LOG_FULL: it has to be undone. */
MUST_CHECK status_t note_begun(const struct note *n);
/* When it has begun and cannot be undone any more: as note_ended. */
void note_owed(const struct note *n);
/* When it has ended. */
void note_ended(const struct note *n);

/* By monitor/later: once, now. */
MUST_CHECK status_t note_write(const struct note *n);
