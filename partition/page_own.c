/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/page_own.h"
#include "lib/base/check.h"

struct holders {
    partition_id owner, borrower;
};

void page_own_init(struct page_table *t, struct page_range *memory, uint32_t room)
{
    *t = (struct page_table){.range = memory, .room = room};
}

static bool same(const struct page_range *r, struct holders h)
{
    return r->owner == h.owner && r->borrower == h.borrower;
}

static uint64_t end_of(const struct page_range *r)
{
    return r->base + r->bytes;
}

static status_t check_range(paddr_t base, uint64_t bytes)
{
    if (!IS_ALIGNED(base | bytes, PAGE_BYTES))
        return ST_ALIGN;
    return bytes == 0 || base + bytes < base ? ST_INVALID : ST_OK;
}

/* The first range that ends behind `at`; n if there is none. */
static uint32_t find(const struct page_table *t, paddr_t at)
{
    uint32_t low = 0, high = t->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (end_of(&t->range[middle]) <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is every page of the range held by exactly these? */
static status_t check_held(const struct page_table *t, paddr_t base, uint64_t bytes,
                           struct holders h)
{
    paddr_t at = base;

    for (uint32_t i = find(t, base); at < base + bytes; i++) {
        if (i == t->n || t->range[i].base > at)
            return ST_NOT_FOUND;
        if (t->range[i].owner != h.owner)
            return ST_DENIED;
        if (t->range[i].borrower != h.borrower)
            return ST_STATE;
        at = end_of(&t->range[i]);
    }
    return ST_OK;
}

/* Is there a range that goes over `at`, so that a border there makes two of it? */
static bool cuts(const struct page_table *t, paddr_t at)
{
    uint32_t i = find(t, at);

    return i < t->n && t->range[i].base < at;
}

static status_t check_room(const struct page_table *t, uint32_t more)
{
    return more <= t->room - t->n ? ST_OK : ST_TABLE_FULL;
}

static void open_gap(struct page_table *t, uint32_t i)
{
    CHECK(t->n < t->room);
    for (uint32_t k = t->n++; k > i; k--)
        t->range[k] = t->range[k - 1];
}

static void close_gap(struct page_table *t, uint32_t i)
{
    t->n--;
    for (uint32_t k = i; k < t->n; k++)
        t->range[k] = t->range[k + 1];
}

static void cut(struct page_table *t, paddr_t at)
{
    uint32_t i = find(t, at);

    if (i == t->n || t->range[i].base >= at)
        return;
    open_gap(t, i);
    t->range[i].bytes = at - t->range[i].base;
    t->range[i + 1].bytes -= t->range[i].bytes;
    t->range[i + 1].base = at;
}

static void join(struct page_table *t, uint32_t i) /* with the one behind it */
{
    struct page_range *r = &t->range[i];

    if (i + 1 >= t->n || end_of(r) != r[1].base ||
        !same(r, (struct holders){r[1].owner, r[1].borrower}))
        return;
    r->bytes += r[1].bytes;
    close_gap(t, i + 1);
}

/* `becomes` with nobody as owner: the pages leave the table. Was checked: from here on it cannot fail. */
static void set(struct page_table *t, paddr_t base, uint64_t bytes, struct holders becomes)
{
    uint32_t i;

    cut(t, base);
    cut(t, base + bytes);
    i = find(t, base);
    while (i + 1 < t->n && t->range[i + 1].base < base + bytes)
        close_gap(t, i + 1);
    t->range[i] = (struct page_range){base, bytes, becomes.owner, becomes.borrower};
    if (becomes.owner == PARTITION_NONE) {
        close_gap(t, i);
        return;
    }
    join(t, i);
    if (i > 0)
        join(t, i - 1);
}

static status_t change(struct page_table *t, paddr_t base, uint64_t bytes, struct holders is,
                       struct holders becomes)
{
    status_t st;

    if ((st = check_range(base, bytes)) != ST_OK || (st = check_held(t, base, bytes, is)) != ST_OK)
        return st;
    if ((st = check_room(t, (uint32_t)cuts(t, base) + cuts(t, base + bytes))) != ST_OK)
        return st;
    set(t, base, bytes, becomes);
    return ST_OK;
}

/* Two different somebodies? */
static bool two(partition_id a, partition_id b)
{
    return a != PARTITION_NONE && b != PARTITION_NONE && a != b;
}

/* Pages that the table did not know. */
static status_t enter(struct page_table *t, paddr_t base, uint64_t bytes, struct holders h)
{
    status_t st;
    uint32_t i;

    if ((st = check_range(base, bytes)) != ST_OK)
        return st;
    i = find(t, base);
    if (i < t->n && t->range[i].base < base + bytes)
        return ST_EXISTS;
    if ((st = check_room(t, 1)) != ST_OK)
        return st;
    open_gap(t, i);
    t->range[i] = (struct page_range){base, bytes, h.owner, h.borrower};
    join(t, i);
    if (i > 0)
        join(t, i - 1);
    return ST_OK;
}

status_t page_own_take(struct page_table *t, paddr_t base, uint64_t bytes, partition_id to)
{
    status_t st = check_range(base, bytes); /* what is wrong with the range is told first */

    if (st == ST_OK && to == PARTITION_NONE)
        return ST_INVALID;
    return enter(t, base, bytes, (struct holders){to, PARTITION_NONE});
}

status_t page_own_borrow(struct page_table *t, paddr_t base, uint64_t bytes, partition_id lender,
                         partition_id to)
{
    if (!two(lender, to))
        return ST_INVALID;
    return enter(t, base, bytes, (struct holders){lender, to});
}

status_t page_own_repay(struct page_table *t, paddr_t base, uint64_t bytes, partition_id lender,
                        partition_id from)
{
    if (!two(lender, from))
        return ST_INVALID;
    return change(t, base, bytes, (struct holders){lender, from}, (struct holders){0, 0});
}

status_t page_own_drop(struct page_table *t, paddr_t base, uint64_t bytes, partition_id from)
{
    if (from == PARTITION_NONE)
        return ST_INVALID;
    return change(t, base, bytes, (struct holders){from, PARTITION_NONE}, (struct holders){0, 0});
}

status_t page_own_donate(struct page_table *t, paddr_t base, uint64_t bytes, partition_id from,
                         partition_id to)
{
    if (!two(from, to))
        return ST_INVALID;
    return change(t, base, bytes, (struct holders){from, PARTITION_NONE},
                  (struct holders){to, PARTITION_NONE});
}

status_t page_own_share(struct page_table *t, paddr_t base, uint64_t bytes, partition_id from,
                        partition_id to)
{
    if (!two(from, to))
        return ST_INVALID;
    return change(t, base, bytes, (struct holders){from, PARTITION_NONE},
                  (struct holders){from, to});
}

status_t page_own_reclaim(struct page_table *t, paddr_t base, uint64_t bytes, partition_id from,
                          partition_id to)
{
    if (!two(from, to))
        return ST_INVALID;
    return change(t, base, bytes, (struct holders){from, to},
                  (struct holders){from, PARTITION_NONE});
}

status_t page_own_hand_over(struct page_table *t, paddr_t base, uint64_t bytes, partition_id from,
                            partition_id to)
{
    struct holders is, becomes;
    status_t st;
    uint32_t i;

    if (!two(from, to))
        return ST_INVALID;
    if ((st = check_range(base, bytes)) != ST_OK)
        return st;
    i = find(t, base);
    if (i == t->n || t->range[i].base > base)
        return ST_NOT_FOUND;
    is = (struct holders){t->range[i].owner, t->range[i].borrower};
    if (is.owner != from && is.borrower != from)
        return ST_DENIED;
    if (is.owner == to || is.borrower == to)
        return ST_STATE;
    becomes = is.owner == from ? (struct holders){to, is.borrower} : (struct holders){is.owner, to};
    return change(t, base, bytes, is, becomes);
}

void page_own_rename(struct page_table *t, partition_id from, partition_id to)
{
    CHECK(two(from, to));
    for (uint32_t i = 0; i < t->n; i++) {
        struct page_range *r = &t->range[i];

        if (r->owner == from)
            r->owner = to;
        if (r->borrower == from)
            r->borrower = to;
        if (r->owner == r->borrower)
            r->borrower = PARTITION_NONE;
    }
    for (uint32_t i = t->n; i-- > 0;)
        join(t, i);
}

static enum page_state role(const struct page_range *r, partition_id who)
{
    if (r->owner == who)
        return r->borrower == PARTITION_NONE ? PAGE_OWNED : PAGE_LENT;
    return r->borrower == who ? PAGE_BORROWED : PAGE_NONE;
}

enum page_state page_own_state(const struct page_table *t, paddr_t at, partition_id who)
{
    uint32_t i = find(t, at);

    if (who == PARTITION_NONE || i == t->n || t->range[i].base > at)
        return PAGE_NONE;
    return role(&t->range[i], who);
}

status_t page_own_at(const struct page_table *t, paddr_t at, struct page_range *out)
{
    uint32_t i = find(t, at);

    if (i == t->n || t->range[i].base > at)
        return ST_NOT_FOUND;
    *out = t->range[i];
    return ST_OK;
}

uint64_t page_own_bytes(const struct page_table *t, partition_id who)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < t->n; i++)
        if (t->range[i].owner == who)
            bytes += t->range[i].bytes;
    return bytes;
}

