/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/lease_sm - who holds a device, since when and until when.
 *
 *     FREE --take--> HELD --renew--> HELD
 *      ^              | it is revoked, its time is over, or its holder has ended
 *      `--taken back-- ENDING      pages and interrupt are being taken back; nobody else may have it yet
 *
 *     L1  a device has at most one holder
 *     L2  a lease that began ends exactly once, for one reason: the first
 *     L3  it is never longer than its holder may have it at a time; 0 is for ever
 *     L4  what has ended is not renewed
 *
 * Times are epochs of 10 ms since reset. Pure; monitor/leases.c does the rest.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define LEASE_EPOCH_NS 10000000ull

enum lease_state { LEASE_FREE, LEASE_HELD, LEASE_ENDING };

/* Why it ends, and what its record is then. */
enum lease_end { LEASE_REVOKED, LEASE_EXPIRED, LEASE_HOLDER_GONE };

struct lease {
    enum lease_state state;
    enum lease_end end;         /* ENDING */
    uint64_t holder;            /* program id */
    uint32_t task;              /* its task's number, for records; the caller's */
    uint64_t granted, expires;  /* epochs; expires 0: never */
    uint64_t most;              /* epochs it may last from now on; 0: any time */
};

/* `most` 0: until it is revoked. ST_BUSY: it has a holder, or is being taken back. */
MUST_CHECK status_t lease_take(struct lease *l, uint64_t holder, uint64_t now, uint64_t most);
/* It could not be given after all. */
void lease_undo(struct lease *l);
/* For `epochs` from now on. ST_NOT_FOUND: not his, or no more; ST_DENIED: longer than he may. Nothing has changed then. */
MUST_CHECK status_t lease_check_renew(const struct lease *l, uint64_t holder, uint64_t now, uint64_t epochs);
void lease_extend(struct lease *l, uint64_t now, uint64_t epochs);
/* True: it is to be taken back from now on. False: it has no holder, or that is under way already. */
bool lease_end(struct lease *l, enum lease_end why);
bool lease_is_over(const struct lease *l, uint64_t now);
void lease_taken_back(struct lease *l);
