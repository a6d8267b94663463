/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/sim/ledger - what the programs of the simulated machine know they have: who got what from
 * whom, and so what must hold. Written from spec.md section 2, not from the code under test.
 *
 *     entry   one capability of one program: its handle, what it was made from, its memory
 *
 *     C1  when a revoke has answered, no entry below it is usable, and none arrives later
 *     C2  a new object has no byte in common with another that is usable
 *     C3  what was not given is as it was; nothing is lost without a revoke or a death
 *     C4  rights of an entry are within those of what it came from; depth at most 8
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/base/status.h"

enum entry_state {
    ENTRY_NONE,
    ENTRY_LIVE,
    ENTRY_DELETED,
    ENTRY_VANISHED,             /* seen to be gone while a revoke is under way */
    ENTRY_REVOKED               /* by a revoke that has answered               */
};

struct entry {
    uint8_t state, type, rights;
    uint16_t core, owner;       /* where it is; whose memory it is            */
    uint16_t revokes;           /* of this one, begun and not answered with success */
    uint32_t parent;            /* number of the entry it was made from; 0    */
    uint32_t object;            /* number of the entry that was made by retype */
    handle_t handle;
    uint64_t base, bytes;
};

struct ledger {
    struct entry *entry;
    uint32_t n, max;
    const char *broken;         /* the property that does not hold            */
    uint32_t about;             /* the entry it was seen at                   */
};

void ledger_init(struct ledger *l, uint32_t max);
void ledger_free(struct ledger *l);

/* A new entry below `parent` (0: none). Checks C1, C4 against it, and C2 when is_object. 0: full. */
uint32_t ledger_add(struct ledger *l, uint32_t parent, const struct entry *e, bool is_object);
void ledger_delete(struct ledger *l, uint32_t n);
/* A revoke of `n` has begun: what is below may vanish. It was answered: well, then all of it has. One that
 * is not answered, or not well, may have taken some: then it stays begun. */
void ledger_revoking(struct ledger *l, uint32_t n);
void ledger_revoked(struct ledger *l, uint32_t n, bool well);
bool ledger_is_below(const struct ledger *l, uint32_t n, uint32_t above);
/* An entry turned out not to be usable: is there a reason? `dead_owner`: its memory's core has stopped. */
void ledger_vanished(struct ledger *l, uint32_t n, bool dead_owner);
