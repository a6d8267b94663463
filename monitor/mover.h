/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/mover - partitions change core: what one monitor does, in all its parts at once.
 *
 *     mover_from.c   source: who has answered, and what comes next                       struct mover_move
 *     mover_say.c    what it says to whom
 *     mover_to.c     destination: what has come, what it answers                         struct mover_arrival
 *     mover_far.c    monitor of the far end of a channel                                 struct mover_far
 *     mover_home.c   where a partition is, and who asked for its move                    struct ask
 *     mover.c        time, death, messages
 *
 * The steps are the tables of monitor/migrate_sm.h. Pure: no clock, no memory of its own, no I/O. What the machine does - stop a task, list and build
 * its parts, give memory, set a doorbell - are the functions of struct mover_env: in a monitor monitor/move.c and arrive.c, in a
 * simulation tests/migrate/. So the same code meets there what a machine meets once in a year.
 *
 *     W1  a move that begins ends, and its asker is told, or is dead
 *     W2  when a move was undone its task goes on with the state it was stopped with, at most MOVER_NS and the
 *         patience of monitors later
 *     W3  a partition whose move was undone is not moved again for MOVER_COOL_NS
 */
#pragma once
#include "lib/base/status.h"
#include "monitor/asks.h"
#include "monitor/migrate_sm.h"
#include "monitor/parts.h"
#include "monitor/peer.h"
#include "partition/ids.h"

#define MOVER_MOVES    4u
#define MOVER_ARRIVALS 4u
#define MOVER_ENDS     128u
#define MOVER_ASKS     64u
#define MOVER_TAGS     160u          /* copies of memory for one partition                     */
#define MOVER_COOLS    64u
#define MOVER_NS       100000000ull  /* spec.md section 4: done by then, or undone             */
#define MOVER_COOL_NS  100000000ull  /* 10 epochs                                              */
#define MOVER_TO       (1ull << 62)  /* in `to` of a copy that goes to what is being built     */

/* A partition's name for the whole machine. */
#define PART_ID(home, id) ((uint64_t)partition_name((home), (uint32_t)(id), 1))
#define PART_HOME(part)   partition_home((partition_id)(part))

/* One end of a channel of a partition that moves, at the source. */
struct mover_end {
    uint64_t ref, other, there; /* its name here, the far end's, and its own where it goes    */
    core_id peer, mem;          /* of the far end; who gave out its memory                     */
    uint8_t place;
    bool asked, held, switched;
};

struct mover_move {
    enum mig_state state, failed; /* failed: the step that was not done                         */
    uint32_t number;
    uint64_t part;
    core_id dest, asker;
    uint64_t client;
    uint64_t to;     /* its name at the destination                                            */
    uint32_t bucket; /* there                                                                  */
    bool asked_dest; /* and it has not said that it has forgotten                              */
    uint32_t early;  /* answers that have come and are not waited for yet: a bit for each MIG_EV_ */
    uint64_t checked; /* hash of what the destination has built                                */
    enum mig_state deaf; /* a test has the messages of this step lost                           */
    bool who;        /* its home knows that the destination is dead                            */
    bool restored;   /* undone, and what it consists of is what it was                         */
    status_t why;
    char name[24]; /* of its program                                                           */
    uint64_t begun_ns, stopped_ns, blackout_ns, ended_ns, deadline_ns, hash;
    unsigned nends;
    struct parts *parts;             /* the caller's                                           */
    struct mover_end end[MOVER_ENDS]; /* last, because most of it is not used: nends are        */
};

struct mover_arrival {
    enum dest_state state;
    uint32_t number; /* of this entry, raised each time                                        */
    uint32_t move;   /* at the source                                                          */
    core_id from;
    uint64_t part;
    bool who; /* its home asks how this ends                                                   */
    uint64_t stopped_ns, deadline_ns;
    uint32_t copies, come;
    uint64_t got[(MOVER_TAGS + 63) / 64];
    status_t why;
    struct parts *parts; /* the caller's                                                       */
};

/* Kept beside an end whose other end is on its way. */
struct mover_far {
    uint8_t state;       /* enum far_state                                                     */
    core_id from, to;    /* who moves it, where to                                             */
    uint32_t bucket;     /* of the other end at `from`                                         */
    uint64_t was;        /* the other end at `from`                                            */
    uint64_t until_ns;   /* it says how it ended by then, or is not well                       */
};

/* About an end, as its monitor has it now. */
struct mover_other {
    core_id peer;
    uint64_t ref;
    uint32_t bucket;
    bool open;           /* it believes that its other end is there                            */
    bool quiet;          /* open, nothing outstanding, and its own program is not on its way   */
};

/* About a partition whose home is here, or that is a guest. */
struct mover_where {
    uint64_t part;
    bool away, sure, moving; /* away: at home, it runs at `at`; sure: that core said so        */
    core_id at, by;          /* not sure: it is being moved there by this one, which will say  */
};

/* An owner of memory is asked for a copy: what MOVE_GIVE names. */
enum mover_give { GIVE_REGION, GIVE_HANDLE, GIVE_PIECE };

