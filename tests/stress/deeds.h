/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/deeds - what is done to partitions at random: a table of deeds, each with its weight. A mover that has answered is
 * told the next, which is drawn; what it answers is counted, and held against what can be answered then.
 *
 * Another deed: a row in `deeds`, a kind of message for its order and its answer, and a function for each.
 */
#pragma once
#include "tests/stress/crew.h"

struct deed {
    const char *name;
    unsigned weight;
    bool (*order)(struct core *c); /* false: there is nobody to do it to now */
    void (*answered)(struct core *c, const struct urpc_msg *m);
};

void deeds_start(uint64_t seed);
/* Until so many moves are done. */
void deeds_do(uint64_t moves);
/* All that were told something have answered; all parts run; no partition hibernates. False: they do not. */
bool deeds_settle(void);
/* Where they began, as only there they are started again. How many did not get there. */
unsigned deeds_go_home(void);
/* A small partition beside each mover, that hibernates now and then; and its end. */
bool deeds_naps_begin(void);
bool deeds_naps_end(void);
/* Two beside each mover that are merged and split, if there are to be (shapes.h); each that was not yet; and their end. */
bool deeds_twins_begin(void);
bool deeds_twins_once(void);
bool deeds_twins_end(void);

void deeds_answered(struct core *c, const struct urpc_msg *m);
/* Answers that cannot be. */
uint64_t deeds_wrong(void);
