/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/gate.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/tail.h"
#include "cpudriver/task.h"
#include <string.h>

/* What proof_p1 reads of a slot is what a slot is. */
_Static_assert(offsetof(struct cap, object) == offsetof(struct proof_slot, object), "proof_slot");
_Static_assert(offsetof(struct cap, generation) == offsetof(struct proof_slot, generation), "proof_slot");
_Static_assert(offsetof(struct cap, epoch) == offsetof(struct proof_slot, epoch), "proof_slot");
_Static_assert(offsetof(struct cap, type) == offsetof(struct proof_slot, what), "proof_slot");
_Static_assert(offsetof(struct cap, rights) == offsetof(struct proof_slot, what) + 1, "proof_slot");
_Static_assert(offsetof(struct object, epoch) == PROOF_EPOCH_AT, "PROOF_EPOCH_AT");
_Static_assert(CAPTABLE_FIRST == PROOF_FIRST, "PROOF_FIRST");

/* Nothing better is at hand than what this boot alone has: docs/caveats.md. */
void gate_init(struct kcb *k, uint8_t secret[HASH_BYTES])
{
    const struct bootinfo *b = k->info;
    uint64_t own[3] = { b->core, now_ticks(), b->entry_ticks };
    struct hash s;

    hash_start(&s, cpu_sha(k));
    hash_add(&s, b->measurement, sizeof b->measurement);
    hash_add(&s, b->phase_ticks, sizeof b->phase_ticks);
    hash_add(&s, own, sizeof own);
    hash_end(&s, secret);
    hmac_key_make(&k->proof_key, secret, HASH_BYTES, cpu_sha(k));
}

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

void gate_facts(const struct kcb *k, const struct task *t, const struct cap *c, unsigned tier, struct proof_facts *f)
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
                               .tier = (uint8_t)tier,
                               .core = k->info->core,
                               .owner_core = k->info->core,
                               .base = share->base,
                               .bytes = share->bytes,
                               .region_base = share->base,
                               .region_bytes = share->bytes,
                               .holder = PROOF_HOLDER(k->info->core, t->id),
                               .now_ns = ns_of_ticks(k, now_ticks()) };
}

/* What has been decided: the token is gone. `yes` counts only if it was said by the capability used. */
static status_t decide(struct kcb *k, struct task *t, const struct cap *used, const struct mutation *m, bool yes)
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

    gate_facts(k, t, used, 2, &f);
    return decide(k, t, used, m, tail_attach(t) && proof_p2(&f, m, &t->token, &t->tail->nonces, k->log.block));
}

/* The caller is the monitor; who said it, and by which capability, is the task. */
status_t gate_check(struct kcb *k, struct task *of, uint64_t object, uint64_t first, uint64_t second)
{
    struct mutation m = { .call = SYS_queue_send,
                          .operation = SEND_CALL,
                          .target = of->id,
                          .object = object,
                          .argument = { first, second },
                          .holder = PROOF_HOLDER(k->info->core, of->id) };
    struct cap *used;

    if (of->table != NULL && cap_find(of->table, of->token_by, CAP_TASK, RIGHT_PROVE, &used) == ST_OK)
        return gate_pass(k, of, used, &m);
    of->token = (struct proof_token){ .tier = 0 };
    of->token_seen = 0;
    emit(k, of, WITNESS_PROOF_REJECTED, 0, 0, m.target, (uint64_t)m.call | (uint64_t)m.operation << 32);
    return ST_PROOF;
}

/* ---- tier 3 ---- */

/* Who it was made from, up to its root. One too many says that the way is too long. */
static unsigned walk_up(const struct kcb *k, const struct cap *c, const struct proof_facts *f, struct proof_link link[PROOF_LINKS_MAX])
{
    unsigned n = 0;

    for (; c && n < PROOF_LINKS_MAX; c = cap_at(k, c->parent)) {
        bool is_memory = c->type != CAP_ISLAND; /* whose memory is the core's, for each */

        link[n++] = (struct proof_link){ .base = is_memory ? c->object : f->base, .bytes = is_memory ? c->value : f->bytes,
                                         .type = c->type, .rights = c->rights, .depth = c->depth };
    }
    return c ? PROOF_LINKS_MAX + 1u : n;
}

/* The tree of tokens has one leaf: what is signed is this operation alone. */
status_t gate_pass_deep(struct kcb *k, struct task *t, const struct cap *used, const struct proof_facts *f,
                        const struct mutation *m, const uint64_t signature[4])
{
    struct proof_signer signer = { proof_check_hmac, &k->proof_key };
    struct proof_evidence e = { .leaves = 1 };
    struct proof_link link[PROOF_LINKS_MAX];
    struct proof_chain chain = { link, walk_up(k, used, f, link) };

    proof_leaf(&t->token, k->log.block, e.root);
    memcpy(e.signature, signature, HASH_BYTES);
    return decide(k, t, used, m,
                  tail_attach(t) && proof_p3(f, m, &t->token, &t->tail->nonces, &chain, &e, &signer, k->log.block));
}
