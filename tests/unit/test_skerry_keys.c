/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry keys: files of signify, both ways; secrets stay secret. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/child.h"
#include "tools/skerry/signify.h"

/* RFC 8032, 7.1, test 2: a message of one byte. */
// clang-format off
static const uint8_t rfc_seed[32] = {0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
                                     0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb};
static const uint8_t rfc_public[32] = {0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
                                       0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
static const uint8_t rfc_signature[64] = {0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
                                          0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
                                          0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
                                          0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};
// clang-format on

static char *run(const char *line)
{
    static char out[4096];
    char *argv[] = {buf_copy("sh"), buf_copy("-c"), buf_copy(line), NULL};
    bool ok = child_capture(argv, 20, out, sizeof out);

    for (unsigned i = 0; i < 3; i++)
        free(argv[i]);
    return ok ? out : NULL; /* NULL: it ended with another status than 0 */
}

static bool has_signify(void)
{
    if (access("/usr/bin/signify-openbsd", X_OK) == 0)
        return true;
    fprintf(stderr, "skipped: signify-openbsd is not installed here\n");
    return false;
}

static void make(const char *name)
{
    char line[64];

    SAY(line, "keys generate %s", name);
    ck_assert_int_eq(skerry_said(line).status, 0);
}

START_TEST(signs_as_rfc_8032_says)
{
    struct signify_secret secret = {.number = "12345678"};
    struct signify_public public = {.number = "12345678"};
    struct signify_signature s;

    memcpy(secret.key, rfc_seed, 32);
    memcpy(secret.key + 32, rfc_public, 32);
    memcpy(public.key, rfc_public, 32);
    ck_assert(signify_sign(&secret, "\x72", 1, &s));
    ck_assert_mem_eq(s.bytes, rfc_signature, 64);
    ck_assert_int_eq(signify_verify(&public, "\x72", 1, &s), SIGNIFY_GOOD);
    ck_assert_int_eq(signify_verify(&public, "\x73", 1, &s), SIGNIFY_BAD);
    for (unsigned bit = 0; bit < 512; bit++) {
        s.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(signify_verify(&public, "\x72", 1, &s), SIGNIFY_BAD);
        s.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    s.number[3] ^= 1;
    ck_assert_int_eq(signify_verify(&public, "\x72", 1, &s), SIGNIFY_OTHER_KEY);
}
END_TEST

START_TEST(a_pair_is_two_files_and_the_secret_one_is_ours_alone)
{
    struct stat st;
    struct said s;
    char *secret;

    umask(0);
    s = skerry_said("keys generate k --comment lab");
    ck_assert_int_eq(s.status, 0);
    ck_assert(stat("k.sec", &st) == 0 && (st.st_mode & 07777) == 0600);
    ck_assert(stat("k.pub", &st) == 0 && (st.st_mode & 07777) == 0644);
    secret = case_read("k.sec");
    ck_assert_uint_eq(strlen(secret), strlen("untrusted comment: lab secret key\n") + 141);
    /* of its second line nothing is ever printed */
    ck_assert_ptr_null(strstr(s.out, strchr(secret, '\n') + 12));
    ck_assert_ptr_null(strstr(s.err, strchr(secret, '\n') + 12));
    ck_assert_uint_eq(count_of(s.out, "\n"), 2);
    free(secret);
    ck_assert_str_eq(run("ls | wc -l"), "2\n");
}
END_TEST

START_TEST(a_pair_is_not_replaced_without_force)
{
    char *before, *after;

    make("k");
    before = case_read("k.sec");
    ck_assert_int_eq(skerry_said("keys generate k").status, 2);
    remove("k.pub"); /* the secret alone is enough */
    ck_assert_int_eq(skerry_said("keys generate k").status, 2);
    after = case_read("k.sec");
    ck_assert_str_eq(before, after);
    free(after);
    ck_assert_ptr_null(case_read("k.pub"));
    ck_assert_int_eq(skerry_said("keys generate k --force").status, 0);
    after = case_read("k.sec");
    ck_assert_str_ne(before, after);
    free(after);
    free(before);
}
END_TEST

START_TEST(what_was_signed_is_verified_and_nothing_else)
{
    struct said s;

    make("k");
    make("other");
    case_file("m", "words", 5);
    ck_assert_int_eq(skerry_said("keys sign --secret k.sec m").status, 0);
    ck_assert_int_eq(skerry_said("keys verify --public k.pub m").status, 0);
    s = skerry_said("keys verify --public k.pub --json m");
    ck_assert_str_eq(s.out, "{\"verified\":true}\n");
    s = skerry_said("keys verify --public other.pub m");
    ck_assert_int_eq(s.status, 6);
    ck_assert_ptr_nonnull(strstr(s.err, "another key"));
    case_file("m", "Words", 5);
    ck_assert_int_eq(skerry_said("keys verify --public k.pub m").status, 6);
    ck_assert_int_eq(skerry_said("keys sign --secret k.sec --sig elsewhere m").status, 0);
    ck_assert_int_eq(skerry_said("keys verify --public k.pub --sig elsewhere m").status, 0);
}
END_TEST

START_TEST(each_changed_byte_of_a_signature_is_seen)
{
    char *sig;
    size_t start;

    make("k");
    case_file("m", "words", 5);
    ck_assert_int_eq(skerry_said("keys sign --secret k.sec m").status, 0);
    sig = case_read("m.sig");
    start = (size_t)(strchr(sig, '\n') - sig);
    for (size_t i = start; i < strlen(sig); i++) {
        sig[i] ^= 1;
        case_file("m.sig", sig, strlen(sig));
        ck_assert_int_ne(skerry_said("keys verify --public k.pub m").status, 0);
        sig[i] ^= 1;
    }
    free(sig);
}
END_TEST

START_TEST(signify_takes_ours)
{
    if (!has_signify())
        return;
    make("k");
    case_file("m", "words", 5);
    ck_assert_int_eq(skerry_said("keys sign --secret k.sec m").status, 0);
    ck_assert_ptr_nonnull(run("signify-openbsd -V -q -p k.pub -m m"));
    ck_assert_ptr_nonnull(run("signify-openbsd -S -s k.sec -m m -x theirs"));
    ck_assert_str_eq(run("cmp m.sig theirs && echo same"),
                     "same\n"); /* comment, number, signature */
    case_file("m", "Words", 5);
    ck_assert_ptr_null(run("signify-openbsd -V -q -p k.pub -m m 2>/dev/null"));
}
END_TEST

START_TEST(we_take_those_of_signify)
{
    if (!has_signify())
        return;
    case_file("m", "words", 5);
    ck_assert_ptr_nonnull(run(
        "signify-openbsd -G -n -c theirs -p t.pub -s t.sec && signify-openbsd -S -s t.sec -m m"));
    ck_assert_int_eq(skerry_said("keys verify --public t.pub m").status, 0);
    ck_assert_int_eq(skerry_said("keys sign --secret t.sec --sig ours m").status, 0);
    ck_assert_ptr_nonnull(run("signify-openbsd -V -q -p t.pub -x ours -m m"));
}
END_TEST

START_TEST(a_key_others_may_read_is_warned_about)
{
    struct said s;

    make("k");
    case_file("m", "words", 5);
    s = skerry_said("keys sign --secret k.sec m");
    ck_assert_str_eq(s.err, "");
    ck_assert_int_eq(chmod("k.sec", 0640), 0);
    s = skerry_said("keys sign --secret k.sec m");
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.err, "warning[SK2011]"));
    ck_assert_ptr_nonnull(strstr(s.err, "chmod 600"));
}
END_TEST

