/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/invariant - what is true of a home's table between any two calls: a name, a sentence, a check.
 *
 * For tests, which ask after every operation, and for a monitor that has time. Each looks at the whole table and believes nothing
 * that it can count.
 */
#pragma once
#include "partition/partition.h"

/* clang-format off */
#define INVARIANTS(X)                                                                              \
    X(places,      "a place in use has the name of its index and generation; the rest is empty")   \
    X(states,      "a state is one of the eight; before is running or suspended in an operation")  \
    X(kin,         "in a split and a merge the old and the new know each other, otherwise nobody") \
    X(cores,       "a partition runs on a core, and goes to another only while it migrates")       \
    X(supervisors, "nobody is, some steps up, his own supervisor; a supervisor here is here")      \
    X(tasks,       "a partition has the tasks it is charged for; none while it hibernates")        \
    X(one_owner,   "a page that partitions have has exactly one owner, and at most one borrower")  \
    X(holders,     "who owns or borrows pages, and has its home here, is here")                    \
    X(pages_paid,  "pages are charged to who owns them, and not more than he may have")            \
    X(region_once, "a region is in the list of its partition once, or free")                       \
    X(region_apart,"two regions of a partition are not at one address of one space")               \
    X(region_held, "a region shows memory that its partition owns or has borrowed")                \
    X(region_kind, "a region is as its policy allows")                                             \
    X(unborn,      "what an operation makes has nothing before it is born")                        \
    X(edge_ends,   "an edge has an end here, and an end that is here is at a task")                \
    X(edge_table,  "an edge has the name of its place")                                            \
    X(leases,      "a device has one exclusive lease, or others with a holder each")               \
    X(lease_holders, "who holds a lease, and has its home here, is here")
/* clang-format on */

/* The first that does not hold, or NULL. */
struct invariant {
    const char *name, *text;
    bool (*holds)(const struct partitions *t);
};
const struct invariant *invariant_broken(const struct partitions *t);

/* All of them, one after the other; NULL: no more. */
const struct invariant *invariant_number(unsigned n);
