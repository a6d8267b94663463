/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/shapes - the deed "shape": the two partitions beside each mover (twins.h) are merged, split, stopped and moved at random.
 *
 *     two, at home ----- merge ----> one: stopped, resumed, moved (refused: several programs)
 *      |   ^   ^------- split --------'
 *     move |
 *      v   |
 *     two, one or both elsewhere: a merge is refused
 *
 * What may be answered follows from that; besides: busy, `again` (cooldown, or COHERENCE alone is missing), `state` (nobody measures).
 */
#pragma once
#include "tests/stress/crew.h"

void shapes_start(uint64_t seed, bool on);
/* As struct deed says. */
bool shape_order(struct core *c);
void shape_answered(struct core *c, const struct urpc_msg *m);
/* What is still to do, for deeds' drain: make them; merge and split each twice, and move one in between; have all run; end them. False: nothing. */
bool shape_make(struct core *c);
bool shape_once(struct core *c);
bool shape_end(struct core *c);

/* Answers that cannot be. */
uint64_t shapes_wrong(void);
/* Each core's were merged and split, or there are none. */
bool shapes_were_done(void);
/* The record `stress_shapes`: all since the last shapes_start. */
void shapes_write(void);
/* Messages that came between twins, and of those sent how many did not, or came twice: of all that have ended. */
bool shapes_exact(void);
