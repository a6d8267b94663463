/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/feed_priv - between the files of monitor/feed: is coherence heard? */
#pragma once
#include "lib/rt/monitor.h"

/* There is a channel to it, of which nothing is known yet. */
void mode_begin(void);
/* A report is begun, which it will answer. */
void mode_asked(uint64_t now_ns);
/* It has said something. */
void mode_heard(uint64_t now_ns);
/* Its channel has ended. */
void mode_gone(uint64_t now_ns);
/* Is it silent for too long? To be called at the latest then, as long as there is a channel. */
uint64_t mode_turn(uint64_t now_ns);
/* Words 1 to 3 of the answer to MON_MODE. */
void mode_put(struct rt_msg *m);
