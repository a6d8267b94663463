/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/workloads/pattern - who talks with whom, and how much: the workloads that placement is judged by.
 *
 *     pairs         2i - 2i+1
 *     pipelines     0 - 1 - 2 - ... - 7, 8 - 9 - ...
 *     stars         0 with 1..7, 8 with 9..15, ...
 *     communities   two rings in which everybody talks with the next two, and two bridges that belong to one of them, and
 *                   every now and then (`shifted`) to the other
 *     mixed         0..7 ask 8..15 once a period and wait for the answer, most of them with a deadline (mixed.c); 16..23 are pairs;
 *                   24..31 churn memory, tell 0..7 of it, and say a little to a pair
 *
 * In the first three everybody also says a little to one that has nothing to do with it. Agents are numbered so that
 * number i, started on core i mod cores (in turn), is with none of those it talks to most. Pure: the host tests and the
 * programs ask the same function. At most PATTERN_LINKS others for one agent.
 */
#pragma once
#include "lib/base/types.h"

#define PATTERN_AGENTS 32u
#define PATTERN_STRONG 8u /* messages a tick, each way */
#define PATTERN_WEAK   1u
#define PATTERN_TRIPS  2u /* of mixed: questions a tick, and answers */
#define PATTERN_NOISE  4u /* of mixed: from a churner to an asker, which says nothing */
#define PATTERN_LINKS  12u

enum pattern { PATTERN_PAIRS, PATTERN_PIPELINES, PATTERN_STARS, PATTERN_COMMUNITIES, PATTERN_MIXED, PATTERNS };

/* "pairs", ... and back; PATTERNS: no such word. */
const char *pattern_word(enum pattern p);
enum pattern pattern_of(const char *word);

/* Messages from i to j in a tick, and from j to i. 0: none. i, j < PATTERN_AGENTS. */
unsigned pattern_rate(enum pattern p, unsigned i, unsigned j, bool shifted);
/* Which agent is started in a place: of place i, agent i (seed 0: in turn), or one that is drawn. */
unsigned pattern_agent(uint64_t seed, unsigned place);

/* Of mixed: what an agent does, and whom an asker asks. */
enum role { ROLE_ASKER, ROLE_ANSWERER, ROLE_PAIR, ROLE_CHURNER };
enum role pattern_role(unsigned agent);
unsigned pattern_asked_by(unsigned asker);

/* Do they ever talk? */
bool pattern_linked(enum pattern p, unsigned i, unsigned j);
