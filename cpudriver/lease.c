/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/lease.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/gate.h"
#include "cpudriver/task.h"
#include "lib/base/bits.h"
#include <string.h>

#define RENEW(x) ((x) >> 8 & 1)

/* Nothing better is at hand than what this boot alone has: docs/caveats.md. */
void lease_make_key(struct kcb *k, uint8_t secret[HASH_BYTES])
{
    const struct bootinfo *b = k->info;
    uint64_t own[3] = { b->core, now_ticks(), b->entry_ticks };
    struct hash s;

    hash_start(&s, cpu_sha(k));
    hash_add(&s, b->measurement, sizeof b->measurement);
    hash_add(&s, b->phase_ticks, sizeof b->phase_ticks);
    hash_add(&s, own, sizeof own);
    hash_end(&s, secret);
    hmac_key_make(&k->lease_key, secret, HASH_BYTES, cpu_sha(k));
}

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

/* Who it was made from, up to its root. One too many says that the way is too long. */
static unsigned walk_up(const struct kcb *k, const struct cap *c, struct proof_link link[PROOF_LINKS_MAX])
{
    unsigned n = 0;

    for (; c && n < PROOF_LINKS_MAX; c = cap_at(k, c->parent))
        link[n++] = (struct proof_link){ .base = c->object, .bytes = c->value, .type = c->type, .rights = c->rights,
                                         .depth = c->depth };
    return c ? PROOF_LINKS_MAX + 1u : n;
}

/* The tree of tokens has one leaf: what is signed is this lease alone. */
static bool is_proved(struct kcb *k, struct task *t, const struct cap *c, const struct mutation *m)
{
    struct proof_signer signer = { proof_check_hmac, &k->lease_key };
    struct proof_evidence e = { .leaves = 1 };
    struct proof_link link[PROOF_LINKS_MAX];
    struct proof_chain chain = { link, walk_up(k, c, link) };
    struct proof_facts f;

    look_up(k, t, c, &f);
    proof_leaf(&t->token, k->log.block, e.root);
    memcpy(e.signature, &t->frame.x[4], HASH_BYTES);
    return proof_p3(&f, m, &t->token, &t->nonces, &chain, &e, &signer, k->log.block);
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
    if ((st = gate_decide(k, t, device, &m, is_proved(k, t, device, &m))) != ST_OK)
        return st;
    if (!renew && (st = cap_copy(k, device, table, (uint8_t)x[2], NULL, &copy)) != ST_OK)
        return st; /* it was looked at before */
    emit_proved(k, t, renew ? WITNESS_DEVICE_LEASE_RENEW : WITNESS_DEVICE_LEASE_GRANT, 0, emit_hash(k, device),
                device->object, x[3], 3);
    x[1] = renew ? 0 : cap_handle(k, copy);
    return ST_OK;
}
