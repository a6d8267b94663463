/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/lease.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/gate.h"
#include "cpudriver/task.h"
#include "lib/base/bits.h"

#define RENEW(x) ((x) >> 8 & 1)

static bool is_pages_of(const struct range *r, const struct cap *c)
{
    return r->bytes != 0 && c->object == ALIGN_DOWN(r->base, PAGE_BYTES);
}

/* The pages of the device of this core that begins where `c` does; none: of another core, or of none. */
static struct range pages_of(const struct kcb *k, const struct cap *c)
{
    const struct bootinfo *b = k->info;
    const struct range *r = b->console_kind ? &b->console : NULL;

    for (unsigned i = 0; i < b->ndevices && !(r && is_pages_of(r, c)); i++)
        r = &b->device[i].regs;
    if (!r || !is_pages_of(r, c))
        return (struct range){ 0, 0 };
    return (struct range){ c->object, ALIGN_UP(r->bytes, PAGE_BYTES) };
}

static void look_up(const struct kcb *k, const struct task *t, const struct cap *c, struct proof_facts *f)
{
    struct range pages = pages_of(k, c);

    *f = (struct proof_facts){ .object = emit_name(c),
                               .generation_seen = HANDLE_GENERATION(t->token_by),
                               .generation = c->generation,
                               .type = c->type,
                               .rights = c->rights,
                               .depth = c->depth,
                               .tier = 3,
                               .core = k->info->core,
                               .owner_core = c->flags & CAP_F_FOREIGN ? CORES_MAX : k->info->core,
                               .base = c->object,
                               .bytes = c->value,
                               .region_base = pages.base,
                               .region_bytes = pages.bytes,
                               .holder = PROOF_HOLDER(k->info->core, t->id),
                               .now_ns = ns_of_ticks(k, now_ticks()) };
}

/* Exclusive: a copy is there while somebody has it. To be renewed, somebody must. */
static status_t check(const struct kcb *k, const struct cap *c, const struct captable *table, bool renew)
{
    if (renew)
        return c->child ? ST_OK : ST_STATE;
    if (c->child)
        return ST_BUSY;
    return table->nfree == 0 ? ST_TABLE_FULL : cap_check_copy(k, c, NULL);
}

status_t sys_lease(struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    bool renew = RENEW(x[2]);
    struct captable *table = t->table;
    struct cap *device, *copy;
    struct proof_facts f;
    struct mutation m;
    status_t st;

    if ((st = cap_find(t->table, x[0], CAP_DEVICE, 0, &device)) != ST_OK ||
        (!renew && (st = cap_find_table(t->table, x[1], &table)) != ST_OK) ||
        (st = check(k, device, table, renew)) != ST_OK)
        return st;
    m = (struct mutation){ .call = SYS_cap_grant,
                           .operation = CAP_LEASE,
                           .target = device->object,
                           .object = x[1],
                           .argument = { x[2], x[3] },
                           .holder = PROOF_HOLDER(k->info->core, t->id) };
    look_up(k, t, device, &f);
    if ((st = gate_pass_deep(k, t, device, &f, &m, &x[4])) != ST_OK)
        return st;
    if (!renew && (st = cap_copy(k, device, table, (uint8_t)x[2], NULL, &copy)) != ST_OK)
        return st; /* it was looked at before */
    emit_proved(k, t, renew ? WITNESS_DEVICE_LEASE_RENEW : WITNESS_DEVICE_LEASE_GRANT, 0, emit_hash(k, device),
                device->object, x[3], 3);
    x[1] = renew ? 0 : cap_handle(k, copy);
    return ST_OK;
}
