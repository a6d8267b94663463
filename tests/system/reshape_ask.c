/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/reshape_ask - asking for splits and merges, with a proof or without. */
#include "tests/system/reshape.h"
#include "lib/rt/attest_calls.h"
#include "witness/portable.h"
#include "witness/proof.h"

#define TRIES  400u
#define NAP_NS (10 * NS_PER_MS)

/* ---- two partitions of two ---- */

static void begin(struct pair *p, unsigned side, core_id core, unsigned flags)
{
    char args[8];

    for (unsigned i = 0; i < 2; i++) {
        snprintf(args, sizeof args, "%c%u %c", 'A' + side, i, p->name);
        test_need(i == 0 ? rt_create("party", args, PART_WISH(core, flags, 0, 1024),
                                     &p->part[side]) == ST_OK
                         : rt_join(p->part[side], "party", args) == ST_OK,
                  i == 0 ? "a partition is made" : "and one program more for it");
    }
}

void pair_make(struct pair *p, char name, core_id core, unsigned flags)
{
    static struct rt_chan coming[16];
    static unsigned ncoming;

    p->name = name;
    begin(p, 0, core, flags);
    begin(p, 1, core, flags);
    for (unsigned side = 0; side < 2; side++)
        test_need(rt_life(p->part[side], PART_START) == ST_OK, "it begins");
    for (unsigned i = 0; i < ROLES; i++) {
        struct rt_chan *c = &coming[ncoming++ % ARRAY_LEN(coming)];
        struct urpc_msg m;
        char who[8] = "";

        test_need(rt_accept(c, rt_now_ns() + PATIENCE_NS) == ST_OK &&
                      rt_recv_wait(c, &m, rt_now_ns() + PATIENCE_NS) == ST_OK,
                  "one comes");
        memcpy(who, m.word, 3);
        test_need(who[2] == name && (who[0] == 'A' || who[0] == 'B') &&
                      (who[1] == '0' || who[1] == '1'),
                  "and says who it is");
        p->chan[(who[0] - 'A') * 2 + who[1] - '0'] = *c;
    }
}

status_t pair_do(struct pair *p, enum role who, enum party_kind kind, uint64_t word[6])
{
    struct urpc_msg m;
    status_t st = rt_send_wait(&p->chan[who], (uint16_t)kind, 0, word, 6 * sizeof word[0],
                               rt_now_ns() + PATIENCE_NS);

    if (st != ST_OK || kind == PARTY_EXIT ||
        (st = rt_recv_wait(&p->chan[who], &m, rt_now_ns() + PATIENCE_NS)) != ST_OK)
        return st;
    memcpy(word, m.word, 6 * sizeof word[0]);
    return (status_t)word[0];
}

status_t tell(struct pair *p, enum role who, enum party_kind kind, uint64_t a, uint64_t b)
{
    uint64_t word[6] = {a, b};

    return pair_do(p, who, kind, word);
}

/* ---- asking ---- */

/* By our own task: this call, now, once. */
static void prove(uint64_t a, uint64_t b, enum proof how)
{
    static uint64_t nonce;
    struct mutation m = {.call = SYS_queue_send,
                         .operation = SEND_CALL,
                         .object = a | b << 32,
                         .argument = {MON_MERGE}};
    struct rt_msg self, say;

    if (sys_self(&self) != ST_OK)
        return;
    m.target = self.w[0];
    m.holder = PROOF_HOLDER(rt_info()->core, self.w[0]);
    m.object += how == PROVED_OTHER;
    mutation_hash(&m, portable_block, (uint8_t *)say.w);
    say.w[4] = rt_now_ns() + 500 * NS_PER_MS;
    say.w[5] = how == PROVED_AGAIN ? nonce : ++nonce;
    (void)!sys_attest_prove(rt_info()->task, &say, 2);
}

status_t merge_once(uint64_t a, uint64_t b, enum proof how, uint64_t *one, uint64_t *missing)
{
    struct rt_msg m = {{0, a, b}};
    status_t st;

    if (how != UNPROVED)
        prove(a, b, how);
    st = mon_call(MON_MERGE, &m);
    *one = st == ST_OK ? m.w[1] : 0;
    *missing = st == ST_OK ? 0 : m.w[2];
    return st;
}

status_t merge_until(uint64_t a, uint64_t b, enum proof how, uint64_t want, uint64_t *one)
{
    uint64_t missing = 0;
    status_t st = ST_BUSY;

    for (unsigned i = 0; i < TRIES; i++) {
        st = merge_once(a, b, how, one, &missing);
        if (missing == want && (want != 0 || (st != ST_BUSY && st != ST_AGAIN && st != ST_STATE)))
            return st;
        (void)sys_sleep_for(NAP_NS);
    }
    printf("reshape: %s, missing %llx and not %llx\n", status_text(st), (unsigned long long)missing,
           (unsigned long long)want);
    return ST_TIMEOUT;
}

status_t split_until(uint64_t part, uint64_t tasks_b, uint64_t side[2])
{
    status_t st = ST_BUSY;

    for (unsigned i = 0; i < TRIES && (st == ST_BUSY || st == ST_AGAIN); i++) {
        st = rt_split(part, tasks_b, &side[0], &side[1]);
        if (st != ST_OK)
            (void)sys_sleep_for(NAP_NS);
    }
    return st;
}

struct seen see(uint64_t part)
{
    struct rt_msg m = {{0, part}};
    status_t st = mon_call(MON_STATUS, &m);

    return (struct seen){st, m.w[1] & 0xffff, m.w[1] >> 16, m.w[3], m.w[5]};
}
