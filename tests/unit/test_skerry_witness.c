/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness verify: no changed log is accepted, and what was changed is named. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/skerry_case.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/logcheck.h"

#define CORES    4u
#define SEGMENTS 3u
#define EACH     40u
#define ALL      (CORES * SEGMENTS * EACH)

static struct witness_sample sample;
static struct sample_files files;
static struct complaint bad;
static struct logcheck_place at;
static struct logcheck l; /* its numbers are kept, its memory is not */
static bool without_key, open_end;
static struct logcheck_from from[2];
static size_t nfrom;

static void setup(void)
{
    sample_make(&sample, CORES, SEGMENTS, EACH);
    files.n = 0;
    sample_files(&sample, &files);
    without_key = open_end = false;
    nfrom = 0;
}

static void teardown(void)
{
    sample_free(&sample);
    files_free(&files);
}

/* The whole check, over the files in memory. */
static bool accepted(void)
{
    static struct logcheck run;
    struct logdir_source source = files_source(&files);
    struct logcheck_wants want = {.open = open_end, .from = from, .nfrom = nfrom};
    struct signify_public key;
    struct buf *text = files_get(&files, "device.pub");
    struct logdir d;
    bool ok;

    ck_assert(logdir_open_source(&d, "sample", &source, &bad));
    if (text && !without_key) {
        ck_assert_ptr_null(signify_read_public(text->s, text->n, &key));
        want.key = &key;
    }
    ok = logcheck_run(&run, &d, &want, &bad);
    ck_assert(ok == (bad.code == FINE));
    ck_assert_msg(ok || complaint_exit(bad.code) == 6, "%s", bad.what);
    at = run.place;
    l = run;
    logcheck_free(&run);
    logdir_close(&d);
    return ok;
}

/* Rejected with this code, in this file. */
static void rejected(enum complaint_code code, const char *file)
{
    ck_assert_msg(!accepted(), "accepted");
    ck_assert_msg(bad.code == code, "SK%d, not SK%d: %s; %s; %s", bad.code, code, bad.what, bad.at, bad.why);
    ck_assert_str_eq(at.file, file);
    ck_assert(strlen(bad.what) > 10 && strlen(bad.why) + strlen(bad.have) > 5);
}

static void rejected_at(enum complaint_code code, const char *file, uint64_t record)
{
    rejected(code, file);
    ck_assert_msg(at.has_record && at.record == record, "record %" PRIu64 ", not %" PRIu64 ": %s", at.record, record, bad.at);
    ck_assert_uint_eq(at.offset, record * 64);
}

static struct witness_record *in_file(const char *name)
{
    return (struct witness_record *)(void *)files_get(&files, name)->s;
}

/* ---- what is whole ---- */

START_TEST(a_whole_log_is_accepted)
{
    ck_assert_msg(accepted(), "%s %s %s", bad.what, bad.at, bad.why);
    ck_assert_uint_eq(l.records, ALL);
    ck_assert_uint_eq(l.segments, CORES * SEGMENTS);
    ck_assert_uint_eq(l.signatures, CORES * SEGMENTS + 1);
    /* of each core's earlier segments all others keep both halves; of the last, those behind it do */
    ck_assert_uint_eq(l.anchors_kept, 2 * (CORES * (CORES - 1) * (SEGMENTS - 1) + SEGMENTS * CORES * (CORES - 1) / 2));
    ck_assert_uint_eq(l.anchors_before, 0);
}
END_TEST

START_TEST(without_signatures_it_is_accepted_as_unsigned)
{
    files_free(&files);
    sample.sign = false;
    sample_files(&sample, &files);
    ck_assert(accepted());
    ck_assert_uint_eq(l.signatures, 0);
}
END_TEST

/* ---- one bit ---- */

static const char *field_of(unsigned byte)
{
    static const struct {
        unsigned to;
        const char *name;
    } fields[] = {{8, "sequence"}, {16, "timestamp_ns"}, {17, "kind"}, {18, "proof_tier"}, {20, "flags"}, {24, "actor"},
                  {32, "target"}, {36, "capability_hash"}, {38, "core"}, {40, "reserved"}, {48, "payload"}, {64, "link"}};
    unsigned i = 0;

    while (byte >= fields[i].to)
        i++;
    return fields[i].name;
}

