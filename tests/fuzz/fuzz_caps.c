/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Any messages, by two cores that keep to nothing, to a monitor whose program goes on asking: monitor/caps over the
 * CPU driver's own code (tests/support/sim_core.h).
 *
 *     F1  nothing touches memory that is not its own
 *     F2  a message that is answered ST_PEER has changed nothing and sent nothing
 *     F3  no request is answered twice; when the others have stopped each has been answered
 *     F4  then, with all of the program's capabilities deleted, nothing is left and its memory is whole
 *
 * Bytes are taken one after the other: what happens, and of what; names of entries are mostly good ones.
 *
 * Built by gcc without a fuzzer: each argument is a file; without arguments standard input is one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpudriver/cap.h"
#include "lib/base/check.h"
#include "monitor/caps_priv.h"
#include "tests/support/sim_core.h"

#define NODES 5u
#define HOLDS 5u
#define PASSES 3u
#define OPS 4u
#define OWN 24u
#define PROG 24u
#define CORES 3u
#define REQUESTS 256u
#define TURNS 10000u
#define OWN_QUEUE 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sim_size sizes = { .own_slots = OWN, .prog_slots = PROG, .pages = 8, .pool = 2,
                                       .nodes = NODES, .holds = HOLDS, .passes = PASSES, .ops = OPS };
static struct sim_core core;
static uint64_t now, sent, nrequests;
static uint8_t answered[REQUESTS], asked[REQUESTS];
static struct caps_msg own[OWN_QUEUE]; /* to itself */
static unsigned nown;

static struct {
    const uint8_t *at, *end;
} in;

static uint8_t byte(void)
{
    return in.at < in.end ? *in.at++ : 0;
}

/* ---- the world ---- */

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    (void)w;
    CHECK(to < CORES && m->kind >= PEER_CAP_GIVE && m->kind <= PEER_CAP_GONE);
    sent++;
    if (to != 0)
        return;
    CHECK(nown < OWN_QUEUE);
    own[nown++] = *m;
}

static status_t w_receiver(void *w, uint64_t to, handle_t *table)
{
    *table = ((struct sim_core *)w)->table;
    return to & 1 ? ST_NO_SLOT : ST_OK;
}

static void w_arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    uint64_t x[8];

    (void)to;
    (void)tag;
    CHECK(sim_usable(w, given, x));
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d)
{
    (void)w;
    (void)given;
    (void)d;
    CHECK(client < nrequests && (unsigned)st < ST_COUNT);
    CHECK(answered[client]++ == 0);
}

static void w_suspect(void *w, core_id id)
{
    (void)w;
    CHECK(id < CORES);
}

/* ---- what stays as it was ---- */

static struct {
    struct caps_node node[NODES];
    struct caps_hold hold[HOLDS];
    struct caps_pass pass[PASSES];
    struct caps_op op[OPS];
    struct cap slot[OWN + PROG];
    uint64_t sent;
} was;

static void remember(void)
{
    memcpy(was.node, core.caps.node, sizeof was.node);
    memcpy(was.hold, core.caps.hold, sizeof was.hold);
    memcpy(was.pass, core.caps.pass, sizeof was.pass);
    memcpy(was.op, core.caps.op, sizeof was.op);
    memcpy(was.slot, core.share, sizeof was.slot);
    was.sent = sent;
}

static void check_same(void)
{
    CHECK(memcmp(was.node, core.caps.node, sizeof was.node) == 0);
    CHECK(memcmp(was.hold, core.caps.hold, sizeof was.hold) == 0);
    CHECK(memcmp(was.pass, core.caps.pass, sizeof was.pass) == 0);
    CHECK(memcmp(was.op, core.caps.op, sizeof was.op) == 0);
    CHECK(memcmp(was.slot, core.share, sizeof was.slot) == 0);
    CHECK(was.sent == sent);
}

/* ---- a message ---- */

static uint64_t a_node(uint8_t b)
{
    if (b >= 0xf0)
        return (uint64_t)b << 32 | byte();
    return b & 0x80 ? core.caps.hold[b % HOLDS].node | (b & 1 ? 0 : 1ull << 32)
                    : node_id(&core.caps, &core.caps.node[b % NODES]);
}

static uint32_t an_id(uint8_t b)
{
    switch (b >> 6) {
    case 0:
        return op_id(&core.caps, &core.caps.op[b % OPS]);
    case 1:
        return pass_id(&core.caps, &core.caps.pass[b % PASSES]);
    case 2:
        return hold_id(&core.caps, &core.caps.hold[b % HOLDS]);
    default:
        return (uint32_t)b << 24 | byte();
    }
}