/* A secret key with one byte of its file put otherwise, and every shorter one. */
START_TEST(a_damaged_secret_key_is_refused)
{
    struct signify_secret secret, got;
    struct signify_public public;
    struct buf t = {0};
    size_t start;

    ck_assert(signify_generate(&secret, &public));
    signify_write_secret(&t, "c", &secret);
    ck_assert_ptr_null(signify_read_secret(t.s, t.n, &got));
    ck_assert_mem_eq(&got, &secret, sizeof got);
    for (size_t n = 0; n < t.n; n++)
        ck_assert_ptr_nonnull(signify_read_secret(t.s, n, &got));
    start = (size_t)(strchr(t.s, '\n') - t.s) + 1;
    for (size_t i = start; i < t.n; i++) {
        size_t digit =
            i -
            start; /* salt and number of the key, which nothing checks, are before and behind the sum */

        if ((digit >= 10 && digit < 32) || (digit >= 42 && digit < 54))
            continue;
        t.s[i] ^= 1;
        ck_assert_msg(signify_read_secret(t.s, t.n, &got) != NULL, "digit %zu", digit);
        t.s[i] ^= 1;
    }
    buf_add(&t, "\n");
    ck_assert_ptr_nonnull(signify_read_secret(t.s, t.n, &got));
    buf_free(&t);
}
END_TEST

