/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/score - how much of its traffic a partition keeps to itself, and how much it therefore wants to move.
 *
 *     score    = 10000 x internal / total      in basis points (bp): 10000 is everything
 *     pressure = 10000 - score, smoothed
 *
 * Internal is traffic between tasks of the partition, total is internal and external; a message counts once on both sides of
 * the ratio. Integers only: the same traffic gives the same score on every core.
 */
#pragma once
#include "coherence/view.h"

#define SCORE_ALL_BP   10000u
#define SCORE_ALPHA_BP 2000u /* what the newest epoch counts in the smoothed score */

struct score {
    uint64_t smooth; /* the smoothed score with SCORE_FRACTION fraction bits */
    bool known;      /* false: no epoch yet */
};

#define SCORE_FRACTION 32

/* No traffic: 10000, nothing pulls. */
uint32_t score_bp(uint64_t internal, uint64_t external);
/* One more epoch. The first one is taken as it is. Returns the smoothed score, rounded. */
uint32_t score_epoch(struct score *s, uint64_t internal, uint64_t external);
/* score_epoch for every node of a view: outside of a node is what its edges weigh. internal[v], s[v]: of node v. */
void score_view(struct score *s, const uint64_t *internal, const struct graph_view *view);
/* 10000 before the first epoch. */
uint32_t score_smooth_bp(const struct score *s);
uint32_t score_pressure_bp(const struct score *s);

/* Every how many epochs the scores and the cut are computed again, under a load in bp: 1 below 6000, 2 up to 8000, 4 above. */
uint32_t score_period(uint32_t load_bp);
/* Is it time in this epoch? Epochs count from 0. */
bool score_due(uint64_t epoch, uint32_t load_bp);
