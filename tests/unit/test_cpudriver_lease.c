/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Leases of devices: one holder, a proof of tier 3, one record; and with the revoke goes all that was given (cpudriver/lease.h).
 */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/irq.h"
#include "cpudriver/gate.h"
#include "cpudriver/lease.h"
#include "tests/support/fake_core.h"
#include "witness/portable.h"

#define SHARE (8u << 20)
#define REGS 0x0a003e00ull /* a device need not begin with its page */
#define BASE 0x0a003000ull
#define WORD 0x1234567890ull
#define INTID 77u

static struct world w;
static handle_t device, table, irq;
static struct hmac_key key;

static handle_t give(enum cap_type type, uint64_t object, uint64_t value, uint8_t rights)
{
    return world_give(&w, type, object, value, rights);
}

static status_t call(unsigned number, unsigned op, uint64_t x[8])
{
    return world_call(&w, number, op, x);
}
#define CALL(n, op, ...) call(n, op, (uint64_t[8]){ __VA_ARGS__ })

static struct cap *cap_of(handle_t h, struct captable *in)
{
    return (struct cap *)(void *)in + HANDLE_INDEX(h);
}

static handle_t make(enum cap_type type, uint64_t bytes)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ w.ram, type, bytes }, sizeof x);
        st = call(SYS_cap_grant, CAP_RETYPE, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

static void setup(void)
{
    const uint8_t rights = RIGHT_READ | RIGHT_WRITE | RIGHT_GRANT | RIGHT_REVOKE | RIGHT_PROVE;
    uint8_t secret[HASH_BYTES];

    world_make(&w, SHARE);
    w.k->root = w.root;
    w.info->share[0] = (struct range){ 0x40000000, SHARE };
    w.info->ndevices = 1;
    w.info->device[0].regs = (struct range){ REGS, 0x200 };
    gate_init(w.k, secret);
    hmac_key_make(&key, secret, sizeof secret, portable_block); /* as the monitor makes it */
    device = give(CAP_DEVICE, BASE, PAGE_BYTES, rights);
    irq = give(CAP_IRQ, INTID, 0, rights);
    table = make(CAP_CAPTABLE, 16);
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

/* What is said, and what is done then: the same unless a test changes it. */
static struct {
    uint64_t x[4], say[4], target, nonce, until_ns, tier, holder;
    handle_t by;
    uint64_t spoil; /* of the signature, word 0 */
} try;

static void good(handle_t to, uint64_t rights)
{
    memset(&try, 0, sizeof try);
    try.x[0] = try.by = device;
    try.x[1] = to;
    try.x[2] = rights;
    try.x[3] = WORD;
    memcpy(try.say, try.x, sizeof try.x);
    try.target = BASE;
    try.nonce = ++w.nonce;
    try.until_ns = fake.now + 1000000;
    try.tier = 3;
    try.holder = PROOF_HOLDER(0, w.root->id);
}

static status_t attempt(handle_t *made)
{
    struct mutation m = { .call = SYS_cap_grant, .operation = CAP_LEASE, .target = try.target, .object = try.say[1],
                          .argument = { try.say[2], try.say[3] }, .holder = try.holder };
    struct proof_token token = { .valid_until_ns = try.until_ns, .nonce = try.nonce, .tier = try.tier };
    uint8_t leaf[HASH_BYTES], signature[PROOF_SIGNATURE_BYTES];
    struct proof_statement said;
    uint64_t x[8] = { try.by };
    status_t st;

    mutation_hash(&m, portable_block, token.mutation);
    proof_leaf(&token, portable_block, leaf);
    proof_statement_make(&token, try.holder, 1, leaf, &said);
    proof_sign_hmac(&key, &said, sizeof said, signature);
    memcpy(&x[1], token.mutation, HASH_BYTES);
    x[5] = try.until_ns;
    x[6] = try.nonce;
    x[7] = try.tier;
    ck_assert_int_eq(call(SYS_attest_emit, ATTEST_PROVE, x), ST_OK);
    memcpy(x, try.x, sizeof try.x);
    memcpy(&x[4], signature, HASH_BYTES);
    x[4] ^= try.spoil;
    st = call(SYS_cap_grant, CAP_LEASE, x);
    if (made)
        *made = x[1];
    return st;
}

static const struct witness_record *last(void)
{
    return world_record(&w, w.k->log.seq - 1);
}

START_TEST(a_lease_is_a_copy_and_one_record_of_tier_3)
{
    const struct witness_record *r;
    uint64_t seq = w.k->log.seq;
    handle_t made;
    struct cap *c;

    good(table, RIGHT_READ | RIGHT_WRITE);
    ck_assert_int_eq(attempt(&made), ST_OK);
    r = last();
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert(r->kind == WITNESS_DEVICE_LEASE_GRANT && r->proof_tier == 3 && r->target == BASE && r->payload == WORD);
    c = cap_of(device, w.table);
    c = cap_at(w.k, c->child);
    ck_assert(c && c->generation == HANDLE_GENERATION(made) && c->depth == 1);
    ck_assert_uint_eq(c->rights, RIGHT_READ | RIGHT_WRITE);
}
END_TEST

START_TEST(it_is_one_holders_until_it_is_revoked)
{
    handle_t made;
    uint64_t seq;

    good(table, RIGHT_READ);
    ck_assert_int_eq(attempt(&made), ST_OK);
    good(table, RIGHT_READ);
    seq = w.k->log.seq;
    ck_assert_int_eq(attempt(&made), ST_BUSY);
    ck_assert_uint_eq(w.k->log.seq, seq);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_REVOKE, device), ST_AGAIN);
    ck_assert_int_eq(CALL(SYS_cap_grant, CAP_REVOKE, device), ST_OK);
    good(table, RIGHT_READ);
    ck_assert_int_eq(attempt(&made), ST_OK);
}
END_TEST