/* A fault that a test asks for at a named step. */
enum mover_fault {
    MOVER_NO_FAULT,
    MOVER_CANCEL,   /* source: somebody thought better of it                                   */
    MOVER_REFUSE,   /* whoever is asked there says no                                          */
    MOVER_TIMEOUT,  /* source: the deadline has passed                                         */
    MOVER_MISMATCH, /* what was built is something else                                        */
    MOVER_LOST,     /* what is said in this step does not arrive                               */
};

/* What the world does. `m`, `a` name the entry; parts are in m->parts, a->parts. */
struct mover_env {
    void (*send)(void *world, core_id to, enum peer_kind kind, const void *payload, size_t bytes);
    void (*suspect)(void *world, core_id core, const char *why);
    void (*odd)(void *world, const char *what, const char *where); /* a peer broke the protocol   */
    bool (*joined)(void *world, core_id core);
    bool (*gone)(void *world, core_id core);
    enum mover_fault (*point)(void *world, const char *name);

    /* The source. stop: ST_OK and its task is stopped and listed; anything else: nothing was done. */
    status_t (*stop)(void *world, struct mover_move *m); /* fills name and parts                   */
    uint64_t (*thaw)(void *world, const struct mover_move *m, bool *restored); /* -> now; it goes on */
    void (*let_go)(void *world, const struct mover_move *m);
    status_t (*record)(void *world, const struct mover_move *m);
    void (*told)(void *world, const struct mover_move *m); /* it has ended, one way or the other  */
    uint64_t (*ref)(void *world, uint64_t part, unsigned place); /* of an end of it here; 0: none */

    /* The destination. */
    status_t (*prepare)(void *world, const struct mover_arrival *a, const struct peer_MOVE_OFFER *o);
    uint32_t (*bucket)(void *world, const struct mover_arrival *a);
    status_t (*build)(void *world, const struct mover_arrival *a);
    uint64_t (*check)(void *world, const struct mover_arrival *a); /* hash of what is there now    */
    uint64_t (*resume)(void *world, const struct mover_arrival *a); /* -> now                     */
    void (*drop)(void *world, const struct mover_arrival *a);
    bool (*here)(void *world, uint64_t part);

    /* Far ends. far: NULL: no such end. */
    struct mover_far *(*far)(void *world, uint64_t ref, struct mover_other *o);
    bool (*next_far)(void *world, unsigned *cursor, uint64_t *ref); /* those not FAR_NONE         */
    void (*set_other)(void *world, uint64_t ref, core_id core, uint64_t other, uint32_t bucket);
    void (*freed)(void *world, uint64_t ref);

    /* Its home, and whoever asks. */
    bool (*where)(void *world, uint64_t part, struct mover_where *w);
    void (*set_where)(void *world, uint64_t part, core_id at, core_id by); /* sure: both the same */
    bool (*next_part)(void *world, unsigned *cursor, struct mover_where *w);
    void (*ended_away)(void *world, uint64_t part);
    void (*end_here)(void *world, uint64_t part);
    void (*answer)(void *world, uint64_t client, status_t st, uint64_t blackout_ns, uint64_t step);
};

struct mover {
    const struct mover_env *env;
    void *world;
    core_id core, ncores;
    uint64_t answer_ns; /* patience of monitors                                               */
    uint64_t now_ns;
    uint32_t begun;
    unsigned held; /* far ends that wait for a source to decide                               */
    struct mover_move move[MOVER_MOVES];
    struct mover_arrival arrival[MOVER_ARRIVALS];
    struct asks asks; /* MOVER_ASKS of them, the caller's                                  */
    struct mover_cool {
        uint64_t part, until_ns;
    } cool[MOVER_COOLS];
    unsigned next_cool;
};

/* env, world, core, ncores, answer_ns, asks and the parts of every entry are set by the caller before; the rest is zero. */
void mover_at(struct mover *m, uint64_t now_ns);
/* A program here wants `part` at `dest`. ST_OK: env.answer follows, once. ST_INVALID, ST_DEAD_CORE, ST_TABLE_FULL: nothing was done. */
MUST_CHECK status_t mover_ask(struct mover *m, uint64_t client, uint64_t part, core_id dest);
/* A message MOVE_*. False: it is none of ours. */
bool mover_message(struct mover *m, core_id from, uint16_t kind, const uint64_t *word);
/* Deadlines that have passed; when the next one does. */
uint64_t mover_turn(struct mover *m);
void mover_core_dead(struct mover *m, core_id core);
/* Somebody thought better of it. No effect when it is not moving, or committed. */
void mover_cancel(struct mover *m, uint64_t part);
/* A copy for `to`: the number of the arrival that wants it; -1: nobody does. And that it has come. */
int mover_wants(const struct mover *m, uint64_t to, uint64_t tag);
void mover_came(struct mover *m, uint64_t to, uint64_t tag);
/* A move, an arrival, a held end, or somebody who waits. */
bool mover_is_idle(const struct mover *m);
