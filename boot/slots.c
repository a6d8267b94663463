/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "boot/slots.h"

void slots_keep(struct machine *m, slot_look *look)
{
    struct boot_device found[DEVICES_MAX];
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->nvirtio && n < DEVICES_MAX; i++) {
        found[n] = m->virtio[i];
        found[n].virtio_id = look(&found[n].regs);
        n += found[n].virtio_id != 0;
    }
    if (m->ndevices > DEVICES_MAX - n)
        m->ndevices = DEVICES_MAX - n;
    for (uint32_t i = 0; i < n; i++)
        m->device[m->ndevices++] = found[i];
}
