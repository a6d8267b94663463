/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/migrate/world - the simulated machine: cores with their programs, the ends of channels and a monitor/mover each, and
 * what must be true of all of them, written from spec.md section 4 and not from the code under test.
 *
 *     main.c   command line, seeds                 world.c    what monitor/mover asks of its world
 *     run.c    time, events, what programs do      dest.c     the destination's part of it
 *     truth.c  what must hold, at once and         ends.c     ends of channels, programs that end
 *              at the end
 */
#pragma once
#include "monitor/bind_sm.h"
#include "monitor/mover.h"
#include "tests/support/events.h"
#include <stddef.h>

#define CORES   64u
#define INSTS   48u  /* programs of a core, with those that are away                           */
#define ENDS    160u
#define PARTS   512u
#define CHANS   1024u
#define REGIONS 2u
#define MEMS    3u

#define ANSWER_NS (300 * 1000000ull)
#define LATE_NS   (60 * 1000000ull) /* no message takes longer                                 */

enum inst_state { INST_FREE, INST_RUNNING, INST_COMING, INST_AWAY };

struct inst {
    enum inst_state state;
    uint64_t part;
    bool moving, sure, dirty; /* dirty: an end of it changed while it was stopped              */
    core_id at, by;
    uint32_t bucket;
    uint64_t word[3];
    unsigned copies;          /* of its memory that are in use here                            */
};

struct end {
    enum bind_state state;
    uint32_t generation;
    uint64_t part;            /* UINT64_MAX: its program has ended                             */
    unsigned place, side;
    uint32_t chan;
    core_id peer;
    uint64_t peer_ref;
    uint32_t peer_bucket;
    struct mover_far far;
    bool let_go;
    bool deaf;                /* its bell was an event of a task of this core, and went with it */
};

struct core {
    core_id id;
    bool alive, stalled, dead[CORES]; /* dead: those this one was told of                      */
    struct mover mover;
    struct ask_kept asked[MOVER_ASKS];
    struct parts listed[MOVER_MOVES], coming[MOVER_ARRIVALS], again;
    uint64_t got[MOVER_ARRIVALS][(MOVER_TAGS + 63) / 64];
    struct inst inst[INSTS];
    struct end end[ENDS];
    uint32_t buckets, open;   /* open: requests of its programs not answered                   */
    bool announced;
    uint64_t turn_at;
};

/* What is true of a partition, whoever has it. */
struct truth {
    uint64_t part;
    uint64_t word[3], places;
    unsigned nmem;
    bool may_end;             /* a core it needs died                                          */
    core_id at;               /* where it ran last                                             */
};

struct chan {
    uint64_t part[2];
    unsigned place[2];
    core_id mem;
    uint64_t sent[2], got[2]; /* by side                                                       */
};

enum event_kind { EV_MESSAGE, EV_TURN, EV_ANNOUNCE, EV_BELL, EV_COPY };

struct event {
    uint64_t at, order; /* as struct event_key */
    enum event_kind kind;
    core_id to, from;
    uint16_t message;
    uint64_t word[7];
};
_Static_assert(offsetof(struct event, order) == offsetof(struct event_key, order), "it begins with its key");

struct sim {
    uint64_t seed, now, messages, bytes, digest;
    core_id ncores;
    struct core *core;
    uint64_t *last;
    struct events events;
    struct truth part[PARTS];
    unsigned nparts;
    struct chan chan[CHANS];
    unsigned nchans;
    uint64_t asked, answered, moved, undone, declined, records, arrivals, faults, deaths, cooled;
    uint64_t worst_ns, failed[MIG_STATE_COUNT];
    unsigned fault_every;     /* 0: none                                                       */
    bool trace;
    const char *broken;
    uint64_t about;           /* the partition that was looked at last                         */
};
extern struct sim sim;

uint64_t sim_rnd(uint64_t n);
void sim_fail(const char *what);
void sim_push(struct event e);
void sim_send(core_id from, core_id to, enum event_kind kind, uint16_t message, const void *payload, size_t bytes);
void sim_turn_soon(struct core *c, uint64_t at);
void sim_run(uint64_t seed, core_id cores, unsigned parts, unsigned ops, unsigned deaths, unsigned fault_every);
void sim_free(void);
void sim_die(core_id core);

extern const struct mover_env world_env;
struct truth *truth_of(uint64_t part);
struct inst *inst_of(struct core *c, uint64_t part);
struct end *end_find(struct core *c, uint64_t ref);
uint64_t end_ref(const struct core *c, const struct end *e);
struct end *end_take(struct core *c);
void end_closed(struct core *c, struct end *e);           /* by its program                        */
void end_core_dead(struct core *c, core_id dead);
void end_event(struct core *c, struct end *e, enum bind_event ev);
void end_free(struct end *e);
void end_on_close(struct core *c, core_id from, uint64_t ref);
void end_on_closed(struct core *c, core_id from, uint64_t ref);
void world_message(struct core *c, core_id from, uint16_t kind, const uint64_t *word);
void world_copy(struct core *c, const uint64_t *word);
void world_end_program(struct core *c, struct inst *i);
void world_read_rings(struct core *c, struct inst *i);
void world_bell(struct core *c, uint32_t bucket);
void world_deafen(struct core *c, uint64_t part);         /* its task, whose events are bells, goes */
void world_list(struct core *c, const struct inst *i, core_id dest, struct parts *out);

status_t world_prepare(void *w, const struct mover_arrival *a, const struct peer_MOVE_OFFER *o);
uint32_t world_bucket(void *w, const struct mover_arrival *a);
status_t world_build(void *w, const struct mover_arrival *a);
uint64_t world_check(void *w, const struct mover_arrival *a);
uint64_t world_resume(void *w, const struct mover_arrival *a);
void world_drop(void *w, const struct mover_arrival *a);

/* It begins to run at `c`. */
void truth_runs(struct core *c, struct inst *i);
void truth_dies(core_id core);
void truth_end(void);
