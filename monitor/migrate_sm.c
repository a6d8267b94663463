/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/migrate_sm.h"
#include "lib/base/check.h"

/* Kept short: the tables below are meant to be read across. */
#define NO      MIG_REFUSE
#define NIL     0
#define OFFER   MIG_SEND_OFFER
#define HOLD    MIG_SEND_HOLD
#define GIVE    MIG_SEND_GIVE
#define PARTS   MIG_SEND_PARTS
#define WHERE   MIG_SEND_WHERE
#define CHECKIT MIG_SEND_CHECK
#define SWITCH  MIG_SEND_SWITCH
#define COMMIT  MIG_SEND_COMMIT
#define ABORT   MIG_SEND_ABORT
#define THAW    MIG_DO_THAW
#define DROP    MIG_DO_DROP
#define SUSPECT MIG_DO_SUSPECT
#define LOST    MIG_DO_LOST
#define TELL    MIG_TELL

/* The same for every state that can still be undone. */
#define UNDO(state)                                                                                \
    [MIG_EV_ASK] = {NO, MIG_##state}, [MIG_EV_REFUSED] = {ABORT, MIG_UNDOING},                     \
    [MIG_EV_MISMATCH] = {ABORT, MIG_UNDOING}, [MIG_EV_CANCEL] = {ABORT, MIG_UNDOING},              \
    [MIG_EV_TIMEOUT] = {ABORT, MIG_UNDOING}, [MIG_EV_DEST_DEAD] = {ABORT, MIG_UNDOING},            \
    [MIG_EV_OTHER_DEAD] = {ABORT, MIG_UNDOING}, [MIG_EV_UNDONE] = {NO, MIG_##state}

/* clang-format off */
static const struct mig_step source[MIG_STATE_COUNT][MIG_EVENT_COUNT] = {
    [MIG_FREE] = {
        [MIG_EV_ASK]        = { OFFER | HOLD,        MIG_SERIALIZING  },
        [MIG_EV_READY]      = { NO,                  MIG_FREE         },
        [MIG_EV_HELD]       = { NO,                  MIG_FREE         },
        [MIG_EV_MAPPED]     = { NO,                  MIG_FREE         },
        [MIG_EV_BUILT]      = { NO,                  MIG_FREE         },
        [MIG_EV_THERE]      = { NO,                  MIG_FREE         },
        [MIG_EV_CHECKED]    = { NO,                  MIG_FREE         },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_FREE         },
        [MIG_EV_DONE]       = { NO,                  MIG_FREE         },
        [MIG_EV_REFUSED]    = { NO,                  MIG_FREE         },
        [MIG_EV_MISMATCH]   = { NO,                  MIG_FREE         },
        [MIG_EV_CANCEL]     = { NIL,                 MIG_FREE         },
        [MIG_EV_TIMEOUT]    = { NO,                  MIG_FREE         },
        [MIG_EV_DEST_DEAD]  = { NIL,                 MIG_FREE         },
        [MIG_EV_OTHER_DEAD] = { NIL,                 MIG_FREE         },
        [MIG_EV_UNDONE]     = { NO,                  MIG_FREE         },
    },
    [MIG_SERIALIZING] = {
        UNDO(SERIALIZING),
        [MIG_EV_READY]      = { NIL,                 MIG_PAUSING      },
        [MIG_EV_HELD]       = { NO,                  MIG_SERIALIZING  },
        [MIG_EV_MAPPED]     = { NO,                  MIG_SERIALIZING  },
        [MIG_EV_BUILT]      = { NO,                  MIG_SERIALIZING  },
        [MIG_EV_THERE]      = { NO,                  MIG_SERIALIZING  },
        [MIG_EV_CHECKED]    = { NO,                  MIG_SERIALIZING  },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_SERIALIZING  },
        [MIG_EV_DONE]       = { NO,                  MIG_SERIALIZING  },
    },
    [MIG_PAUSING] = {
        UNDO(PAUSING),
        [MIG_EV_READY]      = { NO,                  MIG_PAUSING      },
        [MIG_EV_HELD]       = { GIVE,                MIG_TRANSFERRING },
        [MIG_EV_MAPPED]     = { NO,                  MIG_PAUSING      },
        [MIG_EV_BUILT]      = { NO,                  MIG_PAUSING      },
        [MIG_EV_THERE]      = { NO,                  MIG_PAUSING      },
        [MIG_EV_CHECKED]    = { NO,                  MIG_PAUSING      },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_PAUSING      },
        [MIG_EV_DONE]       = { NO,                  MIG_PAUSING      },
    },
    [MIG_TRANSFERRING] = {
        UNDO(TRANSFERRING),
        [MIG_EV_READY]      = { NO,                  MIG_TRANSFERRING },
        [MIG_EV_HELD]       = { NO,                  MIG_TRANSFERRING },
        [MIG_EV_MAPPED]     = { PARTS|WHERE|CHECKIT, MIG_EDGES        },
        [MIG_EV_BUILT]      = { NO,                  MIG_TRANSFERRING },
        [MIG_EV_THERE]      = { NO,                  MIG_TRANSFERRING },
        [MIG_EV_CHECKED]    = { NO,                  MIG_TRANSFERRING },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_TRANSFERRING },
        [MIG_EV_DONE]       = { NO,                  MIG_TRANSFERRING },
    },
    [MIG_EDGES] = {
        UNDO(EDGES),
        [MIG_EV_READY]      = { NO,                  MIG_EDGES        },
        [MIG_EV_HELD]       = { NO,                  MIG_EDGES        },
        [MIG_EV_MAPPED]     = { NO,                  MIG_EDGES        },
        [MIG_EV_BUILT]      = { NIL,                 MIG_GRAPH        },
        [MIG_EV_THERE]      = { NO,                  MIG_EDGES        },
        [MIG_EV_CHECKED]    = { NO,                  MIG_EDGES        },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_EDGES        },
        [MIG_EV_DONE]       = { NO,                  MIG_EDGES        },
    },
    [MIG_GRAPH] = {
        UNDO(GRAPH),
        [MIG_EV_READY]      = { NO,                  MIG_GRAPH        },
        [MIG_EV_HELD]       = { NO,                  MIG_GRAPH        },
        [MIG_EV_MAPPED]     = { NO,                  MIG_GRAPH        },
        [MIG_EV_BUILT]      = { NO,                  MIG_GRAPH        },
        [MIG_EV_THERE]      = { NIL,                 MIG_VERIFYING    },
        [MIG_EV_CHECKED]    = { NO,                  MIG_GRAPH        },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_GRAPH        },
        [MIG_EV_DONE]       = { NO,                  MIG_GRAPH        },
    },
    [MIG_VERIFYING] = {
        UNDO(VERIFYING),
        [MIG_EV_READY]      = { NO,                  MIG_VERIFYING    },
        [MIG_EV_HELD]       = { NO,                  MIG_VERIFYING    },
        [MIG_EV_MAPPED]     = { NO,                  MIG_VERIFYING    },
        [MIG_EV_BUILT]      = { NO,                  MIG_VERIFYING    },
        [MIG_EV_THERE]      = { NO,                  MIG_VERIFYING    },
        [MIG_EV_CHECKED]    = { SWITCH,              MIG_SWITCHING    },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_VERIFYING    },
        [MIG_EV_DONE]       = { NO,                  MIG_VERIFYING    },
    },
    [MIG_SWITCHING] = {
        UNDO(SWITCHING),
        [MIG_EV_READY]      = { NO,                  MIG_SWITCHING    },
        [MIG_EV_HELD]       = { NO,                  MIG_SWITCHING    },
        [MIG_EV_MAPPED]     = { NO,                  MIG_SWITCHING    },
        [MIG_EV_BUILT]      = { NO,                  MIG_SWITCHING    },
        [MIG_EV_THERE]      = { NO,                  MIG_SWITCHING    },
        [MIG_EV_CHECKED]    = { NO,                  MIG_SWITCHING    },
        [MIG_EV_SWITCHED]   = { COMMIT,              MIG_COMMITTED    },
        [MIG_EV_DONE]       = { NO,                  MIG_SWITCHING    },
    },
    [MIG_COMMITTED] = {
        [MIG_EV_ASK]        = { NO,                  MIG_COMMITTED    },
        [MIG_EV_READY]      = { NO,                  MIG_COMMITTED    },
        [MIG_EV_HELD]       = { NO,                  MIG_COMMITTED    },
        [MIG_EV_MAPPED]     = { NO,                  MIG_COMMITTED    },
        [MIG_EV_BUILT]      = { NO,                  MIG_COMMITTED    },
        [MIG_EV_THERE]      = { NO,                  MIG_COMMITTED    },
        [MIG_EV_CHECKED]    = { NO,                  MIG_COMMITTED    },
        [MIG_EV_SWITCHED]   = { NO,                  MIG_COMMITTED    },
        [MIG_EV_DONE]       = { DROP | TELL,         MIG_FREE         },
        [MIG_EV_REFUSED]    = { NO,                  MIG_COMMITTED    },
        [MIG_EV_MISMATCH]   = { NO,                  MIG_COMMITTED    },
        [MIG_EV_CANCEL]     = { NIL,                 MIG_COMMITTED    },  /* it is asked again, there    */
        [MIG_EV_TIMEOUT]    = { SUSPECT,             MIG_COMMITTED    },  /* ends by its death           */
        [MIG_EV_DEST_DEAD]  = { DROP | LOST | TELL,  MIG_FREE         },
        [MIG_EV_OTHER_DEAD] = { NIL,                 MIG_COMMITTED    },  /* the destination sees to it  */
        [MIG_EV_UNDONE]     = { NO,                  MIG_COMMITTED    },
    },
    [MIG_UNDOING] = { /* answers that were on their way still come */
        [MIG_EV_ASK]        = { NO,                  MIG_UNDOING      },
        [MIG_EV_READY]      = { NIL,                 MIG_UNDOING      },
        [MIG_EV_HELD]       = { NIL,                 MIG_UNDOING      },
        [MIG_EV_MAPPED]     = { NIL,                 MIG_UNDOING      },
        [MIG_EV_BUILT]      = { NIL,                 MIG_UNDOING      },
        [MIG_EV_THERE]      = { NIL,                 MIG_UNDOING      },
        [MIG_EV_CHECKED]    = { NIL,                 MIG_UNDOING      },
        [MIG_EV_SWITCHED]   = { NIL,                 MIG_UNDOING      },
        [MIG_EV_DONE]       = { NO,                  MIG_UNDOING      },
        [MIG_EV_REFUSED]    = { NIL,                 MIG_UNDOING      },
        [MIG_EV_MISMATCH]   = { NIL,                 MIG_UNDOING      },
        [MIG_EV_CANCEL]     = { NIL,                 MIG_UNDOING      },
        [MIG_EV_TIMEOUT]    = { SUSPECT,             MIG_UNDOING      },  /* who has not answered        */
        [MIG_EV_DEST_DEAD]  = { NIL,                 MIG_UNDOING      },  /* counts as its answer        */
        [MIG_EV_OTHER_DEAD] = { NIL,                 MIG_UNDOING      },
        [MIG_EV_UNDONE]     = { THAW | TELL,         MIG_FREE         },
    },
};

