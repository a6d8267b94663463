/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* SHA-256 in pieces, HMAC by the vectors of RFC 4231, and Merkle paths against RFC 6962 written down as it reads. */
#include <bearssl.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/hex.h"
#include "witness/merkle.h"
#include "witness/portable.h"

#define LEAVES 64u

/* ---- SHA-256 and HMAC ---- */

static void sha256(const void *p, size_t n, uint8_t out[32])
{
    br_sha256_context c;

    br_sha256_init(&c);
    br_sha256_update(&c, p, n);
    br_sha256_out(&c, out);
}

/* All lengths around three blocks, cut in two at every place. */
START_TEST(a_hash_does_not_depend_on_the_pieces)
{
    uint8_t bytes[200], expected[32], got[32];
    struct hash s;

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 29 + 5);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        sha256(bytes, n, expected);
        for (size_t cut = 0; cut <= n; cut++) {
            hash_start(&s, portable_block);
            hash_add(&s, bytes, cut);
            hash_add(&s, bytes + cut, n - cut);
            hash_end(&s, got);
            ck_assert_mem_eq(got, expected, 32);
        }
    }
}
END_TEST

static const struct {
    unsigned key_bytes, bytes, mac_bytes;
    const char *key, *text; /* hex of one byte: repeated */
    const char *mac;
} vectors[] = {
    /* clang-format off */
    { 20, 8, 32, "0b", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { 4, 28, 32, "4a656665", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { 20, 50, 32, "aa", "\xdd", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { 25, 50, 32, "0102030405060708090a0b0c0d0e0f10111213141516171819", "\xcd", "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    { 20, 20, 16, "0c", "Test With Truncation", "a3b6167473100ee06e0c796c2955552b" },
    { 131, 54, 32, "aa", "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { 131, 152, 32, "aa", "This is a test using a larger than block-size key and a larger than block-size data. "
      "The key needs to be hashed before being used by the HMAC algorithm.", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
    /* clang-format on */
};

START_TEST(hmac_is_that_of_rfc_4231)
{
    uint8_t key[131], text[152], mac[32], expected[32];
    size_t given = hex_bytes(key, sizeof key, vectors[_i].key), bytes = strlen(vectors[_i].text);
    struct hmac_key k;

    if (given == 1)
        memset(key, key[0], sizeof key);
    memset(text, vectors[_i].text[0], sizeof text);
    if (bytes > 1)
        memcpy(text, vectors[_i].text, bytes);
    ck_assert(bytes == 1 || bytes == vectors[_i].bytes);
    hmac_key_make(&k, key, vectors[_i].key_bytes, portable_block);
    hmac(&k, text, vectors[_i].bytes, mac);
    hex_bytes(expected, 32, vectors[_i].mac);
    ck_assert_mem_eq(mac, expected, vectors[_i].mac_bytes);
}
END_TEST

/* Key lengths around a block, against BearSSL. */
START_TEST(hmac_of_every_key_length_is_that_of_another_library)
{
    uint8_t key[150], message[77] = "message", mac[32], expected[32];
    br_hmac_key_context kc;
    br_hmac_context c;
    struct hmac_key k;

    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(i + 1);
    for (size_t n = 0; n <= sizeof key; n++) {
        hmac_key_make(&k, key, n, portable_block);
        hmac(&k, message, sizeof message, mac);
        br_hmac_key_init(&kc, &br_sha256_vtable, key, n);
        br_hmac_init(&c, &kc, 0);
        br_hmac_update(&c, message, sizeof message);
        br_hmac_out(&c, expected);
        ck_assert_mem_eq(mac, expected, 32);
    }
}
END_TEST

/* ---- trees: section 2.1 of RFC 6962, word for word ---- */

static uint8_t data[LEAVES][3];

static unsigned half_of(unsigned n)
{
    unsigned k = 1;

    while (2 * k < n)
        k *= 2;
    return k;
}

static void tree_hash(unsigned from, unsigned n, uint8_t out[32])
{
    uint8_t both[65] = {1}, one[4] = {0};

    if (n == 1) {
        memcpy(one + 1, data[from], 3);
        sha256(one, sizeof one, out);
        return;
    }
    tree_hash(from, half_of(n), both + 1);
    tree_hash(from + half_of(n), n - half_of(n), both + 33);
    sha256(both, sizeof both, out);
}

static unsigned tree_path(unsigned m, unsigned from, unsigned n, uint8_t path[][32])
{
    unsigned k = half_of(n), nodes;

    if (n == 1)
        return 0;
    if (m < k) {
        nodes = tree_path(m, from, k, path);
        tree_hash(from + k, n - k, path[nodes]);
    } else {
        nodes = tree_path(m - k, from + k, n - k, path);
        tree_hash(from, k, path[nodes]);
    }
    return nodes + 1;
}

static void setup(void)
{
    for (unsigned i = 0; i < LEAVES; i++) {
        data[i][0] = (uint8_t)i;
        data[i][1] = (uint8_t)(i * i);
        data[i][2] = 0xaa;
    }
}

static bool verify(uint64_t leaf, uint64_t leaves, const uint8_t hash[32], uint8_t path[][32],
                   unsigned nodes, const uint8_t root[32])
{
    uint64_t mask = merkle_verify(leaf, leaves, hash, path[0], nodes, root, portable_block);

    ck_assert(mask == 0 || mask == ~0ull);
    return mask != 0;
}

/* Trees of 1 to 64 leaves, each leaf: its path and no other place, length, digest or root. */
START_TEST(a_leaf_is_found_by_its_path_and_by_nothing_else)
{
    unsigned n = (unsigned)_i, nodes;
    uint8_t path[MERKLE_PATH_MAX + 1][32] = {0}, root[32], hash[32], other[32];

    tree_hash(0, n, root);
    for (unsigned m = 0; m < n; m++) {
        nodes = tree_path(m, 0, n, path);
        merkle_leaf(data[m], 3, portable_block, hash);
        ck_assert(verify(m, n, hash, path, nodes, root));
        for (unsigned wrong = 0; wrong < n + 3; wrong++)
            ck_assert(wrong == m || !verify(wrong, n, hash, path, nodes, root));
        ck_assert(!verify(m, n, hash, path, nodes + 1, root));
        ck_assert(nodes == 0 || !verify(m, n, hash, path, nodes - 1, root));
        merkle_leaf(data[(m + 1) % LEAVES], 3, portable_block, other);
        ck_assert(!verify(m, n, other, path, nodes, root));
        for (unsigned i = 0; i < nodes; i++) {
            path[i][(m + i) % 32] ^= 0x10;
            ck_assert(!verify(m, n, hash, path, nodes, root));
            path[i][(m + i) % 32] ^= 0x10;
        }
        root[m % 32] ^= 1;
        ck_assert(!verify(m, n, hash, path, nodes, root));
        root[m % 32] ^= 1;
        ck_assert(verify(m, n, hash, path, nodes, root));
    }
}
END_TEST

START_TEST(there_is_no_leaf_outside_the_tree)
{
    uint8_t path[MERKLE_PATH_MAX + 1][32] = {0}, hash[32], root[32];

    tree_hash(0, 1, root);
    merkle_leaf(data[0], 3, portable_block, hash);
    ck_assert(verify(0, 1, hash, path, 0, root));
    ck_assert(!verify(0, 0, hash, path, 0, root));
    ck_assert(!verify(1, 1, hash, path, 0, root));
    ck_assert(!verify(0, 2, hash, path, 0, root));
    ck_assert(!verify(UINT64_MAX, UINT64_MAX, hash, path, 0, root));
    ck_assert(!verify(0, UINT64_MAX, hash, path, MERKLE_PATH_MAX, root));
    ck_assert(!verify(0, 1, hash, path, MERKLE_PATH_MAX + 1, root));
}
END_TEST

/* The digest of two leaves is no leaf: what is hashed begins with another byte. */
START_TEST(a_node_cannot_be_passed_off_as_a_leaf)
{
    uint8_t path[1][32], children[64], node[32], as_leaf[32], root[32];

    tree_hash(0, 1, children);
    tree_hash(1, 1, children + 32);
    tree_hash(0, 2, node);
    tree_hash(2, 2, path[0]);
    tree_hash(0, 4, root);
    ck_assert(verify(0, 2, node, path, 1, root)); /* as a digest it fits */
    merkle_leaf(children, sizeof children, portable_block, as_leaf);
    ck_assert(!verify(0, 2, as_leaf, path, 1, root));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness");
    TCase *t = tcase_create("merkle");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_hash_does_not_depend_on_the_pieces);
    tcase_add_loop_test(t, hmac_is_that_of_rfc_4231, 0, ARRAY_LEN(vectors));
    tcase_add_test(t, hmac_of_every_key_length_is_that_of_another_library);
    tcase_add_loop_test(t, a_leaf_is_found_by_its_path_and_by_nothing_else, 1, LEAVES + 1);
    tcase_add_test(t, there_is_no_leaf_outside_the_tree);
    tcase_add_test(t, a_node_cannot_be_passed_off_as_a_leaf);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
