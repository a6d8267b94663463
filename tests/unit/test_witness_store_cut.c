/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Power goes at any byte: what was durable is there, what is there verifies, and the store goes on
 * (S1 to S3 of witness/store.h).
 *
 * One run is traced: 64 appends of one record each, two cores in turn, segments of 12 records in
 * extents of 8 sectors, with signatures, two checkpoints and a sync now and then, on a disk full of
 * two earlier boots. The cut is then made in the trace, 64 places for each append, in each of four
 * models of a disk (tests/support/cutdisk.h).
 *
 * SKERRY_SECONDS: with SHA-256 instead of a quick hash, and torn at every byte of every sector.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/args.h"
#include "tests/support/cutdisk.h"
#include "witness/portable.h"

/* A million of these: Check remembers each of its own. */
#define HOLDS(x)                                                                                   \
    do {                                                                                           \
        if (!(x))                                                                                  \
            ck_abort_msg("%s", #x);                                                                \
    } while (0)

#define EXTENT  8u
#define EXTENTS 18u
#define SECTORS (WSTORE_EXTENTS_AT + EXTENT * EXTENTS)
#define APPENDS 64u
#define PLACES  64u /* bytes of a record: one cut for each */
#define PARTS   8u
#define CORES   2u
#define EACH    12u

/* What had been acknowledged when so many operations of the disk were done. */
struct ack {
    size_t ops;
    uint64_t next[CORES], durable[CORES];
    unsigned checkpoints;
    bool begun;
};

static witness_block_fn *block;
static struct cutdisk disk, left;
static struct wstore store;
static struct wstore_extent extents[EXTENTS];
static struct cutlog log_[CORES], other;
static struct ack acks[4 * APPENDS];
static unsigned nacks;
static size_t before[APPENDS + 1]; /* bytes written before each append */

static status_t open_disk(struct cutdisk *d)
{
    struct wstore_disk x = cutdisk_disk(d);

    return wstore_open(&store, &x, block, extents, sizeof extents);
}

static void ack(unsigned checkpoints)
{
    struct ack *a = &acks[nacks++];

    *a = (struct ack){.ops = disk.ops, .checkpoints = checkpoints, .begun = true};
    for (uint16_t c = 0; c < CORES; c++) {
        a->next[c] = wstore_next(&store, c);
        a->durable[c] = wstore_durable(&store, c);
    }
}

static void must(status_t st)
{
    HOLDS(st == ST_OK);
}

static void fill_with_earlier_boots(void)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    uint32_t boot;

    must(wstore_format(&d, block, 1, EXTENT, false));
    for (unsigned i = 0; i < 2; i++) {
        struct cutlog l;

        must(open_disk(&disk));
        must(wstore_begin_boot(&store, WSTORE_WRAP, &boot));
        cutlog_start(&l, 0, 30, i, block);
        cutlog_grow(&l, 400);
        for (unsigned n = 0; n < 400; n += 4)
            must(wstore_append(&store, 0, l.record + n, 4));
        must(wstore_checkpoint(&store, "earlier", 7, "s", 1));
        cutlog_free(&l);
    }
}

static void run(void)
{
    uint64_t seed = test_seed();
    unsigned checkpoints = 0, closed[CORES] = {0};
    uint32_t boot;

    must(open_disk(&disk));
    cutdisk_trace(&disk);
    acks[nacks++] = (struct ack){0};
    must(wstore_begin_boot(&store, WSTORE_WRAP, &boot));
    HOLDS(boot == 3);
    ack(0);
    for (unsigned i = 0; i < APPENDS; i++) {
        uint16_t c = i % CORES;
        uint64_t n = wstore_next(&store, c);

        before[i] = cutdisk_bytes(&disk);
        must(wstore_append(&store, c, &log_[c].record[n], 1));
        ack(checkpoints);
        if (cutdisk_random(&seed) % 4 == 0)
            must(wstore_sync(&store));
        if (wstore_next(&store, c) >= (closed[c] + 1) * EACH + 2)
            must(wstore_seal(&store, c, closed[c]++, "signature", 9));
        if (i % 24 == 20) {
            char text[600] = {(char)('1' + checkpoints), (char)wstore_next(&store, 0),
                              (char)wstore_next(&store, 1)};

            must(wstore_checkpoint(&store, text, sizeof text, "of it", 5));
            checkpoints++;
        }
        ack(checkpoints);
    }
    before[APPENDS] = cutdisk_bytes(&disk);
}

