/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files of keys and signatures against those that signify made: lib/sign/signify.h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/types.h"
#include "lib/sign/signify.h"

/* Made by signify-openbsd 31, "signify -G -n" and "signify -S". */
#define COMMENT "untrusted comment: "
static const char public_text[] =
    COMMENT "made by signify public key\n"
            "RWS+T3RkxXb2hFjktRf8v++evJ16VmhtipeSop/cHc3LT9fd7LqJWKNx\n";
static const char key_text[] = COMMENT "made by signify secret key\n"
                                       "RWRCSwAAAAAx7pq8yNqv83qreQEWzf+pZBuX/pfse5G+T3RkxXb2hLRD/"
                                       "M6jaKXLi+9O/Ceprp3pNpUdANgUQmHEFcwxzaNI"
                                       "WOS1F/y/7568nXpWaG2Kl5Kin9wdzctP193suolYo3E=\n";
static const char signed_text[] = "core-00-000000.log\n";
static const char signature_text[] =
    COMMENT "verify with t.pub\n"
            "RWS+T3RkxXb2hL6z0QqDnsZjWcR2r82Uz9ltERIzYfC8QFGbsU4Ny9e604eib3VhXkfOwOIS/1XHCuLU/"
            "WmxI0KdHOTKW576lwQ=\n";
/* "signify -G" with a password: 42 rounds */
static const char encrypted_text[] =
    COMMENT "enc secret key\n"
            "RWRCSwAAACrZPnsHom3Fjp8w3swt0hicfThG/A1xLQ66SYqaFokrMjTzElNbgj3B9aJXqh4ZmQgOe/"
            "3A5sXDuIDvZawmuzbc"
            "B5el1K5FbDhKfH1DyE4FE7XKezNwW1dPoehETnpbX3I=\n";

START_TEST(what_signify_made_is_read_and_verifies)
{
    struct sign_signature s, ours;
    struct sign_public p;
    struct sign_key k;

    ck_assert_int_eq(signify_get_public(public_text, strlen(public_text), &p), ST_OK);
    ck_assert_int_eq(signify_get_key(key_text, strlen(key_text), &k), ST_OK);
    ck_assert_int_eq(signify_get_signature(signature_text, strlen(signature_text), &s), ST_OK);
    ck_assert(sign_verify(&p, signed_text, strlen(signed_text), &s));
    ck_assert_mem_eq(k.public_key, p.key, sizeof p.key);
    ck_assert_mem_eq(k.number, p.number, sizeof p.number);
    sign_message(&k, signed_text, strlen(signed_text), &ours);
    ck_assert_mem_eq(&ours, &s, sizeof s);
}
END_TEST

START_TEST(what_we_write_is_what_signify_writes)
{
    char text[SIGNIFY_TEXT_MAX];
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;

    ck_assert_int_eq(signify_get_public(public_text, strlen(public_text), &p), ST_OK);
    ck_assert_int_eq(signify_put_public(text, "made by signify public key", &p), ST_OK);
    ck_assert_str_eq(text, public_text);
    ck_assert_int_eq(signify_get_signature(signature_text, strlen(signature_text), &s), ST_OK);
    ck_assert_int_eq(signify_put_signature(text, "verify with t.pub", &s), ST_OK);
    ck_assert_str_eq(text, signature_text);
    ck_assert_int_eq(signify_get_key(key_text, strlen(key_text), &k), ST_OK);
    ck_assert_int_eq(signify_put_key(text, "made by signify secret key", &k), ST_OK);
    ck_assert_mem_eq(text, key_text, strlen(COMMENT "made by signify secret key\nRWRCSwAAAA"));
    ck_assert_uint_eq(strlen(text), strlen(key_text)); /* the salt differs: signify's is noise */
    ck_assert_int_eq(signify_get_key(text, strlen(text), &k), ST_OK);
    ck_assert_mem_eq(k.public_key, p.key, sizeof p.key);
}
END_TEST

static status_t read_as(unsigned what, const char *text, size_t n)
{
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;

    return what == 0   ? signify_get_public(text, n, &p)
           : what == 1 ? signify_get_signature(text, n, &s)
                       : signify_get_key(text, n, &k);
}

static bool is_digit(unsigned c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
           c == '/';
}

/* Digits of a secret key's base64 that hold the algorithm, the kind of encryption and the checksum. */
static bool covered(size_t digit)
{
    return digit <= 4 || (digit >= 32 && digit <= 41);
}

static const char *const file[] = {public_text, signature_text, key_text};

/* Every other value of every byte: a changed comment is read, as nobody signs it; anything else gives other bytes or none. */
START_TEST(a_changed_byte_is_refused_or_seen)
{
    struct sign_key before, after;
    size_t n = strlen(file[_i]), start = (size_t)(strchr(file[_i], '\n') - file[_i]);
    char text[SIGNIFY_TEXT_MAX];

    ck_assert_int_eq(signify_get_key(key_text, strlen(key_text), &before), ST_OK);
    strcpy(text, file[_i]);
    for (size_t at = 0; at < n; at++) {
        for (unsigned c = 0; c < 256; c++) {
            bool digit = at > start && at < n - 1 && file[_i][at] != '=' && is_digit(c);
            bool comment = at >= strlen(COMMENT) && at < start && c != '\n';
            status_t st;

            text[at] = (char)c;
            if (c == (unsigned char)file[_i][at])
                continue;
            st = read_as((unsigned)_i, text, n);
            if (comment)
                ck_assert_int_eq(st, ST_OK);
            else if (!digit)
                ck_assert_int_eq(st, ST_FORMAT);
            else if (at <= start + 2 || (_i == 2 && covered(at - start - 1)))
                ck_assert_int_eq(st, ST_FORMAT);
            else if (_i == 2 &&
                     st == ST_OK) { /* salt and number of a key are not covered by its checksum */
                ck_assert_int_eq(signify_get_key(text, n, &after), ST_OK);
                ck_assert_mem_eq(after.seed, before.seed, 32);
            }
        }
        text[at] = file[_i][at];
    }
}
END_TEST

