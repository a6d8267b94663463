/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/remote_priv - shared by remote.c and import.c: operations of remote.h, and what they look up. */
#pragma once
#include "cpudriver/kcb.h"

/* CAP_IMPORT, CAP_IDLE, CAP_ORIGIN. */
MUST_CHECK status_t remote_import(struct kcb *k, struct task *t);
MUST_CHECK status_t remote_idle(struct kcb *k, struct task *t);
MUST_CHECK status_t remote_origin(struct kcb *k, struct task *t);

/* May capabilities of this type leave their core? */
bool remote_moves(unsigned type);
/* A capability by the handle of its table (0: own) and its handle there. As cap_find. */
MUST_CHECK status_t remote_find(struct task *t, handle_t table, handle_t h, uint8_t rights, struct cap **c);
uint64_t remote_what(const struct cap *c);
/* The import above `c`, or `c` itself; NULL: this core owns it. */
struct cap *remote_import_above(const struct kcb *k, struct cap *c);
