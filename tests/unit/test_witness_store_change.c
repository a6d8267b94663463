/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * What was changed on the disk is seen, or is in bytes that say nothing: witness/store.h.
 *
 * One disk: two boots, two cores; a segment that fills its extent of 4,096 bytes to the last
 * sector, one of two parts, an open one, a free extent, and two checkpoints. What only an anchor
 * outside can show (truncation of an open end, rollback) is here as well: the store takes it, and
 * comparing with the checkpoint tells.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/cutdisk.h"
#include "witness/portable.h"
#include "witness/store_priv.h"

#define EXTENT  8u
#define EXTENTS 7u
#define SECTORS (WSTORE_EXTENTS_AT + EXTENT * EXTENTS + 3)
#define CORES   2u
#define EACH    42u /* six sectors: header, these, closing sector */

static struct cutdisk disk;
static uint8_t *whole; /* the disk as it was written */
static struct wstore store;
static struct wstore_extent extents[EXTENTS];
static struct cutlog log_[CORES];

static void must(status_t st)
{
    ck_assert_int_eq(st, ST_OK);
}

static status_t open_disk(void)
{
    struct wstore_disk x = cutdisk_disk(&disk);

    return wstore_open(&store, &x, portable_block, extents, sizeof extents);
}

static void setup(void)
{
    struct wstore_disk d;
    uint32_t boot;

    cutdisk_make(&disk, SECTORS);
    d = cutdisk_disk(&disk);
    must(wstore_format(&d, portable_block, 1, EXTENT, false));
    must(open_disk());
    must(wstore_begin_boot(&store, WSTORE_KEEP, &boot));
    cutlog_start(&log_[0], 0, EACH, 5, portable_block);
    cutlog_grow(&log_[0], EACH + 9);
    must(wstore_append(&store, 0, log_[0].record, EACH)); /* extent 0 */
    must(wstore_seal(&store, 0, 0, "signature", 9));
    must(wstore_append(&store, 0, log_[0].record + EACH, 9)); /* extent 1, open: two sectors */
    must(wstore_checkpoint(&store, "one", 3, "s", 1));
    must(open_disk());
    must(wstore_begin_boot(&store, WSTORE_KEEP, &boot));
    cutlog_start(&log_[1], 1, EACH, 6, portable_block);
    cutlog_grow(&log_[1], EACH + 3);
    for (unsigned i = 0; i < EACH + 3; i += 5)
        must(wstore_append(&store, 1, log_[1].record + i,
                           5)); /* extents 2, 3: nine sectors; 4: one, open */
    must(wstore_checkpoint(&store, "two", 3, "s", 1));
    must(wstore_sync(&store));
    whole = malloc(SECTORS * WSTORE_SECTOR);
    memcpy(whole, disk.now, SECTORS * WSTORE_SECTOR);
}

static void teardown(void)
{
    cutdisk_free(&disk);
    free(whole);
    for (unsigned c = 0; c < CORES; c++)
        cutlog_free(&log_[c]);
}

static uint8_t *sector(uint64_t n)
{
    return disk.now + n * WSTORE_SECTOR;
}

static void restore(void)
{
    memcpy(disk.now, whole, SECTORS * WSTORE_SECTOR);
}

static uint64_t place(unsigned extent, unsigned at)
{
    return WSTORE_EXTENTS_AT + (uint64_t)extent * EXTENT + at;
}

/* By what the store itself says: is all well? *records: of all segments. */
static bool looks_well(uint64_t *records)
{
    struct wstore_segment at, last, *from = NULL;
    struct wstore_note note;
    char text[WSTORE_TEXT];
    bool well;

    *records = 0;
    if (open_disk() != ST_OK)
        return false;
    well = store.found.supers == 2 &&
           store.found.marks + store.found.headers + store.found.missing + store.found.unread == 0;
    for (; wstore_segment_after(&store, from, &at) == ST_OK; last = at, from = &last) {
        well = well && at.follows && at.end != WSTORE_CLOSING && at.end <= WSTORE_OPEN;
        *records += at.records;
    }
    return wstore_checkpoint_read(&store, &note, text, sizeof text) == ST_OK &&
           !note.other_broken && well;
}

#define ALL (EACH + 9u + EACH + 3u)

