/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtio and drivers/virtio_blk/blk against a model of the device: registers of both
 * versions as the specification describes them, a medium, requests done in any order - and
 * answers that no device should give.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "drivers/mmio.h"
#include "drivers/virtio_blk/blk.h"
#include "tests/support/args.h"

#define BASE 0x40000000ull              /* physical: where the arena is */
#define ARENA (64 * 1024u)
#define DATA (BLK_SHARED_BYTES + 4096u) /* the client's buffer in it */
#define MEDIUM 64u                      /* sectors */

/* Check notes every ck_assert in a pipe: too slow where there are millions. */
#define must(x) do { if (!(x)) ck_abort_msg("%s", #x); } while (0)

enum lie { HONEST, NO_ANSWER, ODD_ANSWER, SHORT, IO_ERROR, NO_SUCH, TOO_LONG, TWICE };

static _Alignas(4096) uint8_t arena[ARENA];
static struct virtio_mmio page;         /* only its address is used */
static uint8_t medium[MEDIUM * 512];

static struct {
    uint32_t magic, version, kind;
    uint64_t offers, agreed;
    uint32_t offer_sel, agree_sel, queue_max, queue_num, status, interrupts;
    uint64_t desc, avail, used;
    bool ready, refuses, stuck, restless;   /* restless: its config never stands still */
    uint32_t page_size, generation;
    uint64_t sectors;
    uint16_t seen, given, taken[64];
    unsigned ntaken, notified, resets, odd; /* odd: what no driver should do */
    uint32_t steps[16];                     /* values written to Status */
    unsigned nsteps;
} dev;

static uint32_t config(uint32_t offset)
{
    uint32_t word = offset == 0 ? (uint32_t)dev.sectors : (uint32_t)(dev.sectors >> 32);

    if (dev.restless) {
        dev.generation++;
        dev.sectors += 0x100000001ull;
    }
    return word;
}

uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    must(base == &page);
    switch (offset) {
    case offsetof(struct virtio_mmio, MagicValue): return dev.magic;
    case offsetof(struct virtio_mmio, Version): return dev.version;
    case offsetof(struct virtio_mmio, DeviceID): return dev.kind;
    case offsetof(struct virtio_mmio, DeviceFeatures):
        return dev.offer_sel == 0 ? (uint32_t)dev.offers : dev.offer_sel == 1 ? (uint32_t)(dev.offers >> 32) : 0;
    case offsetof(struct virtio_mmio, QueueNumMax): return dev.queue_max;
    case offsetof(struct virtio_mmio, QueuePFN): return dev.ready ? (uint32_t)(dev.desc / dev.page_size) : 0;
    case offsetof(struct virtio_mmio, QueueReady): return dev.ready;
    case offsetof(struct virtio_mmio, InterruptStatus): return dev.interrupts;
    case offsetof(struct virtio_mmio, Status): return dev.status;
    case offsetof(struct virtio_mmio, ConfigGeneration):
        dev.odd += dev.version == 1;
        return dev.generation;
    case offsetof(struct virtio_mmio, Config): return config(0);
    case offsetof(struct virtio_mmio, Config) + 4: return config(4);
    default:
        dev.odd++;
        return 0;
    }
}

static void set_status(uint32_t value)
{
    if (dev.nsteps < ARRAY_LEN(dev.steps))
        dev.steps[dev.nsteps++] = value;
    if (value == 0) {
        if (dev.stuck)
            return;
        dev.resets++;
        dev.status = dev.interrupts = 0;
        dev.ready = false;
        dev.agreed = 0;
        dev.seen = dev.given = 0;
        dev.ntaken = 0;
        return;
    }
    dev.odd += (dev.status & ~value) != 0; /* 2.1.1: no bit is cleared */
    dev.odd += (value & STATUS_DRIVER_OK) && !dev.ready;
    dev.odd += (value & STATUS_FEATURES_OK) && dev.version == 1;
    dev.odd += dev.version == 2 && (value & STATUS_DRIVER_OK) && !(value & STATUS_FEATURES_OK);
    dev.status = value;
    if (dev.refuses)
        dev.status &= ~(uint32_t)STATUS_FEATURES_OK;
}

