/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/party - one of several programs that are a partition (tests/system/party.h). */
#include "tests/system/party.h"
#include "lib/rt/cap.h"
#include "lib/rt/give.h"
#include "lib/rt/map.h"
#include <stdlib.h>

#define FRAME_VA (USER_HEAP + 0x10000000ull)
#define COMERS   2u

static struct rt_chan hub, out, in[COMERS];
static unsigned ncomers;
static uint64_t rate, said, next[COMERS], heard, wrong;
static handle_t frame[FRAMES];
static bool bound;

static vaddr_t place(uint64_t i)
{
    return FRAME_VA + i * PAGE_BYTES;
}

/* ---- what it is told ---- */

static status_t make(uint64_t i)
{
    status_t st = cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame[i]);

    return st != ST_OK ? st : map_here(frame[i], place(i), PAGE_BYTES, PERM_READ | PERM_WRITE);
}

static status_t take(uint64_t i, bool mapped)
{
    struct rt_cap cap;
    struct rt_chan *c;
    status_t st = rt_take_any(&c, rt_now_ns() + PATIENCE_NS, &cap);

    if (st != ST_OK)
        return st;
    frame[i] = cap.handle;
    return mapped ? map_here(frame[i], place(i), PAGE_BYTES, PERM_READ | PERM_WRITE) : ST_OK;
}

static status_t less(uint64_t i, uint64_t rights)
{
    handle_t copy;
    status_t st = sys_copy(frame[i], 0, rights, &copy);

    if (st != ST_OK || (st = cap_delete(frame[i])) != ST_OK)
        return st;
    frame[i] = copy;
    return ST_OK;
}

/* Where its monitor does not look. */
static status_t second_table(uint64_t i, bool on)
{
    static handle_t table;
    handle_t there;
    status_t st = on ? cap_retype(rt_info()->ram, CAP_CAPTABLE, 16, &table) : cap_delete(table);

    return st == ST_OK && on ? sys_copy(frame[i], table, RIGHT_READ | RIGHT_WRITE, &there) : st;
}

static status_t rights(uint64_t i, uint64_t word[6])
{
    struct rt_msg m;
    status_t st = sys_identify(frame[i], &m);

    if (st != ST_OK)
        return st;
    word[1] = CAP_WHAT_RIGHTS(m.w[0]);
    word[2] = sys_map_query(rt_info()->space, place(i), &m) == ST_OK ? m.w[1] : 0;
    return ST_OK;
}

static status_t where(uint64_t word[6])
{
    struct rt_msg m = {{0}};
    status_t st = mon_call(MON_WHERE, &m);

    word[1] = m.w[1];
    return st;
}

static status_t perform(unsigned kind, uint64_t word[6])
{
    uint64_t i = word[0] % FRAMES, a = word[1];

    switch (kind) {
    case PARTY_RATE:
        rate = word[0];
        return ST_OK;
    case PARTY_FRAME:
        return make(i);
    case PARTY_GIVE:
        return rt_give(&out, frame[i], (uint8_t)a, CAP_COPY_OF, i);
    case PARTY_TAKE:
        return take(i, a == 1);
    case PARTY_LESS:
        return less(i, a);
    case PARTY_DROP:
        return cap_delete(frame[i]);
    case PARTY_RIGHTS:
        return rights(i, word);
    case PARTY_WHERE:
        return where(word);
    case PARTY_HEARD:
        word[1] = heard;
        word[2] = wrong;
        return ST_OK;
    case PARTY_TABLE:
        return second_table(i, a == 1);
    case PARTY_CLOSE:
        rt_close(&out);
        bound = false;
        return ST_OK;
    case PARTY_EXIT:
        exit((int)word[0]);
    default:
        return ST_INVALID;
    }
}

/* ---- talking ---- */

static void say(void)
{
    for (uint64_t n = 0; n < rate && bound; n++) {
        if (rt_send(&out, 1, 0, &said, sizeof said) != ST_OK)
            return; /* full: the next time */
        said++;
    }
}

static void hear(void)
{
    struct urpc_msg m;

    for (unsigned i = 0; i < ncomers; i++)
        while (rt_recv(&in[i], &m) == ST_OK) {
            heard++;
            wrong += m.word[0] != next[i];
            next[i] = m.word[0] + 1;
        }
}

static int talk(void)
{
    struct urpc_msg m;

    for (;;) {
        uint64_t word[6] = {0};
        status_t st;

        hear();
        say();
        st = rt_recv(&hub, &m);
        if (st == ST_AGAIN) {
            (void)sys_sleep_for(NS_PER_MS);
            continue;
        }
        if (st != ST_OK)
            return 0;
        memcpy(word, m.word, sizeof word);
        word[0] = perform(m.kind, word);
        if (rt_send_wait(&hub, m.kind, 0, word, sizeof word, rt_now_ns() + PATIENCE_NS) != ST_OK)
            return 3;
    }
}

static bool meet(const char *name, const char *pair)
{
    char to[8];

    if (name[1] == '0') {
        snprintf(to, sizeof to, "%s%s", name, pair);
        if (rt_serve(to) != ST_OK)
            return false;
        for (ncomers = 0; ncomers < (name[0] == 'B' ? 2u : 1u); ncomers++) {
            if (name[0] == 'A' &&
                !bound) { /* B0 waits for both, so nobody waits for one who waits for him */
                snprintf(to, sizeof to, "B0%s", pair);
                bound = rt_bind(to, rt_now_ns() + PATIENCE_NS, &out) == ST_OK;
            }
            if (rt_accept(&in[ncomers], rt_now_ns() + PATIENCE_NS) != ST_OK ||
                rt_accept_caps(&in[ncomers], 2) != ST_OK)
                return false;
        }
        rate = 2;
        return name[0] == 'B' || bound;
    }
    snprintf(to, sizeof to, "%c0%s", name[0], pair);
    bound = rt_bind(to, rt_now_ns() + PATIENCE_NS, &out) == ST_OK;
    rate = 6;
    return bound;
}

int main(int argc, char **argv)
{
    uint64_t hello = 0;

    if (argc < 3 || !meet(argv[1], argv[2]))
        return 2;
    memcpy(&hello, argv[1], 2);
    memcpy((char *)&hello + 2, argv[2], 1);
    if (rt_bind("party", rt_now_ns() + PATIENCE_NS, &hub) != ST_OK ||
        rt_send_wait(&hub, PARTY_HELLO, 0, &hello, sizeof hello, rt_now_ns() + PATIENCE_NS) !=
            ST_OK)
        return 2;
    return talk();
}
