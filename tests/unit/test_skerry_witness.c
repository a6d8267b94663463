/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness verify: no changed record is accepted, and the record and its field are named. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/witness_case.h"

/* ---- what is whole ---- */

START_TEST(a_whole_log_is_accepted)
{
    ck_assert_msg(accepted(), "%s %s %s", w.bad.what, w.bad.at, w.bad.why);
    ck_assert_uint_eq(w.l.records, ALL);
    ck_assert_uint_eq(w.l.segments, CORES * SEGMENTS);
    ck_assert_uint_eq(w.l.signatures, CORES * SEGMENTS + 1);
    /* of each core's earlier segments all others keep both halves; of the last, those behind it do */
    ck_assert_uint_eq(w.l.anchors_kept, 2 * (CORES * (CORES - 1) * (SEGMENTS - 1) +
                                             SEGMENTS * CORES * (CORES - 1) / 2));
    ck_assert_uint_eq(w.l.anchors_before, 0);
}
END_TEST

START_TEST(without_signatures_it_is_accepted_as_unsigned)
{
    write_unsigned();
    ck_assert(accepted());
    ck_assert_uint_eq(w.l.signatures, 0);
}
END_TEST

/* ---- one bit ---- */

static const char *field_of(unsigned byte)
{
    static const struct {
        unsigned to;
        const char *name;
    } fields[] = {{8, "sequence"}, {16, "timestamp_ns"}, {17, "kind"},    {18, "proof_tier"},
                  {20, "flags"},   {24, "actor"},        {32, "target"},  {36, "capability_hash"},
                  {38, "core"},    {40, "reserved"},     {48, "payload"}, {64, "link"}};
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
        ck_assert_int_eq(w.at.core, (int)sampled[_i].core);
        ck_assert_uint_eq(w.at.sequence, sampled[_i].segment * EACH + sampled[_i].record);
        ck_assert_msg(w.at.field && strcmp(w.at.field, field_of(bit / 8)) == 0, "bit %u: %s", bit,
                      w.at.field ? w.at.field : "none");
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(accepted());
}
END_TEST

