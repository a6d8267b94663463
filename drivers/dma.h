/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/dma - the order of accesses to memory that a device reads and writes by itself.
 *
 *     dma_wmb()          stores before it are seen by the device before stores behind it
 *     dma_rmb()          loads behind it are done after loads before it
 *     dma_before_bell()  stores to memory before it are seen before a device register is written
 *
 * A device may stand outside the inner shareable domain, so C11 fences (inner shareable only)
 * are not enough. They order; they do not clean: where a device does not see the caches (none of
 * QEMU's), what it is to read must be cleaned before dma_before_bell() and what it has written
 * invalidated behind dma_rmb(). Nothing here does that yet: docs/caveats.md.
 */
#pragma once
#include <stdatomic.h>

#ifdef __skerry_program__
#include "lib/aarch64/barrier.h"
#define dma_wmb()         __asm__ volatile("dmb oshst" ::: "memory")
#define dma_rmb()         __asm__ volatile("dmb oshld" ::: "memory")
#define dma_before_bell() wmb_dev()
#else
#define dma_wmb()         atomic_thread_fence(memory_order_seq_cst)
#define dma_rmb()         atomic_thread_fence(memory_order_seq_cst)
#define dma_before_bell() atomic_thread_fence(memory_order_seq_cst)
#endif
