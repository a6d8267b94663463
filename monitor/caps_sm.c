/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/caps_sm.h"
#include "lib/base/check.h"

/* NO: the peer may not do this. NIL: late or crossing, without effect. */
#define NO CAPS_DO_REFUSE
#define NIL 0

/* clang-format off */
#define OFFER NODE_DO_OFFER
#define GIVEN NODE_DO_GIVEN
#define RECALL NODE_DO_RECALL
#define END NODE_DO_END
#define TELL NODE_DO_TELL
#define UNDONE NODE_DO_UNDONE
#define SUSPECT NODE_DO_SUSPECT
static const struct caps_step nodes[NODE_STATES][NODE_EVENTS] = {
    [NODE_FREE] = {
        [NODE_EV_GIVE]    = { OFFER,        NODE_OFFERED  },
        [NODE_EV_TOOK]    = { NIL,          NODE_FREE     },
        [NODE_EV_REFUSED] = { NIL,          NODE_FREE     },
        [NODE_EV_RECALL]  = { NIL,          NODE_FREE     },
        [NODE_EV_BACK]    = { NIL,          NODE_FREE     },
        [NODE_EV_LEFT]    = { NIL,          NODE_FREE     },
        [NODE_EV_BARE]    = { NIL,          NODE_FREE     },
        [NODE_EV_UNDO]    = { NIL,          NODE_FREE     },
        [NODE_EV_BELOW]   = { NIL,          NODE_FREE     },
        [NODE_EV_DEAD]    = { NIL,          NODE_FREE     },
        [NODE_EV_TIMEOUT] = { NIL,          NODE_FREE     },
    },
    [NODE_OFFERED] = {
        [NODE_EV_GIVE]    = { NO,           NODE_OFFERED  },
        [NODE_EV_TOOK]    = { GIVEN,        NODE_HELD     },
        [NODE_EV_REFUSED] = { END,          NODE_FREE     },
        [NODE_EV_RECALL]  = { RECALL,       NODE_RECALLED },  /* behind the offer                 */
        [NODE_EV_BACK]    = { NO,           NODE_OFFERED  },
        [NODE_EV_LEFT]    = { NO,           NODE_OFFERED  },
        [NODE_EV_BARE]    = { NIL,          NODE_OFFERED  },
        [NODE_EV_UNDO]    = { NO,           NODE_OFFERED  },
        [NODE_EV_BELOW]   = { NO,           NODE_OFFERED  },
        [NODE_EV_DEAD]    = { END,          NODE_FREE     },
        [NODE_EV_TIMEOUT] = { SUSPECT,      NODE_OFFERED  },
    },
    [NODE_HELD] = {
        [NODE_EV_GIVE]    = { NO,           NODE_HELD     },
        [NODE_EV_TOOK]    = { NO,           NODE_HELD     },
        [NODE_EV_REFUSED] = { NO,           NODE_HELD     },
        [NODE_EV_RECALL]  = { RECALL,       NODE_RECALLED },
        [NODE_EV_BACK]    = { END | TELL,   NODE_FREE     },
        [NODE_EV_LEFT]    = { NIL,          NODE_GHOST    },
        [NODE_EV_BARE]    = { NIL,          NODE_HELD     },
        [NODE_EV_UNDO]    = { RECALL,       NODE_UNDOING  },
        [NODE_EV_BELOW]   = { NO,           NODE_HELD     },
        [NODE_EV_DEAD]    = { END | TELL,   NODE_FREE     },
        [NODE_EV_TIMEOUT] = { NIL,          NODE_HELD     },
    },
    [NODE_RECALLED] = {
        [NODE_EV_GIVE]    = { NO,           NODE_RECALLED },
        [NODE_EV_TOOK]    = { NIL,          NODE_RECALLED },  /* crossed: its answer to us follows */
        [NODE_EV_REFUSED] = { NIL,          NODE_RECALLED },
        [NODE_EV_RECALL]  = { NIL,          NODE_RECALLED },
        [NODE_EV_BACK]    = { END,          NODE_FREE     },
        [NODE_EV_LEFT]    = { END,          NODE_FREE     },
        [NODE_EV_BARE]    = { NIL,          NODE_RECALLED },
        [NODE_EV_UNDO]    = { NIL,          NODE_UNDOING  },
        [NODE_EV_BELOW]   = { NO,           NODE_RECALLED },
        [NODE_EV_DEAD]    = { END,          NODE_FREE     },
        [NODE_EV_TIMEOUT] = { SUSPECT,      NODE_RECALLED },
    },
    [NODE_UNDOING] = {
        [NODE_EV_GIVE]    = { NO,           NODE_UNDOING  },
        [NODE_EV_TOOK]    = { NIL,          NODE_UNDOING  },
        [NODE_EV_REFUSED] = { NIL,          NODE_UNDOING  },
        [NODE_EV_RECALL]  = { NIL,          NODE_UNDOING  },
        [NODE_EV_BACK]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_LEFT]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_BARE]    = { NIL,          NODE_UNDOING  },
        [NODE_EV_UNDO]    = { NO,           NODE_UNDOING  },
        [NODE_EV_BELOW]   = { NIL,          NODE_LAST     },
        [NODE_EV_DEAD]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_TIMEOUT] = { SUSPECT,      NODE_UNDOING  },
    },
    [NODE_EMPTY] = {
        [NODE_EV_GIVE]    = { NO,           NODE_EMPTY    },
        [NODE_EV_TOOK]    = { NO,           NODE_EMPTY    },
        [NODE_EV_REFUSED] = { NO,           NODE_EMPTY    },
        [NODE_EV_RECALL]  = { NIL,          NODE_EMPTY    },
        [NODE_EV_BACK]    = { NIL,          NODE_EMPTY    },  /* released while recalled: two      */
        [NODE_EV_LEFT]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_BARE]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_UNDO]    = { NO,           NODE_EMPTY    },
        [NODE_EV_BELOW]   = { END | UNDONE, NODE_FREE     },
        [NODE_EV_DEAD]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_TIMEOUT] = { NIL,          NODE_EMPTY    },
    },
    [NODE_LAST] = {
        [NODE_EV_GIVE]    = { NO,           NODE_LAST     },
        [NODE_EV_TOOK]    = { NIL,          NODE_LAST     },
        [NODE_EV_REFUSED] = { NIL,          NODE_LAST     },
        [NODE_EV_RECALL]  = { NIL,          NODE_LAST     },
        [NODE_EV_BACK]    = { END | UNDONE, NODE_FREE     },
        [NODE_EV_LEFT]    = { END | UNDONE, NODE_FREE     },
        [NODE_EV_BARE]    = { NIL,          NODE_LAST     },
        [NODE_EV_UNDO]    = { NO,           NODE_LAST     },
        [NODE_EV_BELOW]   = { NO,           NODE_LAST     },
        [NODE_EV_DEAD]    = { END | UNDONE, NODE_FREE     },
        [NODE_EV_TIMEOUT] = { SUSPECT,      NODE_LAST     },
    },
    [NODE_GHOST] = {
        [NODE_EV_GIVE]    = { NO,           NODE_GHOST    },
        [NODE_EV_TOOK]    = { NO,           NODE_GHOST    },
        [NODE_EV_REFUSED] = { NO,           NODE_GHOST    },
        [NODE_EV_RECALL]  = { END,          NODE_FREE     },  /* what is below goes up, and is met   */
        [NODE_EV_BACK]    = { NO,           NODE_GHOST    },
        [NODE_EV_LEFT]    = { NO,           NODE_GHOST    },
        [NODE_EV_BARE]    = { END | TELL,   NODE_FREE     },
        [NODE_EV_UNDO]    = { NIL,          NODE_EMPTY    },
        [NODE_EV_BELOW]   = { NO,           NODE_GHOST    },
        [NODE_EV_DEAD]    = { NIL,          NODE_GHOST    },
        [NODE_EV_TIMEOUT] = { NIL,          NODE_GHOST    },
    },
};
#undef UNDONE
#undef TELL
#undef END
#undef RECALL
#undef GIVEN
#undef OFFER
#undef SUSPECT

