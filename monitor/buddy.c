/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/buddy.h"
#include "lib/base/bits.h"
#include <string.h>

enum block_state {
    UNUSED,
    FREE,    /* in the list of its order                              */
    OUT,
    SPLIT,   /* its halves are blocks                                 */
    LEAVING, /* its capability is to be deleted; its parent is SPLIT  */
};

static uint64_t order_bytes(unsigned order)
{
    return BUDDY_MIN_BYTES << order;
}

/* The smallest order that holds `bytes`; BUDDY_ORDERS if none does. */
static unsigned order_of(uint64_t bytes)
{
    unsigned order = 0;

    while (order < BUDDY_ORDERS && order_bytes(order) < bytes)
        order++;
    return order;
}

static uint16_t link_of(const struct buddy *b, const struct buddy_block *k)
{
    return (uint16_t)(k - b->block + 1);
}

/* ---- tables and lists ---- */

static uint16_t *chain_of(struct buddy *b, handle_t ram)
{
    return &b->hash[(HANDLE_INDEX(ram) ^ HANDLE_GENERATION(ram)) % BUDDY_CHAINS];
}

static void chain_in(struct buddy *b, struct buddy_block *k)
{
    uint16_t *head = chain_of(b, k->ram);

    k->chain = *head;
    *head = link_of(b, k);
}

static void chain_out(struct buddy *b, struct buddy_block *k)
{
    uint16_t *at = chain_of(b, k->ram);

    while (*at != link_of(b, k))
        at = &b->block[*at - 1].chain;
    *at = k->chain;
}

static const struct buddy_block *find(const struct buddy *b, handle_t ram)
{
    uint16_t at = b->hash[(HANDLE_INDEX(ram) ^ HANDLE_GENERATION(ram)) % BUDDY_CHAINS];

    while (at != 0 && b->block[at - 1].ram != ram)
        at = b->block[at - 1].chain;
    return at != 0 ? &b->block[at - 1] : NULL;
}

static void list_in(struct buddy *b, struct buddy_block *k)
{
    k->state = FREE;
    k->prev = 0;
    k->next = b->free[k->order];
    if (k->next != 0)
        b->block[k->next - 1].prev = link_of(b, k);
    b->free[k->order] = link_of(b, k);
}

static void list_out(struct buddy *b, struct buddy_block *k)
{
    if (k->next != 0)
        b->block[k->next - 1].prev = k->prev;
    if (k->prev != 0)
        b->block[k->prev - 1].next = k->next;
    else
        b->free[k->order] = k->next;
    k->next = k->prev = 0;
}

static struct buddy_block *pair_take(struct buddy *b)
{
    struct buddy_block *front = &b->block[b->unused - 1];

    b->unused = front->next;
    b->unused_pairs--;
    front->next = 0;
    return front;
}

static void pair_give(struct buddy *b, struct buddy_block *front)
{
    memset(front, 0, 2 * sizeof *front);
    front->next = b->unused;
    b->unused = link_of(b, front);
    b->unused_pairs++;
}

static struct buddy_block *front_of(struct buddy *b, struct buddy_block *k)
{
    return &b->block[(uint32_t)(k - b->block) & ~1u];
}

static void block_fill(struct buddy *b, struct buddy_block *k, const struct buddy_block *is)
{
    *k = *is;
    chain_in(b, k);
}

/* ---- whole again ---- */

/* Deletes its capability. If that fails it is lost until the next try. */
static bool leave(struct buddy *b, struct buddy_block *k)
{
    if (b->env->drop(b->world, k->ram) != ST_OK) {
        if (k->state != LEAVING)
            b->lost++;
        k->state = LEAVING;
        return false;
    }
    if (k->state == LEAVING)
        b->lost--;
    chain_out(b, k);
    memset(k, 0, sizeof *k);
    return true;
}

/* Both halves of `parent`, as far as they are there still. */
static bool leave_both(struct buddy *b, struct buddy_block *front)
{
    bool gone = true;

    for (unsigned i = 0; i < 2; i++)
        gone = (front[i].state == UNUSED || leave(b, &front[i])) && gone;
    return gone;
}

