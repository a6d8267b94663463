/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/moves_case - a log of moves, line by line, and what skerry report makes of it. */
#pragma once
#include "tools/skerry/migration.h"

extern struct runlog moves_log;
extern struct messages moves_said; /* of the last moves_made() */

void moves_begin(void);
void moves_end(void);

void moves_take(const char *text);
/* A record `migration`. */
void moves_move(int t, const char *part, int from, int to, const char *status, int blackout);
/* A record `cut` of this epoch, 1,000 ns later, with one node that is named as it. */
void moves_cut(int epoch);
/* A record `messages` with these rows. */
void moves_sent(const char *part, const char *sent_rows, const char *taken_rows);
/* migration.json of what was taken so far, and its messages. The caller drops it. */
json_t *moves_made(void);
int64_t moves_number(const json_t *o, const char *key);
