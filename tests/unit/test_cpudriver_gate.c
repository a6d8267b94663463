/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The gate of privileged operations: cpudriver/gate.h. One answer for everything that is wrong, and nothing changes. */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/gate.h"
#include "tests/support/fake_core.h"
#include "witness/portable.h"

#define SHARE (8u << 20)

static struct world w;
static handle_t island;
static struct hmac_key key;

static handle_t give(enum cap_type type, uint8_t rights)
{
    return world_give(&w, type, 0, 0, rights);
}

static void setup(void)
{
    uint8_t secret[HASH_BYTES];

    world_make(&w, SHARE);
    w.k->root = w.root;
    gate_init(w.k, secret);
    hmac_key_make(&key, secret, sizeof secret, portable_block); /* as the monitor makes it */
    w.info->share[0] = (struct range){ 0x40000000, SHARE };
    island = give(CAP_ISLAND, RIGHTS_ALL);
}

static void teardown(void)
{
    world_free(&w);
}

/* Says one thing and does another: `say` is proved, with this nonce, until then; `x` is done. */
static struct {
    uint64_t say[5], x[5], nonce, until_ns, tier;
    handle_t by;
} try;

static status_t attempt(void)
{
    struct mutation m = { .call = SYS_attest_emit, .operation = ATTEST_EMIT, .object = try.say[2],
                          .argument = { try.say[1], try.say[3], try.say[4] },
                          .holder = PROOF_HOLDER(0, w.root->id) };
    uint64_t say[8] = { try.by }, x[8];

    mutation_hash(&m, portable_block, (uint8_t *)&say[1]);
    say[5] = try.until_ns;
    say[6] = try.nonce;
    say[7] = try.tier;
    ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_PROVE, say), ST_OK); /* whatever is said */
    memcpy(x, try.x, sizeof try.x);
    return world_call(&w, SYS_attest_emit, ATTEST_EMIT, x);
}

static void good(void)
{
    memset(&try, 0, sizeof try);
    try.x[0] = try.by = island;
    try.x[1] = WITNESS_REGION_SHARE | 5 << 16;
    try.x[2] = 77;
    try.x[3] = 88;
    try.x[4] = 99;
    memcpy(try.say, try.x, sizeof try.say);
    try.nonce = ++w.nonce;
    try.until_ns = fake.now + 1000000;
    try.tier = 2;
}

static const struct witness_record *last(void)
{
    return world_record(&w, w.k->log.seq - 1);
}

START_TEST(what_was_proved_is_done_and_says_of_which_tier)
{
    const struct witness_record *r;

    good();
    ck_assert_int_eq(attempt(), ST_OK);
    r = last();
    ck_assert(r->kind == WITNESS_REGION_SHARE && r->proof_tier == 2 && r->target == 77 && r->payload == 88);
}
END_TEST

enum lie { KIND, TARGET, PAYLOAD, HASH, NONCE_AGAIN, NONCE_0, EXPIRED, TOO_LONG, TIER, NO_PROVE, STALE, FORGED, OTHER_CAP, LIES };

START_TEST(every_lie_has_the_same_answer_and_one_record)
{
    uint64_t seq;
    struct cap *c;

    good();
    switch ((enum lie)_i) {
    case KIND:
        try.say[1] ^= 1;
        break;
    case TARGET:
        try.say[2]++;
        break;
    case PAYLOAD:
        try.say[3]++;
        break;
    case HASH:
        try.say[4]++;
        break;
    case NONCE_AGAIN:
        ck_assert_int_eq(attempt(), ST_OK);
        break;
    case NONCE_0:
        try.nonce = 0;
        break;
    case EXPIRED:
        try.until_ns = fake.now - 1;
        break;
    case TOO_LONG:
        try.until_ns = fake.now + PROOF_WINDOW_NS + 1000000;
        break;
    case TIER:
        try.tier = 1;
        break;
    case NO_PROVE:
        ck_assert_int_eq(cap_find(w.table, island, CAP_ISLAND, 0, &c), ST_OK);
        c->rights &= (uint8_t)~RIGHT_PROVE;
        break;
    case STALE:
        try.by = island + (1ull << 32);
        break;
    case FORGED:
        try.by = 0xfffffff0u;
        break;
    case OTHER_CAP: /* with PROVE, but not what the operation is done by */
        try.by = w.ram;
        break;
    case LIES:
        break;
    }
    seq = w.k->log.seq;
    ck_assert_int_eq(attempt(), ST_PROOF);
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_uint_eq(last()->kind, WITNESS_PROOF_REJECTED);
}
END_TEST

