/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The log store keeps logs, says where they end, and sees what was changed: witness/store.h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/args.h"
#include "tests/support/cutdisk.h"
#include "witness/portable.h"

#define EXTENT  8u /* sectors: six of records */
#define EXTENTS 24u
#define SECTORS (WSTORE_EXTENTS_AT + EXTENT * EXTENTS)

static struct cutdisk disk;
static struct wstore store;
static void *memory;
static struct cutlog log_[WSTORE_CORES];
static uint32_t boot;

static status_t reopen(void)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    size_t bytes = wstore_memory(&d, portable_block);

    free(memory);
    memory = malloc(bytes);
    return wstore_open(&store, &d, portable_block, memory, bytes);
}

static void new_logs(unsigned each)
{
    for (unsigned i = 0; i < WSTORE_CORES; i++) {
        cutlog_free(&log_[i]);
        cutlog_start(&log_[i], (uint16_t)i, each, 0x1000 * (i + 1) + boot, portable_block);
    }
}

static void begin(unsigned each)
{
    ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_WRAP, &boot), ST_OK);
    new_logs(each);
}

static void setup(void)
{
    struct wstore_disk d;

    cutdisk_make(&disk, SECTORS);
    d = cutdisk_disk(&disk);
    ck_assert_int_eq(wstore_format(&d, portable_block, 77, EXTENT, false), ST_OK);
    ck_assert_int_eq(reopen(), ST_OK);
    begin(20);
}

static void teardown(void)
{
    for (unsigned i = 0; i < WSTORE_CORES; i++)
        cutlog_free(&log_[i]);
    cutdisk_free(&disk);
    free(memory);
    memory = NULL;
}

/* n more records of a core, so many with each call. */
static status_t append(unsigned core, unsigned n, unsigned with_each)
{
    struct cutlog *l = &log_[core];
    unsigned from = (unsigned)wstore_next(&store, (uint16_t)core), end = from + n;
    status_t st = ST_OK;

    cutlog_grow(l, end);
    while (from < end && st == ST_OK) {
        unsigned k = end - from < with_each ? end - from : with_each;

        st = wstore_append(&store, (uint16_t)core, l->record + from, k);
        from += k;
    }
    return st;
}

/*
 * All records of a core in a boot are those of its log, from the oldest segment kept; how many were
 * seen.
 */
static unsigned read_core(uint32_t in, unsigned core, const struct cutlog *l,
                          struct wstore_segment *last)
{
    struct wstore_segment at, *before = NULL, copy;
    struct witness_record record;
    struct wstore_reader r;
    unsigned n = 0;

    while (wstore_segment_after(&store, before, &at) == ST_OK) {
        copy = at;
        before = &copy;
        if (at.boot != in || at.core != core)
            continue;
        ck_assert_int_eq(wstore_read_start(&r, &store, at.boot, at.core, at.segment), ST_OK);
        for (unsigned i = 0; wstore_read(&r, &record) == ST_OK; i++, n++)
            ck_assert_mem_eq(&record, &l->record[at.first + i], sizeof record);
        ck_assert_int_eq(r.end, at.end);
        *last = at;
    }
    return n;
}

START_TEST(what_was_stored_is_read_again)
{
    struct wstore_segment last;
    uint8_t signature[WSTORE_SIGNATURE];
    unsigned n;

    ck_assert_int_eq(append(0, 50, 3), ST_OK);
    ck_assert_int_eq(append(5, 90, 64), ST_OK);
    ck_assert_int_eq(wstore_seal(&store, 5, 3, "signature", 9), ST_OK);
    ck_assert_int_eq(wstore_seal(&store, 5, 4, "signature", 9), ST_STATE);
    ck_assert_int_eq(wstore_sync(&store), ST_OK);
    ck_assert_uint_eq(wstore_durable(&store, 5), 90);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(read_core(boot, 0, &log_[0], &last), 50);
        ck_assert(last.segment == 2 && last.end == WSTORE_OPEN && last.follows);
        ck_assert_uint_eq(read_core(boot, 5, &log_[5], &last), 90);
        ck_assert_int_eq(wstore_signature(&store, boot, 5, 3, signature, &n), ST_OK);
        ck_assert(n == 9 && memcmp(signature, "signature", 9) == 0);
        ck_assert_int_eq(reopen(), ST_OK);
        ck_assert_uint_eq(store.found.boot, 1);
    }
}
END_TEST

