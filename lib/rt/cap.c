/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/cap.h"
#include "lib/base/check.h"
#include "lib/rt/monitor.h"

static status_t retype_elsewhere(handle_t ram, uint64_t type, uint64_t bytes, handle_t *made)
{
    struct rt_msg m = { { 0, ram, type, bytes } };
    status_t st = mon_call(MON_RETYPE, &m);

    *made = m.w[1];
    return st;
}

status_t cap_retype(handle_t ram, uint64_t type, uint64_t bytes, handle_t *made)
{
    status_t st;

    while ((st = sys_retype(ram, type, bytes, 0, made)) == ST_AGAIN)
        ;
    return st == ST_REMOTE ? retype_elsewhere(ram, type, bytes, made) : st;
}

status_t cap_delete(handle_t h)
{
    status_t st;

    while ((st = sys_delete(h)) == ST_AGAIN)
        ;
    return st;
}

status_t cap_revoke(handle_t h)
{
    status_t st;

    while ((st = sys_revoke(h)) == ST_AGAIN)
        ;
    return st == ST_REMOTE ? mon_call(MON_REVOKE, &(struct rt_msg){ { 0, h } }) : st;
}

#define ROOM_NAP_NS 1000000u

void (*cap_drop_later)(handle_t h);

void cap_drop(handle_t h)
{
    status_t st = ST_OK;

    while (h != 0 && (st = cap_delete(h)) == ST_LOG_FULL) {
        if (cap_drop_later) {
            cap_drop_later(h);
            return;
        }
        (void)sys_sleep_for(ROOM_NAP_NS);
    }
    CHECK(st == ST_OK);
}

uint64_t cap_free_bytes(handle_t ram)
{
    struct rt_msg m;

    if (sys_identify(ram, &m) != ST_OK || (m.w[0] & 0xff) != CAP_RAM)
        return 0;
    return m.w[4];
}
