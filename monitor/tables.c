/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/tables.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/map.h"
#include "monitor/buddy.h"
#include "monitor/mon.h"
#include "monitor/prog.h"
#include "monitor/ram.h"
#include "partition/ids.h"

static uint64_t used;

void *table_make(uint64_t entries, uint64_t entry_bytes)
{
    uint64_t bytes = ALIGN_UP(entries * entry_bytes, PAGE_BYTES);
    vaddr_t at = MON_TABLES + used;
    handle_t frame;

    CHECK(bytes != 0 && ram_own_frame(bytes, &frame) == ST_OK);
    CHECK(map_here(frame, at, bytes, PERM_READ | PERM_WRITE) == ST_OK);
    used += bytes;
    return (void *)(uintptr_t)at;
}

uint32_t table_partitions(void)
{
    static uint32_t n;
    uint64_t free_bytes, all, most = partitions_of_home(mon.ncores);

    if (n == 0) {
        ram_count(&free_bytes, &all);
        n = (uint32_t)(all / BUDDY_MIN_BYTES < most ? all / BUDDY_MIN_BYTES : most);
    }
    return n;
}

uint32_t table_progs(void)
{
    return 1 + table_partitions() + PROG_VISITORS; /* the first is the monitor */
}
