/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/rally - two cores and the ring between them: one measures, one answers.
 *
 *     measuring core                      answering core
 *     --------------                      --------------
 *     ECHO mode, until ---- doorbell ---> awake, out of its event loop
 *                      <---------------- READY
 *     PING ----------------------------->
 *                      <---------------- PONG            as often as it takes
 *     STOP ----------------------------->
 *                      <---------------- PONG            and back to its event loop, asleep
 *
 * Every wait has a deadline: the measuring core's is told to the answering one, and both
 * give up at it. docs/protocols/probe.md says what each number means.
 */
#pragma once
#include "lib/rt/chan.h"
#include "services/probe/series.h"

struct rally_ask {
    uint32_t session;
    uint32_t rounds, warmup, batch; /* of round trip and one way                    */
    uint32_t wakes;
    uint64_t budget_ns; /* for all four measurements; each goes on until it has
                                       SERIES_LEAST samples, at most RALLY_PATIENCE_NS longer */
};

#define RALLY_PATIENCE_NS 3000000000ull

/*
 * Measure towards the other end of `c`: round trip, one way, wake-up, streaming. ST_TIMEOUT,
 * ST_GONE, ST_PEER: the other side did not answer; what was measured before that is in `out`.
 */
MUST_CHECK status_t rally_measure(struct rt_chan *c, const struct rally_ask *ask,
                                  struct result *out);

/* Answer until told to stop, or until the deadline in `ask`. */
void rally_answer(struct rt_chan *c, const struct probe_ECHO *ask);

/* The same exchange of messages with nobody there: both ends of two rings in one hand. */
void rally_control(const struct rally_ask *ask, struct series_result *out);
