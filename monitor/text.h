/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/text - text of this core on its way to the console, and the end of the run.
 *
 *     own records ------.
 *     MON_PRINT lines --+--> buffer --> TEXT messages --> first monitor's buffer --> console driver
 *     (whole lines only)
 *
 * Nearly all text goes from programs to the driver without a monitor; this is for what
 * comes before there is a driver, from the driver itself, and from monitors. What finds no
 * room in the buffer is refused (programs) or dropped and counted (monitors).
 */
#pragma once
#include "monitor/peers.h"
#include "monitor/prog.h"

void text_start(void);
/* Bytes that may be printed before something is dropped. */
uint32_t text_room(void);

/* MON_PRINT. ST_INVALID: not 1 to 32 bytes; ST_AGAIN: no room. */
MUST_CHECK status_t text_from_prog(struct prog *p, const char *text, uint64_t bytes);
/* What it has not completed is dropped. */
void text_forget(struct prog *p);
void text_on_text(core_id from, const char *text, size_t bytes);

/* The monitor's own channel to the console is there, or gone. */
void text_on_news(const struct news *n);

/* MON_CLOSED: ST_AGAIN until the run ends and all logs are closed. `all`: they are stored, too. */
status_t text_stored(bool all);

/* MON_END. The first monitor writes the `end` record, lets the console finish, and ends the machine. */
void text_end(uint32_t status, const char *why);
void text_on_end(core_id from, const struct peer_END *m);

/* Send what there is. Returns when to be called again, UINT64_MAX: not on account of time. */
uint64_t text_turn(uint64_t now_ns);