/* All 32,768 bits of an extent that is full: header, records, closing sector. */
START_TEST(every_bit_of_4096_bytes)
{
    uint64_t n;

    for (unsigned bit = (unsigned)_i * 4096; bit < (unsigned)(_i + 1) * 4096; bit++) {
        sector(place(0, 0))[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (looks_well(&n))
            ck_abort_msg("bit %u is not seen", bit);
        if (n > ALL)
            ck_abort_msg("bit %u made records", bit);
        sector(place(0, 0))[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

/* Which sectors say something: all others may be anything. */
static bool says_something(uint64_t s)
{
    /* clang-format off */
    static const uint8_t up_to[EXTENTS] = {
        8,    /* full, signed                                                          */
        8,    /* open: there must be nothing behind the end                            */
        7,    /* a part follows: the place of a closing sector is not used             */
        5,    /* sealed, not signed: up to the place of the closing sector             */
        8,    /* open                                                                  */
        1, 1, /* free: no header                                                       */
    };
    /* clang-format on */

    if (s < WSTORE_SLOT_AT)
        return true;
    if (s < WSTORE_EXTENTS_AT) /* a checkpoint of one sector of text */
        return s - WSTORE_SLOT_AT < 2 * WSTORE_SLOT && (s - WSTORE_SLOT_AT) % WSTORE_SLOT < 2;
    s -= WSTORE_EXTENTS_AT;
    return s / EXTENT < EXTENTS && s % EXTENT < up_to[s / EXTENT];
}

START_TEST(one_bit_of_each_byte_of_the_disk)
{
    uint64_t n;

    for (uint64_t s = (uint64_t)_i; s < SECTORS; s += 16)
        for (unsigned i = 0; i < WSTORE_SECTOR;
             i += s < WSTORE_SLOT_AT || s >= WSTORE_EXTENTS_AT ? 1 : 17) {
            uint8_t bit = (uint8_t)(1u << (i * 3 + s) % 8);

            sector(s)[i] ^= bit;
            if (looks_well(&n) == says_something(s))
                ck_abort_msg("sector %u, byte %u", (unsigned)s, i);
            if (n != ALL && !says_something(s))
                ck_abort_msg("sector %u changes what is read", (unsigned)s);
            sector(s)[i] ^= bit;
        }
}
END_TEST

/* ---- sectors from elsewhere ---- */

static bool in_use(unsigned i)
{
    static const uint8_t used[] = {8, 3, 7, 4, 2};

    return i / EXTENT < sizeof used && i % EXTENT < used[i / EXTENT];
}

static struct wstore_sector get(uint64_t at)
{
    struct wstore_sector x;

    memcpy(&x, sector(at), sizeof x);
    return x;
}

/* With its sum put right. */
static void put(uint64_t at, struct wstore_sector *x)
{
    sector_finish(x, at, store.id, portable_block);
    memcpy(sector(at), x, sizeof *x);
}

/*
 * As it is; or, by somebody who knows the format, with place, serial, core and sum put right: then
 * it is the records that do not follow.
 */
START_TEST(a_sector_of_another_place_is_seen)
{
    unsigned all = EXTENTS * EXTENT;
    uint64_t n;

    for (unsigned i = 0; i < all * all; i++) {
        struct wstore_sector x = get(place(0, i / all)), there = get(place(0, i % all));
        bool fit = x.t.type == SECTOR_DATA && there.t.type == SECTOR_DATA;

        if (i / all == i % all || !in_use(i / all) || !in_use(i % all))
            continue;
        memcpy(sector(place(0, i % all)), &x, sizeof x);
        if (looks_well(&n))
            ck_abort_msg("%u in place of %u", i / all, i % all);
        there.t.count = x.t.count;
        x.t = there.t;
        put(place(0, i % all), &x);
        if (fit && looks_well(&n))
            ck_abort_msg("%u made to fit in place of %u", i / all, i % all);
        restore();
    }
}
END_TEST

START_TEST(an_extent_copied_elsewhere_is_seen)
{
    uint64_t n;

    for (unsigned to = 0; to < EXTENTS; to++)
        for (unsigned from = 0; from < 5; from++) {
            if (to == from)
                continue;
            memcpy(sector(place(to, 0)), whole + place(from, 0) * WSTORE_SECTOR,
                   EXTENT * WSTORE_SECTOR);
            ck_assert(!looks_well(&n));
            restore();
        }
}
END_TEST

/* A whole segment made again, right in itself and on the disk: the next one names another seal. */
START_TEST(a_segment_made_again_is_seen_by_the_next)
{
    struct cutlog forged;
    uint64_t n;

    cutlog_start(&forged, 0, EACH, 666, portable_block);
    cutlog_grow(&forged, EACH);
    for (unsigned i = 1; i <= 6; i++) {
        struct wstore_sector x = get(place(0, i));

        memcpy(x.record, forged.record + (i - 1) * WSTORE_RECORDS, sizeof x.record);
        put(place(0, i), &x);
    }
    memset(sector(place(0, 7)), 0, WSTORE_SECTOR); /* they have no signature for it */
    ck_assert(!looks_well(&n));
    ck_assert_uint_eq(n, ALL);
    cutlog_free(&forged);
}
END_TEST

/* The last segment under another number, its records made for that. */
START_TEST(a_segment_left_out_is_seen_by_the_number)
{
    struct cutlog forged;
    uint64_t n;

    cutlog_start(&forged, 0, EACH, 5, portable_block);
    cutlog_grow(&forged, EACH);
    forged.segment = 2;
    cutlog_grow(&forged, EACH + 9);
    for (unsigned i = 0; i < 3; i++) {
        struct wstore_sector x = get(place(1, i));

        for (unsigned k = 0; k < x.t.count; k++)
            x.record[k] = forged.record[x.t.first + k];
        x.t.segment = 2;
        put(place(1, i), &x);
    }
    ck_assert(!looks_well(&n));
    ck_assert_uint_eq(n, ALL);
    cutlog_free(&forged);
}
END_TEST

/* Records behind a SegmentSeal in its sector, even such as would follow in the next segment. */
START_TEST(a_segment_ends_its_sector)
{
    struct wstore_sector x = get(place(3, 3));
    uint64_t n;

    ck_assert(x.t.count == 2 && x.record[1].kind == WITNESS_SEGMENT_SEAL);
    x.t.count = 4;
    memcpy(&x.record[2], &log_[1].record[EACH], 2 * WITNESS_BYTES);
    put(place(3, 3), &x);
    ck_assert(!looks_well(&n));
    ck_assert_uint_eq(n, ALL);
}
END_TEST

/* ---- missing ---- */

/* Everything that was written and is zeros now is missed, but the end of a log that was open. */
START_TEST(a_sector_taken_away_is_seen_unless_it_was_the_open_end)
{
    uint64_t n;

    for (unsigned i = 0; i < EXTENTS * EXTENT; i++) {
        bool end = i == 1 * EXTENT + 2 || i == 4 * EXTENT + 1; /* of each core's last segment */
        bool signature = i == 7;

        if (!in_use(i))
            continue;
        memset(sector(place(0, i)), 0, WSTORE_SECTOR);
        ck_assert(looks_well(&n) == (end || signature));
        ck_assert(!end || n < ALL);
        restore();
    }
}
END_TEST

START_TEST(a_disk_that_became_shorter_is_seen_and_not_written)
{
    uint32_t boot;
    uint64_t n;

    for (uint64_t sectors = 0; sectors < SECTORS - 3; sectors++) {
        disk.sectors = sectors;
        ck_assert(!looks_well(&n));
        ck_assert_uint_le(n, ALL);
        if (open_disk() == ST_OK)
            ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_WRAP, &boot), ST_STATE);
        else
            ck_assert_uint_eq(sectors, 0);
    }
    disk.sectors = SECTORS;
}
END_TEST

/* Somebody who can make sums says that there is a billion extents: memory and time are for those that the disk can hold. */
START_TEST(a_first_sector_is_not_believed_beyond_the_disk)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    struct wstore_sector x;
    uint32_t boot;

    for (unsigned i = 0; i < 2; i++) {
        memcpy(&x, sector(WSTORE_SUPER_AT + i), sizeof x);
        x.super.extents = 0x3fffff00u / EXTENT;
        x.super.sectors = 0xffffffffu;
        sector_finish(&x, WSTORE_SUPER_AT + i, x.t.id, portable_block);
        memcpy(sector(WSTORE_SUPER_AT + i), &x, sizeof x);
    }
    ck_assert_uint_eq(wstore_memory(&d, portable_block), sizeof extents);
    must(open_disk());
    ck_assert_uint_eq(store.found.missing, 0x3fffff00u / EXTENT - EXTENTS);
    ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_WRAP, &boot), ST_STATE);
}
END_TEST

