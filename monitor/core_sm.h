/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/core_sm - what one monitor knows about one other core: starting, joining, dead.
 *
 *     first monitor                                   core j
 *     -------------                                   ------
 *     BEGIN: say HELLO, CORE_START  - - - - - - - ->  boots
 *     HELLO <---------------------------------------- BEGIN: say HELLO
 *       say ACK ------------------------------------> ACK
 *     ACK   <---------------------------------------- HELLO (was waiting in the ring): say ACK
 *
 *                          HELLO              ACK
 *     ABSENT   OUT --> WAITING -----> HEARD -----> JOINED
 *                         |   ^         |  ^         ^
 *                 TIMEOUT |   | HELLO   |  |         | ACK
 *                         v   |  (late) |  |         |
 *                        DEAD-'         `--TIMEOUT-> LOST
 *
 * A core that said HELLO may use what it was given, so it is not dead because it is silent: it is
 * stopped, and when it surely has stopped everybody is told.
 *
 *     monitor i                                 core j          every other monitor
 *     ---------                                 ------          -------------------
 *     SUSPECT: stop it ---------interrupt-----> stops at once
 *       (STOPPING) asks the firmware, time passes
 *     STOPPED: tell ------------------------------------------> TOLD_DEAD
 *       GONE, dropped                                             GONE, dropped
 *
 *     HEARD, JOINED, LOST --SUSPECT--> STOPPING --STOPPED, TIMEOUT, TOLD_DEAD--> GONE
 *     any but ABSENT      --TOLD_DEAD----------------------------------------> GONE
 *
 * Each monitor keeps one such state for every other core; between two started cores both
 * sides run it. The rings of the mesh are valid while they are zero, so HELLO is written
 * before the core it is for is started. Messages of a channel arrive in order, or not at
 * all when the core is dead.
 *
 *     J1  a core is JOINED only if it said HELLO and acknowledged ours: both ways work
 *     J2  every state but ABSENT, JOINED and GONE is left, at the latest by TIMEOUT
 *     J3  a core that is late joins late: when both cores live, both end JOINED
 *     J4  a core is reported dead once for each time it is given up
 *     F1  a core that is GONE for anybody has stopped, for good
 *     F2  who suspects a core has it GONE in the end
 *     F3  two cores that suspect each other: the lower one lives (monitor/core.c lets the higher wait)
 *
 * Pure: no clock, no ring, no memory. The monitor performs the actions (monitor/core.c).
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

/* State of a core; the words are those of the console record `core`. */
#define CORE_STATES(X)                                                                             \
    X(ABSENT, "absent")   /* disabled in the device tree                            */             \
    X(OUT, "out")         /* nothing was begun yet                                  */             \
    X(WAITING, "waiting") /* we said HELLO, and wait for its own                    */             \
    X(HEARD, "up")        /* it said HELLO; our HELLO is not acknowledged           */             \
    X(JOINED, "joined")   /* both ways work                                         */             \
    X(STOPPING, "stopping") /* suspected: told to stop, and may still run          */             \
    X(DEAD, "dead")       /* given up before it said anything                       */             \
    X(LOST, "dead")       /* given up after its HELLO, before its ACK               */             \
    X(GONE, "dead")       /* it has stopped, for good                               */

#define CORE_EVENTS(X)                                                                             \
    X(BEGIN)              /* this monitor begins (and starts it, if it is the first) */            \
    X(START_FAILED)       /* the firmware refused to start it                       */             \
    X(HELLO)                                                                                       \
    X(ACK)                                                                                         \
    X(TIMEOUT)            /* the deadline of this state passed                      */             \
    X(TOLD_LATE)          /* the first monitor waits for it no longer               */             \
    X(TOLD_DEAD)          /* somebody says that it has stopped for good             */             \
    X(SUSPECT)            /* it did not answer in time, or broke a protocol         */             \
    X(STOPPED)            /* the firmware says that it is off                       */

enum core_state {
#define X(name, word) CORE_##name,
    CORE_STATES(X)
#undef X
    CORE_STATE_COUNT
};

enum core_event {
#define X(name) CORE_EV_##name,
    CORE_EVENTS(X)
#undef X
    CORE_EVENT_COUNT
};

/* What to do, as bits; REFUSE alone: the event makes no sense here and changed nothing. */
enum core_action {
    CORE_DO_NOTHING = 0,
    CORE_DO_SAY_HELLO = 1,
    CORE_DO_START = 2,          /* only the first monitor holds the right to; for others no effect */
    CORE_DO_SAY_ACK = 4,
    CORE_DO_REPORT_JOINED = 8,
    CORE_DO_REPORT_DEAD = 16,
    CORE_DO_TELL_LATE = 32,     /* by the first monitor: the others need not wait for it either     */
    CORE_DO_STOP = 64,          /* no interrupt masks it                                             */
    CORE_DO_TELL_DEAD = 128,    /* to every monitor, whoever this is                                 */
    CORE_DO_DROP = 256,         /* its channels, names, clients and copies are gone                  */
    CORE_DO_REFUSE = 512,
};

struct core_step {
    uint16_t action;
    uint8_t next;
};

/* Total: defined for every pair. */
struct core_step core_step(enum core_state state, enum core_event event);

/* Nothing more is to be waited for: ABSENT, JOINED, DEAD, LOST or GONE. */
bool core_settled(enum core_state state);

/* Must a TIMEOUT be delivered if it stays in this state? */
bool core_has_deadline(enum core_state state);

const char *core_state_word(enum core_state state);