static void keep_copy(uint8_t **to)
{
    *to = malloc(SECTORS * WSTORE_SECTOR);
    memcpy(*to, disk.now, SECTORS * WSTORE_SECTOR);
}

START_TEST(a_record_that_does_not_follow_is_refused_and_nothing_written)
{
    struct witness_record r[9];
    uint8_t *copy;

    ck_assert_int_eq(append(0, 5, 5), ST_OK);
    cutlog_grow(&log_[0], 14);
    keep_copy(&copy);
    for (unsigned bad = 0; bad < 9; bad++) {
        memcpy(r, log_[0].record + 5, sizeof r);
        r[bad].link[3] ^= 1;
        ck_assert_int_eq(wstore_append(&store, 0, r, 9), ST_FORMAT);
        ck_assert(store.refused.at == bad && store.refused.why == VERIFY_LINK);
    }
    ck_assert_int_eq(wstore_append(&store, 1, log_[0].record + 5, 1), ST_FORMAT);
    ck_assert_int_eq(store.refused.why, VERIFY_CORE);
    ck_assert_int_eq(wstore_append(&store, 0, log_[0].record + 4, 1), ST_FORMAT);
    ck_assert_int_eq(wstore_append(&store, WSTORE_CORES, log_[0].record, 1), ST_INVALID);
    ck_assert_mem_eq(copy, disk.now, SECTORS * WSTORE_SECTOR);
    ck_assert_int_eq(append(0, 9, 9), ST_OK);
    free(copy);
}
END_TEST

START_TEST(nothing_is_written_before_a_boot_begins)
{
    uint32_t n;

    ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_WRAP, &n), ST_STATE);
    ck_assert_int_eq(reopen(), ST_OK);
    cutlog_grow(&log_[0], 3);
    ck_assert_int_eq(wstore_append(&store, 0, log_[0].record, 1), ST_STATE);
    ck_assert_int_eq(wstore_sync(&store), ST_STATE);
    ck_assert_int_eq(wstore_seal(&store, 0, 0, "s", 1), ST_STATE);
    ck_assert_int_eq(wstore_checkpoint(&store, "t", 1, "s", 1), ST_STATE);
    ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_WRAP, &n), ST_OK);
    ck_assert_uint_eq(n, 2); /* though nothing was stored in the first */
}
END_TEST

START_TEST(a_disk_is_formatted_once_and_again)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    struct wstore_segment at;

    ck_assert_int_eq(append(0, 50, 3), ST_OK);
    ck_assert_int_eq(wstore_format(&d, portable_block, 77, EXTENT, false), ST_EXISTS);
    ck_assert_int_eq(wstore_format(&d, portable_block, 78, 3, false), ST_INVALID);
    ck_assert_int_eq(wstore_format(&d, portable_block, 78, 4097, false), ST_INVALID);
    d.sectors = WSTORE_EXTENTS_AT + EXTENT - 1;
    ck_assert_int_eq(wstore_format(&d, portable_block, 78, EXTENT, false), ST_INVALID);
    d.sectors = SECTORS;
    ck_assert_int_eq(wstore_format(&d, portable_block, 78, EXTENT, false), ST_OK);
    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_int_eq(wstore_segment_after(&store, NULL, &at), ST_NOT_FOUND);
    ck_assert(store.found.boot == 0 && store.found.supers == 2 && store.found.headers == 0);
    begin(20);
    ck_assert_int_eq(append(0, 5, 5), ST_OK); /* over the old ones, in the same place */
    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_uint_eq(read_core(1, 0, &log_[0], &at), 5);
    ck_assert_int_eq(at.end, WSTORE_OPEN);
}
END_TEST

START_TEST(a_disk_that_held_other_things_is_wiped)
{
    struct wstore_disk d = cutdisk_disk(&disk);

    memset(disk.now, 0xa5, SECTORS * WSTORE_SECTOR);
    ck_assert_int_eq(reopen(), ST_FORMAT);
    ck_assert_int_eq(wstore_format(&d, portable_block, 5, EXTENT, true), ST_OK);
    for (size_t i = 2 * WSTORE_SECTOR; i < (WSTORE_EXTENTS_AT + EXTENT * EXTENTS) * WSTORE_SECTOR;
         i++)
        if (disk.now[i] != 0)
            ck_abort_msg("byte %zu", i);
}
END_TEST

