/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every order of lending, returning, forged returns and crashes over two blocks: B1 to B3.
 *
 * Two ledgers and the messages between them, one queue each way. The borrower is honest in what
 * it does with blocks; but at any time a return that names another loan than the one that runs
 * may arrive, or a block lent that does not exist, and at any time the peer may be gone.
 */
#include <stdio.h>
#include <string.h>
#include "tests/support/explore.h"
#include "urpc/bulk.h"

#define BLOCKS 2u
#define LOANS  4u /* per block */
#define QUEUE  4u

struct word {
    uint32_t block, loan;
};

struct queue {
    struct word word[QUEUE];
    uint32_t n;
};

struct state {
    const char *broken;
    struct urpc_bulk lender, borrower;
    struct urpc_block lent[BLOCKS], held[BLOCKS];
    struct queue there, back; /* lend messages, return messages */
    uint32_t used[BLOCKS];    /* loan numbers given out, a bit each */
};

enum { LEND, ARRIVE_THERE, ARRIVE_BACK, CRASH, RETURN = 8, FORGE = 16, FORGE_LEND = 64 };

static void init(void *state)
{
    struct state *s = state;

    urpc_bulk_init(&s->lender, BULK_LENDER, s->lent, BLOCKS);
    urpc_bulk_init(&s->borrower, BULK_BORROWER, s->held, BLOCKS);
    s->lender.block = s->borrower.block = NULL; /* a state has no address */
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    if (s->there.n < QUEUE && (s->lender.free == 0 || s->lent[s->lender.free - 1].loan < LOANS))
        list[n++] = LEND;
    if (s->there.n > 0)
        list[n++] = ARRIVE_THERE;
    if (s->back.n > 0)
        list[n++] = ARRIVE_BACK;
    list[n++] = CRASH;
    for (uint32_t b = 0; b <= BLOCKS && s->back.n < QUEUE; b++)
        list[n++] = RETURN + b;
    for (uint32_t b = 0; b <= BLOCKS; b++)
        for (uint32_t loan = 0; loan <= LOANS + 1; loan++)
            list[n++] = FORGE + b * 8 + loan;
    for (uint32_t b = 0; b <= BLOCKS; b++)
        list[n++] = FORGE_LEND + b;
    return n;
}

static void push(struct queue *q, uint32_t block, uint32_t loan)
{
    q->word[q->n].block = block;
    q->word[q->n++].loan = loan;
}

static struct word pop(struct queue *q)
{
    struct word w = q->word[0];

    q->n--;
    memmove(&q->word[0], &q->word[1], sizeof q->word - sizeof q->word[0]);
    memset(&q->word[QUEUE - 1], 0, sizeof q->word[0]);
    return w;
}

static uint32_t on_the_way(const struct queue *q, uint32_t block)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < q->n; i++)
        n += q->word[i].block == block;
    return n;
}

static void lend(struct state *s)
{
    uint32_t block = 99, loan = 0;
    bool any = s->lender.here > 0;
    status_t st = urpc_bulk_lend(&s->lender, &block, &loan);

    if (st != (any ? ST_OK : ST_AGAIN))
        s->broken = "a block is lent when one is at home, and only then";
    else if (st == ST_OK && (block >= BLOCKS || loan == 0))
        s->broken = "B2: what is lent is a block of the region, under a number";
    else if (st == ST_OK && (s->used[block] >> loan & 1) != 0)
        s->broken = "B2: each loan of a block has a number of its own";
    if (st != ST_OK || s->broken != NULL)
        return;
    s->used[block] |= 1u << loan;
    push(&s->there, block, loan);
}

static void give_back(struct state *s, uint32_t block)
{
    uint32_t loan = 0;
    bool held = block < BLOCKS && urpc_bulk_ours(&s->borrower, block);
    status_t st = urpc_bulk_return(&s->borrower, block, &loan);

    if (st != (held ? ST_OK : block < BLOCKS ? ST_STATE : ST_INVALID))
        s->broken = "B3: only what is held can be given back";
    if (st == ST_OK)
        push(&s->back, block, loan);
}