static void set_half(uint64_t *place, unsigned high, uint32_t value)
{
    dev.odd += dev.version == 1 || dev.ready;
    *place = high ? (*place & UINT32_MAX) | (uint64_t)value << 32 : (*place & ~(uint64_t)UINT32_MAX) | value;
}

static void legacy_queue(uint32_t pfn)
{
    dev.odd += dev.version != 1 || dev.page_size == 0 || !(dev.status & STATUS_DRIVER);
    dev.desc = (uint64_t)pfn * dev.page_size;
    dev.avail = dev.desc + 16 * dev.queue_num;
    dev.used = (dev.avail + 2 * (3 + dev.queue_num) + 4095) / 4096 * 4096;
    dev.ready = pfn != 0;
}

void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    (void)base;
    switch (offset) {
    case offsetof(struct virtio_mmio, DeviceFeaturesSel): dev.offer_sel = value; break;
    case offsetof(struct virtio_mmio, DriverFeaturesSel): dev.agree_sel = value; break;
    case offsetof(struct virtio_mmio, DriverFeatures):
        dev.odd += (dev.status & STATUS_FEATURES_OK) != 0 || !(dev.status & STATUS_DRIVER);
        dev.agreed |= (uint64_t)value << 32 * dev.agree_sel;
        break;
    case offsetof(struct virtio_mmio, GuestPageSize):
        dev.odd += dev.version != 1;
        dev.page_size = value;
        break;
    case offsetof(struct virtio_mmio, QueueSel): dev.odd += value != 0; break;
    case offsetof(struct virtio_mmio, QueueNum): dev.queue_num = value; break;
    case offsetof(struct virtio_mmio, QueueAlign): dev.odd += value != 4096 || dev.version != 1; break;
    case offsetof(struct virtio_mmio, QueuePFN): legacy_queue(value); break;
    case offsetof(struct virtio_mmio, QueueReady):
        dev.odd += dev.version != 2;
        dev.ready = value;
        break;
    case offsetof(struct virtio_mmio, QueueDescLow): set_half(&dev.desc, 0, value); break;
    case offsetof(struct virtio_mmio, QueueDescHigh): set_half(&dev.desc, 1, value); break;
    case offsetof(struct virtio_mmio, QueueDriverLow): set_half(&dev.avail, 0, value); break;
    case offsetof(struct virtio_mmio, QueueDriverHigh): set_half(&dev.avail, 1, value); break;
    case offsetof(struct virtio_mmio, QueueDeviceLow): set_half(&dev.used, 0, value); break;
    case offsetof(struct virtio_mmio, QueueDeviceHigh): set_half(&dev.used, 1, value); break;
    case offsetof(struct virtio_mmio, QueueNotify):
        dev.odd += value != 0 || !(dev.status & STATUS_DRIVER_OK);
        dev.notified++;
        break;
    case offsetof(struct virtio_mmio, InterruptACK): dev.interrupts &= ~value; break;
    case offsetof(struct virtio_mmio, Status): set_status(value); break;
    default: dev.odd++;
    }
}

/* Its own reach into memory: what is not in the arena is not ours. */
static void *reach(uint64_t at, uint64_t bytes)
{
    if (at < BASE || at - BASE > ARENA || bytes > ARENA - (at - BASE))
        ck_abort_msg("the device was sent to a place that is not there");
    return arena + (at - BASE);
}

static uint16_t get16(uint64_t at)
{
    uint16_t v;

    memcpy(&v, reach(at, 2), 2);
    return v;
}

static void give(uint16_t head, uint32_t bytes)
{
    uint64_t entry = dev.used + 4 + 8u * (dev.given % dev.queue_num);
    uint32_t id = head;

    memcpy(reach(entry, 4), &id, 4);
    memcpy(reach(entry + 4, 4), &bytes, 4);
    dev.given++;
    memcpy(reach(dev.used + 2, 2), &dev.given, 2);
    dev.interrupts |= (uint32_t)INT_USED;
}

static struct virtq_desc desc_of(uint16_t i)
{
    struct virtq_desc d;

    memcpy(&d, reach(dev.desc + 16u * i, 16), 16);
    return d;
}

