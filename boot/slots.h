/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/slots - which slots of virtio have a device behind them.
 *
 * A board may name dozens of slots (virtio,mmio) of which most are empty: only the device's own
 * registers tell. Those that are not empty join the devices for drivers, and come before what there
 * would be no room for otherwise: somebody plugged them in.
 *
 * Pure: looking is the caller's.
 */
#pragma once
#include "boot/machine.h"

/* The DeviceID behind a slot; 0: empty, or no slot of virtio after all. */
typedef uint32_t slot_look(const struct range *regs);

/* Afterwards device[] has at most DEVICES_MAX, the plain ones first, each as it was. */
void slots_keep(struct machine *m, slot_look *look);