START_TEST(a_key_with_a_passphrase_is_refused)
{
    struct signify_secret secret, got;
    struct signify_public public;
    struct buf t = {0};
    const char *why;
    char *line;

    ck_assert(signify_generate(&secret, &public));
    signify_write_secret(&t, "c", &secret);
    line = strchr(t.s, '\n') + 1;
    ck_assert(memcmp(line, "RWRCSwAAAA", 10) == 0); /* "Ed" "BK" and no rounds */
    line[9] = 'q';
    why = signify_read_secret(t.s, t.n, &got);
    ck_assert_ptr_nonnull(why);
    ck_assert_ptr_nonnull(strstr(why, "passphrase"));
    buf_free(&t);
}
END_TEST

START_TEST(wrong_words_are_refused)
{
    static const struct {
        const char *words;
        int status;
    } wrong[] = {{"keys", 2},
                 {"keys generate", 2},
                 {"keys generate a b", 2},
                 {"keys generate no/such/folder/k", 3},
                 {"keys sign m", 2},
                 {"keys sign --secret none m", 3},
                 {"keys sign --secret m m", 2},
                 {"keys sign --secret k.sec none", 3},
                 {"keys verify m", 2},
                 {"keys verify --public m m", 2},
                 {"keys verify --public k.sec m", 2},
                 {"keys verify --public k.pub m", 3},
                 {"keys verify --public k.pub --sig m m", 2},
                 {"keys --help", 0},
                 {"keys generate --help", 0},
                 {"keys sign --help", 0},
                 {"keys verify --help", 0}};

    make("k");
    case_file("m", "words", 5);
    ck_assert_int_eq(skerry_said(wrong[_i].words).status, wrong[_i].status);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_keys");
    TCase *t = tcase_create("keys");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, case_enter, case_leave);
    tcase_add_test(t, signs_as_rfc_8032_says);
    tcase_add_test(t, a_pair_is_two_files_and_the_secret_one_is_ours_alone);
    tcase_add_test(t, a_pair_is_not_replaced_without_force);
    tcase_add_test(t, what_was_signed_is_verified_and_nothing_else);
    tcase_add_test(t, each_changed_byte_of_a_signature_is_seen);
    tcase_add_test(t, signify_takes_ours);
    tcase_add_test(t, we_take_those_of_signify);
    tcase_add_test(t, a_key_others_may_read_is_warned_about);
    tcase_add_test(t, a_damaged_secret_key_is_refused);
    tcase_add_test(t, a_key_with_a_passphrase_is_refused);
    tcase_add_loop_test(t, wrong_words_are_refused, 0, 17);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