#define DELETE HOLD_DO_DELETE
#define BACK HOLD_DO_BACK
#define UNDO HOLD_DO_UNDO
#define SUSPECT HOLD_DO_SUSPECT
static const struct caps_step holds[HOLD_STATES][HOLD_EVENTS] = {
    [HOLD_FREE] = {
        [HOLD_EV_GIVE]    = { NIL,           HOLD_HELD     },
        [HOLD_EV_RECALL]  = { NIL,           HOLD_FREE     },
        [HOLD_EV_CLEAR]   = { NIL,           HOLD_FREE     },
        [HOLD_EV_IDLE]    = { NIL,           HOLD_FREE     },
        [HOLD_EV_MET]     = { NIL,           HOLD_FREE     },
        [HOLD_EV_UNDONE]  = { NIL,           HOLD_FREE     },
        [HOLD_EV_DEAD]    = { NIL,           HOLD_FREE     },
        [HOLD_EV_TIMEOUT] = { NIL,           HOLD_FREE     },
    },
    [HOLD_HELD] = {
        [HOLD_EV_GIVE]    = { NO,            HOLD_HELD     },
        [HOLD_EV_RECALL]  = { NIL,           HOLD_RECALLED },
        [HOLD_EV_CLEAR]   = { NO,            HOLD_HELD     },
        [HOLD_EV_IDLE]    = { DELETE | BACK, HOLD_FREE     },
        [HOLD_EV_MET]     = { UNDO,          HOLD_UNDOING  },
        [HOLD_EV_UNDONE]  = { NO,            HOLD_HELD     },
        [HOLD_EV_DEAD]    = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_TIMEOUT] = { NIL,           HOLD_HELD     },
    },
    [HOLD_RECALLED] = {
        [HOLD_EV_GIVE]    = { NO,            HOLD_RECALLED },
        [HOLD_EV_RECALL]  = { NIL,           HOLD_RECALLED },
        [HOLD_EV_CLEAR]   = { DELETE | BACK, HOLD_FREE     },
        [HOLD_EV_IDLE]    = { NIL,           HOLD_RECALLED },
        [HOLD_EV_MET]     = { UNDO,          HOLD_TAKEN    },
        [HOLD_EV_UNDONE]  = { NO,            HOLD_RECALLED },
        [HOLD_EV_DEAD]    = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_TIMEOUT] = { NIL,           HOLD_RECALLED },
    },
    [HOLD_UNDOING] = {
        [HOLD_EV_GIVE]    = { NO,            HOLD_UNDOING  },
        [HOLD_EV_RECALL]  = { NIL,           HOLD_TAKEN    },
        [HOLD_EV_CLEAR]   = { NO,            HOLD_UNDOING  },
        [HOLD_EV_IDLE]    = { NIL,           HOLD_UNDOING  },  /* it will be recalled             */
        [HOLD_EV_MET]     = { NIL,           HOLD_UNDOING  },
        [HOLD_EV_UNDONE]  = { NO,            HOLD_UNDOING  },
        [HOLD_EV_DEAD]    = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_TIMEOUT] = { SUSPECT,       HOLD_UNDOING  },
    },
    [HOLD_TAKEN] = {
        [HOLD_EV_GIVE]    = { NO,            HOLD_TAKEN    },
        [HOLD_EV_RECALL]  = { NIL,           HOLD_TAKEN    },
        [HOLD_EV_CLEAR]   = { BACK,          HOLD_EMPTY    },
        [HOLD_EV_IDLE]    = { NIL,           HOLD_TAKEN    },
        [HOLD_EV_MET]     = { NIL,           HOLD_TAKEN    },
        [HOLD_EV_UNDONE]  = { NO,            HOLD_TAKEN    },
        [HOLD_EV_DEAD]    = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_TIMEOUT] = { NIL,           HOLD_TAKEN    },
    },
    [HOLD_EMPTY] = {
        [HOLD_EV_GIVE]    = { NO,            HOLD_EMPTY    },
        [HOLD_EV_RECALL]  = { NO,            HOLD_EMPTY    },
        [HOLD_EV_CLEAR]   = { NO,            HOLD_EMPTY    },
        [HOLD_EV_IDLE]    = { NIL,           HOLD_EMPTY    },
        [HOLD_EV_MET]     = { NIL,           HOLD_EMPTY    },
        [HOLD_EV_UNDONE]  = { DELETE,        HOLD_FREE     },
        [HOLD_EV_DEAD]    = { DELETE,        HOLD_FREE     },
        [HOLD_EV_TIMEOUT] = { SUSPECT,       HOLD_EMPTY    },
    },
    [HOLD_ORPHAN] = {
        [HOLD_EV_GIVE]    = { NO,            HOLD_ORPHAN   },
        [HOLD_EV_RECALL]  = { NO,            HOLD_ORPHAN   },
        [HOLD_EV_CLEAR]   = { DELETE,        HOLD_FREE     },
        [HOLD_EV_IDLE]    = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_MET]     = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_UNDONE]  = { NO,            HOLD_ORPHAN   },
        [HOLD_EV_DEAD]    = { NIL,           HOLD_ORPHAN   },
        [HOLD_EV_TIMEOUT] = { NIL,           HOLD_ORPHAN   },
    },
};
#undef UNDO
#undef BACK
#undef DELETE
#undef SUSPECT

