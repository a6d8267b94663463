/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/remote - what the monitor needs to agree with other cores about capabilities: proxies
 * for what others hold, imports of what others own (lib/abi/syscall.h, CAP_EXPORT to CAP_ORIGIN).
 *
 * The CPU driver knows no other core. It keeps the tree, marks the places where it goes on
 * elsewhere, and stops there: a revoke that comes upon one is the monitor's to go on with.
 */
#pragma once
#include "cpudriver/kcb.h"

/* The operations of cap_grant whose x0 is the island capability [EXECUTE]. */
MUST_CHECK status_t sys_island(struct kcb *k, struct task *t, unsigned op);
