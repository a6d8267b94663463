/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/bulk - see bulk.h for the drawing and B1 to B3. */
#include "urpc/bulk.h"
#include "lib/base/check.h"

struct bulk_step {
    status_t answer;
    enum urpc_block_state next;
};

/* Every role, state and event. What the peer did wrong is ST_PEER, what we did is ST_STATE. */
/* clang-format off */
static const struct bulk_step table[BULK_ROLES][BLOCK_STATES][BULK_EVENTS] = {
    [BULK_LENDER] = {
        /*                lend                      return                     reclaim                */
        [BLOCK_HERE]  = { { ST_OK,    BLOCK_THERE }, { ST_PEER,  BLOCK_HERE  }, { ST_OK, BLOCK_HERE  } },
        [BLOCK_THERE] = { { ST_STATE, BLOCK_THERE }, { ST_OK,    BLOCK_HERE  }, { ST_OK, BLOCK_HERE  } },
    },
    [BULK_BORROWER] = {
        [BLOCK_HERE]  = { { ST_PEER,  BLOCK_HERE  }, { ST_OK,    BLOCK_THERE }, { ST_OK, BLOCK_THERE } },
        [BLOCK_THERE] = { { ST_OK,    BLOCK_HERE  }, { ST_STATE, BLOCK_THERE }, { ST_OK, BLOCK_THERE } },
    },
};
/* clang-format on */

static status_t step(struct urpc_bulk *b, struct urpc_block *e, enum urpc_bulk_event event)
{
    struct bulk_step s = table[b->role][e->state][event];

    b->here += (uint32_t)(s.next == BLOCK_HERE) - (uint32_t)(e->state == BLOCK_HERE);
    e->state = (uint16_t)s.next;
    return s.answer;
}

static void push_free(struct urpc_bulk *b, uint32_t i)
{
    b->block[i].next = b->free;
    b->free = (uint16_t)(i + 1);
}

void urpc_bulk_init(struct urpc_bulk *b, enum urpc_bulk_role role, struct urpc_block *entries,
                    uint32_t n)
{
    CHECK(n >= 1 && n <= URPC_BLOCKS_MAX);
    *b = (struct urpc_bulk){.block = entries, .n = n, .role = (uint16_t)role};
    b->here = role == BULK_LENDER ? n : 0;
    for (uint32_t i = n; i-- > 0;) {
        entries[i] = (struct urpc_block){0};
        entries[i].state = role == BULK_LENDER ? BLOCK_HERE : BLOCK_THERE;
        if (role == BULK_LENDER)
            push_free(b, i);
    }
}

status_t urpc_bulk_lend(struct urpc_bulk *b, uint32_t *block, uint32_t *loan)
{
    struct urpc_block *e;
    status_t st;

    CHECK(b->role == BULK_LENDER);
    if (b->free == 0)
        return ST_AGAIN;
    e = &b->block[b->free - 1];
    if ((st = step(b, e, BULK_LEND)) != ST_OK)
        return st;

    *block = b->free - 1u;
    b->free = e->next;
    e->loan = e->loan == UINT32_MAX ? 1 : e->loan + 1; /* loan 0 is never issued */
    *loan = e->loan;
    return ST_OK;
}

status_t urpc_bulk_returned(struct urpc_bulk *b, uint32_t block, uint32_t loan)
{
    status_t st;

    CHECK(b->role == BULK_LENDER);
    if (block >= b->n || b->block[block].loan != loan)
        return ST_PEER;
    if ((st = step(b, &b->block[block], BULK_RETURN)) != ST_OK)
        return st;
    push_free(b, block);
    return ST_OK;
}

status_t urpc_bulk_lent(struct urpc_bulk *b, uint32_t block, uint32_t loan)
{
    status_t st;

    CHECK(b->role == BULK_BORROWER);
    if (block >= b->n || loan == 0)
        return ST_PEER;
    if ((st = step(b, &b->block[block], BULK_LEND)) == ST_OK)
        b->block[block].loan = loan;
    return st;
}

status_t urpc_bulk_return(struct urpc_bulk *b, uint32_t block, uint32_t *loan)
{
    status_t st;

    CHECK(b->role == BULK_BORROWER);
    if (block >= b->n)
        return ST_INVALID;
    if ((st = step(b, &b->block[block], BULK_RETURN)) == ST_OK)
        *loan = b->block[block].loan;
    return st;
}

void urpc_bulk_reclaim(struct urpc_bulk *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        bool was_there = b->block[i].state == BLOCK_THERE;

        if (step(b, &b->block[i], BULK_RECLAIM) == ST_OK && was_there && b->role == BULK_LENDER)
            push_free(b, i);
    }
}

bool urpc_bulk_ours(const struct urpc_bulk *b, uint32_t block)
{
    return block < b->n && b->block[block].state == BLOCK_HERE;
}