/* One request, read as 5.2.6 describes it: header, data if any, answer. */
static void perform(uint16_t head, enum lie lie)
{
    struct virtq_desc d = desc_of(head), data = { 0 };
    struct blk_header h;
    uint32_t written = 1;
    uint8_t answer = lie == IO_ERROR ? 1 : lie == NO_SUCH ? 2 : lie == ODD_ANSWER ? 77 : 0;

    must(d.len == sizeof h && d.flags == VIRTQ_DESC_NEXT);
    memcpy(&h, reach(d.addr, sizeof h), sizeof h);
    d = desc_of(d.next);
    if (d.flags & VIRTQ_DESC_NEXT) {
        data = d;
        d = desc_of(d.next);
        must(((data.flags & VIRTQ_DESC_WRITE) != 0) == (h.type == BLK_T_IN));
        must(h.type != BLK_T_FLUSH && h.sector * 512 + data.len <= sizeof medium);
        if (h.type == BLK_T_IN && answer == 0)
            memcpy(reach(data.addr, data.len), medium + h.sector * 512, data.len);
        else if (answer == 0)
            memcpy(medium + h.sector * 512, reach(data.addr, data.len), data.len);
        written += h.type == BLK_T_IN ? data.len : 0;
    } else {
        must(h.type == BLK_T_FLUSH);
    }
    must(d.len == 1 && d.flags == VIRTQ_DESC_WRITE);
    if (lie != NO_ANSWER)
        memcpy(reach(d.addr, 1), &answer, 1);
    give(head, lie == SHORT ? written - 1 : lie == TOO_LONG ? written + 1 : written);
    if (lie == TWICE)
        give(head, written);
}

/* Takes what is there, does `n` of it in any order. */
static void device_works(unsigned n, enum lie lie)
{
    for (uint16_t index = get16(dev.avail + 2); dev.seen != index; dev.seen++)
        dev.taken[dev.ntaken++] = get16(dev.avail + 4 + 2u * (dev.seen % dev.queue_num));
    for (; n > 0 && dev.ntaken > 0; n--) {
        unsigned i = (unsigned)rand() % dev.ntaken;
        uint16_t head = dev.taken[i];

        dev.taken[i] = dev.taken[--dev.ntaken];
        perform(head, lie);
    }
}

/* ---- */

static struct blk b;

static void setup(void)
{
    memset(&dev, 0, sizeof dev);
    memset(arena, 0, sizeof arena);
    memset(medium, 0, sizeof medium);
    dev.magic = 0x74726976;
    dev.version = 2;
    dev.kind = 2;
    dev.offers = BIT(32) | BIT(9) | BIT(6) | BIT(28) | BIT(29); /* more than we want */
    dev.queue_max = 1024;
    dev.sectors = MEDIUM;
}

static status_t start(void)
{
    status_t st;

    if (dev.version == 1)
        dev.offers &= UINT32_MAX;
    st = blk_find(&b, &page, arena, BASE);
    return st != ST_OK ? st : blk_begin(&b);
}

static void started(unsigned as)
{
    dev.version = as;
    ck_assert_int_eq(start(), ST_OK);
}

static status_t ask(uint32_t type, uint64_t sector, uint32_t n, uint32_t offset, uint64_t cookie)
{
    return blk_submit(&b, &(struct blk_ask){ .type = type, .sector = sector, .sectors = n,
                                             .data = BASE + DATA + offset, .cookie = cookie,
                                             .deadline_ns = 1000 + cookie });
}

static status_t take(uint64_t *cookie)
{
    status_t st, result;

    must(blk_interrupt(&b) == ST_OK);
    st = blk_take(&b, cookie, &result);
    return st == ST_OK ? result : st;
}

