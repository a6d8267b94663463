/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness verify: missing parts, forgeries that are consistent in themselves, and what lies beside the records. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/witness_case.h"

/* ---- a core, or its last segment ---- */

START_TEST(a_missing_last_segment_is_named)
{
    remove_segment(1, 2);
    rejected(ERR_WITNESS_MISSING, "core-01-000002.log");
    remove_checkpoint();
    w.open_end = true;
    rejected(ERR_WITNESS_ANCHOR, "core-01-000002.log"); /* cores 2 and 3 keep its seal */
}
END_TEST

START_TEST(a_missing_segment_is_named)
{
    remove_segment(2, (unsigned)_i);
    rejected(ERR_WITNESS_MISSING, _i == 0 ? "core-02-000000.log" : "core-02-000001.log");
    witness_teardown();
    witness_setup();
    files_remove(&w.files, _i == 0 ? "core-02-000000.log" : "core-02-000001.log");
    rejected(ERR_WITNESS_MISSING, _i == 0 ? "core-02-000000.log" : "core-02-000001.log");
}
END_TEST

/* Nothing but its seal shows that there was a last segment: also when the end may be open. */
START_TEST(a_seal_whose_segment_is_gone_is_named)
{
    remove_checkpoint();
    w.open_end = true;
    files_remove(&w.files, "core-03-000002.log");
    rejected(ERR_WITNESS_MISSING, "core-03-000002.log");
    files_remove(&w.files, "core-03-000002.seal");
    rejected(ERR_WITNESS_MISSING, "core-03-000002.log");
}
END_TEST

START_TEST(a_missing_core_is_named)
{
    for (unsigned g = 0; g < SEGMENTS; g++)
        remove_segment(2, g);
    rejected(ERR_WITNESS_MISSING, "core-02-000000.log");
    remove_checkpoint();
    w.open_end = true;
    rejected(ERR_WITNESS_ANCHOR, "core-02-000000.log");
}
END_TEST

START_TEST(a_log_the_checkpoint_does_not_know_is_named)
{
    struct buf *b = files_get(&w.files, "checkpoint");

    w.without_key = true;
    write_unsigned();
    b = files_get(&w.files, "checkpoint");
    b->n = (size_t)(strstr(b->s, "core 3") - b->s);
    rejected(ERR_WITNESS_CHECKPOINT, "checkpoint");
    ck_assert_int_eq(w.at.core, 3);
}
END_TEST

/* ---- forgeries that are consistent in themselves ---- */

/* All of core 2 from `segment` on made anew, with other deeds in it. */
static void forge(unsigned segment)
{
    for (unsigned g = segment; g < SEGMENTS; g++)
        for (size_t i = 1; i + 1 < w.sample.n[2][g]; i++)
            if (w.sample.r[2][g][i].kind < 0x80)
                w.sample.r[2][g][i].actor = 99;
    sample_seal(&w.sample, 2, segment);
}

static void put_forged(bool logs_only)
{
    char name[LOGTEXT_NAME];

    for (unsigned g = 0; g < SEGMENTS; g++) {
        SAY(name, "core-02-%06u.log", g);
        files_put(&w.files, name, w.sample.r[2][g], w.sample.n[2][g] * 64);
        if (!logs_only) {
            struct buf *old, kept = {0};

            SAY(name, "core-02-%06u.seal.sig", g);
            old = files_get(&w.files, name);
            buf_bytes(&kept, old->s, old->n);
            sample_put_seal(&w.sample, &w.files, 2, g);
            if (!w.sample.sign) /* the old signature stays */
                files_put(&w.files, name, kept.s, kept.n);
            buf_free(&kept);
        }
    }
}

START_TEST(a_forged_core_with_the_old_seals)
{
    forge(0);
    put_forged(true);
    rejected(ERR_WITNESS_SEAL, "core-02-000000.seal");
}
END_TEST

START_TEST(a_forged_core_with_its_own_seals_and_no_key)
{
    forge(0);
    w.sample.sign = false;
    put_forged(false);
    rejected(ERR_WITNESS_SIGNATURE, "core-02-000000.seal.sig");
}
END_TEST

