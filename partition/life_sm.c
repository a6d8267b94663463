/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/life_sm.h"
#include "lib/base/check.h"
#include "witness/record.h"

/* As it was before the operation; stands in the table only. */
#define BEFORE LIFE_STATE_COUNT

struct cell {
    uint16_t action;
    uint8_t next, defined;
};

#define NOTHING   0, 0, 0
#define TO(state) LIFE_##state, 1
#define KEEP      LIFE_DO_CHECKPOINT
#define STOP      LIFE_DO_STOP
#define LEAVE     (LIFE_DO_END_LEASES | LIFE_DO_RETURN_PAGES | LIFE_DO_CLOSE_EDGES)
#define SAVE      LIFE_DO_SAVE
#define FREE      LIFE_DO_FREE
#define LOAD      LIFE_DO_LOAD
#define MAKE      LIFE_DO_MAKE
#define GIVE      LIFE_DO_HAND_OVER
#define GO        LIFE_DO_GO
#define TELL      LIFE_DO_TELL

/* clang-format off */
static const struct cell table[LIFE_STATE_COUNT][LIFE_EVENT_COUNT] = {
    [LIFE_CREATED] = {
        [LIFE_EV_START]       = { GO,                         TO(RUNNING)    },
        [LIFE_EV_DESTROY]     = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
        [LIFE_EV_LOST]        = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
    [LIFE_RUNNING] = {
        [LIFE_EV_SUSPEND]     = { STOP,                       TO(SUSPENDED)  },
        [LIFE_EV_HIBERNATE]   = { STOP | SAVE | FREE,         TO(HIBERNATED) },
        [LIFE_EV_DESTROY]     = { STOP | LEAVE | FREE | TELL, TO(DESTROYED)  },
        [LIFE_EV_MIGRATE]     = { KEEP | STOP | MAKE,         TO(MIGRATING)  },
        [LIFE_EV_SPLIT]       = { KEEP | STOP | MAKE,         TO(SPLITTING)  },
        [LIFE_EV_MERGE]       = { KEEP | STOP | MAKE,         TO(MERGING)    },
        [LIFE_EV_LOST]        = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
    [LIFE_SUSPENDED] = {
        [LIFE_EV_RESUME]      = { GO,                         TO(RUNNING)    },
        [LIFE_EV_HIBERNATE]   = { SAVE | FREE,                TO(HIBERNATED) },
        [LIFE_EV_DESTROY]     = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
        [LIFE_EV_MIGRATE]     = { KEEP | MAKE,                TO(MIGRATING)  },
        [LIFE_EV_SPLIT]       = { KEEP | MAKE,                TO(SPLITTING)  },
        [LIFE_EV_MERGE]       = { KEEP | MAKE,                TO(MERGING)    },
        [LIFE_EV_LOST]        = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
    [LIFE_HIBERNATED] = {
        [LIFE_EV_RECONSTRUCT] = { LOAD,                       TO(CREATED)    },
        [LIFE_EV_DESTROY]     = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
    [LIFE_DESTROYED] = {
        [LIFE_EV_START]       = { NOTHING },                                /* no way back */
    },
    [LIFE_MIGRATING] = {
        [LIFE_EV_MOVED]       = { GIVE | FREE | GO,           BEFORE, 1      },
        [LIFE_EV_ABORT]       = { FREE | GO,                  BEFORE, 1      },
        [LIFE_EV_LOST]        = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
    [LIFE_SPLITTING] = {
        [LIFE_EV_SPLIT_DONE]  = { GIVE | FREE | TELL,         TO(DESTROYED)  },
        [LIFE_EV_BORN]        = { GO,                         BEFORE, 1      },
        [LIFE_EV_ABORT]       = { GO,                         BEFORE, 1      },
        [LIFE_EV_LOST]        = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
    [LIFE_MERGING] = {
        [LIFE_EV_MERGE_DONE]  = { GIVE | FREE | TELL,         TO(DESTROYED)  },
        [LIFE_EV_BORN]        = { GO,                         BEFORE, 1      },
        [LIFE_EV_ABORT]       = { GO,                         BEFORE, 1      },
        [LIFE_EV_LOST]        = { LEAVE | FREE | TELL,        TO(DESTROYED)  },
    },
};

/* The record of an event, and its flags. Beginning and abort of an operation is told by its end; what it made tells of itself. */
static const struct { uint8_t kind; uint16_t flags; } record[LIFE_EVENT_COUNT] = {
    [LIFE_EV_START]       = { WITNESS_PARTITION_RESUME,      0 },
    [LIFE_EV_SUSPEND]     = { WITNESS_PARTITION_SUSPEND,     0 },
    [LIFE_EV_RESUME]      = { WITNESS_PARTITION_RESUME,      0 },
    [LIFE_EV_HIBERNATE]   = { WITNESS_PARTITION_HIBERNATE,   0 },
    [LIFE_EV_RECONSTRUCT] = { WITNESS_PARTITION_RECONSTRUCT, 0 },
    [LIFE_EV_DESTROY]     = { WITNESS_PARTITION_DESTROY,     0 },
    [LIFE_EV_MOVED]       = { WITNESS_PARTITION_MIGRATE,     WITNESS_F_COMMIT },
    [LIFE_EV_SPLIT_DONE]  = { WITNESS_PARTITION_SPLIT,       WITNESS_F_COMMIT },
    [LIFE_EV_MERGE_DONE]  = { WITNESS_PARTITION_MERGE,       WITNESS_F_COMMIT },
    [LIFE_EV_BORN]        = { WITNESS_PARTITION_CREATE,      0 },
    [LIFE_EV_LOST]        = { WITNESS_PARTITION_DESTROY,     WITNESS_F_CANCEL },
};

static const uint8_t operation_record[LIFE_STATE_COUNT] = {
    [LIFE_MIGRATING]      = WITNESS_PARTITION_MIGRATE,
    [LIFE_SPLITTING]      = WITNESS_PARTITION_SPLIT,
    [LIFE_MERGING]        = WITNESS_PARTITION_MERGE,
};
/* clang-format on */

bool life_in_operation(enum life_state state)
{
    return state == LIFE_MIGRATING || state == LIFE_SPLITTING || state == LIFE_MERGING;
}

static void tell_record(enum life_state state, enum life_event event, struct life_step *out)
{
    if (event == LIFE_EV_ABORT) {
        out->record = operation_record[state];
        out->flags = WITNESS_F_CANCEL;
    } else {
        out->record = record[event].kind;
        out->flags = record[event].flags;
    }
}

status_t life_step(enum life_state state, enum life_state before, enum life_event event,
                   struct life_step *out)
{
    CHECK((unsigned)state < LIFE_STATE_COUNT && (unsigned)event < LIFE_EVENT_COUNT);

    const struct cell *c = &table[state][event];

    *out = (struct life_step){.next = (uint8_t)state};
    if (!c->defined)
        return ST_STATE;
    CHECK(!life_in_operation(state) || before == LIFE_RUNNING || before == LIFE_SUSPENDED);
    out->next = c->next == BEFORE ? (uint8_t)before : c->next;
    out->action = c->action;
    if (c->next == BEFORE && before != LIFE_RUNNING) /* it did not run, so it does not now */
        out->action &= (uint16_t)~LIFE_DO_GO;
    tell_record(state, event, out);
    return ST_OK;
}

const char *life_state_name(enum life_state state)
{
    static const char *const names[] = {"Created",   "Running",   "Suspended", "Hibernated",
                                        "Destroyed", "Migrating", "Splitting", "Merging"};

    _Static_assert(ARRAY_LEN(names) == LIFE_STATE_COUNT, "a name each");
    return (unsigned)state < LIFE_STATE_COUNT ? names[state] : "?";
}

const char *life_event_name(enum life_event event)
{
    static const char *const names[] = {
#define X(name) #name,
        LIFE_EVENTS(X)
#undef X
    };

    return (unsigned)event < LIFE_EVENT_COUNT ? names[event] : "?";
}

const char *life_action_text(enum life_action action)
{
    switch (action) {
#define X(name, bit, text)                                                                         \
    case LIFE_DO_##name:                                                                           \
        return text;
        LIFE_ACTIONS(X)
#undef X
    }
    return "?";
}
