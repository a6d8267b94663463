/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/share.h"
#include "tests/system/share_log.h"
#include "lib/rt/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW (USER_DEVICES + 0x1000000ull)    /* one held frame at a time */
#define CLOCK (USER_DEVICES + 0x2000000ull)
#define OFFERED 4u
#define FILLERS 4096u

static handle_t held[HELD];
static handle_t filler[FILLERS];
static unsigned nfillers;
static struct rt_chan others[64];

static void name_of(core_id core, char name[NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "share.%u", core);
}

static struct rt_chan *other(uint64_t core)
{
    if (core >= 64)
        return NULL;
    if (others[core].bell == 0 && !share_bind((core_id)core, &others[core]))
        return NULL;
    return &others[core];
}

static uint64_t base_of(handle_t h)
{
    struct rt_msg m;

    return sys_identify(h, &m) == ST_OK ? m.w[1] : 0;
}

/* The next one that came, over whichever channel, and room for another in its place. */
static status_t take(handle_t *h)
{
    struct rt_chan *c;
    struct rt_cap cap;
    status_t st = rt_take_any(&c, soon(), &cap);

    if (st != ST_OK)
        return st;
    *h = cap.handle;
    return rt_accept_caps(c, 1);
}

/* All that has come and that nobody expects: what was revoked on its way may have arrived, though its giver was told that it
 * has not. How many. */
static uint64_t take_rest(void)
{
    struct rt_chan *c;
    struct rt_cap cap;
    uint64_t n = 0;

    while (rt_take_any(&c, rt_now_ns() + NS_PER_MS, &cap) == ST_OK && rt_accept_caps(c, 1) == ST_OK) {
        status_t st = cap_delete(cap.handle);

        n += st == ST_OK || st == ST_STALE_HANDLE;
    }
    return n;
}

static status_t word_of(handle_t h, bool write, uint64_t *word)
{
    status_t st = map_here(h, WINDOW, PAGE_BYTES, write ? PERM_READ | PERM_WRITE : PERM_READ);

    if (st != ST_OK)
        return st;
    if (write)
        *(volatile uint64_t *)(uintptr_t)WINDOW = *word;
    else
        *word = *(volatile uint64_t *)(uintptr_t)WINDOW;
    return map_out(h);
}

/* Retype all of `ram` whenever core 0 says so; exactly one of the two gets it. */
static status_t race(handle_t ram, handle_t clock, uint64_t rounds)
{
    struct race *r = (struct race *)(uintptr_t)CLOCK;
    status_t st = map_here(clock, CLOCK, PAGE_BYTES, PERM_READ | PERM_WRITE);
    struct rt_msg m;

    if (st != ST_OK || (st = sys_identify(ram, &m)) != ST_OK)
        return st;
    for (uint64_t i = 1; i <= rounds; i++) {
        handle_t made;

        while (__atomic_load_n(&r->tick, __ATOMIC_ACQUIRE) < i) /* released by core 0's store */
            sys_yield();
        st = cap_retype(ram, CAP_FRAME, m.w[2], &made);
        r->won = st == ST_OK;
        r->odd += st != ST_OK && st != ST_NOMEM;
        __atomic_store_n(&r->done, i, __ATOMIC_RELEASE);
        while (__atomic_load_n(&r->tried, __ATOMIC_ACQUIRE) < i) /* by core 0's store */
            sys_yield();
        if (st == ST_OK && (st = cap_delete(made)) != ST_OK)
            return st;
        __atomic_store_n(&r->clean, i, __ATOMIC_RELEASE);
    }
    return map_out(clock);
}

static status_t give_to(uint64_t core, handle_t h, uint8_t rights, unsigned how, uint64_t tag)
{
    return share_give(other(core), h, rights, how, tag);
}

static void pass_on(handle_t h, uint64_t core, uint64_t word[3])
{
    struct rt_chan *c = other(core);
    uint64_t n = 0;
    status_t st;

    while ((st = rt_give(c, h, RIGHTS_ALL, CAP_COPY_OF, 0)) == ST_OK || st == ST_NO_SLOT)
        n += st == ST_OK;
    word[0] = st;
    word[1] = n;
}

/* As a client: two frames of its own go along with every call. */
static status_t calls(uint64_t core, uint64_t n)
{
    struct rt_chan *c = other(core);
    handle_t frame[2];
    uint64_t base[2];
    struct urpc_msg m;
    status_t st;

    for (unsigned k = 0; k < 2; k++) {
        if ((st = cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame[k])) != ST_OK)
            return st;
        base[k] = base_of(frame[k]);
    }
    for (uint64_t i = 0; i < n; i++) {
        uint64_t number[3] = { i };

        for (unsigned k = 0; k < 2; k++)
            if ((st = give_to(core, frame[k], RIGHT_READ, CAP_COPY_OF, 2 * i + k)) != ST_OK)
                return st;
        if ((st = rt_send_wait(c, SHARE_CALL, 0, number, sizeof number, soon())) != ST_OK ||
            (st = rt_recv_wait(c, &m, soon())) != ST_OK)
            return st;
        if (m.word[0] != ST_OK || m.word[1] != base[0] || m.word[2] != base[1])
            return ST_PEER;
    }
    for (unsigned k = 0; k < 2; k++)
        if ((st = cap_delete(frame[k])) != ST_OK)
            return st;
    return ST_OK;
}