/* Seals, signatures by the real key, the checkpoint too: only the others know better. */
START_TEST(a_forged_core_signed_by_the_real_key)
{
    char first[LOGTEXT_NAME];

    SAY(first, "core-02-%06u.log", (unsigned)_i);
    forge((unsigned)_i);
    put_forged(false);
    rejected(ERR_WITNESS_CHECKPOINT, "core-02-000002.log");
    sample_checkpoint(&w.sample, &w.files);
    rejected(ERR_WITNESS_ANCHOR, first);
    ck_assert_ptr_nonnull(strstr(w.bad.at, "recorded at core-0"));
    ck_assert_int_eq(w.at.core, 2);
}
END_TEST

/* Either half is looked at: here the one that vouches is forged, and its seals and signatures are good. */
START_TEST(both_halves_of_an_anchor_are_compared)
{
    struct witness_record *r = w.sample.r[3][2];
    size_t i = 0;

    while (r[i].kind != (_i ? WITNESS_ANCHOR_LO : WITNESS_ANCHOR_HI))
        i++;
    r[i].payload ^= 1;
    sample_seal(&w.sample, 3, 2);
    restore(3, 2);
    sample_put_seal(&w.sample, &w.files, 3, 2);
    sample_checkpoint(&w.sample, &w.files);
    rejected(ERR_WITNESS_ANCHOR, "core-00-000001.log");
    ck_assert_ptr_nonnull(strstr(w.bad.at, "recorded at core-03-000002.log"));
    ck_assert_ptr_nonnull(strstr(w.bad.have, _i ? "second half" : "first half"));
}
END_TEST

/* What nobody keeps can be made anew by whoever has the key: the last segment of the last core. */
START_TEST(what_nobody_vouches_for_is_counted)
{
    struct logdir_source source = files_source(&w.files);
    static struct logcheck run;
    struct logcheck_wants want = {0};
    struct logdir d;

    write_unsigned();
    ck_assert(logdir_open_source(&d, "sample", &source, &w.bad));
    ck_assert(logcheck_run(&run, &d, &want, &w.bad));
    ck_assert_uint_eq(logcheck_unvouched(&run), 1);
    ck_assert(!run.seal[CORES * SEGMENTS - 1].high);
    logcheck_free(&run);
    logdir_close(&d);
}
END_TEST

/* ---- seals, signatures, checkpoint: each byte ---- */

static const char *const beside[] = {"core-01-000001.seal", "core-01-000001.seal.sig", "checkpoint",
                                     "checkpoint.sig"};

START_TEST(every_changed_byte_beside_the_records_is_rejected)
{
    struct buf *b = files_get(&w.files, beside[_i]);
    const char *words = "untrusted comment: ";
    size_t start = 0;

    if (strncmp(b->s, words, strlen(words)) == 0) { /* the comment is free, as its name says */
        start = (size_t)(strchr(b->s, '\n') - b->s);
        b->s[strlen(words)] = 'V';
        ck_assert(accepted());
    }
    for (size_t i = start; i < b->n; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            b->s[i] = (char)(b->s[i] ^ (1 << bit));
            ck_assert_msg(!accepted(), "byte %zu bit %u", i, bit);
            ck_assert(strncmp(w.at.file, _i < 2 ? "core-01-000001.seal" : "checkpoint",
                              _i < 2 ? 19 : 10) == 0);
            b->s[i] = (char)(b->s[i] ^ (1 << bit));
        }
    ck_assert(accepted());
    b->n--;
    ck_assert(!accepted());
    files_remove(&w.files, beside[_i]);
    ck_assert(!accepted());
}
END_TEST

