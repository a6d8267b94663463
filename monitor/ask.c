/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/ask.h"
#include "lib/rt/clock.h"
#include "monitor/agree.h"
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/part_call.h"
#include "monitor/prog.h"

#define ASKS 256u

static struct {
    struct ask is;
    uint32_t number; /* raised each time: an answer that comes late is for nobody */
    bool used;
    uint64_t deadline_ns;
} asks[ASKS];
static uint32_t asked;
static unsigned nasks;

status_t ask_begin(const struct ask *as, unsigned hops, uint64_t ns, uint64_t *ref)
{
    for (unsigned i = 0; i < ASKS; i++) {
        if (asks[i].used)
            continue;
        asks[i].is = *as;
        asks[i].used = true;
        asks[i].number = ++asked;
        asks[i].deadline_ns = rt_now_ns() + ns + (3 + 2 * hops) * agree_patience_ns();
        nasks++;
        *ref = i | (uint64_t)asks[i].number << 32;
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

static void take(unsigned i, struct ask *out)
{
    *out = asks[i].is;
    asks[i].used = false;
    nasks--;
}

bool ask_take(core_id from, uint64_t ref, struct ask *out)
{
    unsigned i = (unsigned)(ref % ASKS);

    if (!asks[i].used || asks[i].is.to != from || asks[i].number != ref >> 32)
        return false;
    take(i, out);
    return true;
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

    for (unsigned i = 0; i < ASKS && nasks > 0; i++)
        if (asks[i].used && asks[i].is.to == core) {
            take(i, &a);
            ask_answer(&a, &dead);
        }
}

uint64_t ask_turn(uint64_t now_ns)
{
    const struct rt_msg late = {{ST_TIMEOUT}};
    uint64_t next = UINT64_MAX;
    struct ask a;

    for (unsigned i = 0; i < ASKS && nasks > 0; i++) {
        if (!asks[i].used)
            continue;
        if (now_ns >= asks[i].deadline_ns && asks[i].is.to == mon.core) {
            take(i, &a);
            ask_answer(&a, &late);
            continue;
        }
        if (now_ns >= asks[i].deadline_ns) {
            asks[i].deadline_ns = now_ns + agree_patience_ns();
            core_suspect(asks[i].is.to, /* its death is the answer */
                         "it did not answer a request about a partition");
        }
        if (asks[i].deadline_ns < next)
            next = asks[i].deadline_ns;
    }
    return next;
}