START_TEST(it_is_renewed_while_somebody_has_it)
{
    handle_t made;
    const struct witness_record *r;

    good(0, LEASE_RENEW);
    ck_assert_int_eq(attempt(&made), ST_STATE);
    good(table, RIGHT_READ);
    ck_assert_int_eq(attempt(&made), ST_OK);
    good(0, LEASE_RENEW);
    ck_assert_int_eq(attempt(&made), ST_OK);
    r = last();
    ck_assert(r->kind == WITNESS_DEVICE_LEASE_RENEW && r->proof_tier == 3 && r->target == BASE && r->payload == WORD);
    ck_assert_uint_eq(cap_of(device, w.table)->child, cap_at(w.k, cap_of(device, w.table)->child)->prev); /* no second copy */
}
END_TEST

START_TEST(what_was_given_cannot_be_used_after_the_revoke)
{
    uint64_t x[8];
    handle_t made, held, space = make(CAP_SPACE, 4 * PAGE_BYTES);

    good(0, RIGHT_READ | RIGHT_WRITE);
    ck_assert_int_eq(attempt(&made), ST_OK);
    memcpy(x, (uint64_t[8]){ irq, 0, RIGHT_READ | RIGHT_WRITE }, sizeof x);
    ck_assert_int_eq(call(SYS_cap_grant, CAP_COPY, x), ST_OK);
    held = x[1];
    ck_assert_int_eq(CALL(SYS_region_map, MAP_MAP, made, space, 0x400000, PERM_READ | PERM_WRITE, 0, 1), ST_OK);
    memcpy(x, (uint64_t[8]){ w.self, 1, 0 }, sizeof x);
    ck_assert_int_eq(call(SYS_cap_grant, CAP_MAKE_EVENT, x), ST_OK);
    ck_assert_int_eq(CALL(SYS_queue_recv, RECV_IRQ_BIND, held, x[1]), ST_OK);
    memcpy(x, (uint64_t[8]){ held, 0 }, sizeof x);
    ck_assert_int_eq(call(SYS_cap_grant, CAP_MOVE, x), ST_OK);
    held = x[1];
    ck_assert(w.k->irqs[INTID].task == w.root);

    while (CALL(SYS_cap_grant, CAP_REVOKE, device) == ST_AGAIN)
        ;
    while (CALL(SYS_cap_grant, CAP_REVOKE, irq) == ST_AGAIN)
        ;
    ck_assert_int_eq(CALL(SYS_region_map, MAP_QUERY, space, 0x400000), ST_NOT_MAPPED);
    ck_assert_int_eq(CALL(SYS_region_map, MAP_MAP, made, space, 0x400000, PERM_READ, 0, 1), ST_STALE_HANDLE);
    ck_assert(!w.k->irqs[INTID].task);
    ck_assert_uint_eq(w.root->irq, 0);
    ck_assert_int_eq(CALL(SYS_queue_send, SEND_IRQ_ACK, held), ST_STALE_HANDLE);
}
END_TEST

