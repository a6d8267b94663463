/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/lease - devices for a time.
 *
 * A lease is granted in an epoch and valid until its expiry epoch, that one excluded. On an exclusive one no other is granted, and it
 * is granted on nothing that is leased. Its pages and interrupt are mapped while it is in the table: who takes it out unmaps them,
 * at once when it was revoked, and lease_expired() has to be asked in every epoch.
 *
 *     E1  of a device either one exclusive lease is in the table, or any number of others, each with another holder
 *     E2  granted < expiry
 *
 * Pure; memory and epochs are the caller's. Devices and holders are numbers that mean nothing here.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define LEASE_FOREVER UINT32_MAX /* an epoch that never comes */

struct lease {
    uint32_t id; /* index and generation; 0: free */
    uint32_t device, holder;
    uint32_t granted, expiry;
    bool exclusive;
};

struct lease_slot {
    struct lease lease; /* lease.id == 0: free */
    uint16_t generation;
};

struct lease_table {
    struct lease_slot *slot;
    uint32_t nslots, n;
};

/* nslots <= 65535 */
void lease_init(struct lease_table *t, struct lease_slot *memory, uint32_t nslots);

/*
 * ST_INVALID: for no time, or to nobody; ST_EXISTS: the holder has it already; ST_BUSY: somebody's exclusive lease, or this is to be
 * exclusive and somebody has one; ST_TABLE_FULL. A lease that has expired and still lies in the table is in the way: its pages
 * are mapped.
 */
MUST_CHECK status_t lease_grant(struct lease_table *t, uint32_t device, uint32_t holder,
                                uint32_t now, uint32_t epochs, bool exclusive, uint32_t *id);

/* So many epochs from now, if that is later. ST_INVALID; ST_STALE_HANDLE; ST_DENIED: another's; ST_TIMEOUT: expired. */
MUST_CHECK status_t lease_renew(struct lease_table *t, uint32_t id, uint32_t holder, uint32_t now,
                                uint32_t epochs);

/* Takes it out; *out is what it was. ST_STALE_HANDLE. */
MUST_CHECK status_t lease_revoke(struct lease_table *t, uint32_t id, struct lease *out);

/* May `holder` use `device`? ST_NOT_FOUND: no lease; ST_TIMEOUT: not any more. */
MUST_CHECK status_t lease_check(const struct lease_table *t, uint32_t device, uint32_t holder,
                                uint32_t now);

/* The lease of that name. ST_STALE_HANDLE. */
MUST_CHECK status_t lease_find(const struct lease_table *t, uint32_t id, struct lease *out);

/* Takes out one that has expired, or one of `holder`; false: there is none. */
bool lease_expired(struct lease_table *t, uint32_t now, struct lease *out);
bool lease_end_of(struct lease_table *t, uint32_t holder, struct lease *out);

uint32_t lease_count(const struct lease_table *t, uint32_t holder);

/* The lease is `to`'s from now on, with the same end. ST_STALE_HANDLE; ST_EXISTS: it has one on that device. */
MUST_CHECK status_t lease_hand_over(struct lease_table *t, uint32_t id, uint32_t to);

/* Do two holders have leases that one of them could not have? *device is the first. */
bool lease_conflict(const struct lease_table *t, uint32_t a, uint32_t b, uint32_t *device);

/* The name of what does not hold, or NULL. */
const char *lease_wrong(const struct lease_table *t);