#define D_NO DEST_REFUSE
#define READY DEST_SEND_READY
#define MAPPED DEST_SEND_MAPPED
#define BUILT DEST_SEND_BUILT
#define CHECKED DEST_SEND_CHECKED
#define RESUME DEST_DO_RESUME
#define DONE DEST_SEND_DONE
#define D_DROP DEST_DO_DROP
#define SORRY DEST_SEND_REFUSED
#define ABORTED DEST_SEND_ABORTED
#define D_SUSPECT DEST_DO_SUSPECT

static const struct mig_step destination[DEST_STATE_COUNT][DEST_EVENT_COUNT] = {
    [DEST_FREE] = {
        [DEST_EV_OFFER]       = { READY,             DEST_READY  },
        [DEST_EV_OFFER_BAD]   = { SORRY,             DEST_FREE   },
        [DEST_EV_ALL_IN]      = { D_NO,              DEST_FREE   },
        [DEST_EV_END]         = { NIL,               DEST_FREE   },  /* refused meanwhile            */
        [DEST_EV_BAD]         = { NIL,               DEST_FREE   },
        [DEST_EV_CHECK]       = { NIL,               DEST_FREE   },  /* the same                    */
        [DEST_EV_COMMIT]      = { D_NO,              DEST_FREE   },
        [DEST_EV_ABORT]       = { ABORTED,           DEST_FREE   },  /* refused meanwhile            */
        [DEST_EV_SOURCE_DEAD] = { NIL,               DEST_FREE   },
        [DEST_EV_TIMEOUT]     = { D_NO,              DEST_FREE   },
    },
    [DEST_READY] = {
        [DEST_EV_OFFER]       = { D_NO,              DEST_READY  },
        [DEST_EV_OFFER_BAD]   = { D_NO,              DEST_READY  },
        [DEST_EV_ALL_IN]      = { MAPPED,            DEST_MAPPED },
        [DEST_EV_END]         = { D_NO,              DEST_READY  },
        [DEST_EV_BAD]         = { D_DROP | SORRY,    DEST_FREE   },
        [DEST_EV_CHECK]       = { D_NO,              DEST_READY  },
        [DEST_EV_COMMIT]      = { D_NO,              DEST_READY  },
        [DEST_EV_ABORT]       = { D_DROP | ABORTED,  DEST_FREE   },
        [DEST_EV_SOURCE_DEAD] = { D_DROP,            DEST_FREE   },
        [DEST_EV_TIMEOUT]     = { D_SUSPECT,         DEST_READY  },
    },
    [DEST_MAPPED] = {
        [DEST_EV_OFFER]       = { D_NO,              DEST_MAPPED },
        [DEST_EV_OFFER_BAD]   = { D_NO,              DEST_MAPPED },
        [DEST_EV_ALL_IN]      = { D_NO,              DEST_MAPPED },
        [DEST_EV_END]         = { BUILT,             DEST_BUILT  },
        [DEST_EV_BAD]         = { D_DROP | SORRY,    DEST_FREE   },
        [DEST_EV_CHECK]       = { D_NO,              DEST_MAPPED },
        [DEST_EV_COMMIT]      = { D_NO,              DEST_MAPPED },
        [DEST_EV_ABORT]       = { D_DROP | ABORTED,  DEST_FREE   },
        [DEST_EV_SOURCE_DEAD] = { D_DROP,            DEST_FREE   },
        [DEST_EV_TIMEOUT]     = { D_SUSPECT,         DEST_MAPPED },
    },
    [DEST_BUILT] = {
        [DEST_EV_OFFER]       = { D_NO,              DEST_BUILT  },
        [DEST_EV_OFFER_BAD]   = { D_NO,              DEST_BUILT  },
        [DEST_EV_ALL_IN]      = { D_NO,              DEST_BUILT  },
        [DEST_EV_END]         = { D_NO,              DEST_BUILT  },
        [DEST_EV_BAD]         = { D_DROP | SORRY,    DEST_FREE   },
        [DEST_EV_CHECK]       = { CHECKED,           DEST_BUILT  },
        [DEST_EV_COMMIT]      = { RESUME | DONE,     DEST_FREE   },
        [DEST_EV_ABORT]       = { D_DROP | ABORTED,  DEST_FREE   },
        [DEST_EV_SOURCE_DEAD] = { D_DROP,            DEST_FREE   },
        [DEST_EV_TIMEOUT]     = { D_SUSPECT,         DEST_BUILT  },
    },
};

