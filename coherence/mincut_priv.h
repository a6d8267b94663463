/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/mincut_priv - the steps of a minimum cut. Each works until the budget is used up or it is over, and then names
 * the next in m->step.
 *
 *     DEGREES -> SCAN -> LABEL -> [KEEP] -> [SETS .. SORT] -> GROUP -> MERGE -> SCAN ...      more than MINCUT_DENSE nodes are left
 *                                                               \-> FILL -> MATRIX -> [KEEP] -> DONE
 *
 * KEEP writes a better cut down. SETS to SORT come when the scan found little (mincut_near.c). One run: DONE. Few nodes with
 * many edges: FILL at once. A weight of 0: KEEP, DONE.
 */
#pragma once
#include "coherence/mincut.h"

#define MINCUT_NONE    UINT32_MAX
#define MINCUT_SCANNED UINT64_MAX /* as a reach */

/* A matrix holds weights shifted by this, so that a node's number fits below; the sum of all must leave room for that. */
#define MINCUT_SHIFT     6
#define MINCUT_TOTAL_MAX (1ull << 54)

void mincut_scan_start(struct mincut *m);
void mincut_scan(struct mincut *m);
void mincut_label(struct mincut *m);
void mincut_labelled(struct mincut *m);
void mincut_follow_start(struct mincut *m);
void mincut_sets(struct mincut *m);
void mincut_follow(struct mincut *m);
void mincut_near(struct mincut *m);
void mincut_rename(struct mincut *m);
void mincut_count(struct mincut *m);
void mincut_sort(struct mincut *m);
void mincut_group(struct mincut *m);
void mincut_merge(struct mincut *m);
void mincut_matrix_start(struct mincut *m, uint32_t nodes);
void mincut_matrix_fill(struct mincut *m);
void mincut_matrix(struct mincut *m);

/* How far the budget reaches in the row of v, from entry `at`. */
static inline uint32_t mincut_row_end(const struct mincut *m, uint32_t v, uint32_t at)
{
    uint32_t end = m->now.first[v + 1];

    if (m->left <= 0)
        return at;
    return (uint64_t)m->left < end - at ? at + (uint32_t)m->left : end;
}

/* A node by itself is a cut. */
static inline void mincut_single(struct mincut *m, uint32_t node)
{
    m->total += m->degree[node];
    if (m->degree[node] < m->weight) {
        m->weight = m->degree[node];
        m->best_node = node;
    }
}
