/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/lease - a device is given to one holder at a time, and only with a proof of tier 3 (docs/protocols/lease.md).
 *
 *     monitor                                         CPU driver
 *     hash of what it is about to do, signed
 *     ATTEST_PROVE(token of tier 3)  --------------->  taken
 *     CAP_LEASE(device, table, ..., signature) ----->  the device is nobody's; the facts, the way up to the root of the
 *                                                      device, the signature: proof_p3
 *                               <----- handle ------   a copy, and DeviceLeaseGrant, together
 *
 * What a monitor does when it ends - CAP_REVOKE of the device and of the interrupt - takes all copies back, unmaps them, and
 * unbinds the interrupt.
 */
#pragma once
#include "cpudriver/kcb.h"

/* CAP_LEASE. */
status_t sys_lease(struct kcb *k, struct task *t);
