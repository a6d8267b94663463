/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/ledger.h"
#include "lib/abi/layout.h"
#include "lib/base/bits.h"
#include <string.h>

/* clang-format off */
static const bool may[LEDGER_STATES][LEDGER_STATES] = {
    [LEDGER_NONE]      = { [LEDGER_BORROWED] = true },
    [LEDGER_FREE]      = { [LEDGER_OUT] = true, [LEDGER_LENT] = true, [LEDGER_OWN] = true },
    [LEDGER_OUT]       = { [LEDGER_FREE] = true, [LEDGER_RETURNING] = true },
    [LEDGER_RETURNING] = { [LEDGER_FREE] = true },
    [LEDGER_LENT]      = { [LEDGER_FREE] = true },
    [LEDGER_OWN]       = { false },
    [LEDGER_BORROWED]  = { [LEDGER_NONE] = true },
};
/* clang-format on */

/* No entry is kept of these. */
static bool is_gap(enum ledger_state s)
{
    return s == LEDGER_NONE || s == LEDGER_FREE;
}

static bool is_ours(enum ledger_state s)
{
    return s != LEDGER_NONE && s != LEDGER_BORROWED;
}

static bool is_range(paddr_t base, uint64_t bytes)
{
    return bytes != 0 && IS_ALIGNED(base | bytes, PAGE_BYTES) && base + bytes > base;
}

static bool touch(paddr_t a, uint64_t a_bytes, paddr_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

static bool inside_a_share(const struct ledger *l, paddr_t base, uint64_t bytes)
{
    for (uint32_t i = 0; i < l->nshares; i++)
        if (base >= l->share[i].base && base + bytes <= l->share[i].base + l->share[i].bytes)
            return true;
    return false;
}

static bool touches_a_share(const struct ledger *l, paddr_t base, uint64_t bytes)
{
    for (uint32_t i = 0; i < l->nshares; i++)
        if (touch(base, bytes, l->share[i].base, l->share[i].bytes))
            return true;
    return false;
}

/* The first entry that ends behind `at`; l->n if none does. */
static uint32_t first_behind(const struct ledger *l, paddr_t at)
{
    uint32_t low = 0, high = l->n;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (l->entry[middle].base + l->entry[middle].bytes > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void ledger_init(struct ledger *l)
{
    memset(l, 0, sizeof *l);
}

status_t ledger_share(struct ledger *l, paddr_t base, uint64_t bytes)
{
    uint32_t i;

    if (!is_range(base, bytes))
        return ST_INVALID;
    i = first_behind(l, base);
    if (touches_a_share(l, base, bytes) || (i < l->n && l->entry[i].base < base + bytes))
        return ST_EXISTS;
    if (l->nshares == SHARE_RANGES)
        return ST_TABLE_FULL;
    l->share[l->nshares++] = (struct range){base, bytes};
    l->bytes[LEDGER_FREE] += bytes;
    return ST_OK;
}

/* `i`: the entry at is->base or the first behind it. */
static status_t check(const struct ledger *l, const struct ledger_range *is, enum ledger_state to,
                      uint32_t i)
{
    const struct ledger_range *e = &l->entry[i];
    bool taken = i < l->n && e->base < is->base + is->bytes;

    if (!may[is->state][to])
        return ST_STATE;
    if (is_ours(is->state) ? !inside_a_share(l, is->base, is->bytes)
                           : touches_a_share(l, is->base, is->bytes))
        return ST_FOREIGN;
    if (taken == is_gap(is->state))
        return ST_STATE;
    if (!taken)
        return l->n == LEDGER_ENTRIES ? ST_TABLE_FULL : ST_OK;
    if (e->base != is->base || e->bytes != is->bytes)
        return ST_INVALID;
    if (e->state != is->state)
        return ST_STATE;
    return e->who == is->who ? ST_OK : ST_DENIED;
}

static void entry_in(struct ledger *l, uint32_t i)
{
    memmove(&l->entry[i + 1], &l->entry[i], (l->n - i) * sizeof l->entry[0]);
    l->n++;
}

static void entry_out(struct ledger *l, uint32_t i)
{
    l->n--;
    memmove(&l->entry[i], &l->entry[i + 1], (l->n - i) * sizeof l->entry[0]);
}

status_t ledger_change(struct ledger *l, const struct ledger_range *is, enum ledger_state to,
                       uint64_t who)
{
    uint32_t i;
    status_t st;

    if (!is_range(is->base, is->bytes) || (unsigned)is->state >= LEDGER_STATES ||
        (unsigned)to >= LEDGER_STATES)
        return ST_INVALID;
    i = first_behind(l, is->base);
    if ((st = check(l, is, to, i)) != ST_OK)
        return st;

    l->bytes[is->state] -= is->state != LEDGER_NONE ? is->bytes : 0;
    l->bytes[to] += to != LEDGER_NONE ? is->bytes : 0;
    if (is_gap(is->state))
        entry_in(l, i);
    if (is_gap(to))
        entry_out(l, i);
    else
        l->entry[i] = (struct ledger_range){is->base, is->bytes, who, to};
    return ST_OK;
}

/* The share with the lowest address that ends behind `at`. */
static const struct range *share_behind(const struct ledger *l, paddr_t at)
{
    const struct range *first = NULL;

    for (uint32_t i = 0; i < l->nshares; i++)
        if (l->share[i].base + l->share[i].bytes > at &&
            (first == NULL || l->share[i].base < first->base))
            first = &l->share[i];
    return first;
}

status_t ledger_next(const struct ledger *l, paddr_t at, struct ledger_range *out)
{
    const struct range *share = share_behind(l, at);
    uint32_t i = first_behind(l, at);
    const struct ledger_range *e = i < l->n ? &l->entry[i] : NULL;
    paddr_t base, end;

    if (share == NULL && e == NULL)
        return ST_NOT_FOUND;
    base = share == NULL || share->base < at ? at : share->base;
    if (share == NULL || (e != NULL && e->base <= base)) {
        *out = *e;
        return ST_OK;
    }
    end = share->base + share->bytes;
    if (e != NULL && e->base < end)
        end = e->base;
    *out = (struct ledger_range){base, end - base, 0, LEDGER_FREE};
    return ST_OK;
}

const char *ledger_wrong(const struct ledger *l)
{
    uint64_t sum[LEDGER_STATES] = {0}, all = 0, taken = 0;
    paddr_t last = 0;

    for (uint32_t i = 0; i < l->n; i++) {
        const struct ledger_range *e = &l->entry[i];

        if (is_gap(e->state) || !is_range(e->base, e->bytes) || e->base < last)
            return "L1";
        if (is_ours(e->state) ? !inside_a_share(l, e->base, e->bytes)
                              : touches_a_share(l, e->base, e->bytes))
            return "L2";
        last = e->base + e->bytes;
        sum[e->state] += e->bytes;
        taken += is_ours(e->state) ? e->bytes : 0;
    }
    for (uint32_t i = 0; i < l->nshares; i++)
        all += l->share[i].bytes;
    sum[LEDGER_FREE] = all - taken;
    return memcmp(sum, l->bytes, sizeof sum) == 0 ? NULL : "L3";
}
