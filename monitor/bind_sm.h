/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/bind_sm - one end of a channel between two programs: bound, used, let go.
 *
 *     client          its monitor          registry      service's monitor      service
 *     ------          -----------          --------      -----------------      -------
 *     BIND name ----> FREE
 *                     LOOKUP ---- name ------>
 *                            <--- core, id ----
 *                     ASKED  ---------- REQ ------------> FREE
 *                                                         OPEN --- NEWS_CLIENT --->
 *                            <--------- ACCEPT ----------
 *     NEWS_BOUND <--- OPEN
 *        ...                 (urpc, without monitors)                              ...
 *     CLOSE --------> CLOSING --------- CLOSE ----------> ORPHAN --- NEWS_GONE --->
 *                            <--------- CLOSED ---------- FREE <---- CLOSE --------
 *                     FREE
 *
 * Both monitors keep one such state for their end and run the same table; on one core one
 * monitor keeps both ends and sends itself the messages. Either side may close first, or
 * die, which is the same. Memory of a channel is used again only when both ends are FREE:
 * an end says CLOSED, or CLOSE, only after its program can no longer touch it.
 *
 *     B1  a BIND is answered exactly once: bound or refused, unless the asking program died
 *     B2  when one end becomes FREE after ASKED, the other is neither OPEN nor ORPHAN
 *     B3  with nothing in flight and no program closing, both ends are OPEN or both FREE
 *     B4  between monitors that keep to the table no event is ever refused
 *     B5  LOOKUP and ASKED end at the latest by TIMEOUT; a dead core ends every wait for it
 *
 * Messages between two monitors arrive in order. Pure; monitor/bind.c does the rest.
 */
#pragma once
#include "lib/base/types.h"

#define BIND_STATES(X)                                                                             \
    X(FREE)    /* no channel                                                       */              \
    X(LOOKUP)  /* the registry was asked for the name                              */              \
    X(ASKED)   /* the monitor of the service was asked                             */              \
    X(OPEN)    /* mapped in the program of this end                                */              \
    X(ORPHAN)  /* as OPEN, but the other end is closed; the program was told       */              \
    X(CLOSING) /* this end is closed and unmapped; the other has not yet said so   */

#define BIND_EVENTS(X)                                                                             \
    X(BIND)       /* a program asks; place and room for its end were found           */            \
    X(FOUND)      /* the registry: this is its core; memory was found if it is ours to find */     \
    X(NOT_FOUND)  /* the registry: no; or no memory was found                        */            \
    X(REQ)        /* the other monitor asks; place and memory were found and mapped  */            \
    X(REQ_BAD)    /* the same, but no such service, or no room                       */            \
    X(ACCEPT)     /* the other monitor: done; it was mapped here too                 */            \
    X(ACCEPT_BAD) /* the same, but it could not be mapped here                       */            \
    X(REFUSE)     /* the other monitor: no                                           */            \
    X(LET_GO)     /* the program of this end closed it, or died                      */            \
    X(CLOSE)      /* the other end is closed                                         */            \
    X(CLOSED)     /* the other end is closed, and ours need not be told again        */            \
    X(TIMEOUT)                                                                                     \
    X(CORE_DEAD)  /* of the registry in LOOKUP, else of the other end                */

enum bind_state {
#define X(name) BIND_##name,
    BIND_STATES(X)
#undef X
    BIND_STATE_COUNT
};

enum bind_event {
#define X(name) BIND_EV_##name,
    BIND_EVENTS(X)
#undef X
    BIND_EVENT_COUNT
};

/* What to do, as bits, in this order. */
enum bind_action {
    BIND_DO_UNMAP = 0x1,        /* from the program of this end                      */
    BIND_SEND_LOOKUP = 0x2,
    BIND_SEND_CANCEL = 0x4,     /* of the lookup                                     */
    BIND_SEND_REQ = 0x8,
    BIND_SEND_ACCEPT = 0x10,
    BIND_SEND_REFUSE = 0x20,
    BIND_SEND_CLOSE = 0x40,
    BIND_SEND_CLOSED = 0x80,
    BIND_TELL_BOUND = 0x100,    /* the program of this end, by news                  */
    BIND_TELL_REFUSED = 0x200,
    BIND_TELL_CLIENT = 0x400,
    BIND_TELL_GONE = 0x800,
    BIND_DO_RELEASE = 0x1000,   /* memory and entry of this end                      */
    BIND_REFUSED = 0x2000,      /* alone: the event makes no sense here, nothing changed */
};

struct bind_step {
    uint16_t action;
    uint8_t next;
};

/* Total: defined for every pair. */
struct bind_step bind_step(enum bind_state state, enum bind_event event);

/*
 * What the witness log hears of a step: a channel begins at an end when that becomes OPEN, and ends there when it is OPEN no
 * more - for each end once, whoever closed, died or was refused.
 */
enum bind_edge { BIND_EDGE_SAME, BIND_EDGE_BEGINS, BIND_EDGE_ENDS };
enum bind_edge bind_edge(enum bind_state from, enum bind_state to);

/* Must a TIMEOUT be delivered if it stays in this state? */
bool bind_has_deadline(enum bind_state state);

/* Does a program of this core have the memory mapped? */
bool bind_is_mapped(enum bind_state state);
