/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/part_caps.h"
#include "lib/abi/cap.h"
#include "lib/rt/cap.h"
#include "lib/rt/give.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/stress/part_keep.h"
#include "tests/stress/stress.h"

#define PAGE_WORDS (PAGE_BYTES / sizeof(uint64_t))
#define LOOK_AT    (USER_HEAP + (1ull << 29) + (1ull << 16)) /* in the range of 2 MiB of part_keep.c's frames */
#define SELDOM     64u                                       /* one time in so many */
#define ROOM       2u                                        /* capabilities an end takes at once: a token, and a present */

/* First words of a page; a pattern follows. */
enum { WORD_WHOSE, WORD_HOPS, WORD_AT, WORDS_HEAD };

static handle_t present;
static uint64_t present_at, dice;
static uint32_t wrong, renewed;
static status_t odd; /* the first of KEEP_ANSWER */

static uint64_t pattern(uint64_t whose, uint64_t i)
{
    uint64_t state = whose << 20 ^ i << 40 ^ i;

    return stress_next(&state);
}

static void fill(volatile uint64_t *at, uint64_t whose, uint64_t page)
{
    at[WORD_WHOSE] = whose;
    at[WORD_HOPS] = 0;
    at[WORD_AT] = page;
    for (unsigned i = WORDS_HEAD; i < PAGE_WORDS; i++)
        at[i] = pattern(whose, i);
}

/* `page`: where it must say that it is, which is where it is. */
static bool is_as_filled(const volatile uint64_t *at, uint64_t whose, uint64_t page)
{
    if (at[WORD_WHOSE] != whose || at[WORD_AT] != page)
        return false;
    for (unsigned i = WORDS_HEAD; i < PAGE_WORDS; i++)
        if (at[i] != pattern(whose, i))
            return false;
    return true;
}

/* The page of a frame of one page, whose rights are these; 0: it is something else. */
static uint64_t page_of(handle_t h, unsigned rights)
{
    struct rt_msg m;

    if (sys_identify(h, &m) != ST_OK || CAP_WHAT_TYPE(m.w[0]) != CAP_FRAME || m.w[2] != PAGE_BYTES ||
        CAP_WHAT_RIGHTS(m.w[0]) != rights)
        return 0;
    return m.w[1];
}

/* Anything but: it is done, the other end has no room, or is on its way. */
static void expect(status_t st)
{
    if (st == ST_OK || st == ST_NO_SLOT || st == ST_GONE || st == ST_BUSY || st == ST_TABLE_FULL || st == ST_LOG_FULL)
        return;
    wrong |= KEEP_ANSWER;
    odd = odd != ST_OK ? odd : st;
}

static unsigned token_rights; /* of a frame that was just made */

static bool make_token(struct caps_end *e)
{
    struct rt_msg m;

    if (cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &e->original) != ST_OK ||
        sys_identify(e->original, &m) != ST_OK ||
        map_here(e->original, LOOK_AT, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK)
        return false;
    fill((volatile uint64_t *)(uintptr_t)LOOK_AT, e->link, m.w[1]);
    return map_out(e->original) == ST_OK && sys_copy(e->original, 0, token_rights, &e->token) == ST_OK;
}

bool caps_start(uint64_t number, uint64_t seed)
{
    struct rt_msg m;
    void *at;

    dice = seed ^ number << 32;
    if (heap_frame(PAGE_BYTES, &present, &at) != ST_OK || sys_identify(present, &m) != ST_OK)
        return false;
    present_at = m.w[1];
    token_rights = CAP_WHAT_RIGHTS(m.w[0]);
    fill(at, number, present_at);
    return true;
}

bool caps_open(struct caps_end *e, struct rt_chan *c, uint64_t link, bool makes_token)
{
    *e = (struct caps_end){.chan = c, .link = link};
    return rt_accept_caps(c, ROOM) == ST_OK && (!makes_token || make_token(e));
}

/* ---- giving ---- */

