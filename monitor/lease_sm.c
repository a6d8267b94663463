/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/lease_sm.h"
#include "lib/base/check.h"

status_t lease_take(struct lease *l, uint64_t holder, uint64_t now, uint64_t most)
{
    if (l->state != LEASE_FREE)
        return ST_BUSY;
    *l = (struct lease){ .state = LEASE_HELD, .holder = holder, .granted = now, .most = most,
                         .expires = most != 0 ? now + most : 0 };
    return ST_OK;
}

void lease_undo(struct lease *l)
{
    CHECK(l->state == LEASE_HELD);
    l->state = LEASE_FREE;
}

bool lease_is_over(const struct lease *l, uint64_t now)
{
    return l->state == LEASE_HELD && l->expires != 0 && now >= l->expires;
}

status_t lease_check_renew(const struct lease *l, uint64_t holder, uint64_t now, uint64_t epochs)
{
    if (l->state != LEASE_HELD || l->holder != holder || lease_is_over(l, now))
        return ST_NOT_FOUND;
    if (epochs == 0 ? l->most != 0 : l->most != 0 && epochs > l->most)
        return ST_DENIED;
    return epochs > UINT64_MAX / 2 ? ST_INVALID : ST_OK;
}

void lease_extend(struct lease *l, uint64_t now, uint64_t epochs)
{
    l->expires = epochs != 0 ? now + epochs : 0;
}

bool lease_end(struct lease *l, enum lease_end why)
{
    if (l->state != LEASE_HELD)
        return false;
    l->state = LEASE_ENDING;
    l->end = why;
    return true;
}

void lease_taken_back(struct lease *l)
{
    CHECK(l->state == LEASE_ENDING);
    l->state = LEASE_FREE;
}
