/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/place - the system calls that list a table of capabilities, and build it anew on another core. */
#pragma once
#include "cpudriver/kcb.h"

/* CAP_LIST .. CAP_REPLACE, by who may (sys_island has looked). */
status_t sys_place(struct kcb *k, struct task *t, unsigned op, const struct cap *island);