START_TEST(a_proof_is_for_one_operation)
{
    uint64_t x[8];

    good();
    ck_assert_int_eq(attempt(), ST_OK);
    memcpy(x, try.x, sizeof try.x);
    ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_EMIT, x), ST_PROOF); /* none was said for this one */
    good();
    try.x[2]++;
    ck_assert_int_eq(attempt(), ST_PROOF);
    try.x[2]--;
    memcpy(x, try.x, sizeof try.x);
    ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_EMIT, x), ST_PROOF); /* what was said is forgotten */
    good();
    try.nonce += 4096;
    w.nonce = try.nonce;
    ck_assert_int_eq(attempt(), ST_OK);
    try.nonce -= 4096;
    ck_assert_int_eq(attempt(), ST_PROOF); /* out of the window: refused for good */
}
END_TEST

START_TEST(a_stolen_proof_is_no_proof)
{
    good();
    w.root->id++; /* somebody else says the same words */
    try.say[0] = 0;
    {
        struct mutation m = { .call = SYS_attest_emit, .operation = ATTEST_EMIT, .object = 77,
                              .argument = { try.x[1], 88, 99 }, .holder = PROOF_HOLDER(0, w.root->id - 1) };
        uint64_t say[8] = { island }, x[8];

        mutation_hash(&m, portable_block, (uint8_t *)&say[1]);
        say[5] = try.until_ns;
        say[6] = 1000;
        say[7] = 2;
        ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_PROVE, say), ST_OK);
        memcpy(x, try.x, sizeof try.x);
        ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_EMIT, x), ST_PROOF);
    }
    w.root->id--;
}
END_TEST

/* ---- a program that changes core: tier 3 ---- */

static struct {
    uint64_t spoil;      /* of the signature, in word spoil_at */
    unsigned spoil_at;
    bool unsigned_;      /* as if it were another kind: a token, and the hash in x4 */
} deep;

static void good_move(uint64_t flags)
{
    good();
    memset(&deep, 0, sizeof deep);
    try.x[1] = try.say[1] = WITNESS_PARTITION_MIGRATE | flags << 16;
    try.x[4] = try.say[4] = 0;
    try.tier = 3;
}

static status_t attempt_move(void)
{
    struct mutation m = { .call = SYS_attest_emit, .operation = ATTEST_EMIT, .object = try.say[2],
                          .argument = { try.say[1], try.say[3] }, .holder = PROOF_HOLDER(0, w.root->id) };
    struct proof_token token = { .valid_until_ns = try.until_ns, .nonce = try.nonce, .tier = try.tier };
    uint8_t leaf[HASH_BYTES], signature[PROOF_SIGNATURE_BYTES];
    struct proof_statement said;
    uint64_t say[8] = { try.by }, x[8] = { 0 };

    mutation_hash(&m, portable_block, token.mutation);
    proof_leaf(&token, portable_block, leaf);
    proof_statement_make(&token, m.holder, 1, leaf, &said);
    proof_sign_hmac(&key, &said, sizeof said, signature);
    memcpy(&say[1], token.mutation, HASH_BYTES);
    say[5] = try.until_ns;
    say[6] = try.nonce;
    say[7] = try.tier;
    ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_PROVE, say), ST_OK);
    memcpy(x, try.x, 4 * sizeof x[0]);
    if (!deep.unsigned_)
        memcpy(&x[4], signature, HASH_BYTES);
    x[4 + deep.spoil_at] ^= deep.spoil;
    return world_call(&w, SYS_attest_emit, ATTEST_EMIT, x);
}

