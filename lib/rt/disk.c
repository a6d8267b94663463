/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/disk.h"
#include "lib/rt/clock.h"
#include "lib/rt/give.h"
#include "lib/rt/heap.h"
#include <string.h>

#define BUSY_NAP_NS (5 * NS_PER_MS)

/* Whoever had our writes is gone. */
static void disconnect(struct disk *d)
{
    if (d->connected && d->dirty)
        d->doubtful = true;
    d->connected = false;
    rt_close(&d->chan);
}

/* The channel is of no use any more, but another one may be. */
static bool is_lost(status_t st)
{
    return st == ST_GONE || st == ST_PEER;
}

/*
 * One call over the channel; `payload` begins with its head. *m is the answer of kind `reply`
 * after ST_OK. ST_GONE, ST_PEER: the driver is gone or mad. ST_TIMEOUT.
 */
static status_t call(struct disk *d, uint16_t kind, void *payload, size_t bytes, uint16_t reply,
                     uint64_t deadline_ns, struct urpc_msg *m)
{
    struct urpc_call_head *head = payload;
    struct urpc_call_head its;
    status_t st;

    head->id = ++d->asked;
    head->status = 0;
    st = rt_send_wait(&d->chan, kind, URPC_INFO_REQUEST, payload, bytes, deadline_ns);
    if (st != ST_OK)
        return st;
    do {
        if ((st = rt_recv_wait(&d->chan, m, deadline_ns)) != ST_OK)
            return st;
        memcpy(&its, m->word, sizeof its);
    } while (its.id != d->asked); /* of a call that was given up */
    return m->kind == reply && (m->info & URPC_INFO_REPLY) ? ST_OK : ST_PEER;
}

static status_t told(const struct urpc_msg *m)
{
    return (status_t)disk_DONE_in(m->word)->call.status; /* FACTS begins with the same */
}

static status_t take_facts(struct disk *d, const struct urpc_msg *m)
{
    const struct disk_FACTS *f = disk_FACTS_in(m->word);

    if (told(m) != ST_OK)
        return told(m);
    d->sectors = f->sectors;
    d->flags = f->flags;
    return f->buffer_bytes == d->buffer_bytes ? ST_OK : ST_PEER;
}

/* ---- connecting ---- */

/* Until the driver says that we are the one it serves. ST_BUSY: we are not. */
static status_t wait_turn(struct disk *d, uint64_t deadline_ns)
{
    struct urpc_msg m;
    status_t st = rt_bind(d->name, deadline_ns, &d->chan);

    if (st != ST_OK || (st = rt_recv_wait(&d->chan, &m, deadline_ns)) != ST_OK)
        return st;
    return m.kind == DISK_READY ? ST_OK : m.kind == DISK_BUSY ? ST_BUSY : ST_PEER;
}

static status_t connect_once(struct disk *d, uint64_t deadline_ns)
{
    struct disk_OPEN open = { .none = 0 };
    struct urpc_msg m;
    status_t st;

    if ((st = wait_turn(d, deadline_ns)) != ST_OK ||
        (st = rt_give(&d->chan, d->frame, RIGHT_READ | RIGHT_WRITE, CAP_COPY_OF, 0)) != ST_OK ||
        (st = call(d, DISK_OPEN, &open, sizeof open, DISK_FACTS, deadline_ns, &m)) != ST_OK)
        return st;
    return take_facts(d, &m);
}

/* Again while the driver is about to be restarted, or serves somebody else. */
static status_t connect(struct disk *d, uint64_t deadline_ns)
{
    bool busy = false;
    status_t st;

    while ((st = connect_once(d, deadline_ns)) != ST_OK) {
        rt_close(&d->chan);
        busy |= st == ST_BUSY;
        if (st == ST_TIMEOUT && busy)
            return ST_BUSY;
        if ((!is_lost(st) && st != ST_BUSY) || rt_now_ns() >= deadline_ns)
            return st;
        (void)sys_sleep_for(BUSY_NAP_NS);
    }
    d->connected = true;
    d->openings++;
    return ST_OK;
}

status_t disk_open(struct disk *d, const char *name, uint64_t buffer_bytes, uint64_t deadline_ns)
{
    void *at;
    status_t st;

    if (strlen(name) >= sizeof d->name || d->connected || buffer_bytes % PAGE_BYTES != 0)
        return ST_INVALID;
    if (d->buffer == NULL) {
        if ((st = heap_frame(buffer_bytes, &d->frame, &at)) != ST_OK)
            return st;
        d->buffer = at;
        d->buffer_bytes = buffer_bytes;
    }
    if (d->buffer_bytes != buffer_bytes)
        return ST_INVALID;
    memcpy(d->name, name, strlen(name) + 1);
    d->patience_ns = DISK_PATIENCE_NS;
    return connect(d, deadline_ns);
}

void disk_close(struct disk *d)
{
    disconnect(d);
}

/* ---- asking ---- */

/* A call, asked again of the next driver if this one goes. May end with ST_GONE only if `once`. */
static status_t ask(struct disk *d, uint16_t kind, void *payload, size_t bytes, uint16_t reply,
                    bool once, struct urpc_msg *m)
{
    uint64_t deadline_ns = rt_now_ns() + d->patience_ns;
    status_t st;

    for (;;) {
        if (!d->connected && (st = connect(d, deadline_ns)) != ST_OK)
            return st;
        if (once && d->doubtful)
            return ST_GONE;
        st = call(d, kind, payload, bytes, reply, deadline_ns, m);
        if (st == ST_OK)
            return told(m);
        disconnect(d); /* also after a timeout: the driver then stops what may still reach the buffer */
        if (!is_lost(st))
            return st;
        if (rt_now_ns() >= deadline_ns)
            return ST_TIMEOUT;
    }
}

status_t disk_read(struct disk *d, uint64_t sector, uint32_t n, uint64_t offset)
{
    struct disk_READ m = { .sector = sector, .offset = offset, .sectors = n };
    struct urpc_msg answer;

    return ask(d, DISK_READ, &m, sizeof m, DISK_DONE, false, &answer);
}

status_t disk_write(struct disk *d, uint64_t sector, uint32_t n, uint64_t offset)
{
    struct disk_WRITE m = { .sector = sector, .offset = offset, .sectors = n };
    struct urpc_msg answer;
    status_t st = ask(d, DISK_WRITE, &m, sizeof m, DISK_DONE, false, &answer);

    if (st == ST_OK)
        d->dirty = true;
    return st;
}

status_t disk_flush(struct disk *d)
{
    struct disk_FLUSH m = { .none = 0 };
    struct urpc_msg answer;
    status_t st = ask(d, DISK_FLUSH, &m, sizeof m, DISK_DONE, true, &answer);

    if (st == ST_OK || (st == ST_GONE && d->doubtful))
        d->dirty = d->doubtful = false; /* told: what is written from here on is a new matter */
    return st;
}

status_t disk_info(struct disk *d)
{
    struct disk_INFO m = { .none = 0 };
    struct urpc_msg answer;
    status_t st = ask(d, DISK_INFO, &m, sizeof m, DISK_FACTS, false, &answer);

    return st != ST_OK ? st : take_facts(d, &answer);
}