/* `k` is free and in no list, and its bytes are counted as free. Up as far as halves meet. */
static void settle(struct buddy *b, struct buddy_block *k)
{
    while (k->parent != 0) {
        struct buddy_block *parent = &b->block[k->parent - 1], *front = front_of(b, k);
        struct buddy_block *twin = k == front ? front + 1 : front;

        if (twin->state != FREE)
            break;
        list_out(b, twin);
        twin->state = k->state = OUT; /* in no list; they leave now */
        if (!leave_both(b, front)) {
            b->bytes_free -= order_bytes(parent->order);
            b->bytes_lost += order_bytes(parent->order);
            return;
        }
        pair_give(b, front);
        k = parent;
    }
    list_in(b, k);
}

/* What could not be deleted before. The walk is long, but this is not for a day without errors. */
static void try_again(struct buddy *b)
{
    for (uint32_t i = 0; i < BUDDY_BLOCKS && b->lost != 0; i += 2) {
        struct buddy_block *front = &b->block[i], *parent;

        if (front[0].state != LEAVING && front[1].state != LEAVING)
            continue;
        parent = &b->block[(front[0].parent | front[1].parent) - 1];
        if (!leave_both(b, front))
            continue;
        pair_give(b, front);
        b->bytes_lost -= order_bytes(parent->order);
        b->bytes_free += order_bytes(parent->order);
        settle(b, parent);
    }
}

/* ---- halves ---- */

/* `k` is free and in no list. On failure it is so still, or its front half is lost. */
static status_t split(struct buddy *b, struct buddy_block *k, struct buddy_block **first)
{
    struct buddy_block half = {.parent = link_of(b, k), .order = (uint8_t)(k->order - 1)};
    struct buddy_block *front;
    handle_t back;
    status_t st;

    half.base = k->base;
    if ((st = b->env->cut(b->world, k->ram, order_bytes(half.order), &half.ram)) != ST_OK)
        return st;
    front = pair_take(b);
    half.state = OUT;
    block_fill(b, &front[0], &half);
    k->state = SPLIT;
    if ((st = b->env->cut(b->world, k->ram, order_bytes(half.order), &back)) != ST_OK)
        goto undo_front;
    half.base += order_bytes(half.order);
    half.ram = back;
    block_fill(b, &front[1], &half);
    list_in(b, &front[1]);
    *first = &front[0];
    return ST_OK;

undo_front:
    if (leave(b, &front[0])) {
        pair_give(b, front);
        k->state = OUT;
    }
    return st;
}

status_t buddy_take(struct buddy *b, uint64_t bytes, struct buddy_piece *got)
{
    unsigned want = order_of(bytes), order = want;
    struct buddy_block *k;
    status_t st = ST_OK;

    if (bytes == 0)
        return ST_INVALID;
    try_again(b);
    while (order < BUDDY_ORDERS && b->free[order] == 0)
        order++;
    if (order >= BUDDY_ORDERS)
        return ST_NOMEM;
    if (b->unused_pairs < order - want)
        return ST_TABLE_FULL;
    k = &b->block[b->free[order] - 1];
    list_out(b, k);
    k->state = OUT;
    while (k->order > want && (st = split(b, k, &k)) == ST_OK)
        ;
    if (st == ST_OK) {
        b->bytes_free -= order_bytes(want);
        b->bytes_out += order_bytes(want);
        *got = (struct buddy_piece){k->ram, k->base, order_bytes(want)};
    } else if (k->state == SPLIT) {
        b->bytes_free -= order_bytes(k->order);
        b->bytes_lost += order_bytes(k->order);
    } else {
        settle(b, k);
    }
    return st;
}

status_t buddy_look(const struct buddy *b, handle_t ram, struct buddy_piece *is)
{
    const struct buddy_block *k = find(b, ram);

    if (k == NULL)
        return ST_INVALID_HANDLE;
    if (k->state != OUT)
        return ST_STATE;
    *is = (struct buddy_piece){k->ram, k->base, order_bytes(k->order)};
    return ST_OK;
}

