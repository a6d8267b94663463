/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/agree.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/caps.h"
#include "monitor/conn.h"
#include "monitor/core.h"
#include "monitor/fail.h"
#include "monitor/island.h"
#include "monitor/later.h"
#include "monitor/lent.h"
#include "monitor/note.h"
#include "monitor/move.h"
#include "monitor/ram.h"
#include "monitor/seal.h"
#include "lib/rt/cap.h"
#include <stdlib.h>
#include <string.h>

#define NODES 1024u
#define HOLDS 1024u
#define PASSES 512u
#define RAMS 64u                    /* slices of programs that ended, being revoked everywhere  */
#define BORROWS 256u                /* pieces of memory borrowed of other cores                 */
#define RETRY_NS (5 * NS_PER_MS)
#define ANSWER_NS (2 * NS_PER_S)    /* default of skerry.answer_ms in the boot arguments        */
#define CLIENT_RAM (1ull << 63)     /* a client that is not a program: index in `rams`          */

static struct caps caps;
static struct caps_node nodes[NODES];
static struct caps_hold holds[HOLDS];
static struct caps_pass passes[PASSES];
static struct caps_op ops[CAPS_OPS];

static struct ram_wait {
    handle_t ram;                   /* 0: entry not in use                    */
    bool asked;
} rams[RAMS];
static unsigned nrams;

static struct borrow {
    handle_t import;                /* 0: entry not in use                    */
    core_id from;
    paddr_t base;
    uint64_t bytes;
} borrows[BORROWS], borrowing;      /* the one being taken                    */
static unsigned nborrows;
static uint64_t held_up_ns;         /* when somebody was late who waits for room in its log  */
static handle_t lent_log;           /* a copy of our witness log's frame, that the first core has; or 0 */

/* ---- what the logic asks of its world ---- */

static void send(void *w, core_id to, const struct caps_msg *m)
{
    const char *name = peer_name((uint16_t)m->kind);

    (void)w;
    fail_point(0, name);
    peers_send(to, (enum peer_kind)m->kind, m->word, peer_bytes((uint16_t)m->kind));
    fail_point('+', name);
}

/* The program at an end of a channel that takes a capability now. */
static status_t receiver(void *w, uint64_t to, handle_t *table)
{
    struct conn *c = conn_find(to);
    struct prog *p = c != NULL && c->state == BIND_OPEN ? prog_find(c->prog) : NULL;

    (void)w;
    if (to & MOVE_TO)
        return arrive_receiver(to, table);
    if (p == NULL || p == prog_self() || c->far.state != FAR_NONE)
        return ST_GONE;
    if (p->moving)
        return ST_BUSY; /* what it has was listed already: this would stay here when it goes */
    if (c->slots == 0)
        return ST_NO_SLOT;
    *table = p->table;
    return ST_OK;
}

static void arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    struct conn *c = conn_find(to);

    (void)w;
    if (to & MOVE_TO) {
        arrive_came(to, given, tag);
        return;
    }
    CHECK(c != NULL); /* receiver() found it in the same step */
    conn_cap_came(c, given, tag);
}

/* The program waits in its call; it may have ended, or given up. */
static void answer(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d)
{
    struct rt_msg m = { { st, given, d != NULL ? d->bytes : 0, d != NULL ? d->base : 0 } };
    struct prog *p;

    (void)w;
    if (client & CLIENT_RAM) {
        struct ram_wait *r = &rams[client & ~CLIENT_RAM];
        handle_t ram = r->ram;

        *r = (struct ram_wait){ 0 };
        nrams--;
        ram_revoked(ram);
        return;
    }
    if (client & MOVE_TO) {
        move_gave(client, st);
        return;
    }
    p = prog_find(client);
    if (p != NULL)
        (void)sys_reply_to(p->task, &m);
}

static void returned(void *w, handle_t frame)
{
    (void)w;
    if (frame == lent_log) {
        cap_drop(frame);
        lent_log = 0;
    } else {
        ram_returned(frame);
    }
    lent_ended(frame);
}

static status_t lend(void *w, core_id to, uint64_t bytes, handle_t *frame, struct cap_desc *d)
{
    handle_t import;
    status_t st;

    if ((st = note_room()) != ST_OK)
        return st;
    if (bytes == CAPS_LOG) {
        st = to == FIRST_CORE && lent_log == 0
                 ? sys_copy(mon.info->witness, 0, RIGHT_READ | RIGHT_GRANT, frame)
                 : ST_DENIED;
        if (st != ST_OK)
            return st;
        lent_log = *frame;
        seal_kept();
    } else if ((st = ram_lend(to, bytes, frame)) != ST_OK) {
        return st;
    }
    if ((st = island_mark(*frame)) == ST_OK)
        st = island_origin(w, (struct cap_at){ .handle = *frame }, d, &import);
    if (st == ST_OK)
        st = lent_begun(*frame, to, d->base, d->bytes);
    if (st != ST_OK)
        returned(w, *frame);
    return st;
}

static struct borrow *borrow_of(handle_t import)
{
    for (unsigned i = 0; i < BORROWS; i++)
        if (borrows[i].import == import)
            return &borrows[i];
    return NULL;
}

static status_t borrow(void *w, core_id from, const struct cap_desc *d)
{
    status_t st = note_room();

    (void)w;
    if (st != ST_OK)
        return st;
    if (nborrows == BORROWS)
        return ST_TABLE_FULL;
    borrowing = (struct borrow){ .from = from, .base = d->base, .bytes = d->bytes };
    return ram_borrowed(from, d->base, d->bytes);
}

