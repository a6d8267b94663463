/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/reshape - splits and merges on the machine: two pairs of programs that talk, and are made one and two again.
 *
 *     reshape.c        the story, by argument: merge, split, blind, die      reshape_ask.c    how one asks
 */
#pragma once
#include "partition/merge.h"
#include "tests/system/party.h"

enum role { A0, A1, B0, B1, ROLES };

struct pair {
    char name;
    uint64_t part[2];           /* A, B                          */
    struct rt_chan chan[ROLES]; /* to each of the four           */
};

/* Two partitions of two programs each on `core`, all four talking. */
void pair_make(struct pair *p, char name, core_id core, unsigned flags);
/* Has it done: the answer's words replace `word`; the status is word 0 of it. */
status_t pair_do(struct pair *p, enum role who, enum party_kind kind, uint64_t word[6]);
status_t tell(struct pair *p, enum role who, enum party_kind kind, uint64_t a, uint64_t b);

enum proof { PROVED, UNPROVED, PROVED_AGAIN, PROVED_OTHER };
/* Once. *missing: what MON_MERGE says. */
status_t merge_once(uint64_t a, uint64_t b, enum proof how, uint64_t *one, uint64_t *missing);
/* Again and again while it is busy or too soon, or `missing` is not what was said: for who is not measured yet. */
status_t merge_until(uint64_t a, uint64_t b, enum proof how, uint64_t want, uint64_t *one);
status_t split_until(uint64_t part, uint64_t tasks_b, uint64_t side[2]);

struct seen {
    status_t st;
    uint64_t core, state, calls, memory;
};
struct seen see(uint64_t part);