static const struct mig_step far[FAR_STATE_COUNT][FAR_EVENT_COUNT] = {
    [FAR_NONE] = {
        [FAR_EV_HOLD]        = { FAR_SEND_HELD,                         FAR_HELD     },
        [FAR_EV_HOLD_BUSY]   = { FAR_SEND_BUSY,                         FAR_NONE     },
        [FAR_EV_SWITCH]      = { FAR_REFUSE,                            FAR_NONE     },
        [FAR_EV_BACK]        = { FAR_SEND_RETURNED,                     FAR_NONE     },  /* it said busy */
        [FAR_EV_SETTLED]     = { FAR_REFUSE,                            FAR_NONE     },
        [FAR_EV_SOURCE_DEAD] = { 0,                                     FAR_NONE     },
        [FAR_EV_DEST_DEAD]   = { 0,                                     FAR_NONE     },
    },
    [FAR_HELD] = {
        [FAR_EV_HOLD]        = { FAR_REFUSE,                            FAR_HELD     },
        [FAR_EV_HOLD_BUSY]   = { FAR_REFUSE,                            FAR_HELD     },
        [FAR_EV_SWITCH]      = { FAR_DO_SWITCH | FAR_SEND_SWITCHED,     FAR_SWITCHED },
        [FAR_EV_BACK]        = { FAR_DO_FREE | FAR_SEND_RETURNED,       FAR_NONE     },
        [FAR_EV_SETTLED]     = { FAR_REFUSE,                            FAR_HELD     },
        [FAR_EV_SOURCE_DEAD] = { FAR_DO_FREE,                           FAR_NONE     },
        [FAR_EV_DEST_DEAD]   = { 0,                                     FAR_HELD     },  /* BACK comes   */
    },
    [FAR_SWITCHED] = {
        [FAR_EV_HOLD]        = { FAR_REFUSE,                            FAR_SWITCHED },
        [FAR_EV_HOLD_BUSY]   = { FAR_REFUSE,                            FAR_SWITCHED },
        [FAR_EV_SWITCH]      = { FAR_REFUSE,                            FAR_SWITCHED },
        [FAR_EV_BACK]        = { FAR_DO_RETURN | FAR_DO_FREE | FAR_SEND_RETURNED, FAR_NONE },
        [FAR_EV_SETTLED]     = { FAR_DO_FREE,                           FAR_NONE     },
        [FAR_EV_SOURCE_DEAD] = { FAR_DO_FREE,                           FAR_NONE     },  /* D says how it ended */
        [FAR_EV_DEST_DEAD]   = { 0,                                     FAR_SWITCHED },  /* S says how it ended */
    },
};
/* clang-format on */