static uint32_t a_status(void)
{
    uint8_t b = byte();

    return b < 128 ? ST_OK : b;
}

static uint64_t an_address(void)
{
    uint64_t x[8];
    uint8_t b = byte();

    if (b % 4 == 0)
        return (uint64_t)b * PAGE_BYTES / (1 + byte() % 2);
    return sim_usable(&core, core.ram, x) ? x[2] + (b % 4 == 1 ? byte() % 8 * PAGE_BYTES : 0) : 0;
}

/* Mostly that of all the RAM, or a page. */
static uint64_t a_length(void)
{
    uint8_t b = byte();

    return (b & 1 ? b & 2 ? sizes.pages : 1 : b) * PAGE_BYTES;
}

static uint32_t a_what(void)
{
    static const uint8_t types[] = { CAP_RAM, CAP_FRAME, CAP_DEVICE, CAP_TASK };
    uint8_t b = byte();

    return (uint32_t)CAP_WHAT(types[b % 4], b & 4 ? RIGHTS_ALL : byte(), b >> 4);
}

#define PUT(NAME, ...)                                                                             \
    memcpy(m.word, &(struct peer_##NAME){ __VA_ARGS__ }, sizeof(struct peer_##NAME));              \
    break

static void message(void)
{
    struct caps_msg m = { .kind = (uint32_t)(PEER_CAP_GIVE + byte() % 12) };
    core_id from = (core_id)(1 + byte() % CORES);
    uint64_t node = a_node(byte()), bytes = a_length();
    uint32_t op = an_id(byte());

    switch (m.kind) {
    case PEER_CAP_GIVE:
        PUT(CAP_GIVE, .node = node, .base = an_address(), .bytes = bytes,
            .to = byte() & 1 ? CAPS_TO_OP | op : byte(), .what = a_what());
    case PEER_CAP_TOOK:
        PUT(CAP_TOOK, .node = node, .status = a_status());
    case PEER_CAP_ASK:
        PUT(CAP_ASK, .node = node, .base = an_address(), .bytes = bytes, .op = op, .what = a_what(),
            .dest = byte() % (CORES + 1));
    case PEER_CAP_GAVE:
        PUT(CAP_GAVE, .node = node, .op = op, .status = a_status());
    case PEER_CAP_UNDO:
        PUT(CAP_UNDO, .node = node, .op = op);
    case PEER_CAP_UNDONE:
        PUT(CAP_UNDONE, .op = op, .status = a_status());
    case PEER_CAP_MAKE:
        PUT(CAP_MAKE, .node = node, .bytes = bytes, .op = op, .type = byte() & 1 ? CAP_FRAME : byte());
    case PEER_CAP_LEND:
        PUT(CAP_LEND, .bytes = bytes, .op = op);
    default: /* the node alone: RECALL, BACK, GONE; and a kind that is none of these */
        m.word[0] = node;
        break;
    }
    remember();
    if (caps_message(&core.caps, from, &m) == ST_PEER)
        check_same();
}

/* ---- the program ---- */

static handle_t a_handle(void)
{
    uint32_t slot = CAPTABLE_FIRST + byte() % (PROG - CAPTABLE_FIRST);

    return cap_handle(core.k, (struct cap *)(void *)core.theirs + slot);
}

static void request(unsigned what)
{
    struct cap_at at = { core.table, a_handle() };
    uint64_t x[8] = { at.handle }, n = nrequests;
    status_t st = ST_INVALID;

    if (nrequests == REQUESTS || (what == 1 && at.handle == core.ram))
        return;
    nrequests++;
    switch (what) {
    case 0:
    case 1:
        st = caps_give(&core.caps, n, at, byte() & 1 ? RIGHTS_ALL : byte(), what, byte() % (CORES + 1),
                       byte() & 3, 0);
        break;
    case 2:
        st = sim_program(&core, CAP_REVOKE, x) == ST_REMOTE ? caps_revoke(&core.caps, n, at) : ST_INVALID;
        break;
    case 3:
        st = caps_make(&core.caps, n, at, byte() & 1 ? CAP_FRAME : CAP_RAM, byte() % 4 * PAGE_BYTES);
        break;
    default:
        st = caps_borrow(&core.caps, n, byte() % (CORES + 1), byte() % 4 * PAGE_BYTES, core.table);
        break;
    }
    asked[n] = st == ST_OK;
    CHECK(st == ST_OK || answered[n] == 0);
}

static void local(void)
{
    uint64_t x[8] = { a_handle() };

    switch (byte() % 3) {
    case 0:
        if (x[0] != core.ram)
            (void)sim_program(&core, CAP_DELETE, x);
        break;
    case 1:
        x[1] = byte() & 1 ? CAP_FRAME : CAP_RAM;
        x[2] = (1u + byte() % 3) * PAGE_BYTES;
        (void)sim_program(&core, CAP_RETYPE, x);
        break;
    default:
        x[2] = byte() & 1 ? RIGHTS_ALL : byte();
        (void)sim_program(&core, CAP_COPY, x);
        break;
    }
}

/* ---- a run ---- */

static bool hear_itself(void)
{
    struct caps_msg m = own[0];
    status_t st;

    if (nown == 0)
        return false;
    memmove(&own[0], &own[1], --nown * sizeof own[0]);
    st = caps_message(&core.caps, 0, &m); /* ST_PEER if another has said in between what is not so */
    CHECK(st == ST_OK || st == ST_PEER);
    return true;
}

static void turns(unsigned max)
{
    uint64_t next;
    bool more = true;

    caps_at(&core.caps, ++now);
    caps_look(&core.caps);
    for (unsigned i = 0; i < max && more; i++) {
        (void)hear_itself();
        more = caps_turn(&core.caps, &next) || nown > 0;
    }
    CHECK(!more || max < TURNS);
}

static void step(void)
{
    uint8_t what = byte() % 16;

    if (nown > OWN_QUEUE / 2 || what % 4 == 3)
        (void)hear_itself();
    if (what < 8)
        message();
    else if (what < 12)
        request(byte() % 5);
    else if (what < 14)
        local();
    else if (what == 14)
        turns(1u + byte() % 4);
    else if (byte() > 200)
        caps_core_dead(&core.caps, (core_id)(1 + byte() % (CORES - 1)));
    else
        now += byte() * 1000u;
}

/* Of what was promised to nobody any more. */
static void finish(void)
{
    uint64_t x[8];
    uint32_t use[4];

    for (core_id i = 1; i < CORES; i++)
        caps_core_dead(&core.caps, i);
    turns(TURNS);
    for (uint64_t i = 0; i < nrequests; i++)
        CHECK(!asked[i] || answered[i] == 1);
    for (uint32_t i = CAPTABLE_FIRST; i < PROG; i++) {
        handle_t h = cap_handle(core.k, (struct cap *)(void *)core.theirs + i);

        if (h == core.ram || !sim_usable(&core, h, x))
            continue;
        x[0] = h;
        CHECK(sim_program(&core, CAP_DELETE, x) == ST_OK);
    }
    turns(TURNS);
    x[0] = core.ram; /* a revoke that was refused is still begun */
    CHECK(sim_program(&core, CAP_REVOKE, x) == ST_OK);
    caps_in_use(&core.caps, use);
    CHECK(use[0] == 0 && use[1] == 0 && use[2] == 0 && use[3] == 0);
    CHECK(sim_usable(&core, core.ram, x) && x[5] == sizes.pages * PAGE_BYTES);
    CHECK(core.own->nfree == OWN - CAPTABLE_FIRST - 3 && core.theirs->nfree == PROG - CAPTABLE_FIRST - 1);
    CHECK(core.k->nrevoking == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct caps_env env;

    env = sim_kernel_env;
    env.send = w_send;
    env.receiver = w_receiver;
    env.arrived = w_arrived;
    env.answer = w_answer;
    env.suspect = w_suspect;
    now = sent = nrequests = nown = 0;
    memset(answered, 0, sizeof answered);
    memset(asked, 0, sizeof asked);
    sim_core_make(&core, 0, CORES, &sizes);
    core.caps.env = &env;
    core.caps.answer_ns = 2000000;
    caps_init(&core.caps);
    in.at = data;
    in.end = data + size;
    while (in.at < in.end)
        step();
    finish();
    sim_core_free(&core);
    return 0;
}

#if !defined(__clang__)
int main(int argc, char **argv)
{
    static uint8_t bytes[1u << 20];

    for (int i = 1; i < argc || i == 1; i++) {
        FILE *f = argc > 1 ? fopen(argv[i], "rb") : stdin;
        size_t n;

        if (f == NULL) {
            perror(argv[i]);
            return 1;
        }
        n = fread(bytes, 1, sizeof bytes, f);
        LLVMFuzzerTestOneInput(bytes, n);
        fclose(f);
    }
    return 0;
}
#endif
