/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/probe/wire - what one measurement found, and how it travels as messages.
 *
 * A result is a few series (sorted statistics and a histogram each) and a rate. It is cut
 * into STATS and HIST messages and put together again; a message of another session than
 * the one awaited is refused, so a late answer cannot colour the next pair's figures.
 *
 * Pure: the same C in the host test and on the core.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/rt/hist.h"
#include "services/probe/probe.h"

/* SERIES(NAME, word in a record) */
#define SERIES_LIST(SERIES)                                                                        \
    SERIES(RTT, "rtt_ns")                                                                          \
    SERIES(ONEWAY, "oneway_ns")                                                                    \
    SERIES(WAKE, "wake_ns")                                                                        \
    SERIES(CONTROL, "control")                                                                     \
    SERIES(NULL_SYSCALL, "null_syscall")                                                           \
    SERIES(CALL_REPLY, "call_reply")                                                               \
    SERIES(TASK_SWITCH, "task_switch")                                                             \
    SERIES(SIGNAL, "signal")                                                                       \
    SERIES(MAP_PAGE, "map_page")

enum series_id {
#define SERIES(name, word) SERIES_##name,
    SERIES_LIST(SERIES)
#undef SERIES
        SERIES_COUNT
};
#define SERIES_LOCAL SERIES_CONTROL /* from here on: of one core; before: of a pair */

struct series_result {
    struct stats stats; /* n = 0: not measured */
    struct hist hist;
};

struct result {
    struct series_result series[SERIES_COUNT];
    uint64_t messages, ns; /* streaming: so many messages took so long                   */
    uint64_t awake;        /* wake samples in which the receiver was not asleep yet       */
    uint64_t backwards;    /* one-way samples that arrived before they left: two clocks   */
};

const char *series_word(enum series_id id);

void result_clear(struct result *r);

/* `info` of a message about this series in this session, and back. */
uint8_t wire_info(enum series_id id, uint32_t session);
enum series_id wire_series(uint8_t info);
bool wire_is_of(uint8_t info, uint32_t session);

void wire_stats(const struct stats *s, struct probe_STATS *out);
/* The next up to seven buckets from *at on; false when there were none left. */
bool wire_hist(const struct hist *h, uint32_t *at, struct probe_HIST *out);

/*
 * Put one message into the result. ST_OK: taken. ST_STALE_HANDLE: of another session, dropped.
 * ST_PEER: nonsense (a series or a bucket there is not), dropped.
 */
MUST_CHECK status_t wire_take(struct result *r, uint32_t session, const struct urpc_msg *m);

/* Messages or bytes a second, from so many in so many ns. 0 if nothing was measured. */
uint64_t per_second(uint64_t count, uint64_t ns);