/* How far a log goes, as a checkpoint kept elsewhere would say it. */
static uint64_t after_last(uint32_t boot, uint16_t core)
{
    struct wstore_segment at;
    uint64_t n = 0;

    for (uint32_t i = 0; wstore_segment_find(&store, boot, core, i, &at) == ST_OK; i++)
        n = at.first + at.records;
    return n;
}

/* An older copy of the disk is a good disk. Only what is known elsewhere tells that it is old. */
START_TEST(rollback_is_seen_by_a_later_checkpoint_only)
{
    uint64_t n, then;
    uint32_t boot;

    ck_assert(looks_well(&n));
    ck_assert_uint_eq(n, ALL);
    must(wstore_resume(&store, WSTORE_KEEP, &boot));
    cutlog_grow(&log_[1], 2 * EACH);
    must(wstore_append(&store, 1, log_[1].record + EACH + 3, EACH - 3));
    must(wstore_sync(&store));
    ck_assert(looks_well(&n));
    ck_assert_uint_eq(n, ALL + EACH - 3);
    then = after_last(2, 1);
    restore(); /* back to before */
    ck_assert(looks_well(&n));
    ck_assert_uint_eq(n, ALL);
    ck_assert_uint_lt(after_last(2, 1), then);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness-store-change");
    TCase *t = tcase_create("change");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_bit_of_4096_bytes, 0, 8);
    tcase_add_loop_test(t, one_bit_of_each_byte_of_the_disk, 0, 16);
    tcase_add_test(t, a_sector_of_another_place_is_seen);
    tcase_add_test(t, an_extent_copied_elsewhere_is_seen);
    tcase_add_test(t, a_segment_made_again_is_seen_by_the_next);
    tcase_add_test(t, a_segment_left_out_is_seen_by_the_number);
    tcase_add_test(t, a_segment_ends_its_sector);
    tcase_add_test(t, a_sector_taken_away_is_seen_unless_it_was_the_open_end);
    tcase_add_test(t, a_disk_that_became_shorter_is_seen_and_not_written);
    tcase_add_test(t, a_first_sector_is_not_believed_beyond_the_disk);
    tcase_add_test(t, rollback_is_seen_by_a_later_checkpoint_only);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
