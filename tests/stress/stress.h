/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/stress - partitions that talk while they are moved about: what the three kinds of programs say to each other.
 *
 *     stress_part 0-63  talks with others, keeps memory and capabilities, gives some away (part*.c)   64 of them on 8 cores
 *     stress mover      one a core: asks its monitor for one thing at a time (mover.c, napping.c)
 *     stress_nap        one a core, made by its mover: hibernates again and again (nap.c)
 *     stress_twin       two a core, made by its mover, with shape=1: merged and split again and again (twin.c, shapes.c)
 *     stress conduct    on core 0: says who goes where, asks what they have seen (conduct.c, crew.c, deeds.c, left.c, tally.c)
 *
 *     conductor                              part                                     other parts
 *     ---------                              ----                                     -----------
 *                   <-------- HELLO --------
 *                   ------- CONNECT ------>
 *                   <-------- READY --------       --- TALK_HELLO, then TALK_DATA -->  numbered, with a sum,
 *                   --------- GO ---------->       <--------- TALK_DATA -------------  all the time, both ways
 *                   ------- VERIFY -------->
 *                   <----- VERIFIED --------
 *                   --------- STOP -------->  sends no more
 *                   <------- QUIET ---------
 *                   -------- COUNT -------->  takes what is left in its rings
 *                   <-- LINK, CAPS, COUNTED
 *                   -------- TRACE --------->  with trace=N, one part after the other
 *                   <- TRACE_ROW, TRACED ---
 *                   --------- END --------->  exit; the first two times it is started again
 *
 * A link is one channel between two parts, named by the part that bound it and its number there. When all are quiet nothing is
 * on its way but what is in rings, so after COUNT each end must have received exactly what the other has sent, and each
 * capability that was given must have been taken, once.
 */
#pragma once
#include "lib/base/types.h"

#define PATIENCE_NS (60 * NS_PER_S)
#define LINKS_OUT   3u /* channels a part binds; as many are bound to it, on average */

enum stress_kind {
    /* part and conductor; word 0 is the number of the part */
    STRESS_HELLO = 1, /* 1: its name for the machine, 2: core                                           */
    STRESS_CONNECT,  /* all are there: bind the links                                                    */
    STRESS_READY,
    STRESS_GO,       /* 1: mean ns between bursts                                                        */
    STRESS_VERIFY,   /* 1: number of the question, 2: enum keep_ask                                      */
    STRESS_VERIFIED, /* 1: the same, 2: enum keep_wrong, 3: core, 4: core it reads in its page, 5: bytes of heap, 6: status of WHERE */
    STRESS_STOP,
    STRESS_QUIET,
    STRESS_COUNT,
    STRESS_LINK,     /* 1: link, 2: 1 bound it, 3: sent, 4: received, 5: out of order, 6: wrong sum or sender */
    STRESS_COUNTED,  /* 1: links, 2: what was wrong with capabilities                                    */
    STRESS_TRACE,    /* tell what you have noted (part_trace.h)                                          */
    STRESS_TRACE_ROW, /* 1: received, 2: way, 3: number, 4: ns, 5: length, 6: core                       */
    STRESS_TRACED,   /* 1: so many had no room                                                           */
    STRESS_END,      /* 1: what it ends with; not 0: its monitor starts it again                             */
    /* mover and conductor */
    STRESS_MOVER,    /* 0: core                                                                          */
    STRESS_MOVE,     /* 0: tag, 1: part, 2: core                                                         */
    STRESS_MOVED,    /* 0: tag, 1: status, 2: ns it did not run, 3: step                                  */
    STRESS_LOOK,     /* what is free here?                                                               */
    STRESS_FREE,     /* 1: bytes, 2: slots of the monitor, 3: programs, 4: ends of channels, 5: copies others have or it has, 6: requests */
    /* part and part */
    TALK_HELLO,      /* 0: link                                                                          */
    TALK_DATA,       /* 0: number from 0, 1: sender, 2-5: anything, 6: their sum                         */
    /* more of part and conductor, and of mover and conductor */
    STRESS_CAPS,     /* 1-6: part_caps.c                                                                 */
    STRESS_LIFE,     /* 0: tag, 1: part, 2: PART_SUSPEND or PART_RESUME                                  */
    STRESS_LIVED,    /* 0: tag, 1: status, 2: state there (0: not known), 3: ns it ran                   */
    STRESS_NAP,      /* 1: enum nap                                                                      */
    STRESS_NAPPED,   /* 1: status                                                                        */
    STRESS_TWINS,    /* 1: enum twins_ask, 2: core                                                       */
    STRESS_TWINNED,  /* 1: status, 2-6: struct twins_said                                                */
};

#define LINK_ID(part, i) ((uint64_t)(part) * LINKS_OUT + (i))

/* The same numbers from the same seed, for ever. */
static inline uint64_t stress_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static inline uint64_t stress_below(uint64_t *state, uint64_t limit)
{
    return (stress_next(state) >> 16) % limit;
}

/* A name=number among the arguments of this program. */
uint64_t stress_argument(const char *name, uint64_t otherwise);

/* The program of a mover (mover.c). */
int mover(void);