static void setup(void)
{
    nacks = 0;
    block = test_seconds(0) > 0 ? portable_block : cutdisk_quick_block;
    cutdisk_make(&disk, SECTORS);
    cutdisk_make(&left, SECTORS);
    for (uint16_t c = 0; c < CORES; c++) {
        cutlog_start(&log_[c], c, EACH, 100u + c, block);
        cutlog_grow(&log_[c], 40);
    }
    cutlog_start(&other, 1, EACH, 999, block);
    cutlog_grow(&other, 20);
    fill_with_earlier_boots();
    run();
}

static void teardown(void)
{
    cutdisk_free(&disk);
    cutdisk_free(&left);
    for (unsigned c = 0; c < CORES; c++)
        cutlog_free(&log_[c]);
    cutlog_free(&other);
}

/* ---- what must hold behind a cut ---- */

/*
 * The log of a core in a boot is a prefix of l: its length. Only its last segment may be
 * unfinished.
 */
static uint64_t prefix(uint32_t boot, uint16_t core, const struct cutlog *l,
                       struct wstore_segment *last)
{
    struct wstore_segment at;
    struct wstore_reader r;
    struct witness_record record;
    uint64_t n = 0;

    last->end = WSTORE_SEALED;
    for (uint32_t i = 0; wstore_segment_find(&store, boot, core, i, &at) == ST_OK; i++) {
        HOLDS(last->end <= WSTORE_CLOSING);
        HOLDS(at.follows && at.first == n);
        must(wstore_read_start(&r, &store, boot, core, i));
        while (wstore_read(&r, &record) == ST_OK)
            HOLDS(memcmp(&record, &l->record[n++], sizeof record) == 0);
        HOLDS(at.first + at.records == n);
        HOLDS(r.end == at.end);
        HOLDS(at.end <= WSTORE_HOLE);
        if (at.end == WSTORE_SIGNED) {
            uint8_t signature[WSTORE_SIGNATURE];
            unsigned bytes;

            must(wstore_signature(&store, boot, core, i, signature, &bytes));
            HOLDS(bytes == 9 && memcmp(signature, "signature", 9) == 0);
        }
        *last = at;
    }
    return n;
}

static void check_checkpoint(unsigned acked, const uint64_t had[CORES])
{
    char text[WSTORE_TEXT];
    struct wstore_note note;

    must(wstore_checkpoint_read(&store, &note, text, sizeof text));
    HOLDS(note.boot == 3 ? text[0] >= (char)('0' + acked) && text[0] <= '3' : acked == 0);
    HOLDS(note.boot == 3 ? note.text_bytes == 600 && note.signature_bytes == 5
                         : note.text_bytes == 7);
    for (unsigned c = 0; c < CORES && note.boot == 3; c++)
        HOLDS((uint64_t)text[1 + c] <= had[c]); /* what it tells of was there before it */
}

/* What goes for something newer goes whole, and looks like nothing else. */
static void check_earlier(bool torn)
{
    struct wstore_segment at, last, *before_it = NULL;

    HOLDS(store.found.headers <= torn && store.found.marks <= torn);
    for (; wstore_segment_after(&store, before_it, &at) == ST_OK && at.boot < 3;
         last = at, before_it = &last) {
        if (before_it != NULL && last.boot == at.boot)
            HOLDS(last.end != WSTORE_OPEN);
        HOLDS(at.end <= WSTORE_OPEN ? at.follows : at.end == WSTORE_HEADLESS);
    }
}

/* Power comes back: a new boot, and the logs of the one before stay as they were found. */
static void next_boot(uint32_t found, const uint64_t had[CORES])
{
    struct wstore_segment last;
    uint32_t boot;

    must(wstore_begin_boot(&store, WSTORE_WRAP, &boot));
    HOLDS(boot == found + 1);
    must(wstore_append(&store, 1, other.record, 20)); /* in place of the oldest */
    must(wstore_sync(&store));
    must(open_disk(&left));
    HOLDS(prefix(boot, 1, &other, &last) == 20);
    for (uint16_t c = 0; c < CORES && found == 3; c++)
        HOLDS(prefix(3, c, &log_[c], &last) == had[c]);
}