START_TEST(too_little_memory_is_said)
{
    struct wstore_disk d = cutdisk_disk(&disk);

    ck_assert_uint_eq(wstore_memory(&d, portable_block), EXTENTS * sizeof(struct wstore_extent));
    ck_assert_int_eq(
        wstore_open(&store, &d, portable_block, memory, EXTENTS * sizeof(struct wstore_extent) - 1),
        ST_NOMEM);
}
END_TEST

START_TEST(a_segment_of_many_parts)
{
    struct wstore_segment last;

    new_logs(4096);
    ck_assert_int_eq(append(2, 100, 1), ST_OK); /* 17 extents of six sectors */
    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_uint_eq(read_core(boot, 2, &log_[2], &last), 100);
    ck_assert_int_eq(wstore_resume(&store, WSTORE_WRAP, &boot), ST_OK);
    ck_assert_int_eq(append(2, 200, 64), ST_OK);
    ck_assert_int_eq(append(2, 100, 1), ST_NOMEM); /* one open segment: nothing can go */
    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_uint_ge(read_core(boot, 2, &log_[2], &last), 300);
    ck_assert(last.segment == 0 && last.follows);
}
END_TEST

START_TEST(the_checkpoint_before_stays_until_the_next_is_whole)
{
    static char text[WSTORE_TEXT], got[WSTORE_TEXT];
    struct wstore_note note;
    static const unsigned size[] = {0,          1, WSTORE_BODY, WSTORE_BODY + 1, 9 * WSTORE_BODY,
                                    WSTORE_TEXT};

    ck_assert_int_eq(wstore_checkpoint_read(&store, &note, got, sizeof got), ST_NOT_FOUND);
    for (unsigned i = 0; i < 6; i++) {
        memset(text, 'a' + (int)i, sizeof text);
        ck_assert_int_eq(wstore_checkpoint(&store, text, size[i], "signed", 6), ST_OK);
        ck_assert_int_eq(reopen(), ST_OK);
        ck_assert_int_eq(wstore_checkpoint_read(&store, &note, got, sizeof got), ST_OK);
        ck_assert(note.text_bytes == size[i] && note.boot == boot && note.signature_bytes == 6 &&
                  !note.other_broken);
        ck_assert_mem_eq(got, text, size[i]);
        ck_assert_int_eq(wstore_resume(&store, WSTORE_WRAP, &boot), ST_OK);
    }
    ck_assert_int_eq(wstore_checkpoint_read(&store, &note, got, WSTORE_TEXT - 1), ST_NOMEM);
    ck_assert_int_eq(wstore_checkpoint(&store, text, WSTORE_TEXT + 1, "", 0), ST_INVALID);
    ck_assert_int_eq(wstore_checkpoint(&store, text, 1, text, WSTORE_SIGNATURE + 1), ST_INVALID);
    disk.writes_left = 3;
    ck_assert_int_eq(wstore_checkpoint(&store, text, WSTORE_TEXT, "", 0), ST_GONE);
    for (unsigned i = 0; i < 2; i++) { /* tried again it goes to the same slot */
        ck_assert_int_eq(wstore_checkpoint_read(&store, &note, got, sizeof got), ST_OK);
        ck_assert(note.text_bytes == WSTORE_TEXT && note.other_broken && note.signature_bytes == 6);
        disk.writes_left = 0;
        ck_assert_int_eq(wstore_checkpoint(&store, text, 10, "", 0), ST_GONE);
    }
    ck_assert_int_eq(wstore_checkpoint(&store, text, 10, "", 0), ST_OK);
    ck_assert_int_eq(wstore_checkpoint_read(&store, &note, got, sizeof got), ST_OK);
    ck_assert(note.text_bytes == 10 && !note.other_broken);
}
END_TEST

/*
 * Each write in turn fails, with and without reaching the disk. Sent again from wstore_next,
 * nothing is missing.
 */
