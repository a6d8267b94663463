/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/import - what other cores own: its place in the tree of this core, and where anything came from (remote_priv.h). */
#include "cpudriver/remote_priv.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "lib/base/bits.h"

bool remote_moves(unsigned type)
{
    return type == CAP_RAM || type == CAP_FRAME || type == CAP_DEVICE;
}

status_t remote_find(struct task *t, handle_t table, handle_t h, uint8_t rights, struct cap **c)
{
    struct captable *in;
    status_t st = cap_find_table(t->table, table, &in);

    return st != ST_OK ? st : cap_find(in, h, CAP_NULL, rights, c);
}

uint64_t remote_what(const struct cap *c)
{
    return CAP_WHAT(c->type, c->rights, c->depth);
}

struct cap *remote_import_above(const struct kcb *k, struct cap *c)
{
    while (c && !(c->flags & CAP_F_IMPORT))
        c = cap_at(k, c->parent);
    return c;
}

static bool overlaps(uint64_t base, uint64_t bytes, uint64_t other, uint64_t other_bytes)
{
    return other_bytes != 0 && base < other + other_bytes && other < base + bytes;
}

/* Nothing that is this CPU driver's own: neither its memory nor the devices it drives. */
static bool is_private(const struct bootinfo *b, uint64_t base, uint64_t bytes)
{
    const struct range *share = &b->share[0], *gic[] = { &b->gic.dist, &b->gic.cpu, &b->gic.redist };

    if (overlaps(base, bytes, share->base, share->bytes) &&
        (base < b->free.base || base + bytes > b->free.base + b->free.bytes))
        return true;
    for (unsigned i = 0; i < 3; i++)
        if (overlaps(base, bytes, gic[i]->base, gic[i]->bytes))
            return true;
    return false;
}

static status_t check_import(const struct bootinfo *b, uint64_t what, uint64_t base, uint64_t bytes)
{
    if (!remote_moves(CAP_WHAT_TYPE(what)))
        return ST_TYPE;
    if ((CAP_WHAT_RIGHTS(what) & ~(RIGHTS_ALL | RIGHT_GRANT_ONCE)) || CAP_WHAT_DEPTH(what) > DEPTH_MAX)
        return ST_INVALID;
    if (!IS_ALIGNED(base, PAGE_BYTES) || !IS_ALIGNED(bytes, PAGE_BYTES))
        return ST_ALIGN;
    if (bytes == 0 || bytes > PHYS_LIMIT || base > PHYS_LIMIT - bytes)
        return ST_INVALID;
    return is_private(b, base, bytes) ? ST_DENIED : ST_OK;
}

static struct cap *import_into(struct kcb *k, struct captable *table, uint64_t what, uint64_t base,
                               uint64_t bytes, uint8_t flags, struct cap *parent)
{
    struct cap *c = NULL;
    status_t st = cap_take_slot(table, &c);

    (void)st; /* there is one: it was looked at before */
    c->table = ref_of(k, table);
    cap_fill_flags(k, c, (enum cap_type)CAP_WHAT_TYPE(what), base, bytes, CAP_WHAT_RIGHTS(what),
                   flags, parent);
    c->depth = CAP_WHAT_DEPTH(what);
    return c;
}

status_t remote_import(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x, what = x[2], base = x[3], bytes = x[4];
    struct captable *table = NULL;
    struct cap *parent = NULL, *c;
    uint8_t copy = CAP_WHAT_TYPE(what) == CAP_RAM ? CAP_F_COPY : 0;
    status_t st;

    if ((st = check_import(k->info, what, base, bytes)) != ST_OK)
        return st;
    if (x[1] != 0 && (st = cap_find_table(t->table, x[1], &table)) != ST_OK)
        return st;
    if (x[6] != 0 && ((st = remote_find(t, x[5], x[6], 0, &parent)) != ST_OK ||
                      (st = cap_check_source(k, parent)) != ST_OK))
        return st;
    if (t->table->nfree < 1u + (table == t->table) || (table && table->nfree == 0))
        return ST_TABLE_FULL;
    c = import_into(k, t->table, what, base, bytes, CAP_F_IMPORT | CAP_F_FOREIGN, parent);
    emit_cap(k, t, WITNESS_TRANSFER_IN, 0, parent, c);
    x[1] = cap_handle(k, c);
    x[2] = 0;
    if (table)
        x[2] = cap_handle(k, import_into(k, table, what, base, bytes,
                                         (uint8_t)(CAP_F_FOREIGN | copy), c));
    return ST_OK;
}

status_t remote_idle(struct kcb *k, struct task *t)
{
    struct cap *c = cap_next_idle(k);

    if (!c)
        return ST_NOT_FOUND;
    t->frame.x[1] = cap_handle(k, c);
    return ST_OK;
}

status_t remote_origin(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    struct cap *c, *import;
    status_t st = remote_find(t, x[1], x[2], 0, &c);

    if (st != ST_OK)
        return st;
    if (!remote_moves(c->type))
        return ST_TYPE;
    import = remote_import_above(k, c);
    x[1] = import ? cap_handle(k, import) : 0;
    x[2] = remote_what(c);
    x[3] = c->object;
    x[4] = c->value;
    return ST_OK;
}
