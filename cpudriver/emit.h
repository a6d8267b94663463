/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/emit - witness records of what this CPU driver does (docs/spec/witness.md says which for what).
 *
 * No witness, no mutation: emit_room is asked before anything is checked, and who was told yes changes something
 * and emits in the same entry, which nothing interrupts. So a change and its record are there together or not at all.
 */
#pragma once
#include "cpudriver/kcb.h"
#include "lib/abi/syscall.h"

/* The log in `memory`, opened; the block of SHA-256 by this core's instructions, or portable. */
void emit_init(struct kcb *k, void *memory, uint64_t bytes);

/* Is there room for what this system call of `t` may emit? ST_LOG_FULL. `number` is below SYS_COUNT. */
MUST_CHECK status_t emit_ask(struct kcb *k, const struct task *t, unsigned number, unsigned op);
MUST_CHECK static inline status_t emit_room(struct kcb *k, const struct task *t, unsigned number, unsigned op)
{
    return op < 32 && ((k->emit_asks[number] >> op) & 1) ? emit_ask(k, t, number, op) : ST_OK;
}
/* For what is not known from the number of the call. */
bool emit_has_room(struct kcb *k, uint32_t records, enum log_class class);

/* A fingerprint of a capability: which slot it was, and what it allowed. 0 for NULL. */
uint32_t emit_hash(const struct kcb *k, const struct cap *c);
/* What a record calls the object of a capability: base of memory, id of a task, number of an interrupt or core, else
 * the physical address of the object. */
uint64_t emit_name(const struct cap *c);

/* `by` NULL: the CPU driver itself. */
void emit(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags, uint32_t hash,
          uint64_t target, uint64_t payload);
/* What a proof of tier `tier` was asked for, and accepted. */
void emit_proved(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags, uint32_t hash,
                 uint64_t target, uint64_t payload, uint8_t tier);
/* About the capability `c`, by the use of `used`: the payload is CAP_WHAT of c, and in its upper half the slot. */
void emit_cap(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags,
              const struct cap *used, const struct cap *c);
/* The same in two steps: what is recorded of `c`, by the use of itself, while it is there. A revoke may take it. */
struct emit_of {
    uint64_t target, payload;
    uint32_t hash;
    uint16_t flags;
};
struct emit_of emit_look(const struct kcb *k, const struct cap *c);
void emit_seen(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags,
               const struct emit_of *of);
/* A copy that can less is Attenuated. */
enum witness_kind emit_kind_of_copy(const struct cap *src, const struct cap *copy);
/* Half full, or a segment closed: the root task is told (EVENT_LOG) before the kernel is left. And what happened in switches is recorded. */
void emit_tell(struct kcb *k);
