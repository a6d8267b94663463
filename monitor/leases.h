/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/leases - devices of this core are leased to programs: one holder at a time, registers and interrupt given with the
 * lease and taken back with its end (lease_sm.h says when that is). docs/protocols/lease.md.
 *
 *     given      CAP_LEASE, with a proof of tier 3: DeviceLeaseGrant, and the copy, together
 *     renewed    the same, without another copy: DeviceLeaseRenew
 *     ended      device and interrupt are revoked, the disk is reset; then DeviceLeaseRevoke or DeviceLeaseExpire
 */
#pragma once
#include "monitor/prog.h"

/* The device of bootinfo.device[place], or the console, to a program that is being started; into its info. ST_BUSY: somebody
 * has it. ST_NOT_FOUND: there is none. What was given goes with leases_prog_dead. */
#define LEASE_CONSOLE DEVICES_MAX
MUST_CHECK status_t leases_give(const struct prog *p, uint32_t place, struct program_info *info);
/* Which program has the lease that the table of this home calls so; 0: none. */
uint64_t leases_holder(uint32_t home_lease);
/* Its task is stopped. */
void leases_prog_dead(uint64_t id);

/* MON_LEASE. ST_NOT_FOUND: the caller has none. */
MUST_CHECK status_t leases_call(const struct prog *p, struct rt_msg *m);

/* Those whose time is over, and those that could not be taken back at once. When to be called at the latest. */
uint64_t leases_turn(uint64_t now_ns);
