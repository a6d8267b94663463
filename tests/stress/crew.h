/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/crew - who there is, as the conductor knows them: all parts and all movers, what they said last, and waiting for it.
 */
#pragma once
#include "lib/rt/chan.h"
#include "tests/stress/part_keep.h"
#include "tests/stress/stress.h"

#define PARTS_MAX 112u
#define CORES     64u
#define STUCK_NS  (30 * NS_PER_S)
#define ASKED_MAX 8u /* questions that a part has not answered: more would fill its ring while it is stopped */

struct part {
    struct rt_chan *chan;
    uint64_t name; /* for the machine */
    uint64_t core, home;
    bool ready, quiet, counted, traced, gone;
    bool moving, living; /* somebody was told to move it, or to stop or resume it, and has not answered */
    bool suspended;
    uint64_t ran_ns; /* until it was stopped */
    unsigned asked, answered, moves, lives;
    unsigned moves_when_asked[ASKED_MAX]; /* by the number of the question */
    uint64_t links, told_links, told_caps, heap;
};

struct core {
    struct rt_chan *chan;
    bool busy; /* its mover was told something and has not answered */
    const struct deed *deed;
    struct part *part; /* whom the order is about                                        */
    uint64_t what;     /* where to; enum part_ask; enum nap                              */
    unsigned lives;    /* how often the part had been stopped or resumed at the order    */
    bool stood;        /* and whether it was stopped then                                */
    bool naps, asleep; /* there is a partition beside it, and it hibernates              */
    uint64_t left[6];  /* words 1 to 6 of STRESS_FREE                                    */
};

struct crew {
    struct part part[PARTS_MAX];
    struct part coming[PARTS_MAX]; /* started again, while those before may not have ended */
    struct core core[CORES];
    unsigned nparts, ncores, looks;
    uint64_t trace; /* every so many messages are noted; 0: none */
    uint64_t wrong_core, wrong_what, wrong_seen;
    bool stuck; /* somebody took too long */
};
extern struct crew crew;

/* Their number; the service is there. Ends the run if that cannot be. */
void crew_start(unsigned rows);
/* All come, and have their links. Ends the run if not. */
void crew_gather(void);
/*
 * All end and are started again: of those before nothing is left. One after the other, so that each has the memory of the one
 * before. Ends the run if they do not.
 */
void crew_begin_again(void);

bool crew_send(struct rt_chan *c, enum stress_kind kind, const uint64_t word[3]);
/* Takes what has come, for a while. */
void crew_turn(void);
void crew_wait(uint64_t ns);      /* or until something comes */
void crew_wait_long(uint64_t ns); /* whatever comes           */
void crew_order_all(enum stress_kind kind, uint64_t word1);
/* Until all parts say so. False, and `stuck`: it takes too long. */
bool crew_wait_parts(bool (*done)(const struct part *));
/* It is asked; what it answers is looked at when it comes. */
void crew_verify(struct part *p, enum keep_ask ask);

bool part_is_ready(const struct part *p);
bool part_is_quiet(const struct part *p);
bool part_has_counted(const struct part *p);
bool part_is_traced(const struct part *p);
bool part_has_answered(const struct part *p);
bool part_is_gone(const struct part *p);