/* Only the driver was new: the same boot goes on, and in the end nothing is missing. */
static void same_boot(uint32_t found, const uint64_t had[CORES])
{
    struct wstore_segment last;
    uint32_t boot;

    if (found != 3)
        return;
    must(wstore_resume(&store, WSTORE_WRAP, &boot));
    HOLDS(boot == 3);
    for (uint16_t c = 0; c < CORES; c++) {
        uint64_t next = wstore_next(&store, c);

        HOLDS(next == had[c]);
        must(wstore_append(&store, c, log_[c].record + next, (unsigned)(40 - next)));
    }
    must(wstore_sync(&store));
    must(open_disk(&left));
    for (uint16_t c = 0; c < CORES; c++)
        HOLDS(prefix(3, c, &log_[c], &last) == 40);
}

static void cut(size_t bytes, enum cutdisk_model model, uint64_t seed)
{
    size_t op = cutdisk_op_at(&disk, bytes);
    const struct ack *was = acks, *next;
    uint64_t had[CORES];
    struct wstore_segment last;

    cutdisk_cut(&disk, bytes, model, seed, &left);
    while (was + 1 < acks + nacks && was[1].ops <= op)
        was++;
    next = was + (was + 1 < acks + nacks);
    must(open_disk(&left));
    HOLDS(store.found.supers == 2);
    check_earlier(model == CUTDISK_TORN || model == CUTDISK_BOTH);
    HOLDS(store.found.boot >= (was->begun ? 3u : 2u));
    for (uint16_t c = 0; c < CORES; c++) {
        had[c] = prefix(3, c, &log_[c], &last);
        HOLDS(had[c] >= was->durable[c]);
        HOLDS(had[c] <= next->next[c]);
        if (model == CUTDISK_ORDERED || model == CUTDISK_TORN)
            HOLDS(had[c] >= was->next[c] && last.end != WSTORE_HOLE);
        if (model == CUTDISK_ORDERED)
            HOLDS(last.end != WSTORE_TORN && last.end != WSTORE_CLOSING);
    }
    check_checkpoint(was->checkpoints, had);
    if (seed % 2 == 0)
        next_boot(store.found.boot, had);
    else
        same_boot(store.found.boot, had);
}

static void cut_in_append(unsigned append, enum cutdisk_model model)
{
    size_t from = before[append], to = before[append + 1];

    for (unsigned i = 0; i < PLACES; i++)
        cut(i < 4 ? from : from + (to - from) * i / PLACES + (i * 5 + append) % 8, model,
            append * PLACES + i + test_seed());
    for (size_t at = from; test_seconds(0) > 0 && model == CUTDISK_TORN && at < to; at++)
        cut(at, model, at);
}

static void cut_in_some(unsigned part, enum cutdisk_model model)
{
    for (unsigned i = 0; i < APPENDS / PARTS; i++)
        cut_in_append(part * (APPENDS / PARTS) + i, model);
}

START_TEST(a_cut_with_ordered_writes)
{
    cut_in_some((unsigned)_i, CUTDISK_ORDERED);
}
END_TEST

START_TEST(a_cut_with_sectors_in_any_order)
{
    cut_in_some((unsigned)_i, CUTDISK_REORDERED);
}
END_TEST

START_TEST(a_cut_in_the_middle_of_a_sector)
{
    cut_in_some((unsigned)_i, CUTDISK_TORN);
}
END_TEST

START_TEST(a_cut_with_torn_sectors_in_any_order)
{
    cut_in_some((unsigned)_i, CUTDISK_BOTH);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness-store-cut");
    TCase *t = tcase_create("cut");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, a_cut_with_ordered_writes, 0, PARTS);
    tcase_add_loop_test(t, a_cut_with_sectors_in_any_order, 0, PARTS);
    tcase_add_loop_test(t, a_cut_in_the_middle_of_a_sector, 0, PARTS);
    tcase_add_loop_test(t, a_cut_with_torn_sectors_in_any_order, 0, PARTS);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
