/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/gate.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/task.h"

/* What proof_p1 reads of a slot is what a slot is. */
_Static_assert(offsetof(struct cap, object) == offsetof(struct proof_slot, object), "proof_slot");
_Static_assert(offsetof(struct cap, generation) == offsetof(struct proof_slot, generation), "proof_slot");
_Static_assert(offsetof(struct cap, epoch) == offsetof(struct proof_slot, epoch), "proof_slot");
_Static_assert(offsetof(struct cap, type) == offsetof(struct proof_slot, what), "proof_slot");
_Static_assert(offsetof(struct cap, rights) == offsetof(struct proof_slot, what) + 1, "proof_slot");
_Static_assert(offsetof(struct object, epoch) == PROOF_EPOCH_AT, "PROOF_EPOCH_AT");
_Static_assert(CAPTABLE_FIRST == PROOF_FIRST, "PROOF_FIRST");

void gate_take(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct proof_token *to = &t->token;

    (void)k;
    t->token_seen = proof_p1(t->table, t->table->nslots, x[0], PROOF_WANT(CAP_NULL, RIGHT_PROVE));
    t->token_by = x[0];
    for (unsigned i = 0; i < 4; i++)
        ((uint64_t *)(void *)to->mutation)[i] = x[1 + i];
    to->valid_until_ns = x[5];
    to->nonce = x[6];
    to->tier = x[7];
}

/* Of an island: the core, and its memory. Nothing else is gated yet. */
static void look_up(const struct kcb *k, const struct task *t, const struct cap *c, struct proof_facts *f)
{
    const struct range *share = &k->info->share[0];
    bool headed = type_has_header(c->type);

    *f = (struct proof_facts){ .object = emit_name(c),
                               .generation_seen = HANDLE_GENERATION(t->token_by),
                               .generation = c->generation,
                               .epoch_seen = headed ? c->epoch : 0,
                               .epoch = headed ? object_of(c)->epoch : 0,
                               .type = c->type,
                               .rights = c->rights,
                               .depth = c->depth,
                               .tier = 2,
                               .core = k->info->core,
                               .owner_core = k->info->core,
                               .base = share->base,
                               .bytes = share->bytes,
                               .region_base = share->base,
                               .region_bytes = share->bytes,
                               .holder = PROOF_HOLDER(k->info->core, t->id),
                               .now_ns = ns_of_ticks(k, now_ticks()) };
}

status_t gate_decide(struct kcb *k, struct task *t, const struct cap *used, const struct mutation *m, bool yes)
{
    yes = yes && t->token_seen != 0 && t->token_by == cap_handle(k, used); /* by this very capability */
    t->token = (struct proof_token){ .tier = 0 };
    t->token_seen = 0;
    if (yes)
        return ST_OK;
    emit(k, t, WITNESS_PROOF_REJECTED, 0, emit_hash(k, used), m->target, (uint64_t)m->call | (uint64_t)m->operation << 32);
    return ST_PROOF;
}

status_t gate_pass(struct kcb *k, struct task *t, const struct cap *used, const struct mutation *m)
{
    struct proof_facts f;

    look_up(k, t, used, &f);
    return gate_decide(k, t, used, m, proof_p2(&f, m, &t->token, &t->nonces, k->log.block));
}
