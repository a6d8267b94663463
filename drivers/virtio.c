/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "drivers/virtio.h"
#include "drivers/dma.h"
#include "drivers/mmio.h"

#define READ(v, reg) mmio_read32((v)->regs, offsetof(struct virtio_mmio, reg))
#define WRITE(v, reg, value) \
    mmio_write32((v)->regs, offsetof(struct virtio_mmio, reg), (uint32_t)(value))

#define LEGACY 1u
#define LOOKS 100000u       /* at a register that is to change */

status_t virtio_find(struct virtio *v, volatile struct virtio_mmio *regs, uint32_t kind)
{
    *v = (struct virtio){ .regs = regs };
    if (READ(v, MagicValue) != VIRTIO_MAGIC)
        return ST_NOT_FOUND;
    v->version = READ(v, Version);
    if (v->version != LEGACY && v->version != 2)
        return ST_UNSUPPORTED;
    return READ(v, DeviceID) == kind ? ST_OK : ST_NOT_FOUND;
}

status_t virtio_stop(struct virtio *v)
{
    WRITE(v, Status, 0);
    for (unsigned i = 0; i < LOOKS; i++)
        if (READ(v, Status) == 0)
            return ST_OK;
    return ST_PEER;
}

static uint64_t offered(struct virtio *v)
{
    uint64_t low, high;

    WRITE(v, DeviceFeaturesSel, 0);
    low = READ(v, DeviceFeatures);
    WRITE(v, DeviceFeaturesSel, 1);
    high = READ(v, DeviceFeatures);
    return low | high << 32;
}

static status_t agree(struct virtio *v, uint64_t wanted)
{
    uint32_t status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;

    v->features = offered(v) & (wanted | F_VERSION_1);
    if (v->version == LEGACY)
        v->features &= ~F_VERSION_1;
    else if (!(v->features & F_VERSION_1))
        return ST_PEER;
    WRITE(v, DriverFeaturesSel, 0);
    WRITE(v, DriverFeatures, v->features);
    WRITE(v, DriverFeaturesSel, 1);
    WRITE(v, DriverFeatures, v->features >> 32);
    if (v->version == LEGACY) {
        WRITE(v, GuestPageSize, VIRTQ_ALIGN);
        return ST_OK;
    }
    status |= (uint32_t)STATUS_FEATURES_OK;
    WRITE(v, Status, status);
    return READ(v, Status) & STATUS_FEATURES_OK ? ST_OK : ST_PEER;
}

/* 3.1.1: in this order. */
status_t virtio_begin(struct virtio *v, uint64_t wanted)
{
    status_t st = virtio_stop(v);

    if (st != ST_OK)
        return st;
    WRITE(v, Status, STATUS_ACKNOWLEDGE);
    WRITE(v, Status, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
    if ((st = agree(v, wanted & UINT32_MAX)) != ST_OK)
        WRITE(v, Status, READ(v, Status) | STATUS_FAILED);
    return st;
}

static void place_queue(struct virtio *v, const struct virtq *q, paddr_t at)
{
    struct virtq_layout part = virtq_layout(q->size);

    WRITE(v, QueueDescLow, at);
    WRITE(v, QueueDescHigh, at >> 32);
    WRITE(v, QueueDriverLow, at + part.avail);
    WRITE(v, QueueDriverHigh, (at + part.avail) >> 32);
    WRITE(v, QueueDeviceLow, at + part.used);
    WRITE(v, QueueDeviceHigh, (at + part.used) >> 32);
    WRITE(v, QueueReady, 1);
}

status_t virtio_queue(struct virtio *v, uint32_t index, const struct virtq *q, paddr_t at)
{
    if (!IS_ALIGNED(at, VIRTQ_ALIGN) || (v->version == LEGACY && at / VIRTQ_ALIGN > UINT32_MAX))
        return ST_INVALID;
    WRITE(v, QueueSel, index);
    if (READ(v, QueueNumMax) < q->size)
        return ST_UNSUPPORTED;
    WRITE(v, QueueNum, q->size);
    if (v->version == LEGACY) {
        WRITE(v, QueueAlign, VIRTQ_ALIGN);
        WRITE(v, QueuePFN, at / VIRTQ_ALIGN);
        return READ(v, QueuePFN) == at / VIRTQ_ALIGN ? ST_OK : ST_PEER;
    }
    place_queue(v, q, at);
    return READ(v, QueueReady) == 1 ? ST_OK : ST_PEER;
}

void virtio_go(struct virtio *v)
{
    WRITE(v, Status, READ(v, Status) | STATUS_DRIVER_OK);
}

void virtio_notify(struct virtio *v, uint32_t index)
{
    dma_before_bell();
    WRITE(v, QueueNotify, index);
}

uint32_t virtio_interrupt(struct virtio *v)
{
    uint32_t why = READ(v, InterruptStatus) & (uint32_t)(INT_USED | INT_CONFIG);

    if (why != 0)
        WRITE(v, InterruptACK, why);
    return why;
}

bool virtio_wants_reset(const struct virtio *v)
{
    return (READ(v, Status) & STATUS_NEEDS_RESET) != 0;
}

static uint32_t config32(const struct virtio *v, uint32_t offset)
{
    return mmio_read32(v->regs, (uint32_t)offsetof(struct virtio_mmio, Config) + offset);
}

/* 2.5.1: again if it changed meanwhile. Legacy has no generation: until it is twice the same. */
status_t virtio_config64(const struct virtio *v, uint32_t offset, uint64_t *value)
{
    for (unsigned i = 0; i < LOOKS; i++) {
        uint32_t before = v->version == LEGACY ? 0 : READ(v, ConfigGeneration);
        uint64_t low = config32(v, offset), high = config32(v, offset + 4);
        bool same = v->version == LEGACY
                        ? low == config32(v, offset) && high == config32(v, offset + 4)
                        : before == READ(v, ConfigGeneration);

        *value = low | high << 32;
        if (same)
            return ST_OK;
    }
    return ST_PEER;
}