START_TEST(a_write_that_fails_loses_nothing)
{
    struct wstore_segment last;
    unsigned failed = 0;

    cutlog_grow(&log_[0], 60);
    disk.fail_but_write = _i % 2;
    disk.writes_left = (uint64_t)_i / 2;
    for (int tries = 0; wstore_next(&store, 0) < 60; tries++) {
        uint64_t n = wstore_next(&store, 0);

        ck_assert_int_lt(tries, 100);
        failed += wstore_append(&store, 0, log_[0].record + n,
                                n + 9 < 60 ? 9 : (unsigned)(60 - n)) != ST_OK;
    }
    ck_assert_uint_eq(failed, _i < 2 * 12); /* nine of records, three headers */
    ck_assert_uint_eq(read_core(boot, 0, &log_[0], &last), 60);
    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_uint_eq(read_core(boot, 0, &log_[0], &last), 60);
    ck_assert(last.segment == 2 && last.end == WSTORE_SEALED && last.follows);
}
END_TEST

/* ---- what goes, and what never does (S4) ---- */

START_TEST(with_keep_nothing_goes)
{
    struct wstore_segment last;
    uint8_t *copy;
    uint64_t n;

    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_KEEP, &boot), ST_OK);
    while (append(0, 7, 7) == ST_OK)
        ;
    n = wstore_next(&store, 0);
    ck_assert_uint_ge(n, EXTENTS * 2 / 3 * 20);
    keep_copy(&copy);
    ck_assert_int_eq(append(0, 7, 7), ST_NOMEM);
    ck_assert_int_eq(append(3, 1, 1), ST_NOMEM);
    ck_assert_mem_eq(copy, disk.now, SECTORS * WSTORE_SECTOR);
    ck_assert_uint_eq(read_core(boot, 0, &log_[0], &last), n);
    ck_assert_int_eq(reopen(), ST_OK);
    ck_assert_uint_eq(read_core(boot, 0, &log_[0], &last), n);
    free(copy);
}
END_TEST

START_TEST(the_last_two_segments_of_a_core_never_go)
{
    struct wstore_segment at;

    ck_assert_int_eq(append(9, 25, 5), ST_OK);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(append(0, 20, 5), ST_OK);
    ck_assert_int_eq(wstore_segment_find(&store, boot, 0, 0, &at), ST_NOT_FOUND);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(read_core(boot, 9, &log_[9], &at), 25);
        ck_assert_int_eq(wstore_segment_find(&store, boot, 0, 98, &at), ST_OK);
        ck_assert_int_eq(wstore_segment_find(&store, boot, 0, 99, &at), ST_OK);
        ck_assert(at.follows && at.end == WSTORE_SEALED);
        ck_assert_int_eq(reopen(), ST_OK);
    }
    ck_assert_int_eq(wstore_segment_after(&store, NULL, &at), ST_OK);
    ck_assert(at.follows && at.end == WSTORE_SEALED && at.segment > 70);
}
END_TEST

/*
 * Cores with an open segment each: once they have all of it, the store says so and waits for no
 * miracle.
 */
START_TEST(open_segments_that_fill_the_disk_are_all_kept)
{
    struct wstore_segment last;
    unsigned full = 0;

    for (unsigned round = 0; round < 20; round++)
        for (unsigned c = 0; c < 14; c++)
            full += append(c, 1, 1) == ST_NOMEM;
    ck_assert_uint_gt(full, 0);
    ck_assert_int_eq(reopen(), ST_OK);
    for (unsigned c = 0; c < 14; c++)
        ck_assert_uint_ge(read_core(boot, c, &log_[c], &last), 6);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness-store");
    TCase *t = tcase_create("store");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_was_stored_is_read_again);
    tcase_add_test(t, a_record_that_does_not_follow_is_refused_and_nothing_written);
    tcase_add_test(t, nothing_is_written_before_a_boot_begins);
    tcase_add_test(t, a_disk_is_formatted_once_and_again);
    tcase_add_test(t, a_disk_that_held_other_things_is_wiped);
    tcase_add_test(t, too_little_memory_is_said);
    tcase_add_test(t, a_segment_of_many_parts);
    tcase_add_test(t, the_checkpoint_before_stays_until_the_next_is_whole);
    tcase_add_loop_test(t, a_write_that_fails_loses_nothing, 0, 30);
    tcase_add_test(t, with_keep_nothing_goes);
    tcase_add_test(t, the_last_two_segments_of_a_core_never_go);
    tcase_add_test(t, open_segments_that_fill_the_disk_are_all_kept);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
