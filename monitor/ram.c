/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/ram.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "lib/rt/map.h"
#include "monitor/mon.h"
#include "monitor/slices.h"

#define OWN_STEP (256u * KIB) /* the monitor's own frames come out of pieces of this size */

#define LOANS 64u

struct loan {
    handle_t frame, ram;    /* frame 0: entry not in use */
    core_id to;
};

static struct loan loans[LOANS];
static struct slices slices;
static handle_t own;          /* the piece they come from now */
static uint64_t all_bytes;

void ram_start(void)
{
    slices_init(&slices);
    for (unsigned i = 0; i < SHARE_RANGES; i++) {
        struct rt_msg m;

        if (mon.info->share[i] != 0 && sys_identify(mon.info->share[i], &m) == ST_OK)
            all_bytes += m.w[2];
    }
}

/* A new slice from the front of the first share that has room. */
static status_t cut(unsigned class, handle_t *ram)
{
    status_t st = ST_NOMEM;

    for (unsigned i = 0; i < SHARE_RANGES && st == ST_NOMEM; i++)
        if (mon.info->share[i] != 0)
            st = cap_retype(mon.info->share[i], CAP_RAM, slice_bytes(class), ram);
    if (st != ST_OK)
        return st;
    if ((st = slices_add(&slices, class, *ram)) != ST_OK)
        cap_drop(*ram); /* its bytes stay cut until the share is whole; the table is full anyway */
    return st;
}

status_t ram_take(uint64_t bytes, handle_t *ram, uint64_t *got)
{
    unsigned class = slice_class(bytes);
    status_t st;

    if (class == SLICE_CLASSES)
        return ST_NOMEM;
    *got = slice_bytes(class);
    if ((st = slices_take(&slices, class, ram)) == ST_NOT_FOUND)
        st = cut(class, ram);
    return st;
}

void ram_revoked(handle_t ram)
{
    CHECK(slices_give(&slices, ram) == ST_OK);
}

void ram_give(handle_t ram)
{
    status_t st;

    while ((st = sys_revoke(ram)) == ST_AGAIN)
        ;
    if (st == ST_OK) {
        ram_revoked(ram);
        return;
    }
    CHECK(st == ST_REMOTE);
    CHECK(ram_revoke_agreed(ram));
}

/* ---- to other cores ---- */

status_t ram_lend(core_id to, uint64_t bytes, handle_t *frame)
{
    uint64_t got;
    handle_t ram;
    status_t st;
    unsigned i = 0;

    if (bytes == 0 || bytes > LEND_MAX)
        return ST_INVALID;
    while (i < LOANS && loans[i].frame != 0)
        i++;
    if (i == LOANS)
        return ST_TABLE_FULL;
    if ((st = ram_take(bytes, &ram, &got)) != ST_OK)
        return st;
    if ((st = cap_retype(ram, CAP_FRAME, ALIGN_UP(bytes, PAGE_BYTES), frame)) != ST_OK) {
        ram_give(ram);
        return st;
    }
    loans[i] = (struct loan){ *frame, ram, to };
    return ST_OK;
}

void ram_returned(handle_t frame)
{
    for (unsigned i = 0; i < LOANS; i++) {
        if (loans[i].frame != frame)
            continue;
        cap_drop(frame);
        ram_give(loans[i].ram);
        loans[i] = (struct loan){ 0 };
        return;
    }
}

status_t ram_own_frame(uint64_t bytes, handle_t *frame)
{
    uint64_t size = ALIGN_UP(bytes, PAGE_BYTES), got;
    status_t st = ST_NOMEM;

    if (own != 0 && (st = cap_retype(own, CAP_FRAME, size, frame)) != ST_NOMEM)
        return st;
    if ((st = ram_take(size > OWN_STEP ? size : OWN_STEP, &own, &got)) != ST_OK) {
        own = 0;
        return st;
    }
    return cap_retype(own, CAP_FRAME, size, frame);
}

status_t ram_window_open(handle_t frame, uint64_t bytes, void **at)
{
    *at = (void *)(uintptr_t)MON_WINDOW;
    return map_here(frame, MON_WINDOW, bytes, PERM_READ | PERM_WRITE);
}

void ram_window_close(handle_t frame)
{
    CHECK(map_out(frame) == ST_OK);
}

void ram_count(uint64_t *free_bytes, uint64_t *bytes)
{
    *bytes = all_bytes;
    *free_bytes = slices.bytes_free;
    for (unsigned i = 0; i < SHARE_RANGES; i++)
        if (mon.info->share[i] != 0)
            *free_bytes += cap_free_bytes(mon.info->share[i]);
}