/* As a server: the two that came with this call, whose numbers must be the caller's. */
static void serve_call(struct rt_chan *c, uint64_t word[3])
{
    uint64_t call = word[0];
    struct rt_cap cap;

    word[0] = ST_OK;
    for (unsigned k = 0; k < 2; k++) {
        if (rt_take_cap(c, soon(), &cap) != ST_OK || cap.tag != 2 * call + k) {
            word[0] = ST_PEER;
            return;
        }
        word[1 + k] = base_of(cap.handle);
        if (cap_delete(cap.handle) != ST_OK)
            word[0] = ST_STATE;
    }
    if (rt_accept_caps(c, 2) != ST_OK)
        word[0] = ST_STATE;
}

static status_t fill(bool full)
{
    status_t st = ST_OK;

    while (full && nfillers < FILLERS && st == ST_OK)
        if ((st = sys_copy(rt_info()->task, 0, RIGHT_READ, &filler[nfillers])) == ST_OK)
            nfillers++;
    while (!full && nfillers > 0)
        if ((st = cap_delete(filler[--nfillers])) != ST_OK)
            return st;
    return full && st == ST_TABLE_FULL ? ST_OK : st;
}

static void count(uint64_t word[3], bool ram)
{
    struct rt_msg own = { { 0 } }, m = { { 0 } };

    word[0] = mon_call(MON_RAM, &m);
    if (sys_core_query(&own) == ST_OK && !ram)
        word[1] = own.w[3];
    word[2] = ram ? m.w[1] : m.w[3];
}

/* One command: word[0..2] are its arguments, then its answer. */
static void obey(struct rt_chan *c, enum share_kind kind, uint64_t word[3])
{
    uint64_t a = word[0], b = word[1], third = word[2];
    handle_t *h = &held[a % HELD], *other_h = &held[b % HELD];

    word[1] = word[2] = 0;
    switch (kind) {
    case SHARE_TAKE:
        word[0] = take(h);
        word[1] = base_of(*h);
        word[2] = *h;
        return;
    case SHARE_LOOK: {
        struct rt_msg m;

        word[0] = sys_identify(*h, &m);
        word[1] = m.w[1];
        return;
    }
    case SHARE_READ:
        word[0] = word_of(*h, false, &word[1]);
        return;
    case SHARE_WRITE:
        word[0] = word_of(*h, true, &b);
        return;
    case SHARE_COPY:
        word[0] = sys_copy(*h, 0, RIGHTS_ALL, other_h);
        return;
    case SHARE_PASS:
        word[0] = give_to(b, *h, (uint8_t)third, CAP_COPY_OF, 0);
        return;
    case SHARE_AWAY:
        word[0] = give_to(b, *h, RIGHTS_ALL, CAP_GIVE_AWAY, 0);
        return;
    case SHARE_DROP:
        word[0] = cap_delete(*h);
        return;
    case SHARE_REVOKE:
        word[0] = cap_revoke(*h);
        return;
    case SHARE_RETYPE:
        word[0] = cap_retype(*h, third & 0xff, third >> 8, other_h);
        return;
    case SHARE_RACE:
        word[0] = race(*h, *other_h, third);
        return;
    case SHARE_PASS_ON:
        pass_on(*h, b, word);
        return;
    case SHARE_COUNT:
        count(word, false);
        return;
    case SHARE_RAM:
        count(word, true);
        return;
    case SHARE_CALLS:
        word[0] = calls(a, b);
        return;
    case SHARE_CALL:
        word[0] = a;
        serve_call(c, word);
        return;
    case SHARE_FILL:
        word[0] = fill(a != 0);
        return;
    case SHARE_AGREED:
        word[0] = ST_OK;
        word[1] = share_agreed();
        word[2] = share_in_use();
        return;
    case SHARE_MAKE:
        word[0] = cap_retype(rt_info()->ram, b & 0xff, b >> 8, h);
        return;
    case SHARE_BORROW:
        word[0] = rt_borrow((core_id)b, third, h);
        return;
    case SHARE_REST:
        word[0] = ST_OK;
        word[1] = take_rest();
        return;
    case SHARE_LOG:
        word[0] = a;
        word[1] = b;
        log_obey(word);
        return;
    case SHARE_CONNECT:
        word[0] = other(a) != NULL ? ST_OK : ST_TIMEOUT;
        return;
    case SHARE_SLOTS:
        word[0] = rt_accept_caps(c, (unsigned)a);
        return;
    }
    word[0] = ST_UNSUPPORTED;
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    uint64_t word[3] = { m->word[0], m->word[1], m->word[2] };

    obey(s->chan, (enum share_kind)m->kind, word);
    if (rt_send_wait(s->chan, m->kind, 0, word, sizeof word, soon()) != ST_OK)
        exit(3);
}

static void on_gone(struct rt_source *s)
{
    rt_close(s->chan);
    free(s->chan);
    free(s);
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    struct rt_source *s;
    struct rt_chan *c;

    if (n->kind == NEWS_EXIT)
        log_news_exit(n->w[0]);
    if (n->kind != NEWS_CLIENT)
        return;
    s = calloc(1, sizeof *s);
    c = calloc(1, sizeof *c);
    if (s == NULL || c == NULL || rt_chan_open(c, n) != ST_OK ||
        rt_accept_caps(c, OFFERED) != ST_OK)
        exit(4);
    *s = (struct rt_source){ .chan = c, .on_message = on_message, .on_gone = on_gone };
    if (loop_add(l, s) != ST_OK)
        exit(5);
}

int main(void)
{
    static struct rt_loop loop = { .on_news = on_news };
    char name[NAME_BYTES];

    name_of(rt_info()->core, name);
    if (rt_serve(name) != ST_OK)
        return 2;
    loop_run(&loop);
    return 0;
}