#define ASK PASS_DO_ASK
#define GIVEN PASS_DO_GIVEN
#define END PASS_DO_END
#define UNDO PASS_DO_UNDO
#define SUSPECT PASS_DO_SUSPECT
static const struct caps_step passes[PASS_STATES][PASS_EVENTS] = {
    [PASS_FREE] = {
        [PASS_EV_ASK]     = { ASK,     PASS_ASKED   },
        [PASS_EV_GAVE]    = { NIL,     PASS_FREE    },
        [PASS_EV_GAVE_NO] = { NIL,     PASS_FREE    },
        [PASS_EV_MET]     = { NIL,     PASS_FREE    },
        [PASS_EV_UNDONE]  = { NIL,     PASS_FREE    },
        [PASS_EV_AGAIN]   = { NIL,     PASS_FREE    },
        [PASS_EV_GONE]    = { NIL,     PASS_FREE    },
        [PASS_EV_CUT]     = { NIL,     PASS_FREE    },
        [PASS_EV_DEAD]    = { NIL,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { NIL,     PASS_FREE    },
    },
    [PASS_ASKED] = {
        [PASS_EV_ASK]     = { NO,      PASS_ASKED   },
        [PASS_EV_GAVE]    = { GIVEN,   PASS_HELD    },
        [PASS_EV_GAVE_NO] = { END,     PASS_FREE    },
        [PASS_EV_MET]     = { NIL,     PASS_CROSSED },  /* it has no name yet that could be undone */
        [PASS_EV_UNDONE]  = { NO,      PASS_ASKED   },
        [PASS_EV_AGAIN]   = { NO,      PASS_ASKED   },
        [PASS_EV_GONE]    = { NO,      PASS_ASKED   },
        [PASS_EV_CUT]     = { NIL,     PASS_ADRIFT  },
        [PASS_EV_DEAD]    = { END,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { SUSPECT, PASS_ASKED   },
    },
    [PASS_HELD] = {
        [PASS_EV_ASK]     = { NO,      PASS_HELD    },
        [PASS_EV_GAVE]    = { NO,      PASS_HELD    },
        [PASS_EV_GAVE_NO] = { NO,      PASS_HELD    },
        [PASS_EV_MET]     = { UNDO,    PASS_UNDOING },
        [PASS_EV_UNDONE]  = { NO,      PASS_HELD    },
        [PASS_EV_AGAIN]   = { NO,      PASS_HELD    },
        [PASS_EV_GONE]    = { END,     PASS_FREE    },
        [PASS_EV_CUT]     = { END,     PASS_FREE    },
        [PASS_EV_DEAD]    = { END,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { NIL,     PASS_HELD    },
    },
    [PASS_CROSSED] = {
        [PASS_EV_ASK]     = { NO,      PASS_CROSSED },
        [PASS_EV_GAVE]    = { UNDO,    PASS_UNDOING },
        [PASS_EV_GAVE_NO] = { END,     PASS_FREE    },
        [PASS_EV_MET]     = { NIL,     PASS_CROSSED },
        [PASS_EV_UNDONE]  = { NO,      PASS_CROSSED },
        [PASS_EV_AGAIN]   = { NO,      PASS_CROSSED },
        [PASS_EV_GONE]    = { NO,      PASS_CROSSED },
        [PASS_EV_CUT]     = { NIL,     PASS_ADRIFT  },
        [PASS_EV_DEAD]    = { END,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { SUSPECT, PASS_CROSSED },
    },
    [PASS_ADRIFT] = {
        [PASS_EV_ASK]     = { NO,      PASS_ADRIFT  },
        [PASS_EV_GAVE]    = { GIVEN | END, PASS_FREE },
        [PASS_EV_GAVE_NO] = { END,     PASS_FREE    },
        [PASS_EV_MET]     = { NIL,     PASS_ADRIFT  },
        [PASS_EV_UNDONE]  = { NO,      PASS_ADRIFT  },
        [PASS_EV_AGAIN]   = { NO,      PASS_ADRIFT  },
        [PASS_EV_GONE]    = { NO,      PASS_ADRIFT  },
        [PASS_EV_CUT]     = { NIL,     PASS_ADRIFT  },
        [PASS_EV_DEAD]    = { END,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { SUSPECT, PASS_ADRIFT  },
    },
    [PASS_UNDOING] = {
        [PASS_EV_ASK]     = { NO,      PASS_UNDOING },
        [PASS_EV_GAVE]    = { NO,      PASS_UNDOING },
        [PASS_EV_GAVE_NO] = { NO,      PASS_UNDOING },
        [PASS_EV_MET]     = { NIL,     PASS_UNDOING },
        [PASS_EV_UNDONE]  = { END,     PASS_FREE    },
        [PASS_EV_AGAIN]   = { NIL,     PASS_RETRY   },
        [PASS_EV_GONE]    = { NIL,     PASS_UNDOING },  /* given back meanwhile; what is below it is not */
        [PASS_EV_CUT]     = { END,     PASS_FREE    },
        [PASS_EV_DEAD]    = { END,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { SUSPECT, PASS_UNDOING },
    },
    [PASS_RETRY] = {
        [PASS_EV_ASK]     = { NO,      PASS_RETRY   },
        [PASS_EV_GAVE]    = { NO,      PASS_RETRY   },
        [PASS_EV_GAVE_NO] = { NO,      PASS_RETRY   },
        [PASS_EV_MET]     = { NIL,     PASS_RETRY   },
        [PASS_EV_UNDONE]  = { NO,      PASS_RETRY   },
        [PASS_EV_AGAIN]   = { NO,      PASS_RETRY   },
        [PASS_EV_GONE]    = { NIL,     PASS_RETRY   },
        [PASS_EV_CUT]     = { END,     PASS_FREE    },
        [PASS_EV_DEAD]    = { END,     PASS_FREE    },
        [PASS_EV_TIMEOUT] = { UNDO,    PASS_UNDOING },
    },
};
#undef UNDO
#undef END
#undef GIVEN
#undef ASK
#undef SUSPECT

#define FINISH OP_DO_FINISH
#define MET OP_DO_MET
#define SUSPECT OP_DO_SUSPECT
static const struct caps_step ops[OP_STATES][OP_EVENTS] = {
    [OP_FREE] = {
        [OP_EV_OK]      = { NIL,     OP_FREE     },
        [OP_EV_AGAIN]   = { NIL,     OP_FREE     },
        [OP_EV_REMOTE]  = { NIL,     OP_FREE     },
        [OP_EV_BUSY]    = { NIL,     OP_FREE     },
        [OP_EV_STALE]   = { NIL,     OP_FREE     },
        [OP_EV_KICK]    = { NIL,     OP_FREE     },
        [OP_EV_ALONE]   = { NIL,     OP_FREE     },
        [OP_EV_DONE]    = { NIL,     OP_FREE     },
        [OP_EV_TIMEOUT] = { NIL,     OP_FREE     },
    },
    [OP_ASKED] = {
        [OP_EV_OK]      = { NO,      OP_ASKED    },
        [OP_EV_AGAIN]   = { NO,      OP_ASKED    },
        [OP_EV_REMOTE]  = { NO,      OP_ASKED    },
        [OP_EV_BUSY]    = { NO,      OP_ASKED    },
        [OP_EV_STALE]   = { NO,      OP_ASKED    },
        [OP_EV_KICK]    = { NIL,     OP_ASKED    },
        [OP_EV_ALONE]   = { NIL,     OP_ASKED    },
        [OP_EV_DONE]    = { FINISH,  OP_FREE     },
        [OP_EV_TIMEOUT] = { SUSPECT, OP_ASKED    },
    },
    [OP_RUNNING] = {
        [OP_EV_OK]      = { FINISH,  OP_FREE     },
        [OP_EV_AGAIN]   = { NIL,     OP_RUNNING  },
        [OP_EV_REMOTE]  = { MET,     OP_RUNNING  },
        [OP_EV_BUSY]    = { NIL,     OP_BLOCKED  },
        [OP_EV_STALE]   = { NIL,     OP_OUTLIVED },
        [OP_EV_KICK]    = { NIL,     OP_RUNNING  },
        [OP_EV_ALONE]   = { NIL,     OP_RUNNING  },
        [OP_EV_DONE]    = { NO,      OP_RUNNING  },
        [OP_EV_TIMEOUT] = { NIL,     OP_RUNNING  },
    },
    [OP_BLOCKED] = {
        [OP_EV_OK]      = { NO,      OP_BLOCKED  },
        [OP_EV_AGAIN]   = { NO,      OP_BLOCKED  },
        [OP_EV_REMOTE]  = { NO,      OP_BLOCKED  },
        [OP_EV_BUSY]    = { NO,      OP_BLOCKED  },
        [OP_EV_STALE]   = { NO,      OP_BLOCKED  },
        [OP_EV_KICK]    = { NIL,     OP_RUNNING  },
        [OP_EV_ALONE]   = { NIL,     OP_BLOCKED  },
        [OP_EV_DONE]    = { NO,      OP_BLOCKED  },
        [OP_EV_TIMEOUT] = { NIL,     OP_BLOCKED  },
    },
    [OP_OUTLIVED] = {
        [OP_EV_OK]      = { NO,      OP_OUTLIVED },
        [OP_EV_AGAIN]   = { NO,      OP_OUTLIVED },
        [OP_EV_REMOTE]  = { NO,      OP_OUTLIVED },
        [OP_EV_BUSY]    = { NO,      OP_OUTLIVED },
        [OP_EV_STALE]   = { NO,      OP_OUTLIVED },
        [OP_EV_KICK]    = { NIL,     OP_OUTLIVED },
        [OP_EV_ALONE]   = { FINISH,  OP_FREE     },
        [OP_EV_DONE]    = { NO,      OP_OUTLIVED },
        [OP_EV_TIMEOUT] = { NIL,     OP_OUTLIVED },
    },
};
/* clang-format on */

struct caps_step node_step(enum node_state state, enum node_event event)
{
    CHECK((unsigned)state < NODE_STATES && (unsigned)event < NODE_EVENTS);
    return nodes[state][event];
}

struct caps_step hold_step(enum hold_state state, enum hold_event event)
{
    CHECK((unsigned)state < HOLD_STATES && (unsigned)event < HOLD_EVENTS);
    return holds[state][event];
}

struct caps_step pass_step(enum pass_state state, enum pass_event event)
{
    CHECK((unsigned)state < PASS_STATES && (unsigned)event < PASS_EVENTS);
    return passes[state][event];
}

struct caps_step op_step(enum op_state state, enum op_event event)
{
    CHECK((unsigned)state < OP_STATES && (unsigned)event < OP_EVENTS);
    return ops[state][event];
}

bool node_has_deadline(enum node_state state)
{
    return state == NODE_OFFERED || state == NODE_RECALLED || state == NODE_UNDOING ||
           state == NODE_LAST;
}

bool hold_has_deadline(enum hold_state state)
{
    return state == HOLD_UNDOING || state == HOLD_EMPTY;
}

bool pass_has_deadline(enum pass_state state)
{
    return state != PASS_FREE && state != PASS_HELD;
}
