/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/sign/signify.h"
#include <decaf.h>
#include <decaf/sha512.h>
#include <string.h>

#define COMMENT       "untrusted comment: "
#define COMMENT_BYTES (sizeof COMMENT - 1)

/* What the base64 holds. All are bytes, so that there is no padding. */
struct public_blob {
    uint8_t algorithm[2];
    struct sign_public key;
};
struct signature_blob {
    uint8_t algorithm[2];
    struct sign_signature signature;
};
struct key_blob {
    uint8_t algorithm[2], kdf[2], rounds[4], salt[16], checksum[8];
    struct sign_key key;
};
_Static_assert(sizeof(struct public_blob) == 42, "as in a file of signify");
_Static_assert(sizeof(struct signature_blob) == 74, "as in a file of signify");
_Static_assert(sizeof(struct key_blob) == 104, "as in a file of signify");

#define BASE64_CHARS(bytes) (((bytes) + 2) / 3 * 4)
_Static_assert(COMMENT_BYTES + SIGNIFY_COMMENT_MAX + 1 + BASE64_CHARS(sizeof(struct key_blob)) +
                       2 <=
                   SIGNIFY_TEXT_MAX,
               "the longest file fits");

static const uint8_t algorithm[2] = {'E', 'd'}, kdf[2] = {'B', 'K'};

/* ---- base64 (RFC 4648), without a branch or an address that depends on what is coded ---- */

/* All ones where low <= c <= high; all are below 256. */
static unsigned within(unsigned c, unsigned low, unsigned high)
{
    return (((c - low) | (high - c)) >> 8 & 1) - 1;
}

static char digit_of(unsigned v)
{
    return (char)((within(v, 0, 25) & (v + 'A')) | (within(v, 26, 51) & (v - 26 + 'a')) |
                  (within(v, 52, 61) & (v - 52 + '0')) | (within(v, 62, 62) & '+') |
                  (within(v, 63, 63) & '/'));
}

/* 0..63; for no digit of base64 a bit above is set. */
static unsigned value_of(char digit)
{
    unsigned c = (unsigned char)digit;
    unsigned upper = within(c, 'A', 'Z'), lower = within(c, 'a', 'z'), number = within(c, '0', '9'),
             plus = within(c, '+', '+'), slash = within(c, '/', '/');

    return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (number & (c - '0' + 52)) |
           (plus & 62) | (slash & 63) | (~(upper | lower | number | plus | slash) & 64);
}

static char *put_base64(char *to, const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 3) {
        unsigned b1 = i + 1 < bytes ? from[i + 1] : 0, b2 = i + 2 < bytes ? from[i + 2] : 0;
        unsigned group = (unsigned)from[i] << 16 | b1 << 8 | b2;

        *to++ = digit_of(group >> 18);
        *to++ = digit_of(group >> 12 & 63);
        *to++ = i + 1 < bytes ? digit_of(group >> 6 & 63) : '=';
        *to++ = i + 2 < bytes ? digit_of(group & 63) : '=';
    }
    return to;
}

/* Exactly `bytes` bytes out of their BASE64_CHARS; false if one is not a digit, or bits behind the end are set. */
static bool get_base64(uint8_t *to, size_t bytes, const char *from)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < bytes; i += 3, from += 4) {
        size_t here = bytes - i < 3 ? bytes - i : 3;
        unsigned group = 0;

        for (size_t d = 0; d < 4; d++) {
            unsigned v = d <= here ? value_of(from[d]) : 0;

            wrong |= v & 64;
            wrong |= d > here && from[d] != '=';
            group = group << 6 | (v & 63);
        }
        for (size_t b = 0; b < 3; b++, group <<= 8)
            if (b < here)
                to[i + b] = (uint8_t)(group >> 16);
            else
                wrong |= group >> 16 & 255;
    }
    return wrong == 0;
}

/* ---- the two lines ---- */

/* UTF-8 is welcome; what a terminal obeys is not. */
static bool comment_fits(const char *s, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return false;
    return bytes > 0 && bytes <= SIGNIFY_COMMENT_MAX;
}