/* The same without a key: what a changed checkpoint says does not fit the logs. */
START_TEST(an_unsigned_checkpoint_is_compared)
{
    static const struct {
        const char *was, *is;
        enum complaint_code code;
    } change[] = {
        {"core 1 first 0", "core 1 first 1", ERR_WITNESS_CHECKPOINT},
        {"core 2 first 0 segments 3", "core 2 first 0 segments 4", ERR_WITNESS_MISSING},
        {"core 2 first 0 segments 3", "core 2 first 0 segments 2", ERR_WITNESS_CHECKPOINT},
        {"segments 3 records 120", "segments 3 records 121", ERR_WITNESS_CHECKPOINT},
        {"segments 3 records 120", "segments 3 records 119", ERR_WITNESS_CHECKPOINT},
        {"core 3", "core 5", ERR_WITNESS_MISSING},
        {"skerry checkpoint 1", "skerry checkpoint 2", ERR_WITNESS_CHECKPOINT},
        {"boot 7", "boot x", ERR_WITNESS_CHECKPOINT},
        {"boot 7", "boot -", ERR_WITNESS_CHECKPOINT},
        {"core 1", "core 0", ERR_WITNESS_CHECKPOINT},
    };
    char *where;

    write_unsigned();
    where = strstr(files_get(&w.files, "checkpoint")->s, change[_i].was);
    memcpy(where, change[_i].is, strlen(change[_i].is));
    ck_assert(!accepted());
    ck_assert_msg(w.bad.code == change[_i].code, "SK%d: %s", w.bad.code, w.bad.what);
}
END_TEST

/* One text for one meaning, also where no signature watches over it. */
START_TEST(a_seal_text_is_written_in_one_way)
{
    static const struct {
        size_t at;
        const char *is; /* from there on; without `end` only its first byte */
        bool end;
    } change[] = {
        {64, "  core-01-000002.log\n", true},   {64, "  core-01-000001.log\nx\n", true},
        {64, "  core-01-000001.log\n\n", true}, {64, "  core-01-000001.log", true},
        {64, " *core-01-000001.log\n", true},   {64, "", true},
        {63, "  core-01-000001.log\n", true},   {0, "g", false},
        {64, "  ./core-01-000001.log\n", true},
    };
    struct buf *b;

    write_unsigned();
    b = files_get(&w.files, "core-01-000001.seal");
    if (change[_i].end) {
        b->n = change[_i].at;
        buf_add(b, change[_i].is);
    } else {
        b->s[change[_i].at] = change[_i].is[0];
    }
    rejected(ERR_WITNESS_SEAL, "core-01-000001.seal");
}
END_TEST

static unsigned line_of(const char *from, const char *to)
{
    static struct checkpoint c;
    struct buf t = {0};
    const char *all = files_get(&w.files, "checkpoint")->s, *where = strstr(all, from);
    unsigned line;

    ck_assert_ptr_nonnull(where);
    buf_bytes(&t, all, (size_t)(where - all));
    buf_add(&t, to);
    buf_add(&t, where + strlen(from));
    line = checkpoint_read(t.s, t.n, &c);
    buf_free(&t);
    return line;
}

/* The line that is wrong is told; 0 is none. */
START_TEST(a_checkpoint_is_written_in_one_way)
{
    ck_assert_uint_eq(line_of("boot 7", "boot 7"), 0);
    ck_assert_uint_eq(line_of("boot 7", "boot 18446744073709551615"), 0);
    ck_assert_uint_eq(line_of("boot 7", "boot 18446744073709551616"), 2);
    ck_assert_uint_eq(line_of("boot 7", "boot 07"), 2);
    ck_assert_uint_eq(line_of("boot 7", "boot +7"), 2);
    ck_assert_uint_eq(line_of("boot 7", "boot 7 "), 2);
    ck_assert_uint_eq(line_of("boot 7", "Boot 7"), 2);
    ck_assert_uint_eq(line_of("measurement 01", "measurement 0A"), 3);
    ck_assert_uint_eq(line_of("nonce 04", "nonce 4"), 4);
    ck_assert_uint_eq(line_of("core 0 ", "core 4 "), 6);
    ck_assert_uint_eq(line_of("core 1 ", "core 0 "), 6);
    ck_assert_uint_eq(line_of("core 3 ", "core 1024 "), 8);
    ck_assert_uint_eq(line_of("core 2 first 0", "core 2 first 3"), 7);
    ck_assert_uint_eq(line_of("core 2 first 0 segments 3", "core 2 first 0 segments 4294967296"),
                      7);
    ck_assert_uint_eq(line_of("core 3 ", "\ncore 3 "), 8);
}
END_TEST

START_TEST(taking_the_key_away_does_not_help)
{
    files_remove(&w.files, "device.pub");
    rejected(ERR_WITNESS_SIGNATURE, "checkpoint.sig");
    files_remove(&w.files, "checkpoint.sig");
    rejected(ERR_WITNESS_SIGNATURE, "core-00-000000.seal.sig");
}
END_TEST

