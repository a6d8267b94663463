/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/coherence/trace - all that the mind was told and did, as records, so that tests/workloads/replay does it again on the host.
 *
 *     mind      nodes, edges, cores: how it was begun
 *     heard     what it was told, in order: rows [enum trace_what, core, a, b, c, d]
 *     thought   an epoch of it: how long it was given, what came of it
 *     asked     how a move ended
 */
#pragma once
#include "services/coherence/mind.h"

enum trace_what { TRACE_PART, TRACE_EDGE, TRACE_CORE, TRACE_GONE, TRACE_DISTANCE };

/* For so many epochs; 0: not at all, and the others have no effect. */
void trace_begin(const struct mind *m, uint32_t nodes, uint32_t edges, uint64_t epochs);
void trace_heard(enum trace_what what, core_id core, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d);
void trace_distances(const struct mind *m);

struct trace_thought {
    uint64_t passed, steps, slices; /* advise: slices of so many steps */
    bool ended;                     /* before it was done                */
    bool cut;                       /* begun and done in this epoch      */
};
void trace_thought(const struct mind *m, const struct trace_thought *t);
void trace_asked(const struct mind *m, uint32_t i, status_t st);
