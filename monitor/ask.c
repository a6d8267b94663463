/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/ask.h"
#include "lib/rt/clock.h"
#include "monitor/agree.h"
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/part_call.h"
#include "monitor/prog.h"

#define ASKS 256u

static struct ask_kept kept[ASKS];
static struct asks asks = {.kept = kept, .size = ASKS};

status_t ask_begin(const struct ask *as, unsigned hops, uint64_t ns, uint64_t *ref)
{
    return asks_begin(&asks, as, rt_now_ns() + ns + (3 + 2 * hops) * agree_patience_ns(), ref);
}

bool ask_take(core_id from, uint64_t ref, struct ask *out)
{
    return asks_take(&asks, from, ref, out);
}

void ask_answer(const struct ask *a, const struct rt_msg *m)
{
    const struct prog *p;

    if (a->passed)
        parts_relay(a, m);
    else if ((p = prog_find(a->client)) != NULL)
        (void)sys_reply_to(p->task, m);
}

void ask_core_dead(core_id core)
{
    const struct rt_msg dead = {{ST_DEAD_CORE}};
    struct ask a;

    while (asks_take_dead(&asks, core, &a))
        ask_answer(&a, &dead);
}

uint64_t ask_turn(uint64_t now_ns)
{
    const struct rt_msg late = {{ST_TIMEOUT}};
    struct ask a;

    while (asks_late(&asks, mon.core, now_ns, now_ns + agree_patience_ns(), &a))
        if (a.to == mon.core)
            ask_answer(&a, &late);
        else
            core_suspect(a.to, "it did not answer a request about a partition"); /* its death is the answer */
    return asks_next(&asks);
}
