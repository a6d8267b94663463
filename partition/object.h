/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/object - which capabilities of a partition's tasks name one object.
 *
 * Frames and devices with common memory are one object, as who may write one may write the other; RAM is another
 * object than what was made from it, and the same as its copies; of all else the name and the badge say it. Pure.
 */
#pragma once
#include "lib/abi/cap.h"
#include "partition/merge.h"
#include "partition/split.h"

struct object_cap {
    uint64_t at, bytes, badge; /* name or base; of memory; 0: none                  */
    uint64_t object;           /* made by objects_number: from 1, in their order    */
    handle_t handle;           /* the caller's                                      */
    uint8_t type, rights;
    uint8_t task, side; /* whose table it is in: place in its partition; the caller's */
    uint8_t follows;    /* enum split_follows                                       */
    uint16_t which;
};

/* Puts them in the order of their objects, and numbers those. */
void objects_number(struct object_cap *cap, uint32_t n);

/* For split_caps, when they are in order: each is used by the task that holds it. */
void objects_split(const struct object_cap *cap, uint32_t n, struct split_cap *out);

/* For a merge: those of one side, as many as it says. */
uint32_t objects_merge(const struct object_cap *cap, uint32_t n, uint8_t side, struct merge_cap *out);
