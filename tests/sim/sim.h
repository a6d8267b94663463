/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/sim/sim - the simulated machine, as the files of the simulation share it.
 *
 *     main.c       command line, and the curve of a revoke          ops.c    what programs do
 *     sim.c        time, events one after the other, a whole run    world.c  what monitor/caps asks of its world
 */
#pragma once
#include "tests/sim/ledger.h"
#include "tests/support/sim_core.h"
#include "tests/support/events.h"
#include <stddef.h>

#define ANSWER_NS 2000000u            /* a core that takes longer is suspected           */
#define LIMIT_NS  (40ull * ANSWER_NS) /* and nobody waits for an answer longer than this */
#define HOP_NS    2000u               /* a message takes 1 to 2 of these, sometimes 100  */
#define PAGES     64u
#define HELD_MAX  24u /* capabilities of a program beside its RAM        */

enum event_kind { EV_MESSAGE, EV_TURN, EV_ANNOUNCE, EV_OP };

struct event {
    uint64_t at, order; /* as struct event_key */
    enum event_kind kind;
    core_id to, from; /* EV_ANNOUNCE: `from` is the dead one */
    struct caps_msg msg;
};
_Static_assert(offsetof(struct event, order) == offsetof(struct event_key, order), "it begins with its key");

struct request {
    bool open;
    uint8_t kind; /* enum op_kind */
    core_id core;
    uint32_t entry; /* what it is about, what it makes is below */
    uint8_t how;
    bool arrived;
    uint64_t since;
};

struct sim_state {
    uint64_t seed, now, digest, messages, ops, answered, answered_ns, deaths, worst_ns;
    uint64_t refused, wrong, kinds[16], why[ST_COUNT];
    core_id ncores;
    struct sim_core *core;
    uint64_t *last; /* when the last message of a pair arrives */
    struct events events;
    struct request *request;
    uint32_t nrequests, maxrequests;
    struct ledger ledger;
    const char *broken;
    bool trace, detail, even; /* even: every message takes one hop */
    uint64_t open;
};
extern struct sim_state sim;
extern struct sim_size sim_size; /* of each core's tables */

/* ---- sim.c ---- */

uint64_t sim_rnd(uint64_t n);
void sim_fail(const char *what);
void sim_push(struct event e);
void sim_turn_soon(struct sim_core *c, uint64_t at);
/* One event. False: there is none, or something did not hold. */
bool sim_step(void);
void sim_make_machine(core_id ncores, uint32_t ops);
void sim_free_machine(void);
void sim_run(uint64_t seed, core_id cores, uint32_t ops, uint32_t deaths);

/* ---- world.c ---- */

const struct caps_env *sim_env(void);
/* Capabilities in the table of its program. */
unsigned sim_held(core_id core);
/* It arrived or was made, below the entry `parent`. */
void sim_took_in(struct sim_core *c, struct request *r, handle_t given, uint32_t parent,
                 bool is_object);
/* Every entry below must be unusable, on every core that lives. */
void sim_check_revoked(uint32_t root);
/* A give has ended: is all where it should be? */
void sim_done_give(struct request *r, status_t st);
void sim_kill_core(core_id core);
void sim_announce(core_id core);

/* ---- ops.c ---- */

void sim_program_op(struct sim_core *c);
void sim_op_retype_as(struct sim_core *c, uint32_t n, unsigned type, uint64_t bytes);
void sim_op_revoke(struct sim_core *c, uint32_t n);
void sim_op_delete(struct sim_core *c, uint32_t n);
struct request *sim_new_request(core_id core, enum op_kind kind, uint32_t entry);
/* What the monitor said at once: unless ST_OK, that was the answer. */
void sim_asked(struct request *r, status_t st);