START_TEST(a_program_that_changes_core_asks_for_a_signature)
{
    const struct witness_record *r;

    for (unsigned flags = 0; flags < 2; flags++) { /* where it leaves, and where it arrives */
        good_move(flags);
        ck_assert_int_eq(attempt_move(), ST_OK);
        r = last();
        ck_assert(r->kind == WITNESS_PARTITION_MIGRATE && r->proof_tier == 3 && r->flags == flags);
        ck_assert(r->target == 77 && r->payload == 88 && r->capability_hash == 0);
    }
}
END_TEST

/* Its nonces are in its space from then on; of a space where another small task's are, no proof is accepted. */
START_TEST(a_small_task_brings_proofs_and_no_nonce_twice)
{
    struct task_tail *large = w.root->tail;

    w.root->tail = NULL;
    good();
    ck_assert_int_eq(attempt(), ST_OK);
    ck_assert(w.root->tail == &w.root->space->tail);
    ck_assert_int_eq(attempt(), ST_PROOF);
    good();
    ck_assert_int_eq(attempt(), ST_OK);
    good_move(0);
    w.root->tail = NULL;
    w.root->space->tail_of = (struct task *)(void *)&w; /* somebody else */
    ck_assert_int_eq(attempt_move(), ST_PROOF);
    good();
    ck_assert_int_eq(attempt(), ST_PROOF);
    w.root->tail = large;
}
END_TEST

/* The way up to the root is walked; a copy is as good as what it was made from. */
START_TEST(by_a_copy_of_the_island_as_well)
{
    uint64_t x[8] = { island, 0, RIGHTS_ALL };

    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_COPY, x), ST_OK);
    good_move(0);
    try.x[0] = try.by = x[1];
    ck_assert_int_eq(attempt_move(), ST_OK);
}
END_TEST

enum move_lie { M_NOT_SIGNED, M_TIER_2, M_KIND_2, M_SIGNATURE_0, M_SIGNATURE_3, M_TARGET, M_PAYLOAD, M_FLAGS, M_NONCE_AGAIN, M_EXPIRED,
                M_TOO_LONG, M_NO_PROVE, M_DEPTH, M_KEY, M_LIES };

START_TEST(every_lie_about_a_move_has_the_same_answer_and_one_record)
{
    uint64_t seq;
    struct cap *c;

    good_move(0);
    switch ((enum move_lie)_i) {
    case M_NOT_SIGNED:
        deep.unsigned_ = true;
        break;
    case M_TIER_2:
        try.tier = 2;
        break;
    case M_KIND_2: /* signed for another kind */
        try.say[1] = WITNESS_REGION_SHARE;
        break;
    case M_SIGNATURE_0:
        deep.spoil = 1;
        break;
    case M_SIGNATURE_3:
        deep.spoil = 1ull << 63;
        deep.spoil_at = 3;
        break;
    case M_TARGET:
        try.say[2]++;
        break;
    case M_PAYLOAD:
        try.say[3]++;
        break;
    case M_FLAGS:
        try.say[1] |= WITNESS_F_ARRIVED << 16;
        break;
    case M_NONCE_AGAIN:
        ck_assert_int_eq(attempt_move(), ST_OK);
        break;
    case M_EXPIRED:
        try.until_ns = fake.now - 1;
        break;
    case M_TOO_LONG:
        try.until_ns = fake.now + PROOF_WINDOW_DEEP_NS + 1000000;
        break;
    case M_NO_PROVE:
        ck_assert_int_eq(cap_find(w.table, island, CAP_ISLAND, 0, &c), ST_OK);
        c->rights &= (uint8_t)~RIGHT_PROVE;
        break;
    case M_DEPTH: /* it has no parent, and says that it is a copy */
        ck_assert_int_eq(cap_find(w.table, island, CAP_ISLAND, 0, &c), ST_OK);
        c->depth = 1;
        break;
    case M_KEY: /* of another boot, or another core */
        ((uint8_t *)&key)[0] ^= 1;
        break;
    case M_LIES:
        break;
    }
    seq = w.k->log.seq;
    ck_assert_int_eq(attempt_move(), ST_PROOF);
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_uint_eq(last()->kind, WITNESS_PROOF_REJECTED);
}
END_TEST