enum lie { TABLE, RIGHTS, SAID_WORD, TARGET, HOLDER, NONCE_AGAIN, EXPIRED, TOO_LONG, TIER_2, SIGNATURE, NO_PROVE, STALE, OTHER_CAP,
           COPY, NOT_OURS, ELSEWHERE, TOO_BIG, LIES };

START_TEST(every_lie_has_the_same_answer_one_record_and_no_effect)
{
    struct cap *c = cap_of(device, w.table), *root = c;
    handle_t made = 0;
    uint64_t seq;

    good(table, RIGHT_READ);
    switch ((enum lie)_i) {
    case TABLE:
        try.say[1] = 0;
        break;
    case RIGHTS:
        try.say[2] |= RIGHT_WRITE;
        break;
    case SAID_WORD:
        try.say[3]++;
        break;
    case TARGET:
        try.target += PAGE_BYTES;
        break;
    case HOLDER:
        try.holder++;
        break;
    case NONCE_AGAIN:
        ck_assert_int_eq(attempt(&made), ST_OK);
        while (CALL(SYS_cap_grant, CAP_REVOKE, device) == ST_AGAIN)
            ;
        break;
    case EXPIRED:
        try.until_ns = fake.now - 1;
        break;
    case TOO_LONG:
        try.until_ns = fake.now + PROOF_WINDOW_DEEP_NS + 1000000;
        break;
    case TIER_2:
        try.tier = 2;
        break;
    case SIGNATURE:
        try.spoil = 1;
        break;
    case NO_PROVE:
        c->rights &= (uint8_t)~RIGHT_PROVE;
        break;
    case STALE:
        try.by = device + (1ull << 32);
        break;
    case OTHER_CAP:
        try.by = irq;
        break;
    case COPY: /* of the capability it was made from less can be said than it says itself */
        try.x[0] = try.by = give(CAP_DEVICE, BASE, PAGE_BYTES, c->rights);
        root = cap_of(try.by, w.table);
        root->depth = 1;
        break;
    case NOT_OURS:
        c->flags |= CAP_F_FOREIGN;
        break;
    case ELSEWHERE: /* memory that is no device of this core */
        try.target = c->object = BASE + 16 * PAGE_BYTES;
        break;
    case TOO_BIG:
        c->value = 2 * PAGE_BYTES;
        break;
    case LIES:
        break;
    }
    seq = w.k->log.seq;
    ck_assert_int_eq(attempt(&made), ST_PROOF);
    ck_assert_uint_eq(w.k->log.seq, seq + 1);
    ck_assert_uint_eq(last()->kind, WITNESS_PROOF_REJECTED);
    ck_assert_uint_eq(root->child, 0);
}
END_TEST

START_TEST(a_monitor_cannot_say_that_it_gave_a_lease)
{
    handle_t island = give(CAP_ISLAND, 0, 0, RIGHTS_ALL);
    uint64_t seq = w.k->log.seq;

    ck_assert_int_eq(world_attest(&w, island, WITNESS_DEVICE_LEASE_GRANT, BASE, WORD, 0), ST_INVALID);
    ck_assert_int_eq(world_attest(&w, island, WITNESS_DEVICE_LEASE_RENEW, BASE, WORD, 0), ST_INVALID);
    ck_assert_uint_eq(w.k->log.seq, seq);
    ck_assert_int_eq(world_attest(&w, island, WITNESS_DEVICE_LEASE_REVOKE, BASE, WORD, 0), ST_OK);
}
END_TEST

START_TEST(without_room_nobody_gets_a_device)
{
    handle_t made, frame = make(CAP_FRAME, PAGE_BYTES);

    w.keep = true;
    while (CALL(SYS_cap_grant, CAP_COPY, frame, 0, RIGHTS_ALL) == ST_OK)
        while (CALL(SYS_cap_grant, CAP_REVOKE, frame) == ST_AGAIN)
            ;
    good(table, RIGHT_READ);
    ck_assert_int_eq(attempt(&made), ST_LOG_FULL);
    ck_assert_uint_eq(cap_of(device, w.table)->child, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("lease");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_lease_is_a_copy_and_one_record_of_tier_3);
    tcase_add_test(t, it_is_one_holders_until_it_is_revoked);
    tcase_add_test(t, it_is_renewed_while_somebody_has_it);
    tcase_add_test(t, what_was_given_cannot_be_used_after_the_revoke);
    tcase_add_loop_test(t, every_lie_has_the_same_answer_one_record_and_no_effect, 0, LIES);
    tcase_add_test(t, a_monitor_cannot_say_that_it_gave_a_lease);
    tcase_add_test(t, without_room_nobody_gets_a_device);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
