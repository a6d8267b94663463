/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/feed - tells coherence what goes on here, and what follows when nobody listens any more.
 *
 *     coherence (option `place`)              its monitor                all monitors
 *        | serves "feed" -------------------> FEED_OPEN ---------------> bind to it
 *        | <=== PART, EDGE ... EPOCH ================================== every 10 ms, or as PACE says
 *        | ==== PACE, PRESSURE, OVER =================================>
 *
 * A channel of its own to each monitor, and not messages between monitors: those carry protocols with deadlines, and a report
 * must never stand in front of one. The channel is small: a report is sent in slices of FEED_SLICE on turns of the loop, and
 * where it finds no room it goes on later, then with what has come together meanwhile; nothing is lost or queued. Without
 * coherence there is no timer, no name to wait for and nothing mapped; where nobody talks there is one report a second.
 *
 * Degraded: coherence was there and is gone, or has not answered a report for SILENT_NS. The first monitor decides, records why, and tells
 * all; each has its CPU driver take back what coherence asked for (monitor/urge: DegradedEntered), and split and merge are
 * refused, as nobody knows any more what they would do. Everything else goes on. DegradedExited when it is heard again.
 *
 *     E1  a message is told once, or not at all if its ends do not agree (monitor/tally.h)
 *     E2  no turn tells more than FEED_SLICE things
 *     E3  all monitors know the mode, and each has recorded it
 */
#pragma once
#include "lib/rt/feed.h"
#include "lib/rt/monitor.h"
#include "monitor/peers.h"
#include "monitor/prog.h"

#define FEED_SLICE 32u

/* Is this the name that only coherence may serve and only monitors bind to? `name`: NAME_BYTES. */
bool feed_is_name(const char *name);
/* `p` serves it, as `service`: all monitors are told, each again and again until it has bound to it. */
void feed_served(const struct prog *p, uint64_t service);
/* A channel of a service of this core to one who is on core `from` begins or ends. */
void feed_edge(uint64_t service, core_id from, bool begins);

/* To be called at the latest. */
uint64_t feed_turn(uint64_t now_ns);
/* News of the monitor's own channels: is it of this one? */
bool feed_on_news(const struct news *n);
void feed_on_open(core_id from, const struct peer_FEED_OPEN *m);
void feed_on_mode(core_id from, const struct peer_FEED_MODE *m);

/* Coherence was there, and is not: split and merge are refused with ST_STATE. */
bool feed_degraded(void);
/* Somebody measures: what split and merge need. And what is it of these two? FEED_SCORES answers. ST_STATE: nobody; ST_AGAIN: no room. */
bool feed_is_there(void);
MUST_CHECK status_t feed_ask(uint64_t number, uint64_t a, uint64_t b);
/* MON_MODE */
status_t feed_tell(struct prog *p, struct rt_msg *m);
