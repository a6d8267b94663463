/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/tally - what the conductor has heard: both ends of every link, why moves were not done, how long parts stood still.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define TALLY_LINKS 2048u

struct tally_sums {
    uint64_t messages; /* received                                        */
    uint64_t lost, doubled, reordered, bad;
    uint64_t one_ended; /* links of which an end has not said anything     */
    uint64_t given, not_taken, not_one; /* capabilities given; not taken as often; tokens that no end has, or both */
};

/* One end of a link. `bound_it`: that of the part which bound it. */
void tally_end(uint64_t link, bool bound_it, uint64_t sent, uint64_t received, uint64_t reordered,
               uint64_t bad);
/* What an end says of capabilities: caps_tell of part_caps.h. */
void tally_caps(const uint64_t *word);
/* Both directions of all links. */
struct tally_sums tally_sum(void);

/* Room for this many, of which `wanted` are to be done. False: no memory. */
bool tally_start(uint64_t moves, uint64_t wanted);
void tally_moved(uint64_t blackout_ns);
void tally_refused(status_t why, uint64_t step);
/* Anything else that was asked for. */
void tally_answer(const char *asked, status_t st);
uint64_t tally_moves(void);
uint64_t tally_refusals(void);

/* The record `progress`, once a second. */
void tally_progress(uint64_t wrong);
/* Those whose move was undone, among all that were refused. */
uint64_t tally_undone(void);
/* The records `stress_refused` and `stress_answers`, and what `blackout_ns` of record `stress` is. Sorts. */
void tally_write_refusals(void);
void tally_write_blackout(void);
