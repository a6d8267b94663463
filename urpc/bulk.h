/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/bulk - large data by lending: who has which block of a region both sides map.
 *
 * Data too large for a slot is not copied into messages. Its owner writes it into blocks
 * of a region, lends the block by message, and the borrower returns it by message. Each
 * side keeps a ledger of its own and believes nothing but that: what the peer says is an
 * event that the ledger allows or refuses.
 *
 *     event                       lender's ledger         borrower's ledger
 *     -------------------------   ---------------------   -----------------
 *     lend   (lender decides)     HOME -> LENT             AWAY -> HELD   when it arrives
 *     return (borrower decides)   LENT -> HOME  when it    HELD -> AWAY
 *                                       arrives
 *     reclaim (peer is gone and   LENT -> HOME             HELD -> AWAY
 *              its mapping too)
 *
 *     B1  a block is HOME with the lender or HELD by the borrower, never both: LENT and AWAY
 *         on the two sides mean "it is the other's, or on its way"
 *     B2  every loan has a number; a return must name the number of the loan that runs, so a
 *         return that comes twice cannot end the next loan (ST_PEER)
 *     B3  a refused event changes nothing; a block outside the region is ST_INVALID when ours,
 *         ST_PEER when the peer's
 *
 * Pure: the messages, the memory and the mapping are the caller's. What the borrower reads in
 * a block may change under it unless the lender's mapping is taken away: take each field once.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define URPC_BLOCKS_MAX 65535u

enum urpc_bulk_role { BULK_LENDER, BULK_BORROWER, BULK_ROLES };
enum urpc_block_state { BLOCK_HERE, BLOCK_THERE, BLOCK_STATES }; /* HOME, LENT or HELD, AWAY */
enum urpc_bulk_event { BULK_LEND, BULK_RETURN, BULK_RECLAIM, BULK_EVENTS };

struct urpc_block {
    uint32_t loan;  /* number of the loan that runs, or ran last; 0: none yet  */
    uint16_t next;  /* lender: next free block + 1                             */
    uint16_t state; /* enum urpc_block_state                                   */
};

struct urpc_bulk {
    struct urpc_block *block; /* n entries, in memory of the owner                     */
    uint32_t n;
    uint32_t here; /* blocks HOME or HELD                                     */
    uint16_t role; /* enum urpc_bulk_role                                     */
    uint16_t free; /* lender: a free block + 1; 0: none                       */
};

/* n is 1 to URPC_BLOCKS_MAX: checked. A lender starts with all blocks, a borrower with none. */
void urpc_bulk_init(struct urpc_bulk *b, enum urpc_bulk_role role, struct urpc_block *entries,
                    uint32_t n);

/* Lender: take a free block to fill and lend. ST_AGAIN: all are lent. Constant time. */
MUST_CHECK status_t urpc_bulk_lend(struct urpc_bulk *b, uint32_t *block, uint32_t *loan);

/* Lender: the peer says it returns a block. ST_PEER: it had no such loan. */
MUST_CHECK status_t urpc_bulk_returned(struct urpc_bulk *b, uint32_t block, uint32_t loan);

/* Borrower: the peer says it lends a block. ST_PEER: we hold it already, or there is none. */
MUST_CHECK status_t urpc_bulk_lent(struct urpc_bulk *b, uint32_t block, uint32_t loan);

/* Borrower: give a block back; *loan is the number to tell. ST_STATE: we do not hold it;
 * ST_INVALID: no such block. */
MUST_CHECK status_t urpc_bulk_return(struct urpc_bulk *b, uint32_t block, uint32_t *loan);

/* Either side, when the peer is gone and can no longer touch the region: all is as at first,
 * but loans go on counting. */
void urpc_bulk_reclaim(struct urpc_bulk *b);

/* May this side touch the block now? */
bool urpc_bulk_ours(const struct urpc_bulk *b, uint32_t block);
