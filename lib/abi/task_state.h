/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/abi/task_state - the whole state of a stopped task, as TASK_PEEK and TASK_POKE number its words.
 *
 *     0        31 32 33 34 35 36   37     101 102            108            116  117
 *     x0..x30, sp pc ps tls fpcr.. q0..q31 ev  what it is     counts, waiting  top  nonces used
 *                                              admitted for
 *
 * A monitor that moves a task reads all words here and writes them there, six at a time from 0 on, and does not have to
 * know what they mean. Times in ticks are of the counter that all cores of a machine share, so that nothing is
 * rounded on the way and a deadline stays where it was, however long the way took.
 *
 * What moves with no word: the token of a proof that was said and not used yet (it names the core: say it again), what
 * the task has waited for at an endpoint (it is told ST_AGAIN, and asks again), its table, space and supervisor.
 */
#pragma once

enum task_word {
    TW_X = 0,                   /* x0..x30                                                      */
    TW_SP = 31,
    TW_PC = 32,
    TW_PSTATE = 33,             /* N, Z, C, V; ST_INVALID if anything else is set               */
    TW_TLS = 34,                /* TPIDR_EL0                                                    */
    TW_FPCR = 35,
    TW_FPSR = 36,
    TW_Q = 37,                  /* q0..q31, low half first: 64 words                            */
    TW_EVENTS = 101,            /* set and not taken; EVENT_BELL: a bell it has not heard. Written: the next wait
                                   for a bell comes back at once, as one may have rung on the way */

    /* Written together, by one POKE that begins at TW_CLASS, or not at all: they are what admission looks at. */
    TW_CLASS = 102,             /* CLASS_WITH_MODE. A boost is no state of the task: it is the island's to give */
    TW_WEIGHT = 103,
    TW_BUDGET_TICKS = 104,      /* of CLASS_EDF, as the next three                              */
    TW_PERIOD_TICKS = 105,
    TW_LEFT_TICKS = 106,        /* of the budget in this period; 0: it was used up or late, and the task is in the
                                   fair class until the period ends                             */
    TW_DEADLINE_TICKS = 107,    /* end of this period; at most one period ahead                 */

    TW_MISSED = 108,            /* deadlines                                                    */
    TW_RUN_TICKS = 109,
    TW_FAULTS = 110,
    TW_SWITCHES = 111,
    TW_TAKES = 112,             /* capabilities with a message: 0..2                            */
    TW_WAITED = 113,            /* enum task_waited                                             */
    TW_WAKE_NS = 114,           /* WAITED_SLEEP: until then, ns since reset                     */
    TW_BUCKET = 115,            /* of doorbells                                                 */

    TW_NONCE_TOP = 116,         /* highest nonce used in a proof; never lowered (ST_INVALID)    */
    TW_NONCE_USED = 117,        /* 64 words, nonce n at bit n mod 4096; bits are added, never taken away */
    TW_COUNT = 181,
};

#define PEEK_WORDS 7u
#define POKE_WORDS 6u

/* How it waited when it was stopped. */
enum task_waited {
    WAITED_NOT,                 /* it ran, or could have, or its supervisor had a fault of it   */
    WAITED_QUEUE,               /* in queue_recv: x0 is ST_AGAIN                                */
    WAITED_CALL,                /* for a receiver or a reply: x0 is ST_AGAIN                    */
    WAITED_SLEEP,               /* in timer_wait: sleeps on until TW_WAKE_NS when it is resumed; ST_OK if that is past */
};
