/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/twins - two partitions beside each mover that are merged and split again and again (shapes.c says when).
 *
 *     twin A 3 ==CROSS== twin B 3      each also talks to itself over a channel of its own (OWN, MINE), more than to the other:
 *      \_OWN__MINE_/    \_OWN__MINE_/  so each is coherent, as is the two
 *
 *     mover              twin
 *     -----              ----
 *           <- HELLO ---      which one, name
 *           -- ASK ---->      at any time
 *           <- SAID ----
 *           -- ALONE -->      lets go of the channel to itself, as who has one cannot move; WHOLE: has one again
 *           <- SAID ----
 *           -- STOP --->      sends no more
 *           <- SAID ----
 *           -- COUNT -->      takes what is in its rings; then one SAID for the end that is asked about
 *           <- SAID ----
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define TWINS_PATIENCE_NS (60 * NS_PER_S)

enum twin_kind {
    TWIN_HELLO = 1, /* 0: 0 or 1, 1: core where it began                                             */
    TWIN_ASK,
    TWIN_ALONE,
    TWIN_WHOLE,
    TWIN_STOP,
    TWIN_COUNT,     /* 0: enum twin_end                                                              */
    TWIN_SAID,      /* 0: bits of enum twin_wrong, 1: its partition, 2: core;
                       3: received so far, 4: rights to the frame that A has given B; of COUNT: 3: sent, 4: received, 5: out of order, 6: changed */
};

enum twin_end { TWIN_OWN, TWIN_MINE, TWIN_CROSS, TWIN_ENDS };

/* What was not as it had left it. */
enum twin_wrong {
    TWIN_DATA = 0x1,
    TWIN_STACK = 0x2,
    TWIN_FRAME = 0x4,  /* a frame of its own, mapped: what stands in it       */
    TWIN_RIGHTS = 0x8, /* the capability to it, or how it is mapped           */
    TWIN_FP = 0x10,
    TWIN_TALK = 0x20,  /* a message out of order, or changed                  */
    TWIN_WHERE = 0x40, /* its monitor does not say where it is                */
    TWIN_SELF = 0x80,  /* it cannot talk to itself; or not all it said to itself came */
};

/* What a mover does with them. */
enum twins_ask {
    TWINS_MAKE = 1,
    TWINS_MERGE,   /* refused: answered so many ms later                             */
    TWINS_SPLIT,   /* the same                                                       */
    TWINS_SUSPEND, /* the one that was merged                                        */
    TWINS_RESUME,  /* all that are stopped                                           */
    TWINS_MOVE_A,  /* to a core; or the one that was merged                          */
    TWINS_MOVE_B,
    TWINS_END,     /* they are counted, and end                                      */
};

struct twins_said {
    status_t st;
    uint64_t missing; /* of a merge: a bit each of partition/merge.h; of a move: the step at which it was undone */
    uint64_t wrong;   /* what was asked for was done, and what it led to is wrong: the line of twins.c; 0: right  */
    uint64_t messages, lost, doubled; /* of TWINS_END                                */
};

struct twins_said twins_do(enum twins_ask what, uint64_t to);