static void give_token(struct caps_end *e)
{
    uint64_t page = page_of(e->token, token_rights);
    status_t st = rt_give(e->chan, e->token, RIGHTS_ALL, CAP_GIVE_AWAY, e->link | 1ull << 63);

    if (st != ST_STATE) /* on one core, while what another core had of it is on its way back */
        expect(st);
    wrong |= page != 0 ? 0 : KEEP_TOKEN;
    if (st == ST_OK) {
        e->given++;
        e->token = 0;
        return;
    }
    e->refused++;
    if (page_of(e->token, token_rights) != page) /* what was not given is still here, as it was */
        wrong |= KEEP_KEPT;
}

static void give_present(struct caps_end *e)
{
    status_t st = rt_give(e->chan, present, RIGHT_READ, CAP_COPY_OF, present_at);

    expect(st);
    e->presented += st == ST_OK;
    e->refused += st != ST_OK;
}

void caps_turn(struct caps_end *e)
{
    uint64_t n = stress_below(&dice, SELDOM);

    if (n == 0 && e->token != 0)
        give_token(e);
    else if (n == 1)
        give_present(e);
}

/* ---- taking ---- */

/* Given DEPTH_MAX times it could not be given back from there. Revoking it reaches all cores it has been on. */
static void renew(struct caps_end *e)
{
    struct rt_msg m;

    if (sys_identify(e->token, &m) != ST_OK || CAP_WHAT_DEPTH(m.w[0]) + 1 < DEPTH_MAX)
        return;
    expect(++renewed % 2 == 0 ? cap_delete(e->token) : cap_revoke(e->original));
    if (page_of(e->token, token_rights) != 0 || sys_copy(e->original, 0, token_rights, &e->token) != ST_OK)
        wrong |= KEEP_TOKEN;
}

/* The token is where it was, and has been given once since. */
static void take_token(struct caps_end *e, handle_t h)
{
    volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)LOOK_AT;
    uint64_t page = page_of(h, token_rights);

    if (e->token != 0 || page == 0 || map_here(h, LOOK_AT, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK) {
        wrong |= KEEP_TOKEN;
    } else {
        if (!is_as_filled(at, e->link, page) || at[WORD_HOPS] != e->hops + (e->given + e->taken > 0))
            wrong |= KEEP_HOPS;
        e->hops = at[WORD_HOPS] + 1;
        at[WORD_HOPS] = e->hops;
        wrong |= map_out(h) == ST_OK ? 0 : KEEP_TOKEN;
    }
    e->token = h;
    e->taken++;
    if (e->original != 0)
        renew(e);
}

static void take_present(struct caps_end *e, handle_t h, uint64_t page)
{
    volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)LOOK_AT;
    bool good = page_of(h, RIGHT_READ) == page;

    if (good && map_here(h, LOOK_AT, PAGE_BYTES, PERM_READ) == ST_OK) {
        good = is_as_filled(at, at[WORD_WHOSE], page);
        good = map_out(h) == ST_OK && good;
    } else {
        good = false;
    }
    e->received++;
    wrong |= cap_delete(h) == ST_OK && good ? 0 : KEEP_PRESENT;
}

void caps_came(struct caps_end *e, const struct rt_cap *cap)
{
    if (cap->tag >> 63 == 0)
        take_present(e, cap->handle, cap->tag);
    else if ((cap->tag & ~(1ull << 63)) == e->link)
        take_token(e, cap->handle);
    else
        wrong |= KEEP_TOKEN;
    expect(rt_accept_caps(e->chan, 1));
}

uint64_t caps_wrong(void)
{
    return wrong | (uint64_t)odd << 32;
}

void caps_tell(const struct caps_end *e, bool bound_it, uint64_t word[CAPS_WORDS])
{
    word[0] = e->link;
    word[1] = bound_it;
    word[2] = e->given | (uint64_t)e->taken << 32;
    word[3] = e->presented | (uint64_t)e->received << 32;
    word[4] = e->refused;
    word[5] = e->token != 0;
}
