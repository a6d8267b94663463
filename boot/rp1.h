/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/rp1 - where the firmware of a Raspberry Pi 5 left the UART of the 40-pin header.
 *
 * It is in RP1, a chip behind PCI Express. With pciex4_reset=0 and enable_rp1_uart=1 in config.txt the firmware leaves the link
 * up, the UART set up at 115,200 baud, and the pins (GPIO 14 and 15) switched to it. What is to be found out is the address:
 *
 *     CPU ---> [ root complex: window ] ---PCIe address---> [ RP1: BAR 1 ] ---> + 0x30000: UART 0, a PL011
 *
 * Both windows and BAR are read back from the hardware. The device tree does not say it: its `ranges` are what Linux
 * sets up anew (0x1f_0000_0000), and boards were seen to come with 0x1c_0000_0000.
 *
 * Nothing is set up here; only the index that chooses whose configuration space is seen is written, and put back.
 *
 * Sources, as there is no public manual of the root complex: Linux, drivers/pci/controller/pcie-brcmstb.c (offsets, names), and
 * for RP1 Raspberry Pi's "RP1 Peripherals" (addresses of its peripherals, section 2.4; BAR 1, section 2.3.1) and
 * Linux, drivers/misc/rp1/rp1_pci.c (its ids). Never run on a board.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/base/types.h"

/* Registers of the root complex, by offset. */
struct rp1_root {
    uint32_t (*read)(void *context, uint32_t offset);
    void (*write)(void *context, uint32_t offset, uint32_t value);
    void *context;
};

/* ST_UNSUPPORTED, and why, if it cannot be reached as the firmware left things. Pure but for the registers. */
MUST_CHECK status_t rp1_uart(const struct rp1_root *root, paddr_t *uart, struct text *why);
