/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/carry - capabilities that ride in a message between tasks of this core.
 *
 * Nothing is in flight: while a caller waits its capabilities lie in its table as before, and its frame
 * names them. They change tables in the step that delivers the words, all of them or none. Who sends
 * with SEND_CALL_CAPS or RECV_REPLY_CAPS is seen from x8 of its frame, which stays as it was while it waits.
 */
#pragma once
#include "cpudriver/kcb.h"

#define CARRY_MAX   2u
#define CARRY_WORDS 3u /* x1..x3: the words beside them */

/* Does `t` call with capabilities, and how many does it take with the reply? */
bool carries(const struct task *t);
unsigned carry_takes_back(const struct task *t);

/* Would the capabilities named in x4..x6 of `t` go, whoever takes them? As CAP_COPY and CAP_MOVE say;
 * ST_INVALID: one capability twice, or an unknown way. */
MUST_CHECK status_t carry_check(struct kcb *k, struct task *t);

/*
 * From `from`, which names them in x4..x6 of its frame, to the table of `to`, whose x4 is 0 and x5 and x6
 * the new handles afterwards. ST_CAPS; ST_OK: it named none. Or ST_NO_SLOT (more than `takes`), ST_TABLE_FULL, ST_GONE
 * (no table any more), as carry_check: then nothing has changed.
 */
MUST_CHECK status_t carry(struct kcb *k, struct task *from, struct task *to, unsigned takes);
