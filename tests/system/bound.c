/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/bound - a program is bound to while it changes core, and answers on every channel that was bound.
 *
 *     bound 1    mem=1024           serve     answers, and says to the judge which part it is
 *     bound 2-3  mem=1024           ask       binds, asks once, closes, waits a little; again and again
 *     bound 0    machine,mem=4096             the judge: moves who serves about until those who ask are done
 *
 * A monitor that makes an end for a program whose move has begun makes one that stays behind: BOUND is said, and nobody answers.
 */
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "tests/system/report.h"
#include "tests/system/serve.h"
#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (30 * NS_PER_S)
#define ANSWER_NS   (5 * NS_PER_S)
#define ROUNDS      150u
#define MOVES_FEW   40u
#define NAP_NS      (20 * NS_PER_MS) /* at most: who has a channel that is being closed is not moved */
#define ASKERS      2u
#define KIND_ECHO   1u
#define KIND_PART   2u
#define KIND_DONE   3u

static struct rt_chan judge;

static bool tell(uint16_t kind, const uint64_t *word, size_t bytes)
{
    return rt_bind("bound.judge", rt_now_ns() + PATIENCE_NS, &judge) == ST_OK &&
           rt_send_wait(&judge, kind, 0, word, bytes, rt_now_ns() + PATIENCE_NS) == ST_OK;
}

/* ---- who serves ---- */

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    (void)!rt_send(s->chan, m->kind, 0, m->word, sizeof m->word[0]);
}

static int answer(void)
{
    struct rt_msg m = {{0}};

    if (mon_call(MON_WHERE, &m) != ST_OK || !tell(KIND_PART, &m.w[1], sizeof m.w[1]))
        return 2;
    return serve("bound", on_message);
}

/* ---- who asks ---- */

enum end { NOT_BOUND, NOT_ANSWERED, GONE, FINE, ENDS };

static enum end once(uint64_t word)
{
    struct rt_chan c;
    struct urpc_msg m;
    enum end end = FINE;
    status_t st;

    if (rt_bind("bound", rt_now_ns() + PATIENCE_NS, &c) != ST_OK)
        return NOT_BOUND;
    if (rt_send(&c, KIND_ECHO, 0, &word, sizeof word) != ST_OK)
        end = GONE;
    else if ((st = rt_recv_wait(&c, &m, rt_now_ns() + ANSWER_NS)) != ST_OK)
        end = st == ST_GONE ? GONE : NOT_ANSWERED;
    else if (m.word[0] != word)
        end = NOT_ANSWERED;
    rt_close(&c);
    return end;
}

static int ask(void)
{
    uint64_t ends[ENDS] = {0}, draw = rt_info()->core;

    for (unsigned i = 0; i < ROUNDS && ends[NOT_ANSWERED] == 0; i++) {
        ends[once(draw)]++;
        draw = draw * 6364136223846793005u + 1442695040888963407u;
        (void)sys_sleep_for((draw >> 33) % NAP_NS);
    }
    if (!tell(KIND_DONE, ends, sizeof ends))
        return 2;
    for (;;)
        (void)sys_sleep_for(NS_PER_S);
}

/* ---- the judge ---- */

static struct rt_chan from[ASKERS + 1];
static unsigned clients, done;
static uint64_t part, sum[ENDS];

static void hear(void)
{
    struct urpc_msg m;
    struct news n;

    while (rt_news(&n) == ST_OK)
        if (n.kind == NEWS_CLIENT)
            test_need(clients <= ASKERS && rt_chan_open(&from[clients++], &n) == ST_OK, "one server, two who ask");
    for (unsigned i = 0; i < clients; i++)
        while (rt_recv(&from[i], &m) == ST_OK) {
            if (m.kind == KIND_PART)
                part = m.word[0];
            for (unsigned e = 0; m.kind == KIND_DONE && e < ENDS; e++)
                sum[e] += m.word[e];
            done += m.kind == KIND_DONE;
        }
}

int main(int argc, char **argv)
{
    uint64_t until = rt_now_ns() + 4 * PATIENCE_NS, to = 1;
    unsigned moves = 0, refused = 0;

    if (argc > 1)
        return strcmp(argv[1], "serve") == 0 ? answer() : ask();
    test_name("bound");
    test_need(rt_serve("bound.judge") == ST_OK, "a name for the judge");
    while (done < ASKERS && rt_now_ns() < until) {
        struct rt_msg m = {{0, part, to}};

        hear();
        if (part != 0 && mon_call(MON_MOVE, &m) == ST_OK)
            moves++;
        else
            refused += part != 0;
        to = (to + 1) % rt_info()->ncores;
        (void)sys_sleep_for(200 * NS_PER_US);
    }
    printf("bound: %u moves, %u refused; %u answered, %u not answered, %u gone, %u not bound\n", moves, refused,
           (unsigned)sum[FINE], (unsigned)sum[NOT_ANSWERED], (unsigned)sum[GONE], (unsigned)sum[NOT_BOUND]);
    test_is(done == ASKERS, "those who ask come to an end");
    test_is(moves >= MOVES_FEW, "who serves was moved often meanwhile");
    test_is(sum[NOT_ANSWERED] == 0, "whoever was bound was answered");
    test_is(sum[FINE] == ASKERS * ROUNDS, "and everybody was bound, every time");
    return test_end();
}