/* Without the segments before it, which were not kept, the first record is believed until the second is seen. */
START_TEST(every_flipped_bit_is_named_in_the_first_segment_kept)
{
    remove_checkpoint();
    w.open_end = true;
    remove_segment(1, 0);
    for (unsigned bit = 0; bit < 512; bit++) {
        uint8_t *byte = (uint8_t *)&in_file("core-01-000001.log")[_i] + bit / 8;

        *byte ^= (uint8_t)(1u << bit % 8);
        rejected_at(ERR_WITNESS_RECORD, "core-01-000001.log", (uint64_t)_i);
        ck_assert_str_eq(w.at.field, field_of(bit / 8));
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(accepted());
    ck_assert_uint_eq(w.l.anchors_before, 0); /* of the last segment not kept, the first one kept names the seal */
}
END_TEST

/* More than a bit: the record is still named, or the one after it. */
START_TEST(a_record_made_otherwise_is_rejected)
{
    in_file("core-02-000001.log")[9].payload ^= 0x1234567890abcdef;
    rejected_at(ERR_WITNESS_RECORD, "core-02-000001.log", 9);
    ck_assert_ptr_null(w.at.field);
}
END_TEST

/* ---- dropped, inserted, swapped ---- */

START_TEST(a_dropped_record_is_named)
{
    for (unsigned n = 0; n < EACH; n++) {
        struct buf *b = files_get(&w.files, "core-01-000001.log");

        memmove(b->s + 64 * n, b->s + 64 * (n + 1), b->n - 64 * (n + 1));
        b->n -= 64;
        /* without the last it is no longer closed, and its seal is there */
        rejected_at(n == EACH - 1 ? ERR_WITNESS_CUT : ERR_WITNESS_RECORD, "core-01-000001.log", n);
        restore(1, 1);
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
        ck_assert_ptr_nonnull(strstr(w.bad.have, "swapped"));
        restore(3, 0);
    }
}
END_TEST

START_TEST(an_inserted_record_is_named)
{
    for (unsigned n = 0; n < EACH; n++) {
        struct buf *b = files_get(&w.files, "core-00-000002.log"), longer = {0};

        buf_bytes(&longer, b->s, 64 * (n + 1));
        buf_bytes(&longer, b->s + 64 * n, b->n - 64 * n); /* doubled */
        files_put(&w.files, "core-00-000002.log", longer.s, longer.n);
        rejected_at(ERR_WITNESS_RECORD, "core-00-000002.log", n + 1);
        restore(0, 2);
        buf_free(&longer);
    }
}
END_TEST

/* Two segments in one file: each whole, and the file is not. */
START_TEST(behind_the_last_record_there_is_nothing)
{
    buf_bytes(files_get(&w.files, "core-00-000000.log"), w.sample.r[0][1], EACH * 64);
    rejected_at(ERR_WITNESS_RECORD, "core-00-000000.log", EACH);
    restore(0, 0);
    buf_bytes(files_get(&w.files, "core-00-000000.log"), w.sample.r[0][0], 64);
    rejected_at(ERR_WITNESS_RECORD, "core-00-000000.log", EACH);
}
END_TEST

/* ---- the tail ---- */

START_TEST(a_cut_tail_is_named)
{
    for (unsigned n = 1; n <= EACH; n++) {
        w.open_end = false;
        files_get(&w.files, "core-02-000002.log")->n -= 64 * n;
        rejected_at(ERR_WITNESS_CUT, "core-02-000002.log", EACH - n);
        files_remove(&w.files, "core-02-000002.seal");
        files_remove(&w.files, "core-02-000002.seal.sig");
        rejected_at(ERR_WITNESS_CUT, "core-02-000002.log", EACH - n);
        /* and without the checkpoint: core 3 keeps its seal */
        remove_checkpoint();
        rejected_at(ERR_WITNESS_CUT, "core-02-000002.log", EACH - n);
        w.open_end = true;
        rejected(ERR_WITNESS_ANCHOR, "core-02-000002.log");
        ck_assert_ptr_nonnull(strstr(w.bad.at, "core-03-000002.log"));
        restore(2, 2);
        sample_put_seal(&w.sample, &w.files, 2, 2);
        sample_checkpoint(&w.sample, &w.files);
    }
}
END_TEST

START_TEST(half_a_record_is_no_record)
{
    files_get(&w.files, "core-03-000002.log")->n -= 1;
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", EACH - 1);
    files_get(&w.files, "core-03-000002.log")->n = 17;
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", 0);
    files_get(&w.files, "core-03-000002.log")->n = 0;
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", 0);
    files_put(&w.files, "core-03-000002.log", w.sample.r[3][2], EACH * 64);
    buf_bytes(files_get(&w.files, "core-03-000002.log"), "more", 4);
    rejected_at(ERR_WITNESS_CUT, "core-03-000002.log", EACH);
}
END_TEST

/* The power was cut: nothing vouches for the last segment of the last core. */
START_TEST(an_open_log_is_accepted_only_when_asked)
{
    remove_checkpoint();
    rejected(ERR_WITNESS_OPEN, "checkpoint");
    w.open_end = true;
    ck_assert(accepted());
    files_remove(&w.files, "core-03-000002.seal.sig");
    ck_assert(accepted());
    files_remove(&w.files, "core-03-000002.seal");
    ck_assert(accepted());
    files_get(&w.files, "core-03-000002.log")->n -= 64 * 5;
    ck_assert(accepted());
    ck_assert_uint_eq(w.l.records, ALL - 5);
    files_remove(&w.files,
                 "core-02-000001.seal"); /* not the last: closed segments have their seals */
    rejected(ERR_WITNESS_SEAL, "core-02-000001.seal");
}
END_TEST

/* With a checkpoint --open changes nothing. */
START_TEST(open_does_not_stand_above_the_checkpoint)
{
    w.open_end = true;
    files_get(&w.files, "core-03-000002.log")->n -= 64;
    files_remove(&w.files, "core-03-000002.seal");
    files_remove(&w.files, "core-03-000002.seal.sig");
    rejected(ERR_WITNESS_CUT, "core-03-000002.log");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_witness");
    TCase *t = tcase_create("verify");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, witness_setup, witness_teardown);
    tcase_add_test(t, a_whole_log_is_accepted);
    tcase_add_test(t, without_signatures_it_is_accepted_as_unsigned);
    tcase_add_loop_test(t, every_flipped_bit_is_named, 0, (int)(sizeof sampled / sizeof *sampled));
    tcase_add_loop_test(t, every_flipped_bit_is_named_in_the_first_segment_kept, 0, 3);
    tcase_add_test(t, a_record_made_otherwise_is_rejected);
    tcase_add_test(t, a_dropped_record_is_named);
    tcase_add_test(t, two_swapped_records_are_named);
    tcase_add_test(t, behind_the_last_record_there_is_nothing);
    tcase_add_test(t, an_inserted_record_is_named);
    tcase_add_test(t, a_cut_tail_is_named);
    tcase_add_test(t, half_a_record_is_no_record);
    tcase_add_test(t, an_open_log_is_accepted_only_when_asked);
    tcase_add_test(t, open_does_not_stand_above_the_checkpoint);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