bool page_own_has(const struct page_table *t, paddr_t base, uint64_t bytes, partition_id who)
{
    paddr_t at = base;

    if (who == PARTITION_NONE || check_range(base, bytes) != ST_OK)
        return false;
    for (uint32_t i = find(t, base); at < base + bytes; i++) {
        if (i == t->n || t->range[i].base > at || role(&t->range[i], who) == PAGE_NONE)
            return false;
        at = end_of(&t->range[i]);
    }
    return true;
}

status_t page_own_first(const struct page_table *t, partition_id who, enum page_state state,
                        struct page_range *out)
{
    for (uint32_t i = 0; i < t->n && who != PARTITION_NONE; i++) {
        enum page_state has = role(&t->range[i], who);

        if (has != PAGE_NONE && (state == PAGE_NONE || has == state)) {
            *out = t->range[i];
            return ST_OK;
        }
    }
    return ST_NOT_FOUND;
}

const char *page_own_wrong(const struct page_table *t)
{
    if (t->n > t->room)
        return "the ranges fit their memory";
    for (uint32_t i = 0; i < t->n; i++) {
        const struct page_range *r = &t->range[i];

        if (check_range(r->base, r->bytes) != ST_OK)
            return "a range is whole pages";
        if (r->owner == PARTITION_NONE)
            return "a range has an owner";
        if (r->owner == r->borrower)
            return "nobody borrows from himself";
        if (i > 0 && end_of(r - 1) > r->base)
            return "exactly one partition owns a page";
        if (i > 0 && end_of(r - 1) == r->base &&
            same(r - 1, (struct holders){r->owner, r->borrower}))
            return "neighbours that are the same are one range";
    }
    return NULL;
}