static status_t put_lines(char *text, const char *comment, const void *blob, size_t bytes)
{
    size_t n = strlen(comment);

    *text = 0;
    if (!comment_fits(comment, n))
        return ST_INVALID;
    memcpy(text, COMMENT, COMMENT_BYTES);
    memcpy(text + COMMENT_BYTES, comment, n);
    text += COMMENT_BYTES + n;
    *text++ = '\n';
    text = put_base64(text, blob, bytes);
    memcpy(text, "\n", 2);
    return ST_OK;
}

static status_t get_lines(const char *text, size_t length, void *blob, size_t bytes)
{
    const char *end = memchr(text, '\n', length);
    size_t line = end ? (size_t)(end - text) : 0;

    if (line <= COMMENT_BYTES || memcmp(text, COMMENT, COMMENT_BYTES) != 0 ||
        line - COMMENT_BYTES > SIGNIFY_COMMENT_READ_MAX)
        return ST_FORMAT;
    text += line + 1;
    length -= line + 1;
    if (length != BASE64_CHARS(bytes) + 1 || text[length - 1] != '\n')
        return ST_FORMAT;
    return get_base64(blob, bytes, text) && memcmp(blob, algorithm, sizeof algorithm) == 0
               ? ST_OK
               : ST_FORMAT;
}

/* ---- the three files ---- */

status_t signify_put_public(char text[SIGNIFY_TEXT_MAX], const char *comment,
                            const struct sign_public *key)
{
    struct public_blob blob = {{'E', 'd'}, *key};

    return put_lines(text, comment, &blob, sizeof blob);
}

status_t signify_get_public(const char *text, size_t bytes, struct sign_public *out)
{
    struct public_blob blob;
    status_t st = get_lines(text, bytes, &blob, sizeof blob);

    if (st == ST_OK)
        *out = blob.key;
    return st;
}

status_t signify_put_signature(char text[SIGNIFY_TEXT_MAX], const char *comment,
                               const struct sign_signature *signature)
{
    struct signature_blob blob = {{'E', 'd'}, *signature};

    return put_lines(text, comment, &blob, sizeof blob);
}

status_t signify_get_signature(const char *text, size_t bytes, struct sign_signature *out)
{
    struct signature_blob blob;
    status_t st = get_lines(text, bytes, &blob, sizeof blob);

    if (st == ST_OK)
        *out = blob.signature;
    return st;
}

static void checksum_of(const struct sign_key *key, uint8_t checksum[8])
{
    decaf_sha512_ctx_t hash;

    decaf_sha512_init(hash);
    decaf_sha512_update(hash, key->seed, sizeof key->seed);
    decaf_sha512_update(hash, key->public_key, sizeof key->public_key);
    decaf_sha512_final(hash, checksum, 8);
    decaf_sha512_destroy(hash);
}

/* The salt is for the password there is not. */
status_t signify_put_key(char text[SIGNIFY_TEXT_MAX], const char *comment,
                         const struct sign_key *key)
{
    struct key_blob blob = {{'E', 'd'}, {'B', 'K'}, {0}, {0}, {0}, *key};
    status_t st;

    checksum_of(key, blob.checksum);
    st = put_lines(text, comment, &blob, sizeof blob);
    sign_wipe(&blob, sizeof blob);
    return st;
}

static status_t check_key(const struct key_blob *blob)
{
    static const uint8_t none[4];
    uint8_t checksum[8];
    struct sign_key same;
    bool ok;

    if (memcmp(blob->kdf, kdf, sizeof kdf) != 0)
        return ST_FORMAT;
    if (memcmp(blob->rounds, none, sizeof none) != 0)
        return ST_UNSUPPORTED;
    checksum_of(&blob->key, checksum);
    sign_key_make(&same, blob->key.number, blob->key.seed);
    ok = memcmp(checksum, blob->checksum, sizeof checksum) == 0 &&
         memcmp(same.public_key, blob->key.public_key, sizeof same.public_key) == 0;
    sign_key_wipe(&same);
    return ok ? ST_OK : ST_FORMAT;
}

status_t signify_get_key(const char *text, size_t bytes, struct sign_key *out)
{
    struct key_blob blob;
    status_t st = get_lines(text, bytes, &blob, sizeof blob);

    if (st == ST_OK)
        st = check_key(&blob);
    if (st == ST_OK)
        *out = blob.key;
    else
        sign_key_wipe(out);
    sign_wipe(&blob, sizeof blob);
    return st;
}
