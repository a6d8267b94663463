/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/buddy - RAM in blocks of 64 KiB .. 4 GiB that are split in halves and become whole again.
 *
 *     root, 1 MiB  +---------------------------------------+
 *                  | 512 KiB out       |  split            |    a block is split by two retypes:
 *                  |                   | 256 free| 256 out |    front half, back half
 *                  +---------------------------------------+
 *
 * The kernel takes RAM from the front of a capability, and that is whole again only when
 * everything made from it is gone. So a half is never cut alone, and two free halves become their
 * parent by deleting both. A share is no power of two: it is cut into one root for each bit
 * of its size.
 *
 *     B1  a block is free, out, split, or waits for its deletion; never two of these
 *     B2  bytes free + out + lost = bytes of all roots; lost is what deletions failed for, tried again
 *     B3  two halves of one block are never both free
 *     B4  every capability made here is known by a block, or is gone
 *
 * Pure: capabilities are numbers; the two functions of struct buddy_env are the kernel's. One call
 * cuts and drops at most two capabilities for each of the 17 sizes, and what it has to try again.
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/base/status.h"

#define BUDDY_MIN_SHIFT 16u
#define BUDDY_ORDERS 17u        /* 64 KiB << 0 .. 16 */
#define BUDDY_MIN_BYTES (1ull << BUDDY_MIN_SHIFT)
#define BUDDY_MAX_BYTES (1ull << (BUDDY_MIN_SHIFT + BUDDY_ORDERS - 1))
#define BUDDY_BLOCKS 4096u      /* half of the monitor's table: each block is a capability */
#define BUDDY_CHAINS 512u

struct buddy_env {
    /* A RAM capability to `bytes` more from the front of `ram`. On failure nothing was made. */
    status_t (*cut)(void *w, handle_t ram, uint64_t bytes, handle_t *part);
    status_t (*drop)(void *w, handle_t ram);
};

struct buddy_block {
    handle_t ram;
    paddr_t base;
    uint16_t parent;            /* index + 1; 0: a root. Halves are at an even index and the next */
    uint16_t next, prev;        /* index + 1, in the list of its order; unused pairs: next        */
    uint16_t chain;             /* index + 1, blocks with the same hash of `ram`                  */
    uint8_t order, state;
};

struct buddy {
    const struct buddy_env *env;
    void *world;
    uint64_t bytes_free, bytes_out, bytes_lost;
    uint32_t lost;              /* blocks whose deletion failed */
    uint32_t unused_pairs;
    uint16_t unused;            /* index + 1 of the front one   */
    uint16_t free[BUDDY_ORDERS];
    uint16_t hash[BUDDY_CHAINS];
    struct buddy_block block[BUDDY_BLOCKS];
};

struct buddy_piece {
    handle_t ram;
    paddr_t base;
    uint64_t bytes;
};

void buddy_init(struct buddy *b, const struct buddy_env *env, void *world);

/* A root: all of a RAM capability from which nothing was made. ST_INVALID: its size is none of ours, or
 * it is known already. ST_TABLE_FULL. */
MUST_CHECK status_t buddy_add(struct buddy *b, const struct buddy_piece *root);

/* A block of at least `bytes`. ST_INVALID: 0. ST_NOMEM; ST_TABLE_FULL or what the kernel
 * says: no room to split. */
MUST_CHECK status_t buddy_take(struct buddy *b, uint64_t bytes, struct buddy_piece *got);

/* It is whole again. ST_INVALID_HANDLE: no block. ST_STATE: a block, but not out. */
MUST_CHECK status_t buddy_give(struct buddy *b, handle_t ram);

/* Which memory a block that is out has. As buddy_give. */
MUST_CHECK status_t buddy_look(const struct buddy *b, handle_t ram, struct buddy_piece *is);

/* Bytes of the largest block that is free; 0: none. */
uint64_t buddy_largest(const struct buddy *b);

/* For tests: the name of what does not hold, or NULL. */
const char *buddy_wrong(const struct buddy *b);
