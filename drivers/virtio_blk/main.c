/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtio_blk/main - the disk: a program that holds the page of one virtio device and its interrupt.
 *
 *     client --READ, WRITE, FLUSH--> blk.c --> queue --> device
 *       ^                              |                   |
 *       `------------ DONE ------------'    its buffer <---' the device's own accesses
 *
 * One client at a time; the next is told BUSY. It gives a frame, of which it must have the rights to
 * read and to write, and all data goes there and nowhere else. Each request has a deadline. A device that is
 * late or lies is reset: what was outstanding is answered, and the client's channel closed, so that
 * it knows that unflushed writes are in doubt. So is the device of a client that goes while its
 * buffer is in use.
 *
 * Without a device the service is there and says so. Arguments for tests: fault_after=N faults on
 * purpose when the N-th request was handed to the device; deaf_after=N does not hear the answers from the
 * N-th on, until the device is reset; request_ms=N is the time the device has for a request.
 */
#include "drivers/virtio_blk/blk.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/disk.h"
#include "lib/rt/give.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "lib/rt/map.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_DISK 1ull
#define REQUEST_NS (5 * NS_PER_S) /* unless an argument says otherwise */
#define LOOK 1u /* a deadline of 1: look, and do not wait */

static struct {
    struct rt_chan chan;
    struct rt_source source;
    bool here;
    handle_t frame;             /* 0: none given yet */
    paddr_t base;
    uint64_t bytes;
} client;

static struct blk blk;
static bool has_disk;
static uint64_t handed, fault_after, deaf_after, request_ns = REQUEST_NS;

/* ---- the client ---- */

static void forget_frame(void)
{
    handle_t frame = client.frame;

    client.frame = 0;
    if (frame != 0 && cap_delete(frame) != ST_OK)
        return; /* revoked by its owner: gone already */
}

static void close_client(void)
{
    if (!client.here)
        return;
    client.here = false;
    loop_remove(&client.source);
    rt_close(&client.chan);
    forget_frame();
}

/* A client that does not take its answers has more outstanding than it may. */
static void reply(uint16_t kind, const void *payload, size_t bytes)
{
    if (client.here && rt_send(&client.chan, kind, URPC_INFO_REPLY, payload, bytes) == ST_AGAIN)
        close_client();
}

static void reply_done(uint64_t id, status_t st)
{
    struct disk_DONE m = { .call = { (uint32_t)id, st } };

    reply(DISK_DONE, &m, sizeof m);
}

static void reply_facts(uint32_t id, status_t st)
{
    struct disk_FACTS m = { .call = { id, st },
                            .sectors = blk.sectors,
                            .buffer_bytes = client.bytes,
                            .flags = (blk.read_only ? DISK_READ_ONLY : 0u) |
                                     (blk.can_flush ? DISK_CAN_FLUSH : 0u) };

    reply(DISK_FACTS, &m, sizeof m);
}

/* ---- the device fails ---- */

/* Its hands off all buffers first. If it does not even do that, only a new start of this program is left. */
static void start_over(status_t why)
{
    uint64_t id;

    if (blk_stop(&blk) != ST_OK) {
        printf("disk: the device does not reset\n");
        exit(2);
    }
    while (blk_drop(&blk, &id))
        reply_done(id, why);
    close_client();
    if (blk_begin(&blk) != ST_OK) {
        printf("disk: the device does not start again\n");
        exit(2);
    }
}

static void device_failed(status_t why)
{
    printf("disk: the device %s; it is reset\n",
           why == ST_TIMEOUT ? "did not answer in time" : "broke its protocol");
    deaf_after = 0;
    start_over(why);
}

static void on_gone(struct rt_source *s)
{
    (void)s;
    if (blk_deadline(&blk) != UINT64_MAX)
        start_over(ST_GONE);
    close_client();
}

/* ---- requests ---- */

/* The buffer: a frame that its giver may itself read and write, or the device could do for it what it may not. */
static status_t take_buffer(void)
{
    const uint64_t needed = RIGHT_READ | RIGHT_WRITE;
    struct rt_cap cap;
    struct rt_msg m;
    status_t st;

    if (blk_deadline(&blk) != UINT64_MAX)
        return ST_BUSY;
    if ((st = rt_take_cap(&client.chan, LOOK, &cap)) != ST_OK)
        return ST_NO_SLOT;
    forget_frame();
    client.frame = cap.handle;
    if ((st = sys_identify(cap.handle, &m)) == ST_OK && (m.w[0] & 0xff) != CAP_FRAME)
        st = ST_TYPE;
    if (st == ST_OK && (m.w[0] >> 8 & needed) != needed)
        st = ST_DENIED;
    if (st != ST_OK) {
        forget_frame();
        return st;
    }
    client.base = m.w[1];
    client.bytes = m.w[2];
    return ST_OK;
}

static void on_open(uint32_t id)
{
    status_t st = has_disk ? take_buffer() : ST_NOT_FOUND;

    reply_facts(id, st);
}

/* Is the part of the buffer that is meant there, and still given? */
static status_t check_part(uint64_t offset, uint64_t sectors)
{
    uint64_t bytes = sectors * BLK_SECTOR_BYTES;
    struct rt_msg m;

    if (client.frame == 0)
        return ST_STATE;
    if (offset % BLK_SECTOR_BYTES != 0)
        return ST_ALIGN;
    if (offset > client.bytes || bytes > client.bytes - offset)
        return ST_INVALID;
    return sys_identify(client.frame, &m);
}

static void submit(uint32_t id, struct blk_ask *a, uint64_t offset)
{
    status_t st = a->type == BLK_T_FLUSH ? ST_OK : check_part(offset, a->sectors);

    a->data = client.base + offset;
    a->cookie = id;
    a->deadline_ns = rt_now_ns() + request_ns;
    if (st == ST_OK)
        st = blk_submit(&blk, a);
    if (st != ST_OK) {
        reply_done(id, st);
        return;
    }
    if (++handed == fault_after)
        __builtin_trap();
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    const struct disk_READ *r = disk_READ_in(m->word); /* WRITE is the same, the others only begin so */
    struct blk_ask a = { .type = BLK_T_FLUSH };

    (void)s;
    if (m->kind == DISK_OPEN) {
        on_open(r->call.id);
    } else if (!has_disk || client.frame == 0) {
        reply_done(r->call.id, ST_STATE);
    } else if (m->kind == DISK_INFO) {
        reply_facts(r->call.id, ST_OK);
    } else if (m->kind == DISK_FLUSH) {
        submit(r->call.id, &a, 0);
    } else if (m->kind == DISK_READ || m->kind == DISK_WRITE) {
        a = (struct blk_ask){ .type = m->kind == DISK_READ ? BLK_T_IN : BLK_T_OUT,
                              .sector = r->sector,
                              .sectors = r->sectors };
        submit(r->call.id, &a, r->offset);
    } else {
        reply_done(r->call.id, ST_INVALID);
    }
}

static void refuse(const struct news *n)
{
    const uint64_t none = 0;
    struct rt_chan other;

    if (rt_chan_open(&other, n) != ST_OK)
        return;
    if (rt_send(&other, DISK_BUSY, 0, &none, sizeof none) != ST_OK)
        printf("disk: a client could not be told that it has to wait\n");
    rt_close(&other); /* what was sent stays readable */
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    const uint64_t none = 0;

    if (n->kind != NEWS_CLIENT)
        return;
    if (client.here && client.chan.gone)
        on_gone(&client.source);
    if (client.here) {
        refuse(n);
        return;
    }
    if (rt_chan_open(&client.chan, n) != ST_OK)
        return;
    client.source = (struct rt_source){
        .chan = &client.chan, .on_message = on_message, .on_gone = on_gone
    };
    client.here = true;
    client.bytes = 0;
    CHECK(loop_add(l, &client.source) == ST_OK);
    if (rt_accept_caps(&client.chan, 1) != ST_OK ||
        rt_send(&client.chan, DISK_READY, 0, &none, sizeof none) != ST_OK)
        close_client();
}

/* ---- the loop ---- */

static void take_answers(void)
{
    status_t st, result;
    uint64_t id;

    if (deaf_after != 0 && handed >= deaf_after)
        return;
    while ((st = blk_take(&blk, &id, &result)) == ST_OK)
        reply_done(id, result);
    if (st != ST_AGAIN)
        device_failed(ST_PEER);
}

static void on_event(struct rt_loop *l, uint64_t bits)
{
    (void)l;
    (void)bits;
    if (blk_interrupt(&blk) != ST_OK)
        device_failed(ST_PEER);
    else
        take_answers();
    (void)sys_irq_ack(rt_info()->extra[EXTRA_IRQ]);
}

static void on_turn(struct rt_loop *l)
{
    uint64_t first = blk_deadline(&blk);

    l->deadline_ns = first == UINT64_MAX ? 0 : first;
}

static void on_deadline(struct rt_loop *l)
{
    (void)l;
    device_failed(ST_TIMEOUT);
}

/* ---- starting ---- */

static volatile struct virtio_mmio *map_device(void)
{
    const struct program_info *info = rt_info();

    CHECK(map_here(info->extra[EXTRA_DEVICE], USER_DEVICES, PAGE_BYTES, PERM_READ | PERM_WRITE) ==
          ST_OK);
    return (volatile struct virtio_mmio *)(uintptr_t)(USER_DEVICES +
                                                      info->extra_value[EXTRA_OFFSET]);
}

static void bind_interrupt(void)
{
    const struct program_info *info = rt_info();
    handle_t event;

    CHECK(sys_event(info->task, EVENT_DISK, 0, &event) == ST_OK);
    CHECK(sys_irq_bind(info->extra[EXTRA_IRQ], event) == ST_OK);
}

/* The device was reset by blk_begin before it hears of any memory of ours. */
static status_t start_disk(void)
{
    struct rt_msg m;
    handle_t frame;
    void *shared;
    status_t st;

    if ((st = heap_frame(BLK_SHARED_BYTES, &frame, &shared)) != ST_OK ||
        (st = sys_identify(frame, &m)) != ST_OK ||
        (st = blk_find(&blk, map_device(), shared, m.w[1])) != ST_OK)
        return st;
    bind_interrupt();
    return blk_begin(&blk);
}

static void read_argument(const char *text, const char *name, uint64_t unit, uint64_t *value)
{
    size_t n = strlen(name);

    if (strncmp(text, name, n) == 0)
        *value = strtoull(text + n, NULL, 10) * unit;
}

static void read_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        read_argument(argv[i], "fault_after=", 1, &fault_after);
        read_argument(argv[i], "deaf_after=", 1, &deaf_after);
        read_argument(argv[i], "request_ms=", NS_PER_MS, &request_ns);
    }
}

int main(int argc, char **argv)
{
    static struct rt_loop loop = { .events = EVENT_DISK,
                                   .on_event = on_event,
                                   .on_news = on_news,
                                   .on_turn = on_turn,
                                   .on_deadline = on_deadline,
                                   .budget = 4 };
    status_t st;

    read_arguments(argc, argv);
    has_disk = rt_info()->extra[EXTRA_DEVICE] != 0;
    if (has_disk && (st = start_disk()) != ST_OK) {
        printf("disk: the device cannot be started: %s\n", status_text(st));
        return 1;
    }
    if ((st = rt_serve("disk")) != ST_OK) {
        printf("disk: cannot offer the service: %s\n", status_text(st));
        return 1;
    }
    if (has_disk)
        printf("disk: %llu MiB, virtio version %u%s%s\n",
               (unsigned long long)(blk.sectors / (MIB / BLK_SECTOR_BYTES)), blk.virtio.version,
               blk.read_only ? ", read-only" : "", blk.can_flush ? "" : ", cannot flush");
    loop_run(&loop);
    return 0;
}