START_TEST(a_file_cut_or_continued_is_refused)
{
    size_t n = strlen(file[_i]);
    char text[SIGNIFY_TEXT_MAX + 1];

    strcpy(text, file[_i]);
    strcat(text, "R");
    for (size_t cut = 0; cut <= n + 1; cut++) {
        char *exact = malloc(cut ? cut : 1); /* the sanitizer sees a byte read behind */

        memcpy(exact, text, cut);
        ck_assert_int_eq(read_as((unsigned)_i, exact, cut), cut == n ? ST_OK : ST_FORMAT);
        free(exact);
    }
    for (unsigned other = 0; other < 3; other++)
        if (other != (unsigned)_i)
            ck_assert_int_eq(read_as(other, file[_i], n), ST_FORMAT);
}
END_TEST

/* The last digit before the padding has bits that hold nothing. */
START_TEST(base64_has_one_spelling)
{
    char text[SIGNIFY_TEXT_MAX];
    size_t at = strlen(signature_text) - 3;

    strcpy(text, signature_text);
    ck_assert_int_eq(text[at], 'Q');
    text[at] = 'R';
    ck_assert_int_eq(read_as(1, text, strlen(text)), ST_FORMAT);
}
END_TEST

START_TEST(an_encrypted_key_is_said_to_be_one)
{
    static const struct sign_key zero;
    struct sign_key k;

    memset(&k, 7, sizeof k);
    ck_assert_int_eq(signify_get_key(encrypted_text, strlen(encrypted_text), &k), ST_UNSUPPORTED);
    ck_assert_mem_eq(&k, &zero, sizeof k);
}
END_TEST

/* Checksum right, public half another's. */
START_TEST(a_key_with_another_public_half_is_refused)
{
    static const struct sign_key zero;
    char text[SIGNIFY_TEXT_MAX];
    struct sign_key k;

    ck_assert_int_eq(signify_get_key(key_text, strlen(key_text), &k), ST_OK);
    k.public_key[0] ^= 1;
    ck_assert_int_eq(signify_put_key(text, "x", &k), ST_OK);
    ck_assert_int_eq(signify_get_key(text, strlen(text), &k), ST_FORMAT);
    ck_assert_mem_eq(&k, &zero, sizeof k);
}
END_TEST

START_TEST(comments_we_write_are_one_line_for_a_terminal)
{
    static const struct sign_public p;
    char text[SIGNIFY_TEXT_MAX], comment[SIGNIFY_COMMENT_MAX + 2];

    memset(comment, 'c', sizeof comment);
    comment[SIGNIFY_COMMENT_MAX + 1] = 0;
    ck_assert_int_eq(signify_put_public(text, comment, &p), ST_INVALID);
    ck_assert_str_eq(text, "");
    comment[SIGNIFY_COMMENT_MAX] = 0;
    ck_assert_int_eq(signify_put_public(text, comment, &p), ST_OK);
    ck_assert_int_eq(signify_put_public(text, "", &p), ST_INVALID);
    ck_assert_int_eq(signify_put_public(text, "two\nlines", &p), ST_INVALID);
    ck_assert_int_eq(signify_put_public(text, "\x1b[2J", &p), ST_INVALID);
    ck_assert_int_eq(signify_put_public(text, "\x7f", &p), ST_INVALID);
    ck_assert_int_eq(signify_put_public(text, "\xc3\xbc", &p), ST_OK);
}
END_TEST

START_TEST(comments_are_read_as_long_as_signify_takes_them)
{
    const char *second = strchr(public_text, '\n');
    char text[2048] = COMMENT;
    struct sign_public p;

    for (size_t n = 0; n <= 1024; n++) {
        strcpy(text + strlen(COMMENT) + n, second);
        ck_assert_int_eq(signify_get_public(text, strlen(text), &p),
                         n >= 1 && n <= 1023 ? ST_OK : ST_FORMAT);
        text[strlen(COMMENT) + n] = 'c';
    }
}
END_TEST

/* Blobs of every byte value at every place of a group of three come back. */
START_TEST(every_byte_survives_base64)
{
    char text[SIGNIFY_TEXT_MAX];
    struct sign_signature s, back;

    for (unsigned value = 0; value < 256; value++) {
        memset(&s, (int)value, sizeof s);
        s.bytes[value % 64] = (uint8_t)~value;
        ck_assert_int_eq(signify_put_signature(text, "x", &s), ST_OK);
        ck_assert_int_eq(signify_get_signature(text, strlen(text), &back), ST_OK);
        ck_assert_mem_eq(&s, &back, sizeof s);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("signify");
    TCase *t = tcase_create("files");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_signify_made_is_read_and_verifies);
    tcase_add_test(t, what_we_write_is_what_signify_writes);
    tcase_add_loop_test(t, a_changed_byte_is_refused_or_seen, 0, 3);
    tcase_add_loop_test(t, a_file_cut_or_continued_is_refused, 0, 3);
    tcase_add_test(t, base64_has_one_spelling);
    tcase_add_test(t, an_encrypted_key_is_said_to_be_one);
    tcase_add_test(t, a_key_with_another_public_half_is_refused);
    tcase_add_test(t, comments_we_write_are_one_line_for_a_terminal);
    tcase_add_test(t, comments_are_read_as_long_as_signify_takes_them);
    tcase_add_test(t, every_byte_survives_base64);
    suite_add_tcase(s, t);

    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
