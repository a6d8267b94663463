/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/endpoint - messages between tasks of this core.
 *
 *     caller                      endpoint                     receiver
 *     CALL  --- words, badge ---> [callers | receivers] -----> WAIT answers
 *     (CALLING)                                                caller = its caller
 *           <------------------------ words ------------------ REPLY_WAIT
 *
 * Six words go from register frame to register frame: one copy. When the other side is
 * waiting already the core goes straight to it.
 *
 * A receiver may take further messages before it answers: it owes all those callers a reply,
 * and answers the last one, or a particular one it holds the task capability of.
 *
 * Invariants: E1 an endpoint has callers or receivers, never both; E2 t is on the list
 * t.callee.owed exactly while t.callee is not NULL; E3 a task is on one list by queue_link.
 */
#pragma once
#include "cpudriver/kcb.h"

void endpoint_init(struct endpoint *e);

/*
 * `t` calls with the words in its frame x1..x6, and with capabilities if its x8 says so. It is not ready
 * afterwards. Or it cannot (carry.h), nothing has changed, and it goes on with that status:
 * never for a call without capabilities.
 */
status_t endpoint_call(struct kcb *k, struct endpoint *e, struct task *t, uint64_t badge,
                       uint64_t deadline_ns);
MUST_CHECK status_t endpoint_send_nowait(struct kcb *k, struct endpoint *e, struct task *t,
                                         uint64_t badge);
/*
 * ST_OK, ST_CAPS: a caller was waiting and its message is in t's frame. ST_NOT_FOUND: none is. Callers whose
 * capabilities t does not take go on with the reason: TAKE_SLICE a call, then ST_AGAIN.
 */
#define TAKE_SLICE 4
MUST_CHECK status_t endpoint_take(struct kcb *k, struct endpoint *e, struct task *t);
void endpoint_wait(struct endpoint *e, struct task *t);

/*
 * `t` answers `to`, or who called last if NULL, with x1..x6 of its frame. ST_STATE: it owes
 * no such reply. ST_LOG_FULL: an answer to a fault; it is still owed. A caller (not a faulted task) is in *woken, still to be made ready.
 */
MUST_CHECK status_t endpoint_reply(struct kcb *k, struct task *t, struct task *to,
                                   struct task **woken);
/* The same with capabilities (carry.h), to a caller that takes them; it is made ready. Refused: the
 * reply is still owed. */
MUST_CHECK status_t endpoint_reply_caps(struct kcb *k, struct task *t, struct task *to);

/* `t` waits for no reply any more. */
void endpoint_give_up(struct task *t);
/* One task that waits for a reply of `t` goes on with ST_GONE; false when there was none. */
bool endpoint_drop_owed(struct kcb *k, struct task *t);

/* One waiting task leaves with ST_GONE; false when there was none. */
bool endpoint_drop_one(struct kcb *k, struct endpoint *e);
