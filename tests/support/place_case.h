/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/place_case - something to be placed, for tests of coherence/place: made by hand or at random, placed, and judged. */
#pragma once
#include "coherence/place_priv.h"
#include "tests/support/graph_case.h"

/* With everything that can be said about it. */
struct job {
    struct graph_case g;
    struct place_input in;
    uint32_t load[64], distance[64];
    uint64_t allowed[64];
    core_id current[64];
    void *memory;
    size_t bytes;
};

/* Before each test: the numbers drawn begin with the seed of the run. */
void job_setup(void);
uint64_t job_draw(void);

/* No edges yet, and no memory: they and what else is to be different come before job_ready. */
void job_new(struct job *j, uint32_t nodes, uint32_t cores);
void job_ready(struct job *j);
void job_free(struct job *j);
/* Ready. Everything: loads, allowed and current cores and distances are drawn, too. */
void job_random(struct job *j, uint32_t nodes, uint32_t cores, bool everything);

void job_run(struct job *j, uint64_t slice, struct place_answer *out);
/* What cores carry above the limit, all together. */
uint64_t job_over(const struct job *j, const core_id *core, uint64_t limit);
bool job_keeps_to_allowed(const struct job *j, const core_id *core);
