/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry keys: files of signify, both ways; secrets stay secret. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/child.h"

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
    ck_assert_str_eq(s.out, "{\n \"verified\": true\n}\n");
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

/* What lib/sign does not read is a sentence, and of the key nothing is said. Digit 60 is of the seed, 9 says "passphrase". */
START_TEST(a_secret_key_that_is_not_one_is_refused)
{
    static const struct {
        size_t digit;
        const char *why;
    } wrong[] = {{60, "changed"}, {9, "passphrase"}};
    char *key, *line;
    struct said s;

    make("k");
    case_file("m", "words", 5);
    key = case_read("k.sec");
    line = strchr(key, '\n') + 1;
    line[wrong[_i].digit] = line[wrong[_i].digit] == 'q' ? 'r' : 'q';
    case_file("k.sec", key, strlen(key));
    s = skerry_said("keys sign --secret k.sec m");
    ck_assert_int_eq(s.status, 2);
    ck_assert_ptr_nonnull(strstr(s.err, wrong[_i].why));
    line[20] = 0;
    ck_assert_ptr_null(strstr(s.err, line + 12));
    ck_assert_ptr_null(case_read("m.sig"));
    free(key);
}
END_TEST

START_TEST(comments_are_one_line_that_fits)
{
    char words[400], line[500];
    char *key;

    memset(words, 'c', sizeof words);
    words[245] = 0;
    SAY(line, "keys generate k --comment %s", words);
    ck_assert_int_eq(skerry_said(line).status, 0);
    SAY(line, "keys generate j --comment %sc", words);
    ck_assert_int_eq(skerry_said(line).status, 2);
    ck_assert_ptr_null(case_read("j.sec"));
    ck_assert_int_eq(skerry_said("keys generate u --comment Küste").status, 0);
    key = case_read("u.pub");
    ck_assert(strncmp(key, "untrusted comment: Küste public key\n", 37) == 0);
    free(key);
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
    tcase_add_test(t, a_pair_is_two_files_and_the_secret_one_is_ours_alone);
    tcase_add_test(t, a_pair_is_not_replaced_without_force);
    tcase_add_test(t, what_was_signed_is_verified_and_nothing_else);
    tcase_add_test(t, each_changed_byte_of_a_signature_is_seen);
    tcase_add_test(t, signify_takes_ours);
    tcase_add_test(t, we_take_those_of_signify);
    tcase_add_test(t, a_key_others_may_read_is_warned_about);
    tcase_add_loop_test(t, a_secret_key_that_is_not_one_is_refused, 0, 2);
    tcase_add_test(t, comments_are_one_line_that_fits);
    tcase_add_loop_test(t, wrong_words_are_refused, 0, 17);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
