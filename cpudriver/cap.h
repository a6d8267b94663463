/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/cap - capability slots of one core: look up, derive, move, remove.
 *
 * Invariants: D1 a slot in use is in exactly one children list, or is a root; D2 depth
 * of a copy = depth of its source + 1 <= DEPTH_MAX; D3 rights of a copy are a subset;
 * D4 object.refs = number of slots whose type is the object's own and whose epoch is its;
 * D5 ram.made = objects made from it and through its copies, import.users = children that are no
 * proxies; D6 a proxy or import that CAP_RECALL told of stands behind all that are not; D7 below a
 * capability being revoked nothing is made.
 */
#pragma once
#include "cpudriver/captable.h"
#include "cpudriver/captree.h"
#include "cpudriver/kcb.h"

/*
 * The capability behind `h` in `table`. ST_INVALID_HANDLE: no such slot or an empty one;
 * ST_STALE_HANDLE: deleted since, or its object is gone; ST_TYPE, ST_DENIED.
 * CAP_NULL as type accepts every type.
 */
/* ST_FOREIGN: a handle of another core. */
MUST_CHECK status_t cap_find(struct captable *table, handle_t h, enum cap_type type,
                             uint8_t rights, struct cap **out);

/* The table named by `h` in `own` (WRITE), or `own` itself for 0. */
MUST_CHECK status_t cap_find_table(struct captable *own, handle_t h, struct captable **out);

void cap_free_slot(struct kcb *k, struct cap *c);
handle_t cap_handle(const struct kcb *k, const struct cap *c);

/* Makes the empty slot `c` a root capability or a child of `parent`. Counts the reference. */
void cap_fill(struct kcb *k, struct cap *c, enum cap_type type, uint64_t object, uint64_t value,
              uint8_t rights, struct cap *parent);
/* The same with enum cap_flag, which decide how its parent counts it. */
void cap_fill_flags(struct kcb *k, struct cap *c, enum cap_type type, uint64_t object,
                    uint64_t value, uint8_t rights, uint8_t flags, struct cap *parent);

/* May something be made from it? ST_BUSY, ST_REVOKED, ST_DEPTH (RAM too far from the root). */
MUST_CHECK status_t cap_check_source(const struct kcb *k, const struct cap *c);
/* What CAP_COPY asks of `src`. */
MUST_CHECK status_t cap_check_copy(const struct kcb *k, const struct cap *src, const uint64_t *badge);
/* The RAM whose bytes a copy stands for; `ram` itself if it is none. NULL: that is gone. */
struct cap *cap_original(const struct kcb *k, struct cap *ram);
#define LEVEL_MAX 64u

/* Copy of `src` in `table` with at most `rights`; `badge` replaces src's value when not NULL. */
MUST_CHECK status_t cap_copy(struct kcb *k, struct cap *src, struct captable *table, uint8_t rights,
                             const uint64_t *badge, struct cap **out);
/* What moving asks of `src`; `away`: to another table. */
MUST_CHECK status_t cap_check_move(const struct cap *src, bool away);
MUST_CHECK status_t cap_move(struct kcb *k, struct cap *src, struct captable *table,
                             struct cap **out);
/* What `src` is, `c` is from here on, in its place in the tree; the slot of `src` is free. */
void cap_become(struct kcb *k, struct cap *c, struct cap *src, ref_t table, uint8_t rights);
/* One or the other: `how` is CAP_COPY_OF or CAP_GIVE_AWAY; `rights` to keep. */
MUST_CHECK status_t cap_pass(struct kcb *k, struct cap *src, struct captable *table, uint8_t rights,
                             unsigned how, struct cap **out);

/* What is told of an object is a number that means something outside, never a kernel address. */
uint64_t cap_public_name(const struct cap *c);
/* It names an object that is gone. */
bool cap_is_stale(const struct cap *c);

/*
 * Removes `c`: hands over its children (at most REPARENT_SLICE a call), unmaps it, drops its
 * reference; the last reference puts the object on the list of the dying. ST_AGAIN: call
 * again, `c` is still there, but without rights: nobody may copy it as fast as its children
 * are handed over, map what is being unmapped, or take RAM for whole whose children are
 * its parent's now.
 */
#define UNMAP_SLICE 32
MUST_CHECK status_t cap_remove(struct kcb *k, struct cap *c);

/* Removes some descendants of `c`. ST_AGAIN until there are none, dying ones neither. ST_REMOTE: the
 * next one is a proxy or an import, which is the monitor's to remove. */
MUST_CHECK status_t cap_revoke(struct kcb *k, struct cap *c);
/* Nothing is below it, and no revoke of it is under way that would end. */
static inline bool cap_revokes_nothing(const struct cap *c)
{
    return c->child == 0 && !(c->flags & CAP_F_REVOKING);
}
/* CAP_RECALL. */
MUST_CHECK status_t cap_recall(struct kcb *k, struct cap *c, bool forced, struct cap **met);

/* Flags a copy of `src` has. */
uint8_t cap_copy_flags(const struct cap *src);

void object_init(struct object *o, enum cap_type type);
static inline bool type_has_header(unsigned type)
{
    return type == CAP_CAPTABLE || type == CAP_SPACE || type == CAP_TASK || type == CAP_ENDPOINT;
}
