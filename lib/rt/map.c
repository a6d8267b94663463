/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/map.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/info.h"

status_t map_out(handle_t frame)
{
    status_t st;

    while ((st = sys_unmap(frame)) == ST_AGAIN)
        ;
    return st;
}

status_t map_into(handle_t space, handle_t frame, vaddr_t va, uint64_t bytes, uint64_t perm)
{
    uint64_t pages = ALIGN_UP(bytes, PAGE_BYTES) / PAGE_BYTES, first = 0;

    while (first < pages) {
        uint64_t n = pages - first < MAP_SLICE ? pages - first : MAP_SLICE;
        status_t out, st = sys_map(frame, space, va, perm, first, n);

        if (st == ST_AGAIN)
            continue;
        if (st != ST_OK) {
            if (first > 0 && (out = map_out(frame)) != ST_OK)
                CHECK(out == ST_LOG_FULL); /* its first pages stay: whoever gets this status unmaps or deletes it */
            return st;
        }
        first += n;
    }
    return ST_OK;
}

status_t map_here(handle_t frame, vaddr_t va, uint64_t bytes, uint64_t perm)
{
    return map_into(rt_info()->space, frame, va, bytes, perm);
}