/* ---- what a program asks of its monitor ---- */

enum call_lie { C_NONE, C_OBJECT, C_FIRST, C_SECOND, C_NO_PROVE, C_NOT_ITSELF, C_OTHER, C_AGAIN, C_NOTHING_SAID, C_EXPIRED, C_LIES };

/* The task is the same as the monitor here: who says it and who asks about it. */
static status_t attempt_call(enum call_lie lie, uint64_t nonce)
{
    struct mutation m = { .call = SYS_queue_send, .operation = SEND_CALL, .target = w.root->id, .object = 5,
                          .argument = { 6, 7 }, .holder = PROOF_HOLDER(0, w.root->id) };
    uint64_t say[8] = { w.self }, x[8] = { island, w.self, 5, 6, 7 };

    if (lie == C_NO_PROVE) {
        uint64_t y[8] = { w.self, 0, RIGHTS_ALL ^ RIGHT_PROVE };

        ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_COPY, y), ST_OK);
        say[0] = y[1];
    }
    if (lie == C_NOT_ITSELF)
        say[0] = island;
    if (lie == C_OTHER) { /* a task, but not the one that says it */
        uint64_t y[8] = { w.ram, CAP_TASK };

        ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_RETYPE, y), ST_OK);
        say[0] = y[1];
    }
    mutation_hash(&m, portable_block, (uint8_t *)&say[1]);
    say[5] = lie == C_EXPIRED ? 0 : fake.now + 1000000;
    say[6] = nonce;
    say[7] = 2;
    if (lie != C_NOTHING_SAID)
        ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_PROVE, say), ST_OK);
    x[2] += lie == C_OBJECT;
    x[3] += lie == C_FIRST;
    x[4] += lie == C_SECOND;
    return world_call(&w, SYS_attest_emit, ATTEST_CHECK, x);
}

START_TEST(a_call_that_was_meant_is_told_from_one_that_was_not)
{
    uint64_t nonce = ++w.nonce, seq = w.k->log.seq;

    if (_i == C_NONE || _i == C_AGAIN) {
        ck_assert_int_eq(attempt_call(C_NONE, nonce), ST_OK);
        ck_assert_uint_eq(w.k->log.seq, seq); /* what follows is recorded by who does it */
        if (_i == C_NONE)
            return;
    }
    ck_assert_int_eq(attempt_call((enum call_lie)_i, nonce), ST_PROOF);
    ck_assert_uint_eq(last()->kind, WITNESS_PROOF_REJECTED);
}
END_TEST

START_TEST(only_a_monitor_asks_whether_a_call_was_meant)
{
    uint64_t x[8] = { w.self, w.self }, y[8] = { island, island };

    ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_CHECK, x), ST_TYPE);
    ck_assert_int_eq(world_call(&w, SYS_attest_emit, ATTEST_CHECK, y), ST_TYPE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("gate");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_was_proved_is_done_and_says_of_which_tier);
    tcase_add_loop_test(t, every_lie_has_the_same_answer_and_one_record, 0, LIES);
    tcase_add_test(t, a_proof_is_for_one_operation);
    tcase_add_test(t, a_stolen_proof_is_no_proof);
    tcase_add_test(t, a_program_that_changes_core_asks_for_a_signature);
    tcase_add_test(t, a_small_task_brings_proofs_and_no_nonce_twice);
    tcase_add_test(t, by_a_copy_of_the_island_as_well);
    tcase_add_loop_test(t, every_lie_about_a_move_has_the_same_answer_and_one_record, 0, M_LIES);
    tcase_add_loop_test(t, a_call_that_was_meant_is_told_from_one_that_was_not, 0, C_LIES);
    tcase_add_test(t, only_a_monitor_asks_whether_a_call_was_meant);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
