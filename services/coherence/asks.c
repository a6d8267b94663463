/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/asks.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "services/coherence/ask.h"
#include <stdlib.h>

struct asker {
    struct rt_chan chan;
    struct rt_source source;
};

static struct {
    const struct mind *mind;
    const uint64_t *late;
} about;

static void on_ask(struct rt_source *s, const struct urpc_msg *m)
{
    struct ask_TOTALS totals = {.number = ask_ASK_in(m->word)->number,
                                .epoch = about.mind->epoch,
                                .at_ns = rt_now_ns(),
                                .all = about.mind->all,
                                .cross = about.mind->cross,
                                .late = *about.late,
                                .over = (uint32_t)about.mind->cut.overs};
    struct ask_MOVING moving = {.on_epoch = about.mind->on_epoch,
                                .moved_epoch = about.mind->moves.last,
                                .moves = (uint32_t)about.mind->moves.done,
                                .refused = (uint32_t)about.mind->moves.refused,
                                .settled = mind_settled(about.mind),
                                .nodes = about.mind->cut.nodes};

    if (m->kind != ASK_ASK)
        return;
    if (rt_send(s->chan, ASK_TOTALS, 0, &totals, sizeof totals) == ST_OK)
        (void)!rt_send(s->chan, ASK_MOVING, 0, &moving,
                       sizeof moving); /* who does not read loses it */
}

static void on_asker_gone(struct rt_source *s)
{
    rt_close(s->chan);
    free(s->context);
}

void asks_take(struct rt_loop *l, const struct news *n, const struct mind *m, const uint64_t *late)
{
    struct asker *a = calloc(1, sizeof *a);

    about.mind = m;
    about.late = late;
    if (a == NULL)
        return;
    if (rt_chan_open(&a->chan, n) != ST_OK) {
        free(a);
        return;
    }
    a->source = (struct rt_source){
        .chan = &a->chan, .on_message = on_ask, .on_gone = on_asker_gone, .context = a};
    CHECK(loop_add(l, &a->source) == ST_OK);
}
