/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/cap.h"
#include "lib/base/check.h"

status_t cap_retype(handle_t ram, uint64_t type, uint64_t bytes, handle_t *made)
{
    status_t st;

    while ((st = sys_retype(ram, type, bytes, 0, made)) == ST_AGAIN)
        ;
    return st;
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
    return st;
}

void cap_drop(handle_t h)
{
    if (h != 0)
        CHECK(cap_delete(h) == ST_OK);
}

uint64_t cap_free_bytes(handle_t ram)
{
    struct rt_msg m;

    if (sys_identify(ram, &m) != ST_OK || (m.w[0] & 0xff) != CAP_RAM)
        return 0;
    return m.w[4];
}
