/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/keeper/attest.h"
#include "lib/rt/attest.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/keeper/logs.h"
#include <string.h>

#define CLIENTS_MAX 4u
#define SEAL_NS NS_PER_S        /* longer is not waited for a core that does not close its segment */

enum state { FREE, IDLE, SEALING, SENDING };

static struct client {
    enum state state;
    struct rt_chan chan;
    uint64_t nonce, asked_ns;
    struct attest_head head;
    bool head_sent;
    size_t sent;
    char text[ATTEST_TEXT_BYTES + ATTEST_SIGNATURE_BYTES]; /* and the signature behind it */
} clients[CLIENTS_MAX];

static bool served;
static uint64_t cut_ns;             /* when cores were asked last; 0: never */
static uint64_t wanted[CORES_MAX];  /* closed segments that were asked for  */

void attest_start(void)
{
    status_t st = rt_serve(ATTEST_SERVICE);

    served = st == ST_OK;
    if (!served)
        rec_error("attestation reports cannot be asked for", st, status_text(st));
}

static void ask_cores(uint64_t now_ns)
{
    struct rt_msg m = { { 0 } };

    if (cut_ns != 0 && now_ns - cut_ns < ATTEST_PAUSE_NS)
        return;
    for (core_id i = 0; i < rt_info()->ncores; i++)
        wanted[i] = logs_has(i) ? logs_closed(i) + 1 : 0;
    if (mon_call(MON_SEAL, &m) == ST_OK)
        cut_ns = now_ns;
}

static bool cores_have(void)
{
    for (core_id i = 0; i < rt_info()->ncores; i++)
        if (logs_has(i) && logs_closed(i) < wanted[i])
            return false;
    return true;
}

static void take_news(void)
{
    struct news n;

    while (rt_news(&n) == ST_OK) {
        unsigned i = 0;

        if (n.kind != NEWS_CLIENT)
            continue;
        while (i < CLIENTS_MAX && clients[i].state != FREE)
            i++;
        if (i < CLIENTS_MAX && rt_chan_open(&clients[i].chan, &n) == ST_OK) {
            clients[i].state = IDLE;
        } else {
            struct rt_msg m = { { 0, n.w[1] } };

            (void)mon_call(MON_CLOSE, &m); /* no place: it asks again */
        }
    }
}

static void drop(struct client *c)
{
    rt_close(&c->chan);
    c->state = FREE;
}

static void take(struct client *c, uint64_t now_ns)
{
    struct attest_ask ask;
    struct urpc_msg m;
    status_t st = rt_recv(&c->chan, &m);

    if (st == ST_AGAIN)
        return;
    if (st != ST_OK || m.kind != ATTEST_ASK) {
        drop(c);
        return;
    }
    memcpy(&ask, m.word, sizeof ask);
    c->nonce = ask.nonce;
    c->asked_ns = now_ns;
    c->state = SEALING;
    ask_cores(now_ns);
}

static void answer(struct client *c, attest_make *make)
{
    uint8_t blob[ATTEST_SIGNATURE_BYTES];
    const char *text;
    unsigned text_bytes = 0, blob_bytes = 0;
    status_t st = make(c->nonce, &text, &text_bytes, blob, &blob_bytes);

    c->head = (struct attest_head){ st, text_bytes, blob_bytes };
    c->head_sent = false;
    c->sent = 0;
    c->state = SENDING;
    if (st != ST_OK) {
        c->head = (struct attest_head){ .status = st };
        return;
    }
    memcpy(c->text, text, text_bytes);
    memcpy(c->text + text_bytes, blob, blob_bytes);
}

/* As much as there is room for. A piece ends where the text ends. */
static void send(struct client *c)
{
    size_t all = c->head.text_bytes + c->head.signature_bytes;

    if (!c->head_sent && rt_send(&c->chan, ATTEST_HEAD, 0, &c->head, sizeof c->head) != ST_OK)
        return;
    c->head_sent = true;
    while (c->sent < all) {
        size_t left = (c->sent < c->head.text_bytes ? c->head.text_bytes : all) - c->sent;
        size_t n = left < URPC_PAYLOAD_BYTES ? left : URPC_PAYLOAD_BYTES;

        if (rt_send(&c->chan, ATTEST_PIECE, (uint8_t)n, c->text + c->sent, n) != ST_OK)
            return;
        c->sent += n;
    }
    c->state = IDLE;
}

bool attest_turn(bool sealed, attest_make *make)
{
    uint64_t now_ns = rt_now_ns();
    bool waits = false;

    if (!served)
        return false;
    take_news();
    for (unsigned i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &clients[i];

        if (c->state != FREE && c->chan.gone) {
            drop(c);
            continue;
        }
        if (c->state == IDLE)
            take(c, now_ns);
        else if (c->state == SEALING && ((sealed && cores_have()) || now_ns - c->asked_ns > SEAL_NS))
            answer(c, make);
        if (c->state == SENDING)
            send(c);
        waits = waits || c->state == SEALING || c->state == SENDING;
    }
    return waits;
}
