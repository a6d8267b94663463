/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/page_own - who owns each page of a core's memory that partitions have, and how that may change.
 *
 *     transition   giver before -> after      taker before -> after
 *     ----------   ----------------------     ---------------------
 *     take                                    NONE     -> OWNED         from the monitor, which had it
 *     drop         OWNED   -> NONE                                      back to the monitor
 *     donate       OWNED   -> NONE            NONE     -> OWNED
 *     share        OWNED   -> LENT            NONE     -> BORROWED
 *     reclaim      LENT    -> OWNED           BORROWED -> NONE
 *     borrow       another home's, LENT there      NONE     -> BORROWED
 *     repay        -> as that home does with it    BORROWED -> NONE
 *     hand over    as it is -> NONE           NONE     -> as the giver was     for split and merge only
 *
 *     P1  exactly one partition has a page OWNED or LENT, of the pages that partitions have at all
 *     P2  a BORROWED page has exactly one LENT counterpart, and the other way round
 *     P3  the table depends on who has what only, not on how it came to be
 *
 * A range is kept once, with its owner and, if it is lent, its borrower. So P1 and P2 cannot be written down wrongly; what is left
 * is that no two ranges overlap (P1) and that neighbours which are the same are one (P3).
 *
 * Each transition checks all pages before it changes one: a refusal leaves no trace. Pure; memory is the caller's.
 */
#pragma once
#include "lib/base/status.h"
#include "partition/ids.h"

enum page_state { PAGE_NONE, PAGE_OWNED, PAGE_LENT, PAGE_BORROWED, PAGE_STATES };

struct page_range {
    paddr_t base;
    uint64_t bytes;
    partition_id owner;
    partition_id borrower; /* PARTITION_NONE: not lent */
};

struct page_table {
    struct page_range *range; /* in the order of addresses */
    uint32_t n, room;
};

void page_own_init(struct page_table *t, struct page_range *memory, uint32_t room);

/*
 * All answer, and change nothing then:
 *
 *     ST_ALIGN       not whole pages
 *     ST_INVALID     no pages, they wrap, nobody, or giver and taker are the same
 *     ST_NOT_FOUND   no partition has one of the pages             (take: ST_EXISTS, one has)
 *     ST_DENIED      another owns one of them
 *     ST_STATE       it is lent (to somebody else), or it is not
 *     ST_TABLE_FULL
 */
MUST_CHECK status_t page_own_take(struct page_table *t, paddr_t base, uint64_t bytes,
                                  partition_id to);
MUST_CHECK status_t page_own_drop(struct page_table *t, paddr_t base, uint64_t bytes,
                                  partition_id from);
MUST_CHECK status_t page_own_donate(struct page_table *t, paddr_t base, uint64_t bytes,
                                    partition_id from, partition_id to);
MUST_CHECK status_t page_own_share(struct page_table *t, paddr_t base, uint64_t bytes,
                                   partition_id from, partition_id to);
MUST_CHECK status_t page_own_reclaim(struct page_table *t, paddr_t base, uint64_t bytes,
                                     partition_id from, partition_id to);
/* Memory of another home, whose table has the other side of it. borrow: ST_EXISTS as take. */
MUST_CHECK status_t page_own_borrow(struct page_table *t, paddr_t base, uint64_t bytes,
                                    partition_id lender, partition_id to);
MUST_CHECK status_t page_own_repay(struct page_table *t, paddr_t base, uint64_t bytes,
                                   partition_id lender, partition_id from);
/* Whatever `from` has there, `to` has: all pages alike. ST_STATE: `to` is the other side of the loan. */
MUST_CHECK status_t page_own_hand_over(struct page_table *t, paddr_t base, uint64_t bytes,
                                       partition_id from, partition_id to);

/* `to` is what `from` was, everywhere; what they had lent each other is a loan no more. Needs no room. */
void page_own_rename(struct page_table *t, partition_id from, partition_id to);

/* What `who` has of the page at `at`. */
enum page_state page_own_state(const struct page_table *t, paddr_t at, partition_id who);

/* All pages of the range owned, lent or borrowed by `who`, in any mixture? */
bool page_own_has(const struct page_table *t, paddr_t base, uint64_t bytes, partition_id who);

/* The range with the page at `at`. ST_NOT_FOUND. */
MUST_CHECK status_t page_own_at(const struct page_table *t, paddr_t at, struct page_range *out);

/* How much `who` owns, lent or not. */
uint64_t page_own_bytes(const struct page_table *t, partition_id who);

/* The first range that `who` has so; PAGE_NONE: in any way. ST_NOT_FOUND. */
MUST_CHECK status_t page_own_first(const struct page_table *t, partition_id who,
                                   enum page_state state, struct page_range *out);

/* The name of what does not hold, or NULL. */
const char *page_own_wrong(const struct page_table *t);
