/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/give.h"
#include "lib/rt/news_priv.h"

status_t rt_accept_caps(struct rt_chan *c, unsigned n)
{
    struct rt_msg m = { { 0, c->va, n } };

    return mon_call(MON_ACCEPT, &m);
}

status_t rt_give(const struct rt_chan *c, handle_t h, uint8_t rights, unsigned how, uint64_t tag)
{
    struct rt_msg m = { { 0, c->va, h, rights | (uint64_t)how << 8, tag } };

    return mon_call(MON_GIVE, &m);
}

static void take_first(struct rt_chan *c, struct rt_cap *cap)
{
    *cap = c->cap[c->first_cap];
    c->first_cap = (uint8_t)((c->first_cap + 1) % RT_CAPS);
    c->ncaps--;
}

status_t rt_take_cap(struct rt_chan *c, uint64_t deadline_ns, struct rt_cap *cap)
{
    status_t st;

    for (;;) {
        if (c->ncaps == 0)
            news_pump();
        if (c->ncaps > 0)
            break;
        if (c->gone)
            return ST_GONE;
        if ((st = news_sleep(deadline_ns)) != ST_OK)
            return st;
    }
    take_first(c, cap);
    return ST_OK;
}

status_t rt_take_any(struct rt_chan **c, uint64_t deadline_ns, struct rt_cap *cap)
{
    status_t st;

    while ((*c = chan_with_cap()) == NULL) {
        news_pump();
        if ((*c = chan_with_cap()) != NULL)
            break;
        if ((st = news_sleep(deadline_ns)) != ST_OK)
            return st;
    }
    take_first(*c, cap);
    return ST_OK;
}

status_t rt_borrow(core_id core, uint64_t bytes, handle_t *frame)
{
    struct rt_msg m = { { 0, core, bytes } };
    status_t st = mon_call(MON_BORROW, &m);

    *frame = m.w[1];
    return st;
}
