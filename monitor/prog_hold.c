/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/prog_hold - what a program holds beside what it began with: places for channels, further memory. */
#include "monitor/prog.h"
#include "lib/abi/layout.h"
#include "lib/base/check.h"
#include "lib/rt/chan.h"
#include "monitor/home.h"
#include "monitor/ram.h"

status_t prog_take_chan(struct prog *p, vaddr_t *va)
{
    for (unsigned i = 0; i < PROG_CHANS; i++) {
        if (p->chan_used[i / 64] >> (i % 64) & 1)
            continue;
        p->chan_used[i / 64] |= 1ull << (i % 64);
        *va = USER_CHANNELS + i * CHANNEL_BYTES;
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

void prog_give_chan(struct prog *p, vaddr_t va)
{
    uint64_t i = (va - USER_CHANNELS) / CHANNEL_BYTES;

    CHECK(i < PROG_CHANS && (p->chan_used[i / 64] >> (i % 64) & 1));
    p->chan_used[i / 64] &= ~(1ull << (i % 64));
}

uint32_t prog_task(const struct prog *p)
{
    struct rt_msg m;

    return sys_identify(p->task, &m) == ST_OK ? (uint32_t)m.w[1] : 0;
}

status_t prog_mem(struct prog *p, uint64_t bytes, handle_t *in_its_table, uint64_t *got,
                  unsigned *refused)
{
    handle_t slice;
    status_t st;

    if (p->nmem == PROG_MEMS)
        return ST_TABLE_FULL;
    if ((st = ram_take(prog_id(p), bytes, &slice, got)) != ST_OK)
        return st;
    if ((st = home_has_more(p, slice, refused)) != ST_OK) {
        ram_give(slice);
        return st;
    }
    if ((st = sys_retype(slice, CAP_RAM, *got, p->table, in_its_table)) != ST_OK) {
        home_has_less(p, slice);
        ram_give(slice);
        return st;
    }
    p->mem[p->nmem++] = slice;
    return ST_OK;
}
