/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/crew.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "tests/stress/deeds.h"
#include "tests/stress/messages.h"
#include "tests/stress/tally.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_NS (10 * NS_PER_MS)

struct crew crew;
static struct rt_loop loop;

bool crew_send(struct rt_chan *c, enum stress_kind kind, const uint64_t word[3])
{
    return c != NULL && rt_send_wait(c, (uint16_t)kind, 0, word, 3 * sizeof *word,
                                     rt_now_ns() + PATIENCE_NS) == ST_OK;
}

/* ---- what they say ---- */

static void on_hello(struct rt_source *s, const struct urpc_msg *m)
{
    unsigned i = (unsigned)(m->word[0] % PARTS_MAX);

    crew.coming[i] = (struct part){
        .chan = s->chan, .name = m->word[1], .core = m->word[2], .home = m->word[2]};
    s->context = &crew.part[i];
}

static void on_verified(struct part *p, const struct urpc_msg *m)
{
    p->answered++;
    p->heap = m->word[5];
    if ((uint32_t)m->word[2] != 0) {
        crew.wrong_seen++;
        crew.wrong_what |= (uint32_t)m->word[2];
        printf("part %u: wrong 0x%x (%s)\n", (unsigned)m->word[0], (unsigned)m->word[2],
               status_text((status_t)(m->word[2] >> 32)));
    }
    /* While it was on its way, either is right; but it must know where it is. */
    if (m->word[6] != ST_OK || m->word[3] != m->word[4] ||
        (!p->moving && p->moves == p->moves_when_asked[m->word[1] % ASKED_MAX] && m->word[3] != p->core)) {
        crew.wrong_core++;
        printf("part %u: on core %u, its page says %u, should be %u (%s)\n", (unsigned)m->word[0],
               (unsigned)m->word[3], (unsigned)m->word[4], (unsigned)p->core,
               status_text((status_t)m->word[6]));
    }
}

static void on_counted(struct part *p, const struct urpc_msg *m)
{
    p->counted = true;
    p->links = m->word[1];
    crew.wrong_what |= (uint32_t)m->word[2];
    crew.wrong_seen += m->word[2] != 0;
}

/* Of a part. False: it says nothing like that. */
static bool on_part(struct part *p, const struct urpc_msg *m)
{
    switch (m->kind) {
    case STRESS_READY:
        p->ready = true;
        return true;
    case STRESS_VERIFIED:
        on_verified(p, m);
        return true;
    case STRESS_QUIET:
        p->quiet = true;
        return true;
    case STRESS_LINK:
        tally_end(m->word[1], m->word[2] != 0, m->word[3], m->word[4], m->word[5], m->word[6]);
        p->told_links++;
        return true;
    case STRESS_CAPS:
        tally_caps(m->word + 1);
        p->told_caps++;
        return true;
    case STRESS_COUNTED:
        on_counted(p, m);
        return true;
    case STRESS_TRACE_ROW:
        messages_row(p->name, crew.trace, m->word + 1);
        return true;
    case STRESS_TRACED:
        messages_end(p->name, crew.trace, m->word[1]);
        p->traced = true;
        return true;
    default:
        return false;
    }
}

/* Of a mover. */
static bool on_core(struct core *c, const struct urpc_msg *m)
{
    switch (m->kind) {
    case STRESS_MOVED:
    case STRESS_LIVED:
    case STRESS_NAPPED:
    case STRESS_TWINNED:
        deeds_answered(c, m);
        return true;
    case STRESS_FREE:
        memcpy(c->left, m->word + 1, sizeof c->left);
        crew.looks++;
        return true;
    default:
        return false;
    }
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    struct core *c = s->context;
    bool mover = c >= crew.core && c < crew.core + CORES;

    loop.stop = true;
    if (m->kind == STRESS_HELLO) {
        on_hello(s, m);
    } else if (m->kind == STRESS_MOVER) {
        s->context = c = &crew.core[m->word[0] % CORES];
        c->chan = s->chan;
    } else if (!(mover ? on_core(c, m) : on_part(s->context, m))) {
        test_need(false, "what is said makes sense");
    }
}

static void on_gone(struct rt_source *s)
{
    struct part *p = s->context;
    struct core *c = s->context;

    loop.stop = true;
    if (p >= crew.part && p < crew.part + PARTS_MAX && p->chan == s->chan) {
        p->gone = true;
        p->chan = NULL;
    } else if (c >= crew.core && c < crew.core + CORES) {
        c->chan = NULL; /* its core is dead, or it is: whoever waits for it is told in time */
    }
    rt_close(s->chan);
    free(s->chan);
    free(s);
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    struct rt_source *s;
    struct rt_chan *c;

    if (n->kind != NEWS_CLIENT)
        return;
    s = calloc(1, sizeof *s);
    c = calloc(1, sizeof *c);
    if (s == NULL || c == NULL || rt_chan_open(c, n) != ST_OK)
        test_need(false, "room for all that come");
    *s = (struct rt_source){.chan = c, .on_message = on_message, .on_gone = on_gone};
    if (loop_add(l, s) != ST_OK)
        test_need(false, "a place for all that come");
}

