/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* drivers/virtio_blk/blk_regs - the block device of virtio 1.2, section 5.2: requests, answers, features. */
#pragma once
#include "lib/base/bits.h"

#define BLK_SECTOR_BYTES 512u       /* always, whatever the medium has */

/* In front of a request's data; behind it is one byte for the answer (5.2.6). */
struct blk_header {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
};
_Static_assert(sizeof(struct blk_header) == 16, "5.2.6");

/* clang-format off */
#define BLK_T_IN        0u          /* type */
#define BLK_T_OUT       1u
#define BLK_T_FLUSH     4u

#define BLK_S_OK        0u          /* answer */
#define BLK_S_IOERR     1u
#define BLK_S_UNSUPP    2u

#define BLK_F_RO        BIT(5)      /* 5.2.3 */
#define BLK_F_FLUSH     BIT(9)

#define BLK_CONFIG_CAPACITY 0u      /* in sectors, 64 bits (5.2.4) */
/* clang-format on */
