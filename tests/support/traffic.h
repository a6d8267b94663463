/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/traffic - agents that talk in a pattern, and what is remembered of it as a graph.
 *
 * Who talks with whom is drawn once from a seed; how much is drawn again every epoch, 20 % up or down. A message of m
 * bytes weighs m + 64, and what is remembered fades by 5 % an epoch.
 */
#pragma once
#include "tests/support/graph_case.h"

enum traffic_kind {
    TRAFFIC_PAIRS,
    TRAFFIC_PIPELINES,
    TRAFFIC_STARS,
    TRAFFIC_COMMUNITIES,
    TRAFFIC_KINDS
};

#define TRAFFIC_NODES    64u
#define TRAFFIC_NOISE_BP 2000u
#define TRAFFIC_BYTES    64u /* of every message */
#define TRAFFIC_BRIDGES                                                                            \
    2u /* the last nodes of TRAFFIC_COMMUNITIES: they belong to one or the other */

struct traffic {
    enum traffic_kind kind;
    uint64_t state;
    uint32_t nodes;
    bool shifted;                 /* the bridges talk with the second community      */
    uint32_t name[TRAFFIC_NODES]; /* numbers are shuffled: node of the pattern's i   */
    uint32_t rate[TRAFFIC_NODES]
                 [TRAFFIC_NODES]; /* messages an epoch, upper half                   */
    uint32_t now[TRAFFIC_NODES]
                [TRAFFIC_NODES]; /* in this epoch                                   */
    uint64_t kept[TRAFFIC_NODES]
                 [TRAFFIC_NODES]; /* remembered, with 8 bits of fraction             */
    struct graph_case g;
};

const char *traffic_word(enum traffic_kind kind);
void traffic_new(struct traffic *t, enum traffic_kind kind, uint32_t nodes, uint64_t seed);
void traffic_shift(struct traffic *t);
/* An epoch goes by. `fading`: g is what is remembered; if not, this epoch alone. */
void traffic_epoch(struct traffic *t, bool fading);
/* This epoch's messages between cores; all of them with core NULL. */
uint64_t traffic_between(const struct traffic *t, const core_id *core);
uint64_t traffic_draw(struct traffic *t);
void traffic_free(struct traffic *t);