static const struct {
    unsigned core, segment, record;
} sampled[] = {
    {0, 0, 0}, {0, 0, 1}, {0, 0, EACH - 2}, {0, 0, EACH - 1}, {1, 1, 0},        {1, 1, 1},
    {2, 1, 2}, {2, 1, 3}, {2, 1, 17},       {3, 2, 0},        {3, 2, EACH - 2}, {3, 2, EACH - 1},
};

/* Each of the 512 bits: the record is named, and the field. */
START_TEST(every_flipped_bit_is_named)
{
    char name[LOGTEXT_NAME];

    SAY(name, "core-%02u-%06u.log", sampled[_i].core, sampled[_i].segment);
    for (unsigned bit = 0; bit < 512; bit++) {
        uint8_t *byte = (uint8_t *)&in_file(name)[sampled[_i].record] + bit / 8;

        *byte ^= (uint8_t)(1u << bit % 8);
        rejected_at(ERR_WITNESS_RECORD, name, sampled[_i].record);
        ck_assert_int_eq(at.core, (int)sampled[_i].core);
        ck_assert_uint_eq(at.sequence, sampled[_i].segment * EACH + sampled[_i].record);
        ck_assert_msg(at.field && strcmp(at.field, field_of(bit / 8)) == 0, "bit %u: %s", bit, at.field ? at.field : "none");
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(accepted());
}
END_TEST

/* More than a bit: the record is still named, or the one after it. */
START_TEST(a_record_made_otherwise_is_rejected)
{
    in_file("core-02-000001.log")[9].payload ^= 0x1234567890abcdef;
    rejected_at(ERR_WITNESS_RECORD, "core-02-000001.log", 9);
    ck_assert_ptr_null(at.field);
}
END_TEST

/* ---- dropped, inserted, swapped ---- */

/* The file of a segment as it was. */
static void restore(const char *name, unsigned core, unsigned segment)
{
    files_put(&files, name, sample.r[core][segment], EACH * 64);
}

START_TEST(a_dropped_record_is_named)
{
    for (unsigned n = 0; n < EACH; n++) {
        struct buf *b = files_get(&files, "core-01-000001.log");

        memmove(b->s + 64 * n, b->s + 64 * (n + 1), b->n - 64 * (n + 1));
        b->n -= 64;
        /* without the last it is no longer closed, and its seal is there */
        rejected_at(n == EACH - 1 ? ERR_WITNESS_CUT : ERR_WITNESS_RECORD, "core-01-000001.log", n);
        restore("core-01-000001.log", 1, 1);
    }
}
END_TEST

START_TEST(two_swapped_records_are_named)
{
    for (unsigned n = 0; n + 1 < EACH; n++) {
        struct witness_record *r = in_file("core-03-000000.log"), kept = r[n];

        r[n] = r[n + 1];
        r[n + 1] = kept;
        rejected_at(ERR_WITNESS_RECORD, "core-03-000000.log", n);
        ck_assert_ptr_nonnull(strstr(bad.have, "swapped"));
        restore("core-03-000000.log", 3, 0);
    }
}
END_TEST

START_TEST(an_inserted_record_is_named)
{
    for (unsigned n = 0; n < EACH; n++) {
        struct buf *b = files_get(&files, "core-00-000002.log"), longer = {0};

        buf_bytes(&longer, b->s, 64 * (n + 1));
        buf_bytes(&longer, b->s + 64 * n, b->n - 64 * n); /* doubled */
        files_put(&files, "core-00-000002.log", longer.s, longer.n);
        rejected_at(ERR_WITNESS_RECORD, "core-00-000002.log", n + 1);
        restore("core-00-000002.log", 0, 2);
        buf_free(&longer);
    }
}
END_TEST

/* ---- the tail ---- */

START_TEST(a_cut_tail_is_named)
{
    for (unsigned n = 1; n <= EACH; n++) {
        open_end = false;
        files_get(&files, "core-02-000002.log")->n -= 64 * n;
        rejected_at(ERR_WITNESS_CUT, "core-02-000002.log", EACH - n);
        files_remove(&files, "core-02-000002.seal");
        files_remove(&files, "core-02-000002.seal.sig");
        rejected_at(ERR_WITNESS_CUT, "core-02-000002.log", EACH - n);
        /* and without the checkpoint: core 3 keeps its seal */
        files_remove(&files, "checkpoint");
        files_remove(&files, "checkpoint.sig");
        rejected_at(ERR_WITNESS_CUT, "core-02-000002.log", EACH - n);
        open_end = true;
        rejected(ERR_WITNESS_ANCHOR, "core-02-000002.log");
        ck_assert_ptr_nonnull(strstr(bad.at, "core-03-000002.log"));
        restore("core-02-000002.log", 2, 2);
        sample_put_seal(&sample, &files, 2, 2);
        sample_checkpoint(&sample, &files);
    }
}
END_TEST

START_TEST(half_a_record_is_no_record)
{
    files_get(&files, "core-03-000002.log")->n -= 1;
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", EACH - 1);
    files_get(&files, "core-03-000002.log")->n = 17;
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", 0);
    files_get(&files, "core-03-000002.log")->n = 0;
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", 0);
    files_put(&files, "core-03-000002.log", sample.r[3][2], EACH * 64);
    buf_bytes(files_get(&files, "core-03-000002.log"), "more", 4);
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", EACH);
}
END_TEST

/* The power was cut: nothing vouches for the last segment of the last core. */
START_TEST(an_open_log_is_accepted_only_when_asked)
{
    files_remove(&files, "checkpoint");
    files_remove(&files, "checkpoint.sig");
    rejected(ERR_WITNESS_OPEN, "checkpoint");
    open_end = true;
    ck_assert(accepted());
    files_remove(&files, "core-03-000002.seal.sig");
    ck_assert(accepted());
    files_remove(&files, "core-03-000002.seal");
    ck_assert(accepted());
    files_get(&files, "core-03-000002.log")->n -= 64 * 5;
    ck_assert(accepted());
    ck_assert_uint_eq(l.records, ALL - 5);
    files_remove(&files, "core-02-000001.seal"); /* not the last: closed segments have their seals */
    rejected(ERR_WITNESS_SEAL, "core-02-000001.seal");
}
END_TEST

/* With a checkpoint --open changes nothing. */
START_TEST(open_does_not_stand_above_the_checkpoint)
{
    open_end = true;
    files_get(&files, "core-03-000002.log")->n -= 64;
    files_remove(&files, "core-03-000002.seal");
    files_remove(&files, "core-03-000002.seal.sig");
    rejected(ERR_WITNESS_CUT, "core-03-000002.log");
}
END_TEST

/* ---- a core, or its last segment ---- */

static void remove_segment(unsigned core, unsigned segment)
{
    static const char *const ending[] = {".log", ".seal", ".seal.sig"};
    char name[LOGTEXT_NAME];

    for (unsigned i = 0; i < 3; i++) {
        SAY(name, "core-%02u-%06u%s", core, segment, ending[i]);
        files_remove(&files, name);
    }
}

START_TEST(a_missing_last_segment_is_named)
{
    remove_segment(1, 2);
    rejected(ERR_WITNESS_MISSING, "core-01-000002.log");
    files_remove(&files, "checkpoint");
    files_remove(&files, "checkpoint.sig");
    open_end = true;
    rejected(ERR_WITNESS_ANCHOR, "core-01-000002.log"); /* cores 2 and 3 keep its seal */
}
END_TEST

START_TEST(a_missing_segment_is_named)
{
    remove_segment(2, (unsigned)_i);
    rejected(ERR_WITNESS_MISSING, _i == 0 ? "core-02-000000.log" : "core-02-000001.log");
    teardown();
    setup();
    files_remove(&files, _i == 0 ? "core-02-000000.log" : "core-02-000001.log");
    rejected(ERR_WITNESS_MISSING, _i == 0 ? "core-02-000000.log" : "core-02-000001.log");
}
END_TEST

START_TEST(a_missing_core_is_named)
{
    for (unsigned g = 0; g < SEGMENTS; g++)
        remove_segment(2, g);
    rejected(ERR_WITNESS_MISSING, "core-02-000000.log");
    files_remove(&files, "checkpoint");
    files_remove(&files, "checkpoint.sig");
    open_end = true;
    rejected(ERR_WITNESS_ANCHOR, "core-02-000000.log");
}
END_TEST

START_TEST(a_log_the_checkpoint_does_not_know_is_named)
{
    struct buf *b = files_get(&files, "checkpoint");

    without_key = true;
    files_free(&files);
    sample.sign = false;
    sample_files(&sample, &files);
    b = files_get(&files, "checkpoint");
    b->n = (size_t)(strstr(b->s, "core 3") - b->s);
    rejected(ERR_WITNESS_CHECKPOINT, "checkpoint");
    ck_assert_int_eq(at.core, 3);
}
END_TEST

/* ---- forgeries that are consistent in themselves ---- */

/* All of core 2 from `segment` on made anew, with other deeds in it. */
static void forge(unsigned segment)
{
    for (unsigned g = segment; g < SEGMENTS; g++)
        for (size_t i = 1; i + 1 < sample.n[2][g]; i++)
            if (sample.r[2][g][i].kind < 0x80)
                sample.r[2][g][i].actor = 99;
    sample_seal(&sample, 2, segment);
}

static void put_forged(bool logs_only)
{
    char name[LOGTEXT_NAME];

    for (unsigned g = 0; g < SEGMENTS; g++) {
        SAY(name, "core-02-%06u.log", g);
        files_put(&files, name, sample.r[2][g], sample.n[2][g] * 64);
        if (!logs_only) {
            struct buf *old, kept = {0};

            SAY(name, "core-02-%06u.seal.sig", g);
            old = files_get(&files, name);
            buf_bytes(&kept, old->s, old->n);
            sample_put_seal(&sample, &files, 2, g);
            if (!sample.sign) /* the old signature stays */
                files_put(&files, name, kept.s, kept.n);
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
    sample.sign = false;
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
    sample_checkpoint(&sample, &files);
    rejected(ERR_WITNESS_ANCHOR, first);
    ck_assert_ptr_nonnull(strstr(bad.at, "recorded at core-0"));
    ck_assert_int_eq(at.core, 2);
}
END_TEST

/* What nobody keeps can be made anew by whoever has the key: the last segment of the last core. */
START_TEST(what_nobody_vouches_for_is_counted)
{
    struct logdir_source source = files_source(&files);
    static struct logcheck run;
    struct logcheck_wants want = {0};
    struct logdir d;

    files_free(&files);
    sample.sign = false;
    sample_files(&sample, &files);
    ck_assert(logdir_open_source(&d, "sample", &source, &bad));
    ck_assert(logcheck_run(&run, &d, &want, &bad));
    ck_assert_uint_eq(logcheck_unvouched(&run), 1);
    ck_assert(!run.seal[CORES * SEGMENTS - 1].high);
    logcheck_free(&run);
    logdir_close(&d);
}
END_TEST

/* ---- seals, signatures, checkpoint: each byte ---- */

static const char *const beside[] = {"core-01-000001.seal", "core-01-000001.seal.sig", "checkpoint", "checkpoint.sig"};

START_TEST(every_changed_byte_beside_the_records_is_rejected)
{
    struct buf *b = files_get(&files, beside[_i]);
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
            ck_assert(strncmp(at.file, _i < 2 ? "core-01-000001.seal" : "checkpoint", _i < 2 ? 19 : 10) == 0);
            b->s[i] = (char)(b->s[i] ^ (1 << bit));
        }
    ck_assert(accepted());
    b->n--;
    ck_assert(!accepted());
    files_remove(&files, beside[_i]);
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

    files_free(&files);
    sample.sign = false;
    sample_files(&sample, &files);
    where = strstr(files_get(&files, "checkpoint")->s, change[_i].was);
    memcpy(where, change[_i].is, strlen(change[_i].is));
    ck_assert(!accepted());
    ck_assert_msg(bad.code == change[_i].code, "SK%d: %s", bad.code, bad.what);
}
END_TEST

START_TEST(taking_the_key_away_does_not_help)
{
    files_remove(&files, "device.pub");
    rejected(ERR_WITNESS_SIGNATURE, "checkpoint.sig");
    files_remove(&files, "checkpoint.sig");
    rejected(ERR_WITNESS_SIGNATURE, "core-00-000000.seal.sig");
}
END_TEST

/* ---- from a seal that is known ---- */

START_TEST(from_a_known_seal_what_is_before_need_not_be_there)
{
    from[0] = (struct logcheck_from){.core = 1, .number = 1};
    memcpy(from[0].seal, sample.seal[1][1], 32);
    nfrom = 1;
    ck_assert(accepted());
    ck_assert_uint_eq(l.records, ALL - EACH);
    remove_segment(1, 0);
    ck_assert(accepted());
    ck_assert_uint_eq(l.anchors_before, 0); /* of segment 0 the seal is known: segment 1 names it */
    remove_segment(1, 1);
    ck_assert_msg(accepted(), "%s %s", bad.what, bad.why);
    ck_assert_uint_eq(l.records, ALL - 2 * EACH);
    ck_assert_uint_eq(l.anchors_before, 2 * (CORES - 1) + 2 * 2);
    nfrom = 0; /* the checkpoint says that they are kept */
    rejected(ERR_WITNESS_MISSING, "core-01-000000.log");
    nfrom = 1;
    from[0].seal[31] ^= 1;
    rejected_at(ERR_WITNESS_RECORD, "core-01-000002.log", 0);
    from[0].number = 0;
    rejected(ERR_WITNESS_MISSING, "core-01-000000.log");
    from[0].core = 9;
    rejected(ERR_WITNESS_MISSING, "core-09-000000.log");
}
END_TEST

START_TEST(from_a_seal_that_is_another)
{
    from[0] = (struct logcheck_from){.core = 1, .number = 1};
    memcpy(from[0].seal, sample.seal[1][1], 32);
    from[0].seal[0] ^= 0x80;
    nfrom = 1;
    rejected(ERR_WITNESS_ANCHOR, "core-01-000001.log");
}
END_TEST

/* ---- names and texts ---- */

START_TEST(only_names_that_would_be_written_are_read)
{
    static const char *const no[] = {"core-1-000001.log",   "core-01-00001.log",  "core-01-000001.log2", "core-01-0000001.log",
                                     "core-01--00001.log",  "core-+1-000001.log", "core-01-000001.sig",  "core-1024-000001.log",
                                     "core-01- 00001.log",  "Core-01-000001.log", "core-01-4294967296.log", ""};
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
    Suite *s = suite_create("skerry_witness");
    TCase *t = tcase_create("verify");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_whole_log_is_accepted);
    tcase_add_test(t, without_signatures_it_is_accepted_as_unsigned);
    tcase_add_loop_test(t, every_flipped_bit_is_named, 0, (int)(sizeof sampled / sizeof *sampled));
    tcase_add_test(t, a_record_made_otherwise_is_rejected);
    tcase_add_test(t, a_dropped_record_is_named);
    tcase_add_test(t, two_swapped_records_are_named);
    tcase_add_test(t, an_inserted_record_is_named);
    tcase_add_test(t, a_cut_tail_is_named);
    tcase_add_test(t, half_a_record_is_no_record);
    tcase_add_test(t, an_open_log_is_accepted_only_when_asked);
    tcase_add_test(t, open_does_not_stand_above_the_checkpoint);
    tcase_add_test(t, a_missing_last_segment_is_named);
    tcase_add_loop_test(t, a_missing_segment_is_named, 0, 2);
    tcase_add_test(t, a_missing_core_is_named);
    tcase_add_test(t, a_log_the_checkpoint_does_not_know_is_named);
    tcase_add_test(t, a_forged_core_with_the_old_seals);
    tcase_add_test(t, a_forged_core_with_its_own_seals_and_no_key);
    tcase_add_loop_test(t, a_forged_core_signed_by_the_real_key, 0, (int)SEGMENTS);
    tcase_add_test(t, what_nobody_vouches_for_is_counted);
    tcase_add_loop_test(t, every_changed_byte_beside_the_records_is_rejected, 0, 4);
    tcase_add_loop_test(t, an_unsigned_checkpoint_is_compared, 0, 10);
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
