/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/sim/ledger.h"
#include <stdlib.h>

void ledger_init(struct ledger *l, uint32_t max)
{
    *l = (struct ledger){ .entry = calloc(max, sizeof *l->entry), .n = 1, .max = max };
}

void ledger_free(struct ledger *l)
{
    free(l->entry);
}

static void fail(struct ledger *l, uint32_t n, const char *what)
{
    if (l->broken)
        return;
    l->broken = what;
    l->about = n;
}

/* A deleted one hands what was made from it to what it was made from. */
static uint32_t parent_of(const struct ledger *l, uint32_t n)
{
    uint32_t p = l->entry[n].parent;

    while (p && l->entry[p].state == ENTRY_DELETED)
        p = l->entry[p].parent;
    return p;
}

bool ledger_is_below(const struct ledger *l, uint32_t n, uint32_t above)
{
    while ((n = parent_of(l, n)) != 0)
        if (n == above)
            return true;
    return false;
}

/* Is something above being revoked? */
static bool is_fading(const struct ledger *l, uint32_t n)
{
    for (uint32_t i = l->entry[n].parent; i; i = l->entry[i].parent)
        if (l->entry[i].revokes)
            return true;
    return false;
}

static bool overlap(const struct entry *a, const struct entry *b)
{
    return a->base < b->base + b->bytes && b->base < a->base + a->bytes;
}

/* Two objects of one memory, unless one was made from the other. */
static void check_object(struct ledger *l, uint32_t n)
{
    const struct entry *e = &l->entry[n];

    for (uint32_t i = 1; i < l->n; i++) {
        const struct entry *o = &l->entry[i];

        if (i == n || o->state != ENTRY_LIVE || o->object == n || !overlap(e, o) ||
            is_fading(l, i))
            continue;
        if (o->object == i && !ledger_is_below(l, n, i) && l->entry[o->object].state == ENTRY_LIVE)
            fail(l, n, "C2: two objects were made of the same bytes");
        if (o->type == CAP_FRAME && o->object != n)
            fail(l, n, "C2: memory became an object while a frame of it is in use");
    }
}

uint32_t ledger_add(struct ledger *l, uint32_t parent, const struct entry *e, bool is_object)
{
    uint32_t n = l->n;
    const struct entry *p = &l->entry[parent];

    if (n == l->max)
        return 0;
    l->n++;
    l->entry[n] = *e;
    l->entry[n].state = ENTRY_LIVE;
    l->entry[n].parent = parent;
    l->entry[n].object = is_object ? n : parent ? p->object : n;
    if (parent) {
        uint32_t above = p->state == ENTRY_DELETED ? parent_of(l, parent) : parent;

        if (above && l->entry[above].state == ENTRY_REVOKED)
            fail(l, n, "C1: a copy of what was revoked arrived after the revoke had answered");
        if (!is_object && (e->rights & ~p->rights))
            fail(l, n, "C4: rights grew");
    }
    if (is_object && e->type == CAP_FRAME)
        check_object(l, n);
    return n;
}

void ledger_delete(struct ledger *l, uint32_t n)
{
    if (l->entry[n].state == ENTRY_LIVE)
        l->entry[n].state = ENTRY_DELETED;
}

void ledger_revoking(struct ledger *l, uint32_t n)
{
    l->entry[n].revokes++;
}

void ledger_revoked(struct ledger *l, uint32_t n, bool well)
{
    l->entry[n].revokes--;
    for (uint32_t i = n + 1; well && i < l->n; i++)
        if ((l->entry[i].state == ENTRY_LIVE || l->entry[i].state == ENTRY_VANISHED) &&
            ledger_is_below(l, i, n))
            l->entry[i].state = ENTRY_REVOKED;
}

void ledger_vanished(struct ledger *l, uint32_t n, bool dead_owner)
{
    struct entry *e = &l->entry[n];

    if (e->state != ENTRY_LIVE)
        return;
    if (!is_fading(l, n) && !dead_owner)
        fail(l, n, "C3: a capability is gone that nobody deleted or revoked");
    e->state = ENTRY_VANISHED;
}
