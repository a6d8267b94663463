/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/heap.h"
#include "lib/base/bits.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include <errno.h>
#include <unistd.h>

#define HEAP_LIMIT (1ull << 30)              /* malloc's part of the area */
#define FRAMES_BASE (USER_HEAP + HEAP_LIMIT) /* heap_frame()'s            */

static uint64_t used, mapped, frames;

static status_t frame_at(vaddr_t va, uint64_t bytes, handle_t *frame)
{
    status_t st;

    if ((st = cap_retype(rt_info()->ram, CAP_FRAME, bytes, frame)) != ST_OK)
        return st;
    if ((st = map_here(*frame, va, bytes, PERM_READ | PERM_WRITE)) != ST_OK)
        cap_drop(*frame);
    return st;
}

status_t heap_frame(uint64_t bytes, handle_t *frame, void **at)
{
    uint64_t size = ALIGN_UP(bytes, PAGE_BYTES);
    status_t st;

    if (size == 0 || FRAMES_BASE + frames + size > USER_CHANNELS)
        return ST_INVALID;
    if ((st = frame_at(FRAMES_BASE + frames, size, frame)) != ST_OK)
        return st;
    *at = (void *)(uintptr_t)(FRAMES_BASE + frames);
    frames += size;
    return ST_OK;
}

void *sbrk(ptrdiff_t step); /* picolibc declares it only for other settings than ours */

/* Only grows: picolibc's malloc never gives back, so a negative step is refused. */
void *sbrk(ptrdiff_t step)
{
    void *old = (void *)(uintptr_t)(USER_HEAP + used);
    uint64_t more = (uint64_t)step;

    if (step < 0 || used + more > HEAP_LIMIT) {
        errno = ENOMEM;
        return (void *)-1;
    }
    while (mapped < used + more) {
        handle_t frame; /* kept by the table; nobody needs its name again */

        if (frame_at(USER_HEAP + mapped, HEAP_STEP, &frame) != ST_OK) {
            errno = ENOMEM;
            return (void *)-1;
        }
        mapped += HEAP_STEP;
    }
    used += more;
    return old;
}
