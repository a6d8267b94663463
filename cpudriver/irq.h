/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/irq - interrupts become event bits; doorbells wake a bucket of sleepers.
 *
 * A doorbell carries nothing: its interrupt number is a bucket, and whoever sleeps in that
 * bucket looks at its rings again. The count of a bucket closes the gap between a task's
 * last look and its sleep: a task that has seen fewer bells than there were does not sleep.
 */
#pragma once
#include "cpudriver/kcb.h"

/* Takes at most one pending interrupt of this core and deals with it. */
void irq_take(struct kcb *k);

void event_signal(struct kcb *k, struct task *t, uint64_t bits);
/* ST_EVENT with *bits taken, or ST_AGAIN. */
status_t event_take(struct kcb *k, struct task *t, uint64_t wanted, uint64_t *bits);
void event_sleep(struct kcb *k, struct task *t, uint64_t wanted);

/* The interrupt that `by` names sets `bits` in `t` from here on, whatever it did before, until `by` is gone. */
void irq_bind(struct kcb *k, const struct cap *by, struct task *t, uint64_t bits);
/* A capability to an interrupt goes, and with it what was bound by it; or it has another slot now. */
void irq_removed(struct kcb *k, const struct cap *c);
void irq_moved(struct kcb *k, const struct cap *from, const struct cap *to);
/* One interrupt of `t` is bound no more; false: there was none. */
bool irq_unbind_one(struct kcb *k, struct task *t);

void bell_ring(struct kcb *k, core_id core, unsigned bucket);
