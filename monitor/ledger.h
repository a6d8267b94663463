/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/ledger - who has each byte of a core's memory.
 *
 *     the core's own shares:    OUT ---------> RETURNING
 *                              ^  |               |
 *                              |  v               v
 *                     OWN <-- FREE <--------------+
 *                              ^  |
 *                              |  v
 *                              LENT
 *
 *     all other memory:        NONE <--> BORROWED
 *
 * A change says what it takes a range to be: which bytes, in which state, whose. If the ledger
 * knows better it is refused, and nothing is changed. So a double free, a free of another size, of
 * something else's memory or by somebody else is found where it happens.
 *
 *     L1  no byte is in two entries
 *     L2  OUT, RETURNING, LENT and OWN lie in one share; BORROWED touches none
 *     L3  the bytes of the states of a share's memory add up to the bytes of the shares
 *
 * Pure. Entries are kept in the order of their addresses; a change costs one search and one move.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/base/status.h"
#include "lib/rt/ledger.h"

#define LEDGER_ENTRIES 2048u

struct ledger_range {
    paddr_t base;
    uint64_t bytes;
    uint64_t who;
    enum ledger_state state;
};

struct ledger {
    struct range share[SHARE_RANGES];
    uint32_t nshares, n;
    uint64_t bytes[LEDGER_STATES];              /* [NONE] is not counted */
    struct ledger_range entry[LEDGER_ENTRIES];  /* neither FREE nor NONE */
};

void ledger_init(struct ledger *l);

/* Memory of this core, all of it FREE. ST_INVALID; ST_EXISTS: some of it is known; ST_TABLE_FULL. */
MUST_CHECK status_t ledger_share(struct ledger *l, paddr_t base, uint64_t bytes);

/*
 * What is as `is` says becomes `to`, `who`'s.
 *
 *     ST_INVALID     no range of whole pages, or no state; or an entry has other bytes than these
 *     ST_STATE       such a change there is not, or it is in another state (a double free, a double use)
 *     ST_FOREIGN     not in one share; to be borrowed: it is in one
 *     ST_DENIED      it is somebody else's
 *     ST_TABLE_FULL
 */
MUST_CHECK status_t ledger_change(struct ledger *l, const struct ledger_range *is,
                                  enum ledger_state to, uint64_t who);

/* The first range with a byte at or after `at`, in the order of addresses; of free memory what is left behind
 * `at`. ST_NOT_FOUND. */
MUST_CHECK status_t ledger_next(const struct ledger *l, paddr_t at, struct ledger_range *out);

/* The name of what does not hold, or NULL. */
const char *ledger_wrong(const struct ledger *l);
