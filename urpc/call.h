/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/call - which reply answers which request, and when to stop waiting.
 *
 * A bounded table of the calls that one channel has outstanding. Pure: time arrives as
 * `now_ns`, messages as call ids. An id is the entry's index and its generation, so that a
 * reply which comes after its caller gave up finds a newer generation and is dropped.
 *
 *                 begin                reply
 *     NEVER ------------> WAITING ------------> ANSWERED --begin--> WAITING
 *                            |
 *                            `--expire/cancel-> GIVEN_UP --begin--> WAITING
 *
 *     K1  a call ends exactly once: answered, expired or cancelled
 *     K2  a reply ends the call it names or none; never another
 *     K3  a late reply (to a call that was given up, or whose entry was used again since) is
 *         counted in `late`; a reply to no call, to one just answered, or to an id never issued
 *         is counted in `nobody`. Neither changes anything else
 *     K4  no call waits past its deadline once urpc_call_expire was called with a later now
 *
 * K2 holds until an entry was used 2^24 times while one reply was on its way.
 * A request travels with URPC_INFO_REQUEST and a reply with URPC_INFO_REPLY in `info`; both
 * begin with struct urpc_call_head (urpc/msg.h). One table per channel: an id arriving on
 * another channel means nothing there, so no peer can answer for another.
 *
 * To ask: reserve the slot, begin the call, fill in, commit. Both refusals leave no trace.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define URPC_CALLS_MAX 256u

enum urpc_call_state { CALL_NEVER, CALL_WAITING, CALL_ANSWERED, CALL_GIVEN_UP, CALL_STATES };
enum urpc_call_event { CALL_EV_BEGIN, CALL_EV_REPLY, CALL_EV_EXPIRE, CALL_EV_CANCEL, CALL_EVENTS };

struct urpc_call {
    uint64_t deadline_ns;
    uint64_t cookie;     /* the caller's word about this call               */
    uint32_t generation; /* of the last call in this entry; 0: never        */
    uint32_t state;      /* enum urpc_call_state                            */
};

struct urpc_calls {
    struct urpc_call *call; /* n entries, in memory of the owner               */
    uint32_t n;
    uint32_t waiting;      /* entries WAITING                                 */
    uint32_t turn;         /* entry to try first: reuse goes round, so ids last */
    uint32_t late, nobody; /* replies dropped (K3)                            */
    uint32_t expired;
};

/* n is 1 to URPC_CALLS_MAX: our own promise, checked. */
void urpc_calls_init(struct urpc_calls *t, struct urpc_call *entries, uint32_t n);

/* ST_TABLE_FULL: n calls wait already. No change then. */
MUST_CHECK status_t urpc_call_begin(struct urpc_calls *t, uint64_t deadline_ns, uint64_t cookie,
                                    uint32_t *id);

/* A reply with this id arrived. ST_OK: *cookie of the call it ended; ST_STALE_HANDLE: late,
 * drop it; ST_NOT_FOUND: nobody asked, drop it and doubt the peer. */
MUST_CHECK status_t urpc_call_reply(struct urpc_calls *t, uint32_t id, uint64_t *cookie);

/* The caller stops waiting. ST_STATE: it does not wait (any more). */
status_t urpc_call_cancel(struct urpc_calls *t, uint32_t id);

/* End one call whose deadline is at or before now_ns; false: there is none. Call until false;
 * with UINT64_MAX it ends all, for a peer that is gone. */
MUST_CHECK bool urpc_call_expire(struct urpc_calls *t, uint64_t now_ns, uint32_t *id,
                                 uint64_t *cookie);

/* The earliest deadline: until when its owner may sleep. UINT64_MAX: no call waits. */
uint64_t urpc_call_deadline(const struct urpc_calls *t);
