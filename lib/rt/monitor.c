/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/monitor.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/news_priv.h"
#include "lib/rt/print.h"
#include <string.h>

static uint64_t own_bucket(void)
{
    static uint64_t bucket = UINT64_MAX;
    struct rt_msg self;

    if (bucket == UINT64_MAX && sys_self(&self) == ST_OK)
        bucket = self.w[2];
    return bucket;
}

status_t mon_call(enum mon_call call, struct rt_msg *m)
{
    status_t st;

    if (rt_info()->monitor == 0)
        return ST_UNSUPPORTED;
    m->w[0] = MON_WORD(call, own_bucket());
    if ((st = sys_call(rt_info()->monitor, m, 0)) != ST_OK)
        return st;
    return (status_t)m->w[0];
}

/* ---- news ---- */

/* At most two per channel (it is there, it is gone) and one per child are ever outstanding. */
#define KEPT_MAX (2 * 128 + 64)
static struct news kept[KEPT_MAX];
static unsigned first_kept, nkept;

void rt_news_keep(const struct news *n)
{
    CHECK(nkept < KEPT_MAX);
    kept[(first_kept + nkept++) % KEPT_MAX] = *n;
}

/* Capabilities go to their channel, which has room for all it has offered to take. */
static status_t fetch(struct news *out)
{
    struct rt_msg m;
    status_t st;

    do {
        m = (struct rt_msg){ { 0 } };
        if ((st = mon_call(MON_NEWS, &m)) != ST_OK)
            return st;
        *out = (struct news){ .kind = m.w[1], .w = { m.w[2], m.w[3], m.w[4], m.w[5] } };
    } while (out->kind == NEWS_CAP && chan_cap_came(out->w[0], out->w[1], out->w[2]));
    if (out->kind == NEWS_GONE)
        chan_mark_gone(out->w[1]);
    return ST_OK;
}

status_t rt_news(struct news *out)
{
    if (nkept == 0)
        return fetch(out);
    *out = kept[first_kept];
    first_kept = (first_kept + 1) % KEPT_MAX;
    nkept--;
    return ST_OK;
}

void news_pump(void)
{
    struct news n;

    while (nkept < KEPT_MAX && fetch(&n) == ST_OK)
        rt_news_keep(&n);
}

bool news_take(bool (*wanted)(const struct news *, uint64_t), uint64_t arg, struct news *out)
{
    for (unsigned i = 0; i < nkept; i++) {
        unsigned at = (first_kept + i) % KEPT_MAX;

        if (!wanted(&kept[at], arg))
            continue;
        *out = kept[at];
        for (unsigned k = i; k + 1 < nkept; k++) /* keep the order of the rest */
            kept[(first_kept + k) % KEPT_MAX] = kept[(first_kept + k + 1) % KEPT_MAX];
        nkept--;
        return true;
    }
    return false;
}

status_t news_sleep(uint64_t deadline_ns)
{
    struct rt_msg m;
    uint64_t badge;
    status_t st = sys_recv(0, EVENT_NEWS, deadline_ns, &m, &badge);

    return st == ST_EVENT ? ST_OK : st;
}

status_t news_wait(bool (*wanted)(const struct news *, uint64_t), uint64_t arg,
                   uint64_t deadline_ns, struct news *out)
{
    for (;;) {
        status_t st;

        news_pump();
        if (news_take(wanted, arg, out))
            return ST_OK;
        if ((st = news_sleep(deadline_ns)) != ST_OK)
            return st;
    }
}

/* ---- the machine ---- */

status_t rt_machine_end(unsigned status, const char *why)
{
    struct rt_msg m = { { 0, status } };
    status_t st;

    strncpy((char *)&m.w[2], why, 4 * sizeof m.w[0] - 1);
    rt_print_flush(rt_now_ns() + 2 * NS_PER_S);
    if ((st = mon_call(MON_END, &m)) != ST_OK)
        return st;
    for (;;) /* the logs are closed and stored first */
        (void)sys_sleep_for(NS_PER_S);
}

status_t rt_cores(struct rt_cores *out)
{
    struct rt_msg m = { { 0 } };
    status_t st = mon_call(MON_CORES, &m);

    *out = (struct rt_cores){ m.w[1], m.w[2], m.w[3], m.w[4], m.w[5] };
    return st;
}

status_t rt_wait_cores(uint64_t deadline_ns, struct rt_cores *out)
{
    for (;;) {
        status_t st = rt_cores(out);

        if (st != ST_OK || out->all_joined_ns != 0)
            return st;
        if (rt_now_ns() > deadline_ns)
            return ST_TIMEOUT;
        if ((st = sys_sleep_for(NS_PER_MS)) != ST_OK && st != ST_TIMEOUT)
            return st;
    }
}

/* ---- programs ---- */

status_t rt_spawn(const char *program, const char *args, uint64_t *id)
{
    struct rt_msg m = { { 0 } };
    status_t st;

    if (strlen(program) >= 24 || strlen(args) >= 16)
        return ST_INVALID;
    memcpy(&m.w[1], program, strlen(program));
    memcpy(&m.w[4], args, strlen(args));
    st = mon_call(MON_SPAWN, &m);
    *id = m.w[1];
    return st;
}

status_t rt_create(const char *program, const char *args, uint64_t wish, uint64_t *part)
{
    struct rt_msg m = { { 0 } };
    status_t st;

    if (strlen(program) >= 16 || strlen(args) >= 16)
        return ST_INVALID;
    memcpy(&m.w[1], program, strlen(program));
    memcpy(&m.w[3], args, strlen(args));
    m.w[5] = wish;
    st = mon_call(MON_CREATE, &m);
    *part = m.w[1];
    return st;
}

status_t rt_life(uint64_t part, enum part_ask what)
{
    struct rt_msg m = { { 0, part, what } };

    return mon_call(MON_LIFE, &m);
}

status_t rt_join(uint64_t part, const char *program, const char *args)
{
    struct rt_msg m = { { 0, part } };

    if (strlen(program) >= 16 || strlen(args) >= 16)
        return ST_INVALID;
    memcpy(&m.w[2], program, strlen(program));
    memcpy(&m.w[4], args, strlen(args));
    return mon_call(MON_JOIN, &m);
}

status_t rt_split(uint64_t part, uint64_t tasks_b, uint64_t *a, uint64_t *b)
{
    struct rt_msg m = { { 0, part, tasks_b } };
    status_t st = mon_call(MON_SPLIT, &m);

    *a = m.w[1];
    *b = m.w[2];
    return st;
}

static bool is_exit_of(const struct news *n, uint64_t id)
{
    return n->kind == NEWS_EXIT && n->w[0] == id;
}

status_t rt_wait(uint64_t id, uint64_t deadline_ns, struct news *exit_news)
{
    return news_wait(is_exit_of, id, deadline_ns, exit_news);
}
