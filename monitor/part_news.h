/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/part_news - the end of a partition, told to its supervisor wherever that runs.
 *
 *     where it ran --PART_EXIT--> its home --PART_NEWS--> the supervisor's home --PART_NEWS--> where the supervisor is
 *
 * What arrives waits there until the supervisor asks (NEWS_EXIT), and goes along when it moves. Whom it does not find any more where
 * it was sent to, that core sends it back to his home, which knows; if the home has no such partition, nobody waits.
 */
#pragma once
#include "monitor/peers.h"
#include "monitor/prog.h"

void part_news_start(unsigned progs);

/* At its home: p->exit_..., to its supervisor. */
void part_news_ended(const struct prog *p);

/* The next one that waits for this program, as words of the answer to MON_NEWS. */
bool part_news_next(struct prog *p, struct rt_msg *m);
/* It ends, and `to` goes on for it. */
void part_news_pass(struct prog *p, struct prog *to);
/* It has ended: nobody asks any more. */
void part_news_drop(struct prog *p);
/* So many go along at most: monitors have no room for any number of letters to each other at once. */
#define PART_NEWS_MOVE 512u
/* It is not here any more: what waits goes to `to`. */
void part_news_leave(struct prog *p, core_id to);

void part_news_on_news(core_id from, const struct peer_PART_NEWS *m);
void part_news_on_exit(core_id from, const struct peer_PART_EXIT *m);
