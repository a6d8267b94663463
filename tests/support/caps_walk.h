/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/caps_walk - two and three cores that agree about capabilities, for an explorer to walk (tests/model/model_caps.c).
 *
 *     caps_walk.c        the cores, what is between them, and what must hold (C1 to C4, C6 of spec.md section 2)
 *     caps_walk_step.c   what may happen, and how
 *     caps_walk_same.c   which states are the same
 *
 * A state is the bytes of their tables: before a step they are copied into the cores, and out of them behind it.
 */
#pragma once
#include "cpudriver/cap.h"
#include "monitor/caps_priv.h"
#include "tests/support/sim_core.h"

#define CORES 3u
#define QUEUE 6u
#define REGS 8u
#define LINES 6u
#define SLOTS 28u           /* of both tables of a core together        */

#define REFUSED 1u          /* as `type` of GIVE and AWAY: the receiver has no room */
enum what { GIVE, AWAY, REVOKE, DELETE, RETYPE, BORROW };

/* `reg` and `to` number capabilities: 0 is the RAM of core 0, `parent` of `to` is `reg`. */
struct line {
    uint8_t core, what, reg, to, dest, type, rights, pages;
};

/* What kind of script: one core stops; or a table has less room than the script needs. */
#define DEATHS 1u
#define ONE_COPY 2u
#define ONE_PASS 4u
#define ONE_REQUEST 8u      /* and the entry that is kept for CAP_UNDO */

struct script {
    const char *name;
    unsigned ncores, nlines;
    unsigned kind;
    struct line line[LINES];
};

enum reg_state { EMPTY, LIVE, DELETED, REVOKED };

struct reg {
    handle_t handle;
    uint64_t base, bytes;
    uint8_t state, core, parent, rights, type, revoking;
};

/* What a core's code keeps: copied into the state and back. */
struct image {
    struct cap slot[SLOTS];
    struct caps caps;
    struct caps_node node[5];
    struct caps_hold hold[4];
    struct caps_pass pass[3];
    struct caps_op op[4];
    uint32_t nrevoking, idle;
};

struct state {
    const char *broken;
    struct image image[CORES];
    struct reg reg[REGS];
    uint8_t line[LINES];        /* 0 not yet, 1 under way, 2 answered             */
    uint8_t arrived[LINES];
    uint8_t alive[CORES], dirty[CORES], pending[CORES][CORES]; /* [who hears][who is dead] */
    uint8_t deaths;
    uint8_t n[CORES][CORES];
    struct caps_msg queue[CORES][CORES][QUEUE];
};

/* An action is one of these and a number: of a line; of two cores, from * CORES + to; of a core. */
enum { DO_LINE = 0, DELIVER = 16, TURN = 32, DIE = 40, TIMEOUT = 48, ANNOUNCE = 56 };

extern const struct sim_size walk_size;
extern const struct script *walk_script;
extern struct sim_core walk_cores[CORES];
extern struct state *walk_now; /* what the callbacks belong to */

/* What is broken; the first is kept. */
void walk_fail(const char *what);
void walk_save(struct state *s);
void walk_load(const struct state *s);
bool walk_usable(const struct reg *r, uint64_t x[8]);
/* A revoke of register n has answered. */
void walk_revoked(unsigned n);
/* A capability is there now: register `to`, from `parent`. */
void walk_take_in(unsigned core, unsigned to, unsigned parent, handle_t h);
/* The cores anew, for walk_script: the same each time. */
void walk_init(void *state);

size_t walk_actions(const void *state, uint32_t *list, size_t max);
void walk_step(void *state, uint32_t action);
void walk_deliver(unsigned from, unsigned to);
void walk_turn(unsigned core, uint64_t at);
/* Time passes only for those who wait in vain, so a deadline is either there or not. */
void walk_forget_time(struct sim_core *c);

void walk_hash(const void *state, uint64_t out[2]);
