/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/core_sm.h"
#include "lib/base/check.h"

/* Kept short: the table below is meant to be read across. */
#define NO CORE_DO_REFUSE
#define HELLO CORE_DO_SAY_HELLO
#define START CORE_DO_START
#define SAY_ACK CORE_DO_SAY_ACK
#define JOIN CORE_DO_REPORT_JOINED
#define LATE CORE_DO_REPORT_DEAD | CORE_DO_TELL_LATE
#define STOP CORE_DO_STOP
#define TELL CORE_DO_TELL_DEAD
#define BURY CORE_DO_REPORT_DEAD | CORE_DO_DROP
#define DROP CORE_DO_DROP
#define NIL CORE_DO_NOTHING

/* clang-format off */
static const struct core_step table[CORE_STATE_COUNT][CORE_EVENT_COUNT] = {
    [CORE_ABSENT] = {
        [CORE_EV_BEGIN]         = { NIL,           CORE_ABSENT   },
        [CORE_EV_START_FAILED]  = { NO,            CORE_ABSENT   },
        [CORE_EV_HELLO]         = { NO,            CORE_ABSENT   },  /* not in the tree: not believed   */
        [CORE_EV_ACK]           = { NO,            CORE_ABSENT   },
        [CORE_EV_TIMEOUT]       = { NIL,           CORE_ABSENT   },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_ABSENT   },
        [CORE_EV_TOLD_DEAD]     = { NIL,           CORE_ABSENT   },
        [CORE_EV_SUSPECT]       = { NIL,           CORE_ABSENT   },
        [CORE_EV_STOPPED]       = { NO,            CORE_ABSENT   },
    },
    [CORE_OUT] = {
        [CORE_EV_BEGIN]         = { HELLO | START, CORE_WAITING  },
        [CORE_EV_START_FAILED]  = { NO,            CORE_OUT      },
        [CORE_EV_HELLO]         = { NO,            CORE_OUT      },  /* rings are read after BEGIN      */
        [CORE_EV_ACK]           = { NO,            CORE_OUT      },
        [CORE_EV_TIMEOUT]       = { LATE,          CORE_DEAD     },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_OUT      },
        [CORE_EV_TOLD_DEAD]     = { BURY,          CORE_GONE     },
        [CORE_EV_SUSPECT]       = { NIL,           CORE_OUT      },
        [CORE_EV_STOPPED]       = { NO,            CORE_OUT      },
    },
    [CORE_WAITING] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_WAITING  },
        [CORE_EV_START_FAILED]  = { LATE,          CORE_DEAD     },
        [CORE_EV_HELLO]         = { SAY_ACK,       CORE_HEARD    },
        [CORE_EV_ACK]           = { NO,            CORE_WAITING  },  /* its HELLO comes before          */
        [CORE_EV_TIMEOUT]       = { LATE,          CORE_DEAD     },
        [CORE_EV_TOLD_LATE]     = { LATE,          CORE_DEAD     },
        [CORE_EV_TOLD_DEAD]     = { BURY,          CORE_GONE     },
        [CORE_EV_SUSPECT]       = { LATE,          CORE_DEAD     },  /* it has nothing of ours yet      */
        [CORE_EV_STOPPED]       = { NO,            CORE_WAITING  },
    },
    [CORE_HEARD] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_HEARD    },
        [CORE_EV_START_FAILED]  = { NIL,           CORE_HEARD    },  /* it runs: we know better         */
        [CORE_EV_HELLO]         = { NO,            CORE_HEARD    },
        [CORE_EV_ACK]           = { JOIN,          CORE_JOINED   },
        [CORE_EV_TIMEOUT]       = { LATE,          CORE_LOST     },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_HEARD    },  /* we heard it, the first did not  */
        [CORE_EV_TOLD_DEAD]     = { BURY,          CORE_GONE     },
        [CORE_EV_SUSPECT]       = { STOP,          CORE_STOPPING },
        [CORE_EV_STOPPED]       = { NO,            CORE_HEARD    },
    },
    [CORE_JOINED] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_JOINED   },
        [CORE_EV_START_FAILED]  = { NIL,           CORE_JOINED   },
        [CORE_EV_HELLO]         = { NO,            CORE_JOINED   },
        [CORE_EV_ACK]           = { NO,            CORE_JOINED   },
        [CORE_EV_TIMEOUT]       = { NIL,           CORE_JOINED   },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_JOINED   },
        [CORE_EV_TOLD_DEAD]     = { BURY,          CORE_GONE     },
        [CORE_EV_SUSPECT]       = { STOP,          CORE_STOPPING },
        [CORE_EV_STOPPED]       = { NO,            CORE_JOINED   },
    },
    [CORE_STOPPING] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_STOPPING },
        [CORE_EV_START_FAILED]  = { NIL,           CORE_STOPPING },
        [CORE_EV_HELLO]         = { NO,            CORE_STOPPING },
        [CORE_EV_ACK]           = { NIL,           CORE_STOPPING },  /* too late: it is being stopped   */
        [CORE_EV_TIMEOUT]       = { TELL | BURY,   CORE_GONE     },  /* no firmware to ask: long enough */
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_STOPPING },
        [CORE_EV_TOLD_DEAD]     = { BURY,          CORE_GONE     },  /* another stopped it, too         */
        [CORE_EV_SUSPECT]       = { NIL,           CORE_STOPPING },
        [CORE_EV_STOPPED]       = { TELL | BURY,   CORE_GONE     },
    },
    [CORE_DEAD] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_DEAD     },
        [CORE_EV_START_FAILED]  = { NIL,           CORE_DEAD     },
        [CORE_EV_HELLO]         = { SAY_ACK,       CORE_HEARD    },  /* late is better than never       */
        [CORE_EV_ACK]           = { NO,            CORE_DEAD     },
        [CORE_EV_TIMEOUT]       = { NIL,           CORE_DEAD     },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_DEAD     },
        [CORE_EV_TOLD_DEAD]     = { DROP,          CORE_GONE     },
        [CORE_EV_SUSPECT]       = { NIL,           CORE_DEAD     },
        [CORE_EV_STOPPED]       = { NO,            CORE_DEAD     },
    },
    [CORE_LOST] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_LOST     },
        [CORE_EV_START_FAILED]  = { NIL,           CORE_LOST     },
        [CORE_EV_HELLO]         = { NO,            CORE_LOST     },
        [CORE_EV_ACK]           = { JOIN,          CORE_JOINED   },
        [CORE_EV_TIMEOUT]       = { NIL,           CORE_LOST     },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_LOST     },
        [CORE_EV_TOLD_DEAD]     = { DROP,          CORE_GONE     },
        [CORE_EV_SUSPECT]       = { STOP,          CORE_STOPPING },
        [CORE_EV_STOPPED]       = { NO,            CORE_LOST     },
    },
    [CORE_GONE] = {
        [CORE_EV_BEGIN]         = { NO,            CORE_GONE     },
        [CORE_EV_START_FAILED]  = { NIL,           CORE_GONE     },
        [CORE_EV_HELLO]         = { NO,            CORE_GONE     },  /* its rings must be laid anew     */
        [CORE_EV_ACK]           = { NO,            CORE_GONE     },
        [CORE_EV_TIMEOUT]       = { NIL,           CORE_GONE     },
        [CORE_EV_TOLD_LATE]     = { NIL,           CORE_GONE     },
        [CORE_EV_TOLD_DEAD]     = { NIL,           CORE_GONE     },
        [CORE_EV_SUSPECT]       = { NIL,           CORE_GONE     },
        [CORE_EV_STOPPED]       = { NO,            CORE_GONE     },
    },
};
/* clang-format on */

static const char *const words[] = {
#define X(name, word) [CORE_##name] = word,
    CORE_STATES(X)
#undef X
};

struct core_step core_step(enum core_state state, enum core_event event)
{
    CHECK((unsigned)state < CORE_STATE_COUNT && (unsigned)event < CORE_EVENT_COUNT);
    return table[state][event];
}

bool core_settled(enum core_state state)
{
    return state != CORE_OUT && state != CORE_WAITING && state != CORE_HEARD &&
           state != CORE_STOPPING;
}

bool core_has_deadline(enum core_state state)
{
    return !core_settled(state);
}

const char *core_state_word(enum core_state state)
{
    CHECK((unsigned)state < CORE_STATE_COUNT);
    return words[state];
}
