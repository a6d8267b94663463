/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/signify.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = "untrusted comment: ";
#define MARK_LEN          (sizeof mark - 1)
#define COMMENT_MAX       1023u /* signify's own limit for the line */
#define BASE64_LEN(bytes) (((bytes) + 2) / 3 * 4)

/* The files, byte for byte. */
struct public_file {
    uint8_t algorithm[2], number[8], key[32];
};
struct secret_file {
    uint8_t algorithm[2], kdf[2], rounds[4], salt[16], checksum[8], number[8], key[64];
};
struct signature_file {
    uint8_t algorithm[2], number[8], bytes[64];
};
_Static_assert(sizeof(struct public_file) == 42 && sizeof(struct secret_file) == 104 &&
                   sizeof(struct signature_file) == 74,
               "as signify writes them");

void signify_wipe(void *p, size_t n)
{
    if (p)
        OPENSSL_cleanse(p, n);
}

/* The two lines to exactly `want` bytes; a text that would not be written this way is refused. */
static const char *decode(const char *text, size_t n, void *to, size_t want)
{
    const char *newline = n > MARK_LEN ? memchr(text, '\n', n) : NULL, *base;
    size_t len = BASE64_LEN(want), left;
    uint8_t bytes[BASE64_LEN(sizeof(struct secret_file))],
        again[BASE64_LEN(sizeof(struct secret_file)) + 1];
    const char *why = NULL;

    if (n <= MARK_LEN || memcmp(text, mark, MARK_LEN) != 0)
        return "it does not begin with \"untrusted comment: \"";
    if (!newline || (size_t)(newline - text) > COMMENT_MAX)
        return "its first line does not end";
    base = newline + 1;
    left = n - (size_t)(base - text);
    if (left != len + 1 || base[len] != '\n')
        return "its second line has not the length it should have";
    if (EVP_DecodeBlock(bytes, (const uint8_t *)base, (int)len) < (int)want ||
        EVP_EncodeBlock(again, bytes, (int)want) != (int)len || memcmp(again, base, len) != 0)
        why = "its second line is no base64";
    else if (bytes[0] != 'E' || bytes[1] != 'd')
        why = "its algorithm is not Ed25519";
    else
        memcpy(to, bytes, want);
    signify_wipe(bytes, sizeof bytes);
    signify_wipe(again, sizeof again);
    return why;
}

static void encode(struct buf *t, const char *comment, const char *suffix, const void *file,
                   size_t n)
{
    uint8_t base[BASE64_LEN(sizeof(struct secret_file)) + 1];

    EVP_EncodeBlock(base, file, (int)n);
    buf_put(t, "%s%s%s\n%s\n", mark, comment, suffix, (const char *)base);
    signify_wipe(base, sizeof base);
}

static void checksum(const uint8_t key[64], uint8_t sum[8])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;

    if (!EVP_Digest(key, 64, digest, &n, EVP_sha512(), NULL))
        abort(); /* libcrypto without SHA-512 */
    memcpy(sum, digest, 8);
    signify_wipe(digest, sizeof digest);
}

/* The second half of a secret key, worked out from the first. */
static bool public_of(const uint8_t seed[32], uint8_t public[32])
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    size_t n = 32;
    bool ok = pkey && EVP_PKEY_get_raw_public_key(pkey, public, &n) == 1 && n == 32;

    EVP_PKEY_free(pkey);
    return ok;
}

const char *signify_read_public(const char *text, size_t n, struct signify_public *key)
{
    struct public_file f;
    const char *why = decode(text, n, &f, sizeof f);

    if (why)
        return why;
    memcpy(key->number, f.number, sizeof f.number);
    memcpy(key->key, f.key, sizeof f.key);
    return NULL;
}

