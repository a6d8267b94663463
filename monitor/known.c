/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/known.h"

#define KNOWN_MAX 2048u

static struct {
    handle_t handle;
    uint16_t next; /* index + 1; 0: the last, or the last free one */
} pool[KNOWN_MAX];
static uint16_t given_back, fresh; /* index + 1; those from `fresh` on were never used */

_Static_assert(KNOWN_MAX < UINT16_MAX, "index + 1 fits");

status_t known_add(struct prog *p, handle_t h)
{
    uint16_t at = given_back;

    if (at == 0 && fresh == KNOWN_MAX)
        return ST_TABLE_FULL;
    if (at != 0)
        given_back = pool[at - 1].next;
    else
        at = ++fresh;
    pool[at - 1].handle = h;
    pool[at - 1].next = p->known;
    p->known = at;
    return ST_OK;
}

bool known_has(const struct prog *p, handle_t h)
{
    for (uint16_t at = p->known; at != 0; at = pool[at - 1].next)
        if (pool[at - 1].handle == h)
            return true;
    return false;
}

void known_forget(struct prog *p)
{
    while (p->known != 0) {
        uint16_t at = p->known;

        p->known = pool[at - 1].next;
        pool[at - 1].next = given_back;
        given_back = at;
    }
}
