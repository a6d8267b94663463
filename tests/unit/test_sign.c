/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ed25519 against RFC 8032 and another library: lib/sign/sign.h. */
#include <bearssl.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/types.h"
#include "lib/sign/sign.h"
#include "tests/support/hex.h"

static const struct {
    const char *name, *seed, *public_key, *message, *signature;
} vectors[] = {
#define ED25519(...) {__VA_ARGS__},
#include "tests/support/ed25519.def"
#undef ED25519
};

static const uint8_t number[8] = {1, 2, 3, 4, 5, 6, 7, 8};

START_TEST(signatures_are_those_of_rfc_8032)
{
    uint8_t seed[32], public_key[32], message[64], expected[64];
    size_t n = hex_bytes(message, sizeof message, vectors[_i].message);
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;

    hex_bytes(seed, 32, vectors[_i].seed);
    hex_bytes(public_key, 32, vectors[_i].public_key);
    ck_assert_uint_eq(hex_bytes(expected, 64, vectors[_i].signature), 64);
    sign_key_make(&k, number, seed);
    sign_key_public(&k, &p);
    ck_assert_mem_eq(p.key, public_key, 32);
    ck_assert_mem_eq(p.number, number, 8);
    sign_message(&k, message, n, &s);
    ck_assert_mem_eq(s.bytes, expected, 64);
    ck_assert(sign_verify(&p, message, n, &s));
}
END_TEST

/* The hash is over what libsodium 1.0.18 makes of the same key and messages. */
START_TEST(signatures_of_every_length_are_those_of_another_library)
{
    static const char expected[] =
        "53bee10125be098eeeb642ceee1d761941e343587135821e170e84c10c648eaa";
    uint8_t seed[32], message[300], digest[32], wanted[32];
    br_sha256_context hash;
    struct sign_signature s;
    struct sign_key k;

    for (unsigned i = 0; i < 32; i++)
        seed[i] = (uint8_t)(100 + i);
    sign_key_make(&k, number, seed);
    br_sha256_init(&hash);
    for (unsigned n = 0; n <= 300; n++) {
        for (unsigned i = 0; i < n; i++)
            message[i] = (uint8_t)(i * 7 + n);
        sign_message(&k, message, n, &s);
        br_sha256_update(&hash, s.bytes, sizeof s.bytes);
    }
    br_sha256_out(&hash, digest);
    hex_bytes(wanted, 32, expected);
    ck_assert_mem_eq(digest, wanted, 32);
}
END_TEST

/* Number, key, signature and message of one that verifies: every bit of each. */
START_TEST(no_bit_of_a_signature_key_or_message_can_be_changed)
{
    static const uint8_t seed[32] = {42};
    uint8_t message[33] = "what the device says of its logs";
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;
    struct {
        uint8_t *at;
        size_t bytes;
    } part[] = {{(uint8_t *)&s, sizeof s}, {(uint8_t *)&p, sizeof p}, {message, sizeof message}};

    sign_key_make(&k, number, seed);
    sign_key_public(&k, &p);
    sign_message(&k, message, sizeof message, &s);
    for (unsigned i = 0; i < ARRAY_LEN(part); i++)
        for (size_t bit = 0; bit < 8 * part[i].bytes; bit++) {
            part[i].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert(!sign_verify(&p, message, sizeof message, &s));
            part[i].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    ck_assert(sign_verify(&p, message, sizeof message, &s));
    ck_assert(!sign_verify(&p, message, sizeof message - 1, &s));
}
END_TEST

/* S + order is the same number modulo the order; a key of small order has signatures nobody made. */
START_TEST(a_message_has_one_signature_by_a_key)
{
    static const uint8_t seed[32] = {43};
    uint8_t order[32];
    struct sign_signature s, zero = {{0}, {1}};
    struct sign_public p, identity = {{0}, {1}};
    struct sign_key k;
    unsigned carry = 0;

    hex_bytes(order, 32, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    sign_key_make(&k, number, seed);
    sign_key_public(&k, &p);
    sign_message(&k, "m", 1, &s);
    ck_assert(sign_verify(&p, "m", 1, &s));
    for (unsigned i = 0; i < 32; i++, carry >>= 8) {
        carry += (unsigned)s.bytes[32 + i] + order[i];
        s.bytes[32 + i] = (uint8_t)carry;
    }
    ck_assert(!sign_verify(&p, "m", 1, &s));
    ck_assert(!sign_verify(&identity, "m", 1, &zero));
}
END_TEST

/* A key whose public half was exchanged signs as before: two different answers to one nonce would give the seed away. */
START_TEST(signing_does_not_trust_the_public_half)
{
    static const uint8_t seed[32] = {44};
    struct sign_signature good, other;
    struct sign_key k;

    sign_key_make(&k, number, seed);
    sign_message(&k, "m", 1, &good);
    k.public_key[7] ^= 1;
    sign_message(&k, "m", 1, &other);
    ck_assert_mem_eq(good.bytes, other.bytes, 64);
}
END_TEST

START_TEST(a_wiped_key_is_zero)
{
    static const uint8_t seed[32] = {45}, zero[sizeof(struct sign_key)];
    struct sign_key k;

    sign_key_make(&k, number, seed);
    ck_assert_mem_ne(&k, zero, sizeof k);
    sign_key_wipe(&k);
    ck_assert_mem_eq(&k, zero, sizeof k);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("sign");
    TCase *t = tcase_create("ed25519");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, signatures_are_those_of_rfc_8032, 0, ARRAY_LEN(vectors));
    tcase_add_test(t, signatures_of_every_length_are_those_of_another_library);
    tcase_add_test(t, no_bit_of_a_signature_key_or_message_can_be_changed);
    tcase_add_test(t, a_message_has_one_signature_by_a_key);
    tcase_add_test(t, signing_does_not_trust_the_public_half);
    tcase_add_test(t, a_wiped_key_is_zero);
    suite_add_tcase(s, t);

    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
