/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/later - what the monitor must do, and cannot while the witness log has no room: it waits here, and is done in order
 * when there is room again. Nothing else of the monitor waits for that.
 *
 *     cap_drop, conn, agree, move --no room--> [ delete | unmap | settle | note | resume ] ... --room--> the kernel
 *
 * While something waits, nothing new is begun (ST_LOG_FULL): so no more can wait than the monitor had at that moment, and
 * memory of a channel is not given to others before it is unmapped here.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/rt/syscall.h"
#include "monitor/note.h"

void later_start(void);

/* Each is done now if it can be, and if nothing waits. A handle that is stale by then is no error. */
void later_delete(handle_t h);
void later_unmap(handle_t frame);
void later_settle(handle_t proxy, bool commit);
void later_note(const struct note *n);
/* A task that was stopped goes on, and finds a piece of news, so that it looks at its rings. Until then it is in state TS_STOPPED, and so
 * nobody stops it again. */
void later_resume(handle_t task, handle_t news);

bool later_any(void);
/* *next_ns: when to call again at the latest. True: something waited, and all of it is done. */
bool later_turn(uint64_t now_ns, uint64_t *next_ns);