/* The peer claims to return a loan that does not run. */
static void forge(struct state *s, uint32_t block, uint32_t loan)
{
    struct state before = *s;

    if (block < BLOCKS && s->lent[block].state == BLOCK_THERE && s->lent[block].loan == loan)
        return; /* that one would be true */
    if (urpc_bulk_returned(&s->lender, block, loan) != ST_PEER)
        s->broken = "B2: a return must name the loan that runs";
    if (memcmp(&before, s, sizeof before) != 0)
        s->broken = "B3: a refused event changes nothing";
}

static void forge_lend(struct state *s, uint32_t block)
{
    struct state before = *s;

    if (block < BLOCKS && !urpc_bulk_ours(&s->borrower, block))
        return;
    if (urpc_bulk_lent(&s->borrower, block, 1) != ST_PEER)
        s->broken = "B3: what is held or does not exist is not lent again";
    if (memcmp(&before, s, sizeof before) != 0)
        s->broken = "B3: a refused event changes nothing";
}

static void check(struct state *s)
{
    uint32_t home = 0, listed = 0;

    for (uint32_t b = 0; b < BLOCKS; b++) {
        uint32_t places = urpc_bulk_ours(&s->lender, b) + urpc_bulk_ours(&s->borrower, b) +
                          on_the_way(&s->there, b) + on_the_way(&s->back, b);

        if (places != 1)
            s->broken = "B1: a block is in one place: home, held, or on its way";
        home += urpc_bulk_ours(&s->lender, b);
    }
    for (uint32_t f = s->lender.free; f != 0 && listed <= BLOCKS; f = s->lent[f - 1].next)
        listed++;
    if (listed != home || s->lender.here != home)
        s->broken = "as many blocks can be lent as are at home";
}

static void step(void *state, uint32_t action)
{
    struct state *s = state;
    struct word w;

    s->lender.block = s->lent;
    s->borrower.block = s->held;
    if (action >= FORGE_LEND) {
        forge_lend(s, action - FORGE_LEND);
    } else if (action >= FORGE) {
        forge(s, (action - FORGE) / 8, (action - FORGE) % 8);
    } else if (action >= RETURN) {
        give_back(s, action - RETURN);
    } else if (action == LEND) {
        lend(s);
    } else if (action == ARRIVE_THERE) {
        w = pop(&s->there);
        if (urpc_bulk_lent(&s->borrower, w.block, w.loan) != ST_OK)
            s->broken = "what an honest lender lends is taken";
    } else if (action == ARRIVE_BACK) {
        w = pop(&s->back);
        if (urpc_bulk_returned(&s->lender, w.block, w.loan) != ST_OK)
            s->broken = "what an honest borrower returns is taken";
    } else {
        urpc_bulk_reclaim(&s->lender);
        urpc_bulk_reclaim(&s->borrower);
        memset(&s->there, 0, sizeof s->there);
        memset(&s->back, 0, sizeof s->back);
    }
    if (s->broken == NULL)
        check(s);
    s->lender.block = s->borrower.block = NULL;
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

static bool may_end(const void *state)
{
    (void)state;
    return true;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    static const char *const word[] = {"lend", "a lend arrives", "a return arrives",
                                       "the peer is gone"};

    (void)state;
    if (action < RETURN)
        fputs(word[action], to);
    else if (action < FORGE)
        fprintf(to, "return block %u", action - RETURN);
    else if (action < FORGE_LEND)
        fprintf(to, "a forged return of block %u, loan %u", (action - FORGE) / 8,
                (action - FORGE) % 8);
    else
        fprintf(to, "a forged lend of block %u", action - FORGE_LEND);
}

int main(void)
{
    const struct explore_model model = {
        "bulk", sizeof(struct state), init, actions, step, broken, may_end, print, NULL};
    struct explore_result r = explore(&model, 5000000, stdout);

    printf("%s - every order of events on %u blocks and %u loans of each (%llu states)\n",
           r.end == EXPLORE_ALL ? "ok" : "not ok", BLOCKS, LOANS, (unsigned long long)r.states);
    return r.end != EXPLORE_ALL;
}
