/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/devices.h"
#include "lib/rt/map.h"
#include "lib/rt/record.h"
#include "monitor/mon.h"
#include <string.h>

#define DEVICES (CORES_MAX * 2)

/* virtio 1.2: Status, and how it is reset (4.2.2). */
#define VIRTIO_STATUS 0x70u
#define RESET_LOOKS 100000u

struct device {
    core_id core;
    struct peer_DEVICE facts;
};

static struct device devices[DEVICES];
static unsigned ndevices;

static void say_console(void)
{
    const struct bootinfo *b = mon.boot;

    if (mon.first && b->console_kind == 1)
        PEER_SEND(FIRST_CORE, DEVICE, .base = b->console.base, .bytes = b->console.bytes,
                  .compatible = "arm,pl011", .intid = b->console_intid);
}

void devices_say(void)
{
    say_console();
    for (uint32_t i = 0; i < mon.boot->ndevices && i < DEVICES_MAX; i++) {
        const struct boot_device *d = &mon.boot->device[i];
        struct peer_DEVICE m = { .base = d->regs.base, .bytes = d->regs.bytes, .intid = d->intid };

        memcpy(m.compatible, d->compatible, sizeof m.compatible - 1);
        peers_send(FIRST_CORE, PEER_DEVICE, &m, sizeof m);
    }
}

void devices_on_device(core_id from, const struct peer_DEVICE *m)
{
    if (ndevices == DEVICES)
        return; /* told of on the core that has it; only the list for the SKB is full */
    devices[ndevices].core = from;
    devices[ndevices].facts = *m;
    devices[ndevices].facts.compatible[sizeof m->compatible - 1] = '\0';
    ndevices++;
}

status_t devices_tell(uint64_t index, uint64_t part, struct rt_msg *m)
{
    const struct device *d;

    if (index >= ndevices)
        return ST_NOT_FOUND;
    d = &devices[index];
    if (part == 1) {
        memcpy(&m->w[1], d->facts.compatible, sizeof d->facts.compatible);
        m->w[5] &= UINT32_MAX; /* 36 bytes of text, then zeros */
        return ST_OK;
    }
    m->w[1] = d->core;
    m->w[2] = d->facts.base;
    m->w[3] = d->facts.bytes;
    m->w[4] = d->facts.intid;
    return ST_OK;
}

status_t devices_disk(uint32_t *place)
{
    for (uint32_t i = 0; i < mon.boot->ndevices && i < DEVICES_MAX; i++) {
        *place = i;
        if (mon.boot->device[i].virtio_id == VIRTIO_BLOCK)
            return ST_OK;
    }
    return ST_NOT_FOUND;
}

/* Its registers, mapped here when they are needed first. NULL: they cannot be. */
static volatile uint32_t *disk_status(void)
{
    static bool mapped;
    uint32_t i;

    if (devices_disk(&i) != ST_OK)
        return NULL;
    if (!mapped &&
        map_here(mon.info->device[i], MON_DISK, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK)
        return NULL;
    mapped = true;
    return (volatile uint32_t *)(uintptr_t)(MON_DISK + VIRTIO_STATUS +
                                            (mon.boot->device[i].regs.base & (PAGE_BYTES - 1)));
}

void devices_quiet(uint32_t place)
{
    volatile uint32_t *status;
    uint32_t disk;

    if (devices_disk(&disk) != ST_OK || disk != place || (status = disk_status()) == NULL)
        return;
    *status = 0;
    for (unsigned i = 0; i < RESET_LOOKS; i++)
        if (*status == 0)
            return;
    rec_error("the disk does not reset", ST_PEER, "it may still write to memory of its driver");
}
