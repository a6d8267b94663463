/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/node - the probe of one core: its channels to all others, and doing what it is told.
 *
 *     core 0, coordinates            core i                         core j
 *         | ---- PAIR(peer j) -------> |                               |
 *         |                            | ---- ECHO, PING... STOP ----> |
 *         | <--- STATS, HIST... DONE --|                               |
 *
 * Every core serves "probe.<core>" and binds to every lower one, so each pair of cores has
 * one channel. Between two jobs every core sleeps: nobody polls.
 */
#pragma once
#include "lib/rt/loop.h"
#include "services/probe/rally.h"

struct node {
    core_id self, ncores;
    uint64_t have; /* bit i: there is a channel to core i      */
    struct rt_chan chan[CORES_MAX];
    struct rt_source source[CORES_MAX];
    struct rt_loop loop;
    struct result result; /* of the job being done or collected       */
    /* What the coordinator does with messages that are for it; NULL on other cores. */
    void (*on_answer)(struct node *n, core_id from, const struct urpc_msg *m);
    void (*on_lost)(struct node *n, core_id core);
};

/* Serve, and bind to every lower core of `joined`; one that does not answer is left out. */
MUST_CHECK status_t node_open(struct node *n, uint64_t joined);

/* Wait until all higher cores of `joined` have bound to this one. Left out, too, at the deadline. */
void node_gather(struct node *n, uint64_t joined, uint64_t deadline_ns);

/* Do jobs for ever, or until n->loop.stop. */
void node_run(struct node *n);

/* Jobs, as they are told: into n->result. `culprit` is the core that did not do its part. */
MUST_CHECK status_t node_local(struct node *n, const struct probe_LOCAL *job);
MUST_CHECK status_t node_pair(struct node *n, const struct probe_PAIR *job, core_id *culprit);
