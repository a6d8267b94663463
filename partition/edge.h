/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/edge - who talks to whom, and how much.
 *
 * An edge is a channel: two ends, each a task of a partition. Nobody counts messages: a ring's position is their number,
 * modulo 2^32, and what is fed here is that position and the bytes lent so far, once in a while:
 *
 *     messages since = position now - position then (modulo 2^32)       weight += bytes + 64 x messages
 *
 * A channel that was bound anew counts from 0 again and has another `incarnation`: then all of its position is new. A
 * position is written by a program, which may write anything: a step of more than EDGE_STEP_MAX is no traffic but a
 * broken peer, which is said and not counted, and the next is counted from there.
 *
 * Weights are kept for each direction; an epoch takes them out. Pure; memory is the caller's.
 */
#pragma once
#include "lib/base/status.h"
#include "partition/ids.h"

#define EDGE_MESSAGE_WEIGHT 64u /* beside its bytes: what a message costs that says nothing */
#define EDGE_STEP_MAX       (1u << 24)   /* messages between two feeds */
#define EDGE_BYTES_MAX      (1ull << 40) /* lent between two feeds */

enum edge_way { EDGE_AB, EDGE_BA, EDGE_WAYS };

struct edge_end {
    partition_id partition;
    uint32_t task;
};

/* What one ring tells: who reads it says nothing. */
struct edge_count {
    uint32_t position;
    uint64_t bytes; /* of lent data, since it was bound */
};

struct edge {
    edge_id id; /* 0: free */
    struct edge_end a, b;
    uint32_t incarnation;
    struct edge_count seen[EDGE_WAYS];
    uint64_t messages[EDGE_WAYS], weight[EDGE_WAYS]; /* since edge_take */
    uint16_t generation;                             /* of the slot */
};

struct edge_table {
    struct edge *edge;
    uint32_t room, n;
    core_id home;
};

/* room <= EDGES_HOME */
void edge_init(struct edge_table *t, struct edge *memory, uint32_t room, core_id home);

/* ST_INVALID: an end that is nobody; ST_TABLE_FULL. Both ends may be of one partition. */
MUST_CHECK status_t edge_open(struct edge_table *t, struct edge_end a, struct edge_end b,
                              uint32_t incarnation, edge_id *id);

/* ST_FOREIGN: another core keeps it; ST_STALE_HANDLE. */
MUST_CHECK status_t edge_close(struct edge_table *t, edge_id id);

/* The same refusals. Valid until the table changes. */
MUST_CHECK status_t edge_find(const struct edge_table *t, edge_id id, struct edge **out);

/*
 * What both rings say now. *messages: how many are new. ST_PEER: a position or a number of bytes that cannot be; nothing
 * of this feed is counted, and the next is counted from here.
 */
MUST_CHECK status_t edge_feed(struct edge_table *t, edge_id id, uint32_t incarnation,
                              const struct edge_count now[EDGE_WAYS], uint64_t *messages);

/* The weights since the last time, which begin at 0 again. ST_FOREIGN, ST_STALE_HANDLE. */
MUST_CHECK status_t edge_take(struct edge_table *t, edge_id id, uint64_t weight[EDGE_WAYS]);

/* Closes those that have this end. */
void edge_close_at(struct edge_table *t, struct edge_end end);

/* The edge of that incarnation, where one names a channel for good. ST_NOT_FOUND. */
MUST_CHECK status_t edge_of(const struct edge_table *t, uint32_t incarnation, edge_id *id);

/* Does any edge have these two partitions as its ends, whichever way round? */
bool edge_between(const struct edge_table *t, partition_id a, partition_id b);

/* The ends at one task are ends at another, of another partition. */
void edge_move(struct edge_table *t, struct edge_end from, struct edge_end to);

/* Closes one that has `who` as an end; false: there is none. */
bool edge_end_of(struct edge_table *t, partition_id who, struct edge *out);

/* The name of what does not hold, or NULL. */
const char *edge_wrong(const struct edge_table *t);
