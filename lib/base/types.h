/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/base/types - words every folder uses: addresses, core numbers, sizes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;   /* physical address                                     */
typedef uint64_t vaddr_t;   /* virtual address                                      */
typedef uint16_t core_id;   /* 0..ncores-1, in the order of the device tree's /cpus */

#define LINE_BYTES 64u
#define PAGE_SHIFT 12
#define PAGE_BYTES (1ull << PAGE_SHIFT)
#define BLOCK_BYTES (1ull << 21)  /* what one level-2 block entry maps */
#define KIB (1024ull)
#define MIB (1024ull * KIB)
#define GIB (1024ull * MIB)

#define CORES_MAX 64

#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
