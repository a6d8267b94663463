/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/virtio_model.h"
#include <stdlib.h>
#include <string.h>

_Alignas(4096) uint8_t arena[ARENA];
struct virtio_mmio page;
uint8_t medium[MEDIUM * 512];
struct virtio_model dev;


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

uint16_t get16(uint64_t at)
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

void device_works(unsigned n, enum lie lie)
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

void model_reset(void)
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
