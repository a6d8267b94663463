/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/sign - Ed25519 in a program: the vectors of RFC 8032, a signature made here, one changed bit refused.
 */
#include <string.h>
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "lib/sign/signify.h"
#include "tests/support/hex.h"
#include "tests/system/report.h"

static const struct {
    const char *name, *seed, *public_key, *message, *signature;
} vectors[] = {
#define ED25519(...) {__VA_ARGS__},
#include "tests/support/ed25519.def"
#undef ED25519
};

static const uint8_t number[SIGN_NUMBER_BYTES] = {8, 7, 6, 5, 4, 3, 2, 1};

static bool vector_holds(unsigned i)
{
    uint8_t seed[32], public_key[32], message[64], signature[64];
    size_t n = hex_bytes(message, sizeof message, vectors[i].message);
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;

    hex_bytes(seed, 32, vectors[i].seed);
    hex_bytes(public_key, 32, vectors[i].public_key);
    hex_bytes(signature, 64, vectors[i].signature);
    sign_key_make(&k, number, seed);
    sign_key_public(&k, &p);
    sign_message(&k, message, n, &s);
    return memcmp(p.key, public_key, 32) == 0 && memcmp(s.bytes, signature, 64) == 0 &&
           sign_verify(&p, message, n, &s);
}

/* Through the text of files, as the log store writes and the host tool reads them. */
static void round_trip(void)
{
    static const uint8_t seed[SIGN_SEED_BYTES] = {1, 1, 2, 3, 5, 8};
    char message[] = "all that this core did", key_text[SIGNIFY_TEXT_MAX], text[SIGNIFY_TEXT_MAX];
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;
    uint64_t start, made, checked;

    sign_key_make(&k, number, seed);
    sign_key_public(&k, &p);
    start = rt_now_ns();
    sign_message(&k, message, sizeof message, &s);
    made = rt_now_ns();
    test_is(sign_verify(&p, message, sizeof message, &s), "a signature made here verifies");
    checked = rt_now_ns();
    test_is(signify_put_key(key_text, "a key", &k) == ST_OK &&
                signify_put_signature(text, "a signature", &s) == ST_OK,
            "key and signature become files of signify");
    sign_key_wipe(&k);
    memset(&s, 0, sizeof s);
    test_is(signify_get_key(key_text, strlen(key_text), &k) == ST_OK &&
                signify_get_signature(text, strlen(text), &s) == ST_OK &&
                sign_verify(&p, message, sizeof message, &s),
            "and come back from them");

    message[5] ^= 1;
    test_is(!sign_verify(&p, message, sizeof message, &s),
            "a changed byte of the message is refused");
    message[5] ^= 1;
    for (unsigned at = 0; at < SIGN_BYTES; at += 21) {
        s.bytes[at] ^= 1;
        test_is(!sign_verify(&p, message, sizeof message, &s),
                "a changed byte of the signature is refused");
        s.bytes[at] ^= 1;
    }
    sign_key_wipe(&k);
    sign_wipe(key_text, sizeof key_text);

    rec_begin("sign");
    rec_u64("sign_ns", made - start);
    rec_u64("verify_ns", checked - made);
    rec_end();
}

int main(void)
{
    test_name("sign");
    for (unsigned i = 0; i < ARRAY_LEN(vectors); i++)
        test_is(vector_holds(i), vectors[i].name);
    round_trip();
    return test_end();
}
