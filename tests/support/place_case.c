/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/place_case.h"
#include "tests/support/args.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

uint64_t job_draw(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

void job_setup(void)
{
    state = test_seed() * 0x9e3779b97f4a7c15u | 1;
}

void job_new(struct job *j, uint32_t nodes, uint32_t cores)
{
    graph_case_new(&j->g, nodes);
    for (uint32_t v = 0; v < nodes; v++) {
        j->load[v] = 1;
        j->allowed[v] = (1u << cores) - 1;
        j->current[v] = PLACE_NOWHERE;
    }
    for (uint32_t i = 0; i < cores * cores; i++)
        j->distance[i] = i % (cores + 1) != 0;
    j->in = (struct place_input){.view = &j->g.view,
                                 .load = j->load,
                                 .allowed = j->allowed,
                                 .current = j->current,
                                 .distance = j->distance,
                                 .cores = cores,
                                 .slack_bp = 500};
    j->memory = NULL;
}

void job_ready(struct job *j)
{
    graph_case_view(&j->g);
    free(j->memory);
    j->bytes = place_bytes(j->g.view.nodes, j->g.view.first[j->g.view.nodes], j->in.cores);
    j->memory = malloc(j->bytes);
    memset(j->memory, 0xa5, j->bytes);
}

void job_free(struct job *j)
{
    graph_case_free(&j->g);
    free(j->memory);
}

void job_random(struct job *j, uint32_t nodes, uint32_t cores, bool everything)
{
    job_new(j, nodes, cores);
    for (uint32_t a = 0; a < nodes; a++)
        for (uint32_t b = 0; b < a; b++)
            if (job_draw() % 3 == 0)
                graph_case_add(&j->g, a, b, 1 + job_draw() % 100);
    if (everything) {
        for (uint32_t v = 0; v < nodes; v++) {
            j->load[v] = (uint32_t)(job_draw() % 4);
            if (job_draw() % 4 == 0)
                j->allowed[v] = 1 + job_draw() % ((1u << cores) - 1);
            if (job_draw() % 2 == 0)
                j->current[v] = (core_id)(job_draw() % cores);
        }
        for (uint32_t i = 0; i < cores * cores; i++)
            j->distance[i] = i % (cores + 1) != 0 ? 1 + (uint32_t)(job_draw() % 9) : 0;
    }
    job_ready(j);
}

void job_run(struct job *j, uint64_t slice, struct place_answer *out)
{
    struct place *p;

    ck_assert_int_eq(place_start(&j->in, j->memory, j->bytes, &p), ST_OK);
    while (!place_run(p, slice))
        ;
    place_answer(p, out);
}

uint64_t job_over(const struct job *j, const core_id *core, uint64_t limit)
{
    uint64_t carried[64] = {0}, over = 0;

    for (uint32_t v = 0; v < j->g.view.nodes; v++)
        carried[core[v]] += j->load[v];
    for (uint32_t c = 0; c < j->in.cores; c++)
        over += carried[c] > limit ? carried[c] - limit : 0;
    return over;
}

bool job_keeps_to_allowed(const struct job *j, const core_id *core)
{
    for (uint32_t v = 0; v < j->g.view.nodes; v++)
        if (core[v] >= j->in.cores || (j->allowed[v] >> core[v] & 1) == 0)
            return false;
    return true;
}
