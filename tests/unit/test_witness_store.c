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

/* All records of a core in a boot are those of its log, from the oldest segment kept; how many were seen. */
static unsigned read_core(uint32_t in, unsigned core, const struct cutlog *l, struct wstore_segment *last)
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

int main(void)
{
    Suite *s = suite_create("witness-store");
    TCase *t = tcase_create("store");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_was_stored_is_read_again);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
