/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/migrate_sm - a partition changes core: what each of the three parties does, as total tables.
 *
 *     source S                            destination D             others: monitors at the far ends of its channels
 *     --------                            -------------             --------------------------------------------------
 *     FREE  ask; its tasks are stopped
 *     SERIALIZING  ------- OFFER ------>  FREE
 *                  ------- HOLD -------------------------------->  OPEN    nothing may happen to this channel now
 *                  <------ READY -------  READY
 *     PAUSING      <------ HELD ---------------------------------  HELD
 *     TRANSFERRING -- the owners of its memory give copies to D --
 *                  <------ MAPPED ------  MAPPED
 *     EDGES        --- handles, channels, registers, END --->
 *                  ------- WHERE ------>  (its home)
 *                  ------- CHECK ------>
 *                  <------ BUILT -------  BUILT
 *     GRAPH        <------ THERE -------  (its home)
 *     VERIFYING    <------ CHECKED -----  BUILT                     D says what it reads back from its own kernel
 *     SWITCHING    ------- SWITCH ------------------------------>  HELD    the doorbell moves, last of all
 *                  <------ SWITCHED -----------------------------  SWITCHED
 *     COMMITTED    ------- COMMIT ----->  FREE: it runs here
 *                  <------ DONE --------
 *     FREE         ------- SETTLED ----------------------------->  OPEN
 *
 * What does not depend on each other is asked for at once, because the program stands still meanwhile; an answer that comes before the
 * step that waits for it is kept until then (mig_is_early).
 *
 * From SERIALIZING to SWITCHING anything that goes wrong - a refusal, a timeout, another core's death, somebody who asks to
 * stop it - leads to UNDOING: ABORT to D, BACK to the others, and when all of them have answered the tasks go on at S as
 * if nothing had been. COMMIT is the point of no return: it is sent once, by S alone.
 *
 *     M1  a partition runs on at most one core
 *     M2  when S is FREE again, and S and D are alive, it runs on exactly one
 *     M3  while its tasks run, every doorbell of its channels points to the core it runs on
 *     M4  every state in which somebody's answer is missing has a deadline and ends
 *     M5  D and the others are back where they began when S is
 *
 * When S dies its last words to the others and what D knows may cross. So whoever was told D by S (its home, a far end that has
 * switched) asks D then (WHO), and D answers when it is no longer building: it runs here, or it is gone.
 *
 * Counting (all others have answered) is the caller's. Messages between two monitors arrive in order. Pure;
 * monitor/move*.c performs it, tests/model/model_migrate.c walks it, docs/protocols/migrate.md explains it.
 */
#pragma once
#include "lib/base/types.h"

#define MIG_STATES(X)                                                                              \
    X(FREE)         /* no migration                                                     */         \
    X(SERIALIZING)  /* stopped; the destination was asked, the others to hold its channels */      \
    X(PAUSING)      /* the others hold them                                             */         \
    X(TRANSFERRING) /* its memory is being given to the destination                     */         \
    X(EDGES)        /* handles, channels and registers are on their way; its home is told */       \
    X(GRAPH)        /* built; its home's answer                                         */         \
    X(VERIFYING)    /* the destination reads back what it has built                     */         \
    X(SWITCHING)    /* doorbells are being moved                                        */         \
    X(COMMITTED)    /* it is the destination's; its answer is missing                   */         \
    X(UNDOING)      /* everybody who was asked is told to forget it                     */

#define MIG_EVENTS(X)                                                                              \
    X(ASK)      /* somebody wants it moved; it could be stopped                        */          \
    X(READY)    /* the destination has room                                            */          \
    X(HELD)     /* all others hold its channels                                        */          \
    X(MAPPED)   /* all of its memory is at the destination                             */          \
    X(BUILT)    /* the destination has built all                                       */          \
    X(THERE)    /* its home knows                                                      */          \
    X(CHECKED)  /* what the destination read back is what was sent                     */          \
    X(SWITCHED) /* all others have moved the doorbell                                  */          \
    X(DONE)     /* it runs at the destination                                          */          \
    X(REFUSED)  /* by the destination, an other, its home or an owner of memory        */          \
    X(MISMATCH) /* what the destination read back is something else                    */          \
    X(CANCEL)   /* the partition is to end, or somebody thought better of it           */          \
    X(TIMEOUT)  /* the deadline of the whole migration; in COMMITTED, of the answer    */          \
    X(DEST_DEAD)                                                                                   \
    X(OTHER_DEAD) /* one of the others, its home, or an owner of its memory             */         \
    X(UNDONE)     /* all who were asked have forgotten it                                */

enum mig_state {
#define X(name) MIG_##name,
    MIG_STATES(X)
#undef X
        MIG_STATE_COUNT
};

enum mig_event {
#define X(name) MIG_EV_##name,
    MIG_EVENTS(X)
#undef X
        MIG_EVENT_COUNT
};

