/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtio_regs - registers of virtio over MMIO, as the specification (virtio 1.2) prints
 * them: 4.2.2 for version 2, 4.2.4 for what only version 1 (legacy) has.
 */
#pragma once
#include "lib/base/bits.h"

struct virtio_mmio {
    uint32_t MagicValue;            /* 0x000 "virt"                                     */
    uint32_t Version;               /* 0x004 1: legacy, 2                               */
    uint32_t DeviceID;              /* 0x008 0: nothing behind this slot                */
    uint32_t VendorID;              /* 0x00c                                            */
    uint32_t DeviceFeatures;        /* 0x010 32 bits of them                            */
    uint32_t DeviceFeaturesSel;     /* 0x014 which                                      */
    uint32_t gap0[2];
    uint32_t DriverFeatures;        /* 0x020                                            */
    uint32_t DriverFeaturesSel;     /* 0x024                                            */
    uint32_t GuestPageSize;         /* 0x028 legacy: the unit of QueuePFN               */
    uint32_t gap1;
    uint32_t QueueSel;              /* 0x030 which queue the next ones mean             */
    uint32_t QueueNumMax;           /* 0x034 0: there is no such queue                  */
    uint32_t QueueNum;              /* 0x038                                            */
    uint32_t QueueAlign;            /* 0x03c legacy                                     */
    uint32_t QueuePFN;              /* 0x040 legacy: where it is, in GuestPageSize      */
    uint32_t QueueReady;            /* 0x044                                            */
    uint32_t gap2[2];
    uint32_t QueueNotify;           /* 0x050                                            */
    uint32_t gap3[3];
    uint32_t InterruptStatus;       /* 0x060                                            */
    uint32_t InterruptACK;          /* 0x064                                            */
    uint32_t gap4[2];
    uint32_t Status;                /* 0x070 0 written: reset                           */
    uint32_t gap5[3];
    uint32_t QueueDescLow;          /* 0x080                                            */
    uint32_t QueueDescHigh;         /* 0x084                                            */
    uint32_t gap6[2];
    uint32_t QueueDriverLow;        /* 0x090 the available ring                         */
    uint32_t QueueDriverHigh;       /* 0x094                                            */
    uint32_t gap7[2];
    uint32_t QueueDeviceLow;        /* 0x0a0 the used ring                              */
    uint32_t QueueDeviceHigh;       /* 0x0a4                                            */
    uint32_t gap8[21];
    uint32_t ConfigGeneration;      /* 0x0fc version 2: changes when Config does        */
    uint32_t Config[64];            /* 0x100 the device's own                           */
};
_Static_assert(offsetof(struct virtio_mmio, DriverFeatures) == 0x20, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, QueueSel) == 0x30, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, QueueReady) == 0x44, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, QueueNotify) == 0x50, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, InterruptStatus) == 0x60, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, Status) == 0x70, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, QueueDescLow) == 0x80, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, QueueDriverLow) == 0x90, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, QueueDeviceLow) == 0xa0, "4.2.2");
_Static_assert(offsetof(struct virtio_mmio, ConfigGeneration) == 0xfc, "4.2.2");
_Static_assert(sizeof(struct virtio_mmio) == 0x200, "a slot of QEMU's virt board");

/* clang-format off */
#define VIRTIO_MAGIC        0x74726976u
#define VIRTIO_KIND_BLOCK   2u          /* DeviceID, section 5  */

#define STATUS_ACKNOWLEDGE  BIT(0)      /* 2.1                  */
#define STATUS_DRIVER       BIT(1)
#define STATUS_DRIVER_OK    BIT(2)
#define STATUS_FEATURES_OK  BIT(3)
#define STATUS_NEEDS_RESET  BIT(6)
#define STATUS_FAILED       BIT(7)

#define INT_USED            BIT(0)      /* a used ring was written */
#define INT_CONFIG          BIT(1)      /* Config has changed      */

#define F_VERSION_1         BIT(32)     /* section 6: all of version 2 has it */
/* clang-format on */
