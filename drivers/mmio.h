/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/mmio - one access to a device register. On the target a volatile access of that
 * width; in host tests a model of the device (the test supplies the two functions).
 */
#pragma once
#include "lib/base/types.h"

#ifdef __skerry_program__
static inline uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    return *(const volatile uint32_t *)((const volatile char *)base + offset);
}

static inline void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)((volatile char *)base + offset) = value;
}
#else
uint32_t mmio_read32(const volatile void *base, uint32_t offset);
void mmio_write32(volatile void *base, uint32_t offset, uint32_t value);
#endif
