/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/bind_sm.h"
#include "lib/base/check.h"

/* Kept short: the table below is meant to be read across. */
#define NO BIND_REFUSED
#define NIL 0
#define UNMAP BIND_DO_UNMAP
#define LOOKUP BIND_SEND_LOOKUP
#define CANCEL BIND_SEND_CANCEL
#define REQ BIND_SEND_REQ
#define ACCEPT BIND_SEND_ACCEPT
#define REFUSE BIND_SEND_REFUSE
#define CLOSE BIND_SEND_CLOSE
#define CLOSED BIND_SEND_CLOSED
#define BOUND BIND_TELL_BOUND
#define SORRY BIND_TELL_REFUSED
#define CLIENT BIND_TELL_CLIENT
#define GONE BIND_TELL_GONE
#define FREE BIND_DO_RELEASE

/* clang-format off */
static const struct bind_step table[BIND_STATE_COUNT][BIND_EVENT_COUNT] = {
    [BIND_FREE] = {
        [BIND_EV_BIND]       = { LOOKUP,                 BIND_LOOKUP  },
        [BIND_EV_FOUND]      = { NIL,                    BIND_FREE    },  /* too late: given up already  */
        [BIND_EV_NOT_FOUND]  = { NIL,                    BIND_FREE    },
        [BIND_EV_REQ]        = { ACCEPT | CLIENT,        BIND_OPEN    },
        [BIND_EV_REQ_BAD]    = { REFUSE,                 BIND_FREE    },
        [BIND_EV_ACCEPT]     = { NO,                     BIND_FREE    },
        [BIND_EV_ACCEPT_BAD] = { NO,                     BIND_FREE    },
        [BIND_EV_REFUSE]     = { NO,                     BIND_FREE    },
        [BIND_EV_LET_GO]     = { NO,                     BIND_FREE    },
        [BIND_EV_CLOSE]      = { CLOSED,                 BIND_FREE    },  /* it was refused, or is done  */
        [BIND_EV_CLOSED]     = { NO,                     BIND_FREE    },
        [BIND_EV_TIMEOUT]    = { NO,                     BIND_FREE    },
        [BIND_EV_CORE_DEAD]  = { NIL,                    BIND_FREE    },
    },
    [BIND_LOOKUP] = {
        [BIND_EV_BIND]       = { NO,                     BIND_LOOKUP  },
        [BIND_EV_FOUND]      = { REQ,                    BIND_ASKED   },
        [BIND_EV_NOT_FOUND]  = { SORRY | FREE,           BIND_FREE    },
        [BIND_EV_REQ]        = { NO,                     BIND_LOOKUP  },
        [BIND_EV_REQ_BAD]    = { NO,                     BIND_LOOKUP  },
        [BIND_EV_ACCEPT]     = { NO,                     BIND_LOOKUP  },
        [BIND_EV_ACCEPT_BAD] = { NO,                     BIND_LOOKUP  },
        [BIND_EV_REFUSE]     = { NO,                     BIND_LOOKUP  },
        [BIND_EV_LET_GO]     = { CANCEL | FREE,          BIND_FREE    },
        [BIND_EV_CLOSE]      = { NO,                     BIND_LOOKUP  },
        [BIND_EV_CLOSED]     = { NO,                     BIND_LOOKUP  },
        [BIND_EV_TIMEOUT]    = { CANCEL | SORRY | FREE,  BIND_FREE    },
        [BIND_EV_CORE_DEAD]  = { SORRY | FREE,           BIND_FREE    },
    },
    [BIND_ASKED] = {
        [BIND_EV_BIND]       = { NO,                     BIND_ASKED   },
        [BIND_EV_FOUND]      = { NO,                     BIND_ASKED   },
        [BIND_EV_NOT_FOUND]  = { NO,                     BIND_ASKED   },
        [BIND_EV_REQ]        = { NO,                     BIND_ASKED   },
        [BIND_EV_REQ_BAD]    = { NO,                     BIND_ASKED   },
        [BIND_EV_ACCEPT]     = { BOUND,                  BIND_OPEN    },
        [BIND_EV_ACCEPT_BAD] = { CLOSE | SORRY,          BIND_CLOSING },
        [BIND_EV_REFUSE]     = { SORRY | FREE,           BIND_FREE    },
        [BIND_EV_LET_GO]     = { CLOSE,                  BIND_CLOSING },  /* REQ is before it: undone    */
        [BIND_EV_CLOSE]      = { NO,                     BIND_ASKED   },  /* ACCEPT comes before         */
        [BIND_EV_CLOSED]     = { NO,                     BIND_ASKED   },
        [BIND_EV_TIMEOUT]    = { CLOSE | SORRY,          BIND_CLOSING },
        [BIND_EV_CORE_DEAD]  = { SORRY | FREE,           BIND_FREE    },
    },
    [BIND_OPEN] = {
        [BIND_EV_BIND]       = { NO,                     BIND_OPEN    },
        [BIND_EV_FOUND]      = { NO,                     BIND_OPEN    },
        [BIND_EV_NOT_FOUND]  = { NO,                     BIND_OPEN    },
        [BIND_EV_REQ]        = { NO,                     BIND_OPEN    },
        [BIND_EV_REQ_BAD]    = { NO,                     BIND_OPEN    },
        [BIND_EV_ACCEPT]     = { NO,                     BIND_OPEN    },
        [BIND_EV_ACCEPT_BAD] = { NO,                     BIND_OPEN    },
        [BIND_EV_REFUSE]     = { NO,                     BIND_OPEN    },
        [BIND_EV_LET_GO]     = { UNMAP | CLOSE,          BIND_CLOSING },
        [BIND_EV_CLOSE]      = { GONE,                   BIND_ORPHAN  },
        [BIND_EV_CLOSED]     = { NO,                     BIND_OPEN    },
        [BIND_EV_TIMEOUT]    = { NO,                     BIND_OPEN    },
        [BIND_EV_CORE_DEAD]  = { GONE,                   BIND_ORPHAN  },
    },
    [BIND_ORPHAN] = {
        [BIND_EV_BIND]       = { NO,                     BIND_ORPHAN  },
        [BIND_EV_FOUND]      = { NO,                     BIND_ORPHAN  },
        [BIND_EV_NOT_FOUND]  = { NO,                     BIND_ORPHAN  },
        [BIND_EV_REQ]        = { NO,                     BIND_ORPHAN  },
        [BIND_EV_REQ_BAD]    = { NO,                     BIND_ORPHAN  },
        [BIND_EV_ACCEPT]     = { NO,                     BIND_ORPHAN  },
        [BIND_EV_ACCEPT_BAD] = { NO,                     BIND_ORPHAN  },
        [BIND_EV_REFUSE]     = { NO,                     BIND_ORPHAN  },
        [BIND_EV_LET_GO]     = { UNMAP | CLOSED | FREE,  BIND_FREE    },
        [BIND_EV_CLOSE]      = { NIL,                    BIND_ORPHAN  },  /* said, and answered to CWHO  */
        [BIND_EV_CLOSED]     = { NO,                     BIND_ORPHAN  },
        [BIND_EV_TIMEOUT]    = { NO,                     BIND_ORPHAN  },
        [BIND_EV_CORE_DEAD]  = { NIL,                    BIND_ORPHAN  },
    },
    [BIND_CLOSING] = {
        [BIND_EV_BIND]       = { NO,                     BIND_CLOSING },
        [BIND_EV_FOUND]      = { NO,                     BIND_CLOSING },
        [BIND_EV_NOT_FOUND]  = { NO,                     BIND_CLOSING },
        [BIND_EV_REQ]        = { NO,                     BIND_CLOSING },
        [BIND_EV_REQ_BAD]    = { NO,                     BIND_CLOSING },
        [BIND_EV_ACCEPT]     = { NIL,                    BIND_CLOSING },  /* our CLOSE is behind it      */
        [BIND_EV_ACCEPT_BAD] = { NIL,                    BIND_CLOSING },
        [BIND_EV_REFUSE]     = { NIL,                    BIND_CLOSING },  /* its CLOSED comes next       */
        [BIND_EV_LET_GO]     = { NIL,                    BIND_CLOSING },  /* the program ends as well    */
        [BIND_EV_CLOSE]      = { CLOSED,                 BIND_CLOSING },  /* both closed at once         */
        [BIND_EV_CLOSED]     = { FREE,                   BIND_FREE    },
        [BIND_EV_TIMEOUT]    = { NO,                     BIND_CLOSING },
        [BIND_EV_CORE_DEAD]  = { FREE,                   BIND_FREE    },
    },
};
/* clang-format on */

struct bind_step bind_step(enum bind_state state, enum bind_event event)
{
    CHECK((unsigned)state < BIND_STATE_COUNT && (unsigned)event < BIND_EVENT_COUNT);
    return table[state][event];
}

enum bind_edge bind_edge(enum bind_state from, enum bind_state to)
{
    if ((from == BIND_OPEN) == (to == BIND_OPEN))
        return BIND_EDGE_SAME;
    return to == BIND_OPEN ? BIND_EDGE_BEGINS : BIND_EDGE_ENDS;
}

bool bind_has_deadline(enum bind_state state)
{
    return state == BIND_LOOKUP || state == BIND_ASKED;
}

bool bind_is_mapped(enum bind_state state)
{
    return state == BIND_OPEN || state == BIND_ORPHAN;
}
