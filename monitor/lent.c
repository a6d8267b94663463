/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/lent.h"
#include "lib/base/check.h"
#include "monitor/note.h"

#define LENT 257u /* all pieces that monitor/ram.c lends, and the log */

static struct lent {
    handle_t frame; /* 0: not in use */
    core_id to;
    paddr_t base;
    uint64_t bytes;
} lent[LENT];

static struct note note_of(enum witness_kind kind, unsigned flags, core_id other, paddr_t base, uint64_t bytes)
{
    return (struct note){ .kind = (uint8_t)kind, .flags = (uint16_t)flags, .target = base,
                          .payload = (uint64_t)other << 48 | bytes };
}

static struct lent *find(handle_t frame)
{
    for (unsigned i = 0; i < LENT; i++)
        if (lent[i].frame == frame)
            return &lent[i];
    return NULL;
}

status_t lent_begun(handle_t frame, core_id to, paddr_t base, uint64_t bytes)
{
    struct note n = note_of(WITNESS_REGION_SHARE, 0, to, base, bytes);
    struct lent *l = find(0);
    status_t st;

    CHECK(l != NULL);
    if ((st = note_begun(&n)) == ST_OK)
        *l = (struct lent){ frame, to, base, bytes };
    return st;
}

void lent_ended(handle_t frame)
{
    struct lent *l = find(frame);
    struct note n;

    if (l == NULL)
        return;
    n = note_of(WITNESS_REGION_UNSHARE, 0, l->to, l->base, l->bytes);
    *l = (struct lent){ 0 };
    note_ended(&n);
}

/* The room was there when it was begun; if others have taken it since, the record comes late, and nothing else begins. */
void lent_borrowed(core_id from, paddr_t base, uint64_t bytes)
{
    struct note n = note_of(WITNESS_REGION_SHARE, WITNESS_F_COMMIT, from, base, bytes);

    note_owed(&n);
}

void lent_given_back(core_id from, paddr_t base, uint64_t bytes)
{
    struct note n = note_of(WITNESS_REGION_UNSHARE, WITNESS_F_COMMIT, from, base, bytes);

    note_ended(&n);
}