static void borrowed(void *w, handle_t import)
{
    (void)w;
    if (import == 0) {
        CHECK(ram_unborrowed(borrowing.from, borrowing.base, borrowing.bytes) == ST_OK);
        return;
    }
    borrowing.import = import;
    *borrow_of(0) = borrowing; /* there is a free one: borrow() has looked */
    nborrows++;
    lent_borrowed(borrowing.from, borrowing.base, borrowing.bytes);
}

/* With the import of borrowed memory goes its entry in the ledger. */
static status_t drop(void *w, handle_t own)
{
    struct borrow *b = nborrows != 0 ? borrow_of(own) : NULL, was = { 0 };

    (void)w;
    if (b != NULL) {
        was = *b;
        CHECK(ram_unborrowed(b->from, b->base, b->bytes) == ST_OK);
        *b = (struct borrow){ 0 };
        nborrows--;
    }
    later_delete(own);
    if (b != NULL)
        lent_given_back(was.from, was.base, was.bytes);
    return ST_OK;
}

static status_t settle(void *w, handle_t proxy, bool commit)
{
    (void)w;
    later_settle(proxy, commit);
    return ST_OK;
}

/* Who waits for room in its log, or for somebody who does, is not dead. */
static void suspect(void *w, core_id core)
{
    (void)w;
    if (seal_waits(core)) {
        held_up_ns = caps.now_ns;
        return;
    }
    core_suspect(core, "it did not answer about capabilities");
}

static const struct caps_env env = {
    .send = send,
    .export = island_export,
    .derive = island_derive,
    .settle = settle,
    .origin = island_origin,
    .import = island_import,
    .recall = island_recall,
    .drop = drop,
    .make = island_make,
    .next_idle = island_next_idle,
    .pass = island_pass,
    .receiver = receiver,
    .arrived = arrived,
    .answer = answer,
    .lend = lend,
    .returned = returned,
    .borrow = borrow,
    .borrowed = borrowed,
    .suspect = suspect,
};

/* ---- beginning, time, messages ---- */

/* skerry.answer_ms=N of the boot arguments, else ANSWER_NS. */
uint64_t agree_patience_ns(void)
{
    const char *at = strstr(mon.boot->bootargs, "skerry.answer_ms=");
    uint64_t ms = at != NULL ? strtoull(at + strlen("skerry.answer_ms="), NULL, 10) : 0;

    return ms > 0 ? ms * NS_PER_MS : ANSWER_NS;
}

void agree_start(void)
{
    caps = (struct caps){ .env = &env,
                          .core = mon.core,
                          .ncores = mon.ncores,
                          .answer_ns = agree_patience_ns(),
                          .node = nodes,
                          .hold = holds,
                          .pass = passes,
                          .op = ops,
                          .nnodes = NODES,
                          .nholds = HOLDS,
                          .npasses = PASSES,
                          .nops = CAPS_OPS };
    caps_init(&caps);
}

/* Slices for which there was no room among the requests. */
static void ask_rams(void)
{
    for (unsigned i = 0; i < RAMS && nrams > 0; i++) {
        struct ram_wait *r = &rams[i];
        status_t st;

        if (r->ram == 0 || r->asked)
            continue;
        r->asked = true;
        st = caps_revoke(&caps, CLIENT_RAM | i, (struct cap_at){ .handle = r->ram });
        if (st == ST_TABLE_FULL || st == ST_LOG_FULL)
            r->asked = false;
        else
            CHECK(st == ST_OK);
    }
}

static bool rams_wait(void)
{
    for (unsigned i = 0; i < RAMS && nrams > 0; i++)
        if (rams[i].ram != 0 && !rams[i].asked)
            return true;
    return false;
}

uint64_t agree_turn(uint64_t now_ns, bool *busy)
{
    uint64_t next;

    caps_at(&caps, now_ns);
    ask_rams();
    *busy = caps_turn(&caps, &next);
    if (rams_wait() && now_ns + RETRY_NS < next)
        next = now_ns + RETRY_NS;
    return next;
}

bool agree_waits(void)
{
    return caps.full || (held_up_ns != 0 && caps.now_ns - held_up_ns < 4 * caps.answer_ns);
}

void agree_again(void)
{
    caps.kick = true;
}

void agree_idle(void)
{
    caps_look(&caps);
}

void agree_on_message(core_id from, const struct urpc_msg *m)
{
    struct caps_msg in = { .kind = m->kind };

    fail_point('-', peer_name(m->kind));
    memcpy(in.word, m->word, sizeof in.word);
    caps_at(&caps, rt_now_ns());
    if (caps_message(&caps, from, &in) == ST_PEER)
        rec_error("a monitor's message about capabilities makes no sense", ST_PEER,
                  peer_name(m->kind));
}

void agree_core_dead(core_id core)
{
    caps_at(&caps, rt_now_ns());
    caps_core_dead(&caps, core);
}

bool ram_revoke_agreed(handle_t ram)
{
    for (unsigned i = 0; i < RAMS; i++) {
        if (rams[i].ram != 0)
            continue;
        rams[i] = (struct ram_wait){ .ram = ram };
        nrams++;
        return true;
    }
    return false;
}

struct caps *agree_caps(void)
{
    return &caps;
}
