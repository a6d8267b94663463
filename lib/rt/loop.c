/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/loop.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/print.h"

#define LOOK 1u /* a deadline of 1: look, and do not wait */

status_t loop_add(struct rt_loop *l, struct rt_source *s)
{
    if (l->n == LOOP_SOURCES)
        return ST_TABLE_FULL;
    s->loop = l;
    s->place = (unsigned)l->n;
    l->source[l->n] = s;
    l->rx[l->n] = &s->chan->u.rx;
    l->n++;
    return ST_OK;
}

void loop_remove(struct rt_source *s)
{
    struct rt_loop *l = s->loop;

    if (l == NULL)
        return;
    CHECK(l->source[s->place] == s);
    l->n--;
    l->source[s->place] = l->source[l->n]; /* the last takes the place */
    l->rx[s->place] = l->rx[l->n];
    l->source[s->place]->place = s->place;
    s->loop = NULL;
}

static void end_source(struct rt_source *s)
{
    loop_remove(s);
    s->chan->gone = true;
    if (s->on_gone != NULL)
        s->on_gone(s);
}

/* Up to LOOP_BATCH messages; the handler may remove the source, even free it. */
static void take_messages(struct rt_loop *l, size_t which)
{
    struct rt_source *s = l->source[which];
    struct urpc_msg m;

    for (unsigned i = 0; i < LOOP_BATCH; i++) {
        status_t st = rt_recv(s->chan, &m);

        if (st == ST_AGAIN)
            return;
        if (st != ST_OK) {
            end_source(s);
            return;
        }
        s->on_message(s, &m);
        if (which >= l->n || l->source[which] != s)
            return;
    }
}

/* Channels that news has marked, once what they still held is taken. */
static void take_gone(struct rt_loop *l)
{
    for (size_t i = 0; i < l->n;) {
        struct rt_source *s = l->source[i];

        if (s->chan->gone && !urpc_ready(&s->chan->u.rx))
            end_source(s);
        else
            i++;
    }
}

static void take_news(struct rt_loop *l)
{
    struct news n;

    while (rt_news(&n) == ST_OK)
        if (l->on_news != NULL)
            l->on_news(l, &n);
}

static void take_call(struct rt_loop *l, struct rt_msg *m, uint64_t badge)
{
    if (l->on_call(l, m, badge) == LOOP_REPLY)
        (void)sys_reply(m); /* the caller may be gone: its loss */
}

/* Everything but the channels; comes back when something happened or the deadline passed. */
static void take_rest(struct rt_loop *l, uint64_t deadline_ns)
{
    uint64_t bits = l->events | EVENT_WAKE, badge;
    struct rt_msg m;
    status_t st = sys_recv(l->endpoint, bits, deadline_ns, &m, &badge);

    if (st == ST_OK) {
        take_call(l, &m, badge);
    } else if (st == ST_EVENT) {
        if (m.w[0] & EVENT_NEWS)
            take_news(l);
        if ((m.w[0] & l->events) && l->on_event != NULL)
            l->on_event(l, m.w[0] & l->events);
    } else {
        CHECK(st == ST_TIMEOUT);
    }
    take_gone(l);
}

static void check_deadline(struct rt_loop *l)
{
    if (l->deadline_ns == 0 || rt_now_ns() < l->deadline_ns)
        return;
    l->deadline_ns = 0;
    l->on_deadline(l);
}

void loop_run(struct rt_loop *l)
{
    size_t which;

    l->waiter.budget = l->budget;
    take_news(l); /* what was kept while other functions waited */
    for (l->stop = false; !l->stop;) {
        if (l->on_turn != NULL)
            l->on_turn(l);
        switch (urpc_wait(&l->waiter, l->rx, l->n, &which)) {
        case URPC_READY:
            take_messages(l, which);
            take_rest(l, LOOK);
            break;
        case URPC_POLL:
            cpu_relax();
            break;
        case URPC_SLEEP:
            rt_print_push(); /* half a line is better seen than kept */
            take_rest(l, l->deadline_ns);
            break;
        }
        check_deadline(l);
    }
}