/* Asked for together with what an earlier step waits for. */
bool mig_is_early(enum mig_state state, enum mig_event event)
{
    switch (event) {
    case MIG_EV_HELD:
        return state == MIG_SERIALIZING;
    case MIG_EV_MAPPED: /* it needs no copies; and READY may have been lost on purpose */
        return state == MIG_SERIALIZING || state == MIG_PAUSING;
    case MIG_EV_THERE:
        return state == MIG_EDGES;
    case MIG_EV_CHECKED:
        return state == MIG_EDGES || state == MIG_GRAPH;
    default:
        return false;
    }
}

struct mig_step mig_step(enum mig_state state, enum mig_event event)
{
    CHECK((unsigned)state < MIG_STATE_COUNT && (unsigned)event < MIG_EVENT_COUNT);
    return source[state][event];
}

bool mig_is_reversible(enum mig_state state)
{
    return state >= MIG_SERIALIZING && state <= MIG_SWITCHING;
}

struct mig_step dest_step(enum dest_state state, enum dest_event event)
{
    CHECK((unsigned)state < DEST_STATE_COUNT && (unsigned)event < DEST_EVENT_COUNT);
    return destination[state][event];
}

struct mig_step far_step(enum far_state state, enum far_event event)
{
    CHECK((unsigned)state < FAR_STATE_COUNT && (unsigned)event < FAR_EVENT_COUNT);
    return far[state][event];
}