/* ---- from a seal that is known ---- */

START_TEST(from_a_known_seal_what_is_before_need_not_be_there)
{
    w.from[0] = (struct logcheck_from){.core = 1, .number = 1};
    memcpy(w.from[0].seal, w.sample.seal[1][1], 32);
    w.nfrom = 1;
    ck_assert(accepted());
    ck_assert_uint_eq(w.l.records, ALL - EACH);
    remove_segment(1, 0);
    ck_assert(accepted());
    ck_assert_uint_eq(w.l.anchors_before,
                      0); /* of segment 0 the seal is known: segment 1 names it */
    remove_segment(1, 1);
    ck_assert_msg(accepted(), "%s %s", w.bad.what, w.bad.why);
    ck_assert_uint_eq(w.l.records, ALL - 2 * EACH);
    ck_assert_uint_eq(w.l.anchors_before, 2 * (CORES - 1) + 2 * 2);
    w.nfrom = 0; /* the checkpoint says that they are kept */
    rejected(ERR_WITNESS_MISSING, "core-01-000000.log");
    w.nfrom = 1;
    w.from[0].seal[31] ^= 1;
    rejected_at(ERR_WITNESS_RECORD, "core-01-000002.log", 0);
    w.from[0].number = 0;
    rejected(ERR_WITNESS_MISSING, "core-01-000000.log");
    w.from[0].core = 9;
    rejected(ERR_WITNESS_MISSING, "core-09-000000.log");
}
END_TEST

START_TEST(from_a_seal_that_is_another)
{
    w.from[0] = (struct logcheck_from){.core = 1, .number = 1};
    memcpy(w.from[0].seal, w.sample.seal[1][1], 32);
    w.from[0].seal[0] ^= 0x80;
    w.nfrom = 1;
    rejected(ERR_WITNESS_ANCHOR, "core-01-000001.log");
}
END_TEST

/* ---- names and texts ---- */

START_TEST(only_names_that_would_be_written_are_read)
{
    static const char *const no[] = {
        "core-1-000001.log",   "core-01-00001.log",      "core-01-000001.log2",
        "core-01-0000001.log", "core-01--00001.log",     "core-+1-000001.log",
        "core-01-000001.sig",  "core-1024-000001.log",   "core-01- 00001.log",
        "Core-01-000001.log",  "core-01-4294967296.log", ""};
    enum logtext_part part;
    uint32_t number;
    unsigned core;

    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!logtext_name_read(no[i], &core, &number, &part), "%s", no[i]);
    ck_assert(logtext_name_read("core-107-4294967295.seal.sig", &core, &number, &part));
    ck_assert(core == 107 && number == UINT32_MAX && part == PART_SIG);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_witness_parts");
    TCase *t = tcase_create("verify");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, witness_setup, witness_teardown);
    tcase_add_test(t, a_missing_last_segment_is_named);
    tcase_add_loop_test(t, a_missing_segment_is_named, 0, 2);
    tcase_add_test(t, a_seal_whose_segment_is_gone_is_named);
    tcase_add_test(t, a_missing_core_is_named);
    tcase_add_test(t, a_log_the_checkpoint_does_not_know_is_named);
    tcase_add_test(t, a_forged_core_with_the_old_seals);
    tcase_add_test(t, a_forged_core_with_its_own_seals_and_no_key);
    tcase_add_loop_test(t, a_forged_core_signed_by_the_real_key, 0, (int)SEGMENTS);
    tcase_add_loop_test(t, both_halves_of_an_anchor_are_compared, 0, 2);
    tcase_add_test(t, what_nobody_vouches_for_is_counted);
    tcase_add_loop_test(t, every_changed_byte_beside_the_records_is_rejected, 0, 4);
    tcase_add_loop_test(t, an_unsigned_checkpoint_is_compared, 0, 10);
    tcase_add_loop_test(t, a_seal_text_is_written_in_one_way, 0, 9);
    tcase_add_test(t, a_checkpoint_is_written_in_one_way);
    tcase_add_test(t, taking_the_key_away_does_not_help);
    tcase_add_test(t, from_a_known_seal_what_is_before_need_not_be_there);
    tcase_add_test(t, from_a_seal_that_is_another);
    tcase_add_test(t, only_names_that_would_be_written_are_read);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