/* What S does, as bits, in this order. */
enum mig_action {
    MIG_SEND_OFFER = 0x1,
    MIG_SEND_HOLD = 0x2,  /* to all others                                       */
    MIG_SEND_GIVE = 0x4,  /* to all who own memory of it                         */
    MIG_SEND_PARTS = 0x8, /* handles, channels, registers, END                   */
    MIG_SEND_WHERE = 0x10,
    MIG_SEND_CHECK = 0x20,
    MIG_SEND_SWITCH = 0x40, /* to all others                                       */
    MIG_SEND_COMMIT = 0x80,
    MIG_SEND_ABORT =
        0x100, /* to D, if it was asked; BACK to the others that were; its home is told again */
    MIG_DO_THAW = 0x200,    /* it goes on here                                     */
    MIG_DO_DROP = 0x400,    /* what is left of it here goes; SETTLED to the others */
    MIG_DO_SUSPECT = 0x800, /* the destination                                     */
    MIG_DO_LOST = 0x1000,   /* it was committed to a core that died                */
    MIG_TELL = 0x2000,      /* whoever asked                                       */
    MIG_REFUSE = 0x4000,    /* alone: the event makes no sense here, nothing changed */
};

struct mig_step {
    uint16_t action;
    uint8_t next;
};

/* Total: defined for every pair. */
struct mig_step mig_step(enum mig_state state, enum mig_event event);

/* An answer that is not refused here, but kept for the step that waits for it. */
bool mig_is_early(enum mig_state state, enum mig_event event);

/* Between ASK and the point of no return, where it can still be undone. */
bool mig_is_reversible(enum mig_state state);

/* ---- the destination ---- */

#define DEST_STATES(X)                                                                             \
    X(FREE)                                                                                        \
    X(READY)  /* entry and memory are reserved; parts come                           */            \
    X(MAPPED) /* all of its memory has come                                          */            \
    X(BUILT)  /* complete, and stopped                                               */

#define DEST_EVENTS(X)                                                                             \
    X(OFFER)     /* and there is room                                                   */         \
    X(OFFER_BAD) /* and there is none                                                   */         \
    X(ALL_IN)    /* the last piece of memory has come and is mapped                     */         \
    X(END)       /* the last part has come, and all of it could be built                */         \
    X(BAD)       /* a part could not be built                                           */         \
    X(CHECK)                                                                                       \
    X(COMMIT)                                                                                      \
    X(ABORT)                                                                                       \
    X(SOURCE_DEAD)                                                                                 \
    X(TIMEOUT) /* the source has not decided for much longer than a migration may take */

enum dest_state {
#define X(name) DEST_##name,
    DEST_STATES(X)
#undef X
        DEST_STATE_COUNT
};

enum dest_event {
#define X(name) DEST_EV_##name,
    DEST_EVENTS(X)
#undef X
        DEST_EVENT_COUNT
};

enum dest_action {
    DEST_SEND_READY = 0x1,
    DEST_SEND_MAPPED = 0x2,
    DEST_SEND_BUILT = 0x4,
    DEST_SEND_CHECKED = 0x8,
    DEST_DO_RESUME = 0x10, /* it runs here from now on                            */
    DEST_SEND_DONE = 0x20,
    DEST_DO_DROP = 0x40, /* what was built. Who asked about it (WHO) is told      */
    DEST_SEND_REFUSED = 0x100,
    DEST_SEND_ABORTED = 0x200,
    DEST_DO_SUSPECT = 0x400, /* the source                                          */
    DEST_REFUSE = 0x800,     /* alone: makes no sense here                          */
};

struct mig_step dest_step(enum dest_state state, enum dest_event event);

/* ---- the far end of a channel of the partition ---- */

#define HOLD_STATES_OF_CONN(X)                                                                     \
    X(NONE)                                                                                        \
    X(HELD)     /* what its program does to the channel waits                          */          \
    X(SWITCHED) /* the same, and the doorbell is the destination's                     */

#define HOLD_EVENTS_OF_CONN(X)                                                                     \
    X(HOLD)      /* and the channel is open, with nothing outstanding                 */           \
    X(HOLD_BUSY) /* and it is not                                                     */           \
    X(SWITCH)                                                                                      \
    X(BACK)                                                                                        \
    X(SETTLED)                                                                                     \
    X(SOURCE_DEAD)                                                                                 \
    X(DEST_DEAD)

enum far_state {
#define X(name) FAR_##name,
    HOLD_STATES_OF_CONN(X)
#undef X
        FAR_STATE_COUNT
};

enum far_event {
#define X(name) FAR_EV_##name,
    HOLD_EVENTS_OF_CONN(X)
#undef X
        FAR_EVENT_COUNT
};

enum far_action {
    FAR_SEND_HELD = 0x1,
    FAR_SEND_BUSY = 0x2,
    FAR_DO_SWITCH = 0x4, /* doorbell and far end are the destination's          */
    FAR_SEND_SWITCHED = 0x8,
    FAR_DO_RETURN = 0x10, /* doorbell and far end are the source's again         */
    FAR_DO_FREE = 0x20,   /* what waited happens now                             */
    FAR_SEND_RETURNED = 0x40,
    FAR_REFUSE = 0x80,
};

struct mig_step far_step(enum far_state state, enum far_event event);
