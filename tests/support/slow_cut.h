/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/slow_cut - minimum cuts by algorithms that share nothing with coherence/mincut and are easy to believe.
 *
 *     slow_cut_stoer_wagner   as in the paper: n - 1 phases, each O(n^2), on a matrix
 *     slow_cut_flows          node 0 is on one side: the smallest maximum flow from it to any other, by shortest paths
 *     slow_cut_subsets        every set of nodes; up to 20
 */
#pragma once
#include "coherence/view.h"

uint64_t slow_cut_stoer_wagner(const struct graph_view *g);
uint64_t slow_cut_flows(const struct graph_view *g);
uint64_t slow_cut_subsets(const struct graph_view *g);