START_TEST(both_versions_are_started_in_the_order_of_the_specification)
{
    static const uint32_t steps[2][6] = { { 0, 1, 3, 7 }, { 0, 1, 3, 11, 15 } };

    started((unsigned)_i);
    ck_assert_uint_eq(dev.odd, 0);
    ck_assert_uint_eq(dev.nsteps, 3u + (unsigned)_i);
    ck_assert_mem_eq(dev.steps, steps[_i - 1], 4 * dev.nsteps);
    ck_assert(b.virtio.version == (unsigned)_i && b.sectors == MEDIUM && b.can_flush && !b.read_only);
    ck_assert_uint_eq(dev.agreed, BIT(9) | (_i == 2 ? BIT(32) : 0));
    ck_assert_uint_eq(dev.desc, BASE);
    ck_assert_uint_eq(dev.avail, BASE + 512);
    ck_assert_uint_eq(dev.used, BASE + 4096);
}
END_TEST

START_TEST(what_is_no_disk_of_ours_is_refused)
{
    static const struct {
        uint32_t magic, version, kind, queue_max;
        uint64_t offers;
        bool refuses, stuck, restless;
        status_t answer;
    } bad[] = {
        { 0x74726977, 2, 2, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0, 2, 2, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0x74726976, 3, 2, 64, BIT(32), 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 0, 2, 64, BIT(32), 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 2, 0, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0x74726976, 2, 1, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0x74726976, 2, 2, 31, BIT(32), 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 1, 2, 0, 0, 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 2, 2, 64, 0, 0, 0, 0, ST_PEER },
        { 0x74726976, 2, 2, 64, BIT(32), 1, 0, 0, ST_PEER },
        { 0x74726976, 2, 2, 64, BIT(32), 0, 1, 0, ST_PEER },
        { 0x74726976, 2, 2, 64, BIT(32), 0, 0, 1, ST_PEER },
        { 0x74726976, 1, 2, 64, 0, 0, 0, 1, ST_PEER },
    };

    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        setup();
        dev.magic = bad[i].magic;
        dev.version = bad[i].version;
        dev.kind = bad[i].kind;
        dev.queue_max = bad[i].queue_max;
        dev.offers = bad[i].offers;
        dev.refuses = bad[i].refuses;
        dev.stuck = bad[i].stuck;
        dev.status = bad[i].stuck;
        dev.restless = bad[i].restless;
        ck_assert_msg(start() == bad[i].answer, "row %u", i);
        ck_assert_uint_eq(dev.status & STATUS_DRIVER_OK, 0);
        ck_assert_uint_eq(dev.odd, 0);
    }
}
END_TEST

START_TEST(a_legacy_device_is_not_sent_where_it_cannot_reach)
{
    dev.version = 1;
    dev.offers &= UINT32_MAX;
    ck_assert_int_eq(blk_find(&b, &page, arena, 1ull << 44), ST_OK);
    ck_assert_int_eq(blk_begin(&b), ST_INVALID);
    ck_assert(!dev.ready);
}
END_TEST

/* B1, B3, past 65,536 requests: a shadow of the medium, the buffer cut into a piece a request. */
START_TEST(data_goes_there_and_back_in_whatever_order)
{
    static uint8_t shadow[MEDIUM][512];
    struct { bool out; uint32_t type, sector, n; } r[BLK_REQUESTS] = { { 0 } };
    unsigned done = 0, out = 0;

    memset(shadow, 0, sizeof shadow);
    started((unsigned)_i);
    while (done < 70000 || out > 0) {
        unsigned k = (unsigned)rand() % BLK_REQUESTS;
        uint8_t *piece = arena + DATA + k * 4096;
        uint64_t cookie;
        status_t st;

        if (!r[k].out && done < 70000) {
            /* A part of the medium each, so that order does not matter. */
            r[k].type = rand() % 8 == 0 ? BLK_T_FLUSH : (uint32_t)rand() % 2;
            r[k].n = 1 + (uint32_t)rand() % 4;
            r[k].sector = k * 8 + (uint32_t)rand() % 4;
            for (unsigned i = 0; i < 4; i++)
                memset(piece + 512 * i, rand(), 512);
            if (ask(r[k].type, r[k].sector, r[k].n, k * 4096, k) != ST_OK)
                ck_abort_msg("refused");
            r[k].out = true;
            out++;
            if (r[k].type == BLK_T_OUT)
                memcpy(shadow[r[k].sector], piece, 512 * r[k].n);
        }
        device_works((unsigned)rand() % 4, HONEST);
        while ((st = take(&cookie)) != ST_AGAIN) {
            piece = arena + DATA + cookie * 4096;
            if (st != ST_OK || cookie >= BLK_REQUESTS || !r[cookie].out)
                ck_abort_msg("not asked for");
            if (r[cookie].type == BLK_T_IN && memcmp(piece, shadow[r[cookie].sector], 512 * r[cookie].n) != 0)
                ck_abort_msg("other data");
            r[cookie].out = false;
            out--;
            done++;
        }
    }
    ck_assert_mem_eq(shadow, medium, sizeof medium);
    ck_assert_uint_eq(dev.odd, 0);
    ck_assert_uint_eq(blk_deadline(&b), UINT64_MAX);
}
END_TEST

