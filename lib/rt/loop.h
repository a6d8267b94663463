/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/loop - the one event loop: channels, calls, event bits, news and a deadline.
 *
 *            +--> a channel has a message ---> source.on_message
 *            +--> its other side is gone ----> source.on_gone
 *     loop --+--> a call at the endpoint ----> on_call, whose message is the reply
 *            +--> own event bits ------------> on_event
 *            +--> news of the monitor -------> on_news
 *            `--> the deadline has passed ---> on_deadline
 *
 * It takes messages while there are some, looks at empty rings `budget` times, then asks
 * for the doorbell, looks once more and sleeps in one system call that all of these end
 * (urpc/wait.h). A busy channel cannot keep the rest away: after LOOP_BATCH messages
 * everything else gets its turn.
 */
#pragma once
#include "lib/rt/chan.h"

#define LOOP_SOURCES RT_CHANS
#define LOOP_BATCH 32u

struct rt_loop;

struct rt_source {
    struct rt_chan *chan;
    void (*on_message)(struct rt_source *s, const struct urpc_msg *m);
    void (*on_gone)(struct rt_source *s); /* it is out of the loop already; may close and free it */
    void *context;
    struct rt_loop *loop;                 /* set by loop_add */
    unsigned place;
};

enum loop_reply { LOOP_REPLY, LOOP_NO_REPLY };

struct rt_loop {
    /* Set before loop_run; what is 0 or NULL is not waited for. */
    handle_t endpoint;
    enum loop_reply (*on_call)(struct rt_loop *l, struct rt_msg *m, uint64_t badge);
    uint64_t events;
    void (*on_event)(struct rt_loop *l, uint64_t bits);
    void (*on_news)(struct rt_loop *l, const struct news *n); /* NEWS_GONE comes as on_gone too */
    void (*on_deadline)(struct rt_loop *l);
    void (*on_turn)(struct rt_loop *l); /* before each look: may send, and set the deadline */
    uint64_t deadline_ns;   /* 0: none; on_deadline sets the next */
    uint32_t budget;
    void *context;
    bool stop;              /* loop_run comes back after this turn */

    /* The loop's own. */
    struct urpc_waiter waiter;
    size_t n;
    struct rt_source *source[LOOP_SOURCES];
    struct urpc_rx *rx[LOOP_SOURCES];
};

/* ST_TABLE_FULL. The source and its channel must stay where they are until loop_remove. */
MUST_CHECK status_t loop_add(struct rt_loop *l, struct rt_source *s);
void loop_remove(struct rt_source *s); /* no effect on one that is in no loop */

void loop_run(struct rt_loop *l);