static const char *open_secret(const struct secret_file *f, struct signify_secret *key)
{
    static const uint8_t none[4];
    uint8_t sum[8], public[32];

    if (memcmp(f->kdf, "BK", 2) != 0)
        return "its passphrase is turned into a key in an unknown way";
    if (memcmp(f->rounds, none, 4) != 0)
        return "it is protected by a passphrase, which this program does not ask for";
    checksum(f->key, sum);
    if (CRYPTO_memcmp(sum, f->checksum, 8) != 0)
        return "its checksum is wrong";
    if (!public_of(f->key, public) || CRYPTO_memcmp(public, f->key + 32, 32) != 0)
        return "its two halves do not belong together";
    memcpy(key->number, f->number, sizeof f->number);
    memcpy(key->key, f->key, sizeof f->key);
    return NULL;
}

const char *signify_read_secret(const char *text, size_t n, struct signify_secret *key)
{
    struct secret_file f;
    const char *why = decode(text, n, &f, sizeof f);

    if (!why)
        why = open_secret(&f, key);
    signify_wipe(&f, sizeof f);
    return why;
}

const char *signify_read_signature(const char *text, size_t n, struct signify_signature *s)
{
    struct signature_file f;
    const char *why = decode(text, n, &f, sizeof f);

    if (why)
        return why;
    memcpy(s->number, f.number, sizeof f.number);
    memcpy(s->bytes, f.bytes, sizeof f.bytes);
    return NULL;
}

void signify_write_public(struct buf *t, const char *comment, const struct signify_public *key)
{
    struct public_file f = {.algorithm = {'E', 'd'}};

    memcpy(f.number, key->number, sizeof f.number);
    memcpy(f.key, key->key, sizeof f.key);
    encode(t, comment, " public key", &f, sizeof f);
}

void signify_write_secret(struct buf *t, const char *comment, const struct signify_secret *key)
{
    struct secret_file f = {.algorithm = {'E', 'd'}, .kdf = {'B', 'K'}};

    if (RAND_bytes(f.salt, sizeof f.salt) !=
        1) /* of no use without a passphrase, and yet not always the same */
        memset(f.salt, 0, sizeof f.salt);
    checksum(key->key, f.checksum);
    memcpy(f.number, key->number, sizeof f.number);
    memcpy(f.key, key->key, sizeof f.key);
    encode(t, comment, " secret key", &f, sizeof f);
    signify_wipe(&f, sizeof f);
}

void signify_write_signature(struct buf *t, const char *comment, const struct signify_signature *s)
{
    struct signature_file f = {.algorithm = {'E', 'd'}};

    memcpy(f.number, s->number, sizeof f.number);
    memcpy(f.bytes, s->bytes, sizeof f.bytes);
    encode(t, comment, "", &f, sizeof f);
}

bool signify_generate(struct signify_secret *secret, struct signify_public *public)
{
    if (RAND_priv_bytes(secret->key, 32) != 1 || RAND_bytes(secret->number, 8) != 1 ||
        !public_of(secret->key, secret->key + 32)) {
        signify_wipe(secret, sizeof *secret);
        return false;
    }
    memcpy(public->number, secret->number, sizeof public->number);
    memcpy(public->key, secret->key + 32, sizeof public->key);
    return true;
}

bool signify_sign(const struct signify_secret *key, const void *message, size_t n,
                  struct signify_signature *s)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = sizeof s->bytes;
    bool ok = pkey && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestSign(ctx, s->bytes, &len, message, n) == 1 && len == sizeof s->bytes;

    memcpy(s->number, key->number, sizeof s->number);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok;
}

enum signify_verdict signify_verify(const struct signify_public *key, const void *message, size_t n,
                                    const struct signify_signature *s)
{
    EVP_PKEY *pkey;
    EVP_MD_CTX *ctx;
    bool ok;

    if (memcmp(key->number, s->number, sizeof s->number) != 0)
        return SIGNIFY_OTHER_KEY;
    pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, sizeof key->key);
    ctx = EVP_MD_CTX_new();
    ok = pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
         EVP_DigestVerify(ctx, s->bytes, sizeof s->bytes, message, n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return ok ? SIGNIFY_GOOD : SIGNIFY_BAD;
}