/* B2 */
START_TEST(what_does_not_fit_is_refused_before_the_device_hears_of_it)
{
    started(2);
    ck_assert_int_eq(ask(BLK_T_IN, MEDIUM, 1, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_OUT, MEDIUM - 1, 2, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, 0, MEDIUM + 1, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, UINT64_MAX, 1, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, UINT64_MAX, 2, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_OUT, MEDIUM, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(8, 0, 1, 0, 0), ST_INVALID);
    b.sectors = UINT64_MAX;
    ck_assert_int_eq(ask(BLK_T_IN, 0, UINT32_MAX, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 0x800000, 0, 0), ST_INVALID); /* 4 GiB: a length of 0 */
    b.sectors = MEDIUM;
    ck_assert_int_eq(ask(BLK_T_IN, MEDIUM - 1, 1, 0, 0), ST_OK);
    for (unsigned i = 1; i < BLK_REQUESTS; i++)
        ck_assert_int_eq(ask(BLK_T_IN, 0, MEDIUM / 2, 0, i), ST_OK);
    ck_assert_int_eq(ask(BLK_T_FLUSH, 0, 0, 0, 8), ST_AGAIN);
    ck_assert_uint_eq(dev.notified, BLK_REQUESTS);
    ck_assert_uint_eq(get16(dev.avail + 2), BLK_REQUESTS);
    ck_assert_uint_eq(blk_deadline(&b), 1000);
}
END_TEST

START_TEST(a_disk_that_is_read_only_or_cannot_flush_is_not_asked_to)
{
    uint64_t cookie;

    dev.offers = BIT(32) | BIT(5);
    started(2);
    ck_assert(b.read_only && !b.can_flush);
    ck_assert_int_eq(ask(BLK_T_OUT, 0, 1, 0, 1), ST_DENIED);
    ck_assert_int_eq(ask(BLK_T_FLUSH, 0, 0, 0, 2), ST_UNSUPPORTED);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 3), ST_OK);
    device_works(1, HONEST);
    ck_assert_int_eq(take(&cookie), ST_OK);
    ck_assert_uint_eq(cookie, 3);
}
END_TEST

START_TEST(a_request_that_failed_is_told_and_the_next_may_succeed)
{
    uint64_t cookie;

    started((unsigned)_i);
    ck_assert_int_eq(ask(BLK_T_IN, 3, 1, 0, 5), ST_OK);
    device_works(1, IO_ERROR);
    ck_assert_int_eq(take(&cookie), ST_IO);
    ck_assert_uint_eq(cookie, 5);
    ck_assert_int_eq(ask(BLK_T_OUT, 3, 1, 0, 6), ST_OK);
    device_works(1, NO_SUCH);
    ck_assert_int_eq(take(&cookie), ST_UNSUPPORTED);
    ck_assert_int_eq(ask(BLK_T_OUT, 3, 1, 0, 7), ST_OK);
    device_works(1, HONEST);
    ck_assert_int_eq(take(&cookie), ST_OK);
    ck_assert_uint_eq(cookie, 7);
}
END_TEST