status_t buddy_give(struct buddy *b, handle_t ram)
{
    struct buddy_piece is;
    status_t st = buddy_look(b, ram, &is);

    if (st != ST_OK)
        return st;
    b->bytes_out -= is.bytes;
    b->bytes_free += is.bytes;
    settle(b, &b->block[find(b, ram) - b->block]);
    try_again(b);
    return ST_OK;
}

/* ---- beginning, and figures ---- */

void buddy_init(struct buddy *b, const struct buddy_env *env, void *world)
{
    memset(b, 0, sizeof *b);
    b->env = env;
    b->world = world;
    for (unsigned i = BUDDY_BLOCKS; i > 0; i -= 2)
        pair_give(b, &b->block[i - 2]);
}

status_t buddy_add(struct buddy *b, const struct buddy_piece *root)
{
    unsigned order = order_of(root->bytes);
    struct buddy_block *k;

    if (order >= BUDDY_ORDERS || order_bytes(order) != root->bytes || root->ram == 0 ||
        find(b, root->ram) != NULL)
        return ST_INVALID;
    if (b->unused_pairs == 0)
        return ST_TABLE_FULL;
    k = pair_take(b);
    block_fill(
        b, k, &(struct buddy_block){.ram = root->ram, .base = root->base, .order = (uint8_t)order});
    list_in(b, k);
    b->bytes_free += root->bytes;
    return ST_OK;
}

uint64_t buddy_largest(const struct buddy *b)
{
    for (unsigned order = BUDDY_ORDERS; order-- > 0;)
        if (b->free[order] != 0)
            return order_bytes(order);
    return 0;
}

/* The halves of a split block, against what their parent says. */
static const char *halves_wrong(const struct buddy *b, const struct buddy_block *front)
{
    const struct buddy_block *one = front[0].state != UNUSED ? &front[0] : &front[1];
    const struct buddy_block *parent = &b->block[one->parent - 1];

    if (parent->state != SPLIT || parent->order != one->order + 1)
        return "a half has a parent that is split";
    if (front[0].state == FREE && front[1].state == FREE)
        return "B3";
    for (unsigned i = 0; i < 2; i++)
        if (front[i].state != UNUSED &&
            (front[i].base != parent->base + i * order_bytes(one->order) ||
             front[i].parent != one->parent))
            return "a half is where its parent has it";
    return NULL;
}

const char *buddy_wrong(const struct buddy *b)
{
    uint64_t is_free = 0, is_out = 0, is_lost = 0, listed = 0, pairs = 0;
    const char *why;

    for (unsigned order = 0; order < BUDDY_ORDERS; order++)
        for (uint16_t at = b->free[order]; at != 0; at = b->block[at - 1].next) {
            if (b->block[at - 1].state != FREE || b->block[at - 1].order != order)
                return "B1: what is listed is free";
            listed += order_bytes(order);
        }
    for (uint16_t at = b->unused; at != 0; at = b->block[at - 1].next)
        pairs++;
    for (uint32_t i = 0; i < BUDDY_BLOCKS; i += 2) {
        const struct buddy_block *front = &b->block[i];
        bool leaving = front[0].state == LEAVING || front[1].state == LEAVING;

        pairs += front[0].state != UNUSED || front[1].state != UNUSED;
        for (unsigned k = 0; k < 2; k++) {
            is_free += front[k].state == FREE ? order_bytes(front[k].order) : 0;
            is_out += front[k].state == OUT ? order_bytes(front[k].order) : 0;
            if (front[k].state != UNUSED && find(b, front[k].ram) != &front[k])
                return "B4: a block is found by its capability";
        }
        if (leaving)
            is_lost += 2 * order_bytes(front[front[0].state != LEAVING].order);
        if ((front[0].parent | front[1].parent) != 0 && (why = halves_wrong(b, front)) != NULL)
            return why;
    }
    if (pairs != BUDDY_BLOCKS / 2)
        return "B4: a pair of entries is in use or unused";
    if (listed != is_free || is_free != b->bytes_free || is_out != b->bytes_out ||
        is_lost != b->bytes_lost || (is_lost != 0) != (b->lost != 0))
        return "B2";
    return NULL;
}