static void on_deadline(struct rt_loop *l)
{
    l->stop = true;
}

/* ---- waiting ---- */

void crew_turn(void)
{
    crew_wait(ROUND_NS);
    tally_progress(crew.wrong_seen + crew.wrong_core + deeds_wrong());
}

void crew_wait(uint64_t ns)
{
    loop.deadline_ns = rt_now_ns() + ns;
    loop_run(&loop);
}

void crew_wait_long(uint64_t ns)
{
    uint64_t until = rt_now_ns() + ns;

    while (rt_now_ns() < until)
        crew_turn();
}

bool crew_wait_parts(bool (*done)(const struct part *))
{
    uint64_t until = rt_now_ns() + STUCK_NS;
    unsigned i = 0;

    while (i < crew.nparts && !crew.stuck) {
        if (done(&crew.part[i])) {
            i++;
            continue;
        }
        crew_turn();
        if (rt_now_ns() > until) {
            printf("part %u does not answer (core %u)\n", i, (unsigned)crew.part[i].core);
            crew.stuck = true;
        }
    }
    return !crew.stuck;
}

void crew_order_all(enum stress_kind kind, uint64_t word1)
{
    for (unsigned i = 0; i < crew.nparts; i++)
        if (!crew_send(crew.part[i].chan, kind, (uint64_t[3]){0, word1}))
            crew.stuck = true;
}

bool part_is_ready(const struct part *p)
{
    return p->ready;
}

bool part_is_quiet(const struct part *p)
{
    return p->quiet;
}

bool part_has_counted(const struct part *p)
{
    return p->counted && p->told_links == p->links && p->told_caps == p->links;
}

bool part_is_traced(const struct part *p)
{
    return p->traced;
}

bool part_has_answered(const struct part *p)
{
    return p->answered == p->asked;
}

bool part_is_gone(const struct part *p)
{
    return p->gone;
}

void crew_verify(struct part *p, enum keep_ask ask)
{
    if (p->asked - p->answered == ASKED_MAX)
        return;
    p->asked++;
    p->moves_when_asked[p->asked % ASKED_MAX] = p->moving ? UINT32_MAX : p->moves; /* moving: it may be here or there */
    if (!crew_send(p->chan, STRESS_VERIFY, (uint64_t[3]){0, p->asked, ask}))
        crew.stuck = true;
}

/* ---- beginning, and again ---- */

void crew_start(unsigned rows)
{
    loop.on_news = on_news;
    loop.on_deadline = on_deadline;
    crew.ncores = (unsigned)rt_info()->ncores;
    crew.nparts = rows * crew.ncores;
    test_need(crew.nparts >= 2 && crew.nparts + crew.ncores < RT_CHANS - 4 &&
                  crew.nparts <= PARTS_MAX && crew.ncores <= CORES,
              "as many parts as one program can talk to");
    test_need(rt_serve("stress") == ST_OK, "the conductor is there");
}

void crew_gather(void)
{
    uint64_t until = rt_now_ns() + PATIENCE_NS;
    unsigned there = 0;

    while (there < crew.nparts + crew.ncores && rt_now_ns() < until) {
        crew_turn();
        there = 0;
        for (unsigned i = 0; i < crew.nparts; i++)
            there += crew.coming[i].chan != NULL;
        for (unsigned i = 0; i < crew.ncores; i++)
            there += crew.core[i].chan != NULL;
    }
    printf("%u of %u parts and movers\n", there, crew.nparts + crew.ncores);
    test_need(there == crew.nparts + crew.ncores, "all parts come");
    memcpy(crew.part, crew.coming, sizeof crew.part);
    memset(crew.coming, 0, sizeof crew.coming);
    crew_order_all(STRESS_CONNECT, 0);
    test_need(crew_wait_parts(part_is_ready), "and have their links");
}

void crew_begin_again(void)
{
    uint64_t until = rt_now_ns() + STUCK_NS;

    for (unsigned i = 0; i < crew.nparts && !crew.stuck; i++) {
        struct part *p = &crew.part[i];

        crew.stuck |= !crew_send(p->chan, STRESS_END, (uint64_t[3]){0, 1});
        while ((!p->gone || crew.coming[i].chan == NULL) && !crew.stuck) {
            crew_turn();
            crew.stuck = rt_now_ns() > until;
        }
        if (crew.stuck)
            printf("part %u of core %u: %s gone, %s back\n", i, (unsigned)p->home, p->gone ? "" : "not",
                   crew.coming[i].chan != NULL ? "" : "not");
    }
    test_need(!crew.stuck, "all parts end, and begin again");
    crew_gather();
}
