/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/life_sm - what may happen to a partition, in which state.
 *
 *                        .--------- RECONSTRUCT --------.
 *                        v                              |
 *     (create) ----> CREATED --START--> RUNNING --HIBERNATE--> HIBERNATED
 *                                       |     ^                    ^
 *                                 SUSPEND     RESUME               |
 *                                       v     |                    |
 *                                      SUSPENDED ------HIBERNATE---'
 *
 *     RUNNING, SUSPENDED --MIGRATE--> MIGRATING --MOVED, ABORT--> as it was before
 *                        --SPLIT----> SPLITTING --SPLIT_DONE----> DESTROYED      ABORT: as it was
 *                        --MERGE----> MERGING   --MERGE_DONE----> DESTROYED      ABORT: as it was
 *
 *     DESTROY ends what is in no operation; LOST ends what was on a core that died. What a split or a merge makes is in SPLITTING
 *     or MERGING, too, until BORN; if the operation is aborted, it is LOST.
 *
 * A total table: a cell nobody wrote refuses, and a refused event changes nothing. Pure. What is to be done comes back as bits,
 * in the order in which the monitor does it, and as the witness record that is written with it.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

/* clang-format off */
#define LIFE_STATES(X)                                                                             \
    X(CREATED)    /* made, has never run                                          */               \
    X(RUNNING)    /* its tasks are scheduled                                      */               \
    X(SUSPENDED)  /* its tasks are stopped, all else is there                     */               \
    X(HIBERNATED) /* a snapshot with hashes, neither tasks nor memory             */               \
    X(DESTROYED)  /* nothing is left of it but, for a while, what must be freed   */               \
    X(MIGRATING)  /* in an operation: between two cores                           */               \
    X(SPLITTING)  /* becoming two, or one of the two that it becomes              */               \
    X(MERGING)    /* one of two becoming one, or the one                          */
/* clang-format on */

/* clang-format off */
#define LIFE_EVENTS(X)                                                                             \
    X(START)                                                                                       \
    X(SUSPEND)                                                                                     \
    X(RESUME)                                                                                      \
    X(HIBERNATE)                                                                                   \
    X(RECONSTRUCT) /* from the snapshot, all hashes equal                         */               \
    X(DESTROY)                                                                                     \
    X(MIGRATE)                                                                                     \
    X(SPLIT)                                                                                       \
    X(MERGE)                                                                                       \
    X(MOVED)       /* the migration is complete                                   */               \
    X(SPLIT_DONE)  /* the two are there                                           */               \
    X(MERGE_DONE)  /* the one is there                                            */               \
    X(BORN)        /* what the operation made begins to live                      */               \
    X(ABORT)       /* of the operation: everything as it was                      */               \
    X(LOST)        /* its core died; or what was to make it was aborted           */
/* clang-format on */

enum life_state {
#define X(name) LIFE_##name,
    LIFE_STATES(X)
#undef X
        LIFE_STATE_COUNT
};

enum life_event {
#define X(name) LIFE_EV_##name,
    LIFE_EVENTS(X)
#undef X
        LIFE_EVENT_COUNT
};

/* What to do, in this order. */
/* clang-format off */
#define LIFE_ACTIONS(X)                                                                            \
    X(CHECKPOINT,    0x001, "keep a checkpoint to go back to")                                     \
    X(STOP,          0x002, "stop all its tasks and wait until they are")                          \
    X(END_LEASES,    0x004, "unmap leased devices and their interrupts, end the leases")           \
    X(RETURN_PAGES,  0x008, "take back what it lent, give back what it borrowed")                  \
    X(CLOSE_EDGES,   0x010, "close its channels; who is at the other end is told")                 \
    X(SAVE,          0x020, "store its memory and the snapshot")                                   \
    X(FREE,          0x040, "take its objects apart, its memory back")                             \
    X(LOAD,          0x080, "make memory and objects from the snapshot, stopped")                  \
    X(MAKE,          0x100, "make the objects of what comes out of the operation, stopped")        \
    X(HAND_OVER,     0x200, "objects, capabilities and pages go where the plan says")              \
    X(GO,            0x400, "let its tasks run")                                                   \
    X(TELL,          0x800, "tell its supervisor")
/* clang-format on */

enum life_action {
#define X(name, bit, text) LIFE_DO_##name = bit,
    LIFE_ACTIONS(X)
#undef X
};

struct life_step {
    uint16_t action;
    uint8_t next;   /* enum life_state                       */
    uint8_t record; /* enum witness_kind; 0: none            */
    uint16_t flags; /* of the record                         */
};

/*
 * From `state`, which is `before` in an operation as it was before that, by `event`. ST_STATE: there is no such step; *out says the
 * same state and nothing to do.
 */
MUST_CHECK status_t life_step(enum life_state state, enum life_state before, enum life_event event,
                              struct life_step *out);

/* In an operation, which ends by itself or is aborted? */
bool life_in_operation(enum life_state state);

/* "Running"; the word of an action's single bit, and its sentence. */
const char *life_state_name(enum life_state state);
const char *life_event_name(enum life_event event);
const char *life_action_text(enum life_action action);