static const struct {
    enum lie lie;
    unsigned version;
    status_t first, second;     /* answers of take */
} lies[] = {
    { NO_ANSWER, 1, ST_PEER, ST_PEER }, { NO_ANSWER, 2, ST_PEER, ST_PEER },
    { ODD_ANSWER, 1, ST_PEER, ST_PEER }, { ODD_ANSWER, 2, ST_PEER, ST_PEER },
    { SHORT, 2, ST_PEER, ST_PEER }, { SHORT, 1, ST_OK, ST_AGAIN },
    { TOO_LONG, 1, ST_PEER, ST_PEER }, { TOO_LONG, 2, ST_PEER, ST_PEER },
    { TWICE, 1, ST_OK, ST_PEER }, { TWICE, 2, ST_OK, ST_PEER },
};

/* B1, B4 */
START_TEST(a_device_that_lies_is_stopped_and_started_again)
{
    unsigned dropped = 0, left = lies[_i].first == ST_OK ? 1 : 2;
    uint64_t cookie;

    started(lies[_i].version);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 2, 0, 20), ST_OK);
    device_works(1, lies[_i].lie);
    ck_assert_int_eq(ask(BLK_T_OUT, 4, 1, 0, 21), ST_OK);
    ck_assert_int_eq(take(&cookie), lies[_i].first);
    ck_assert_int_eq(take(&cookie), lies[_i].second);
    if (lies[_i].second == ST_PEER) {
        ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 22), ST_PEER);
        device_works(9, HONEST); /* what it says now is not heard */
        ck_assert_int_eq(take(&cookie), ST_PEER);
    }
    ck_assert_int_eq(blk_stop(&b), ST_OK);
    ck_assert_uint_eq(dev.status, 0);
    while (dropped < 9 && blk_drop(&b, &cookie)) {
        ck_assert(cookie == 21 || (left == 2 && cookie == 20));
        dropped++;
    }
    ck_assert_uint_eq(dropped, left);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 22), ST_PEER); /* not yet */
    ck_assert_int_eq(blk_begin(&b), ST_OK);
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_int_eq(ask(BLK_T_OUT, i % MEDIUM, 1, 0, i), ST_OK);
        device_works(1, HONEST);
        ck_assert_int_eq(take(&cookie), ST_OK);
        ck_assert_uint_eq(cookie, i);
    }
    ck_assert_uint_eq(dev.odd, 0);
}
END_TEST

START_TEST(a_disk_may_grow_or_give_up)
{
    started((unsigned)_i);
    dev.sectors = 5ull << 32;
    dev.generation++;
    ck_assert_int_eq(blk_interrupt(&b), ST_OK);
    ck_assert_uint_eq(b.sectors, MEDIUM); /* nobody said so */
    dev.interrupts = (uint32_t)INT_CONFIG;
    ck_assert_int_eq(blk_interrupt(&b), ST_OK);
    ck_assert_uint_eq(b.sectors, 5ull << 32);
    ck_assert_uint_eq(dev.interrupts, 0);
    dev.interrupts = (uint32_t)INT_CONFIG;
    dev.status |= (uint32_t)STATUS_NEEDS_RESET;
    ck_assert_int_eq(blk_interrupt(&b), ST_PEER);
}
END_TEST

START_TEST(a_device_that_does_not_reset_is_told_of)
{
    started(2);
    dev.stuck = true;
    ck_assert_int_eq(blk_stop(&b), ST_PEER);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 1), ST_PEER);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("drivers/virtio_blk");
    TCase *t = tcase_create("virtio_blk");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, both_versions_are_started_in_the_order_of_the_specification, 1, 3);
    tcase_add_test(t, what_is_no_disk_of_ours_is_refused);
    tcase_add_test(t, a_legacy_device_is_not_sent_where_it_cannot_reach);
    tcase_add_loop_test(t, data_goes_there_and_back_in_whatever_order, 1, 3);
    tcase_add_test(t, what_does_not_fit_is_refused_before_the_device_hears_of_it);
    tcase_add_test(t, a_disk_that_is_read_only_or_cannot_flush_is_not_asked_to);
    tcase_add_loop_test(t, a_request_that_failed_is_told_and_the_next_may_succeed, 1, 3);
    tcase_add_loop_test(t, a_device_that_lies_is_stopped_and_started_again, 0, ARRAY_LEN(lies));
    tcase_add_loop_test(t, a_disk_may_grow_or_give_up, 1, 3);
    tcase_add_test(t, a_device_that_does_not_reset_is_told_of);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
