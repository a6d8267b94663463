/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Random use over many boots and wraps, both policies, against a list of what must be there: S4 of
 * witness/store.h.
 *
 * SKERRY_SEED: another use. SKERRY_SECONDS: go on for so long.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/support/args.h"
#include "tests/support/cutdisk.h"

#define EXTENT   6u
#define EXTENTS  20u
#define SECTORS  (WSTORE_EXTENTS_AT + EXTENT * EXTENTS)
#define CORES    3u
#define STEPS    6000u
#define SEGMENTS 20000u

/* A segment as it must be: what goes first stands first among those of its kind. */
struct kept {
    uint32_t boot, segment;
    uint16_t core;
    bool there, signature;
    unsigned first, records;
};

#define HOLDS(x)                                                                                   \
    do {                                                                                           \
        if (!(x))                                                                                  \
            ck_abort_msg("step %u: %s", step, #x);                                                 \
    } while (0)

static struct cutdisk disk;
static struct wstore store;
static struct wstore_extent extents[EXTENTS];
static struct kept kept[SEGMENTS];
static unsigned nkept, step, wraps, refusals, boots;
static struct witness_record *copy_[SEGMENTS]; /* of the records of each */
static struct cutlog log_[CORES];
static uint32_t boot;
static enum wstore_policy policy;
static uint64_t seed;

static unsigned pick(unsigned n)
{
    return (unsigned)(cutdisk_random(&seed) % n);
}

static status_t open_disk(void)
{
    struct wstore_disk d = cutdisk_disk(&disk);

    return wstore_open(&store, &d, cutdisk_quick_block, extents, sizeof extents);
}

static struct kept *newest(uint16_t core)
{
    for (unsigned i = nkept; i > 0; i--)
        if (kept[i - 1].boot == boot && kept[i - 1].core == core)
            return &kept[i - 1];
    return NULL;
}

/* 0: of an earlier boot; 1: sealed and not one of the last two of its core; 2: it stays. */
static unsigned rank(const struct kept *k)
{
    const struct kept *last = newest(k->core);

    return k->boot != boot ? 0 : k->segment + 2 <= last->segment ? 1 : 2;
}

/* They were stored. */
static void enter(uint16_t core, unsigned from, unsigned n)
{
    for (unsigned i = from; i < from + n; i++) {
        struct kept *k = newest(core);

        if (log_[core].record[i].kind == WITNESS_SEGMENT_OPEN) {
            HOLDS(nkept < SEGMENTS);
            copy_[nkept] = malloc(log_[core].each * sizeof(struct witness_record));
            k = &kept[nkept++];
            *k = (struct kept){.boot = boot,
                               .core = core,
                               .there = true,
                               .first = i,
                               .segment = log_[core].record[i].capability_hash};
        }
        copy_[k - kept][k->records++] = log_[core].record[i];
    }
}

/* Rank of each before the append, as what goes then goes by that. */
static void see_what_went(const uint8_t *ranks, unsigned n, bool may)
{
    unsigned last_gone[3] = {0}, highest = 0, gone = 0;
    struct wstore_segment at;

    for (unsigned i = 0; i < n; i++) {
        if (!kept[i].there ||
            wstore_segment_find(&store, kept[i].boot, kept[i].core, kept[i].segment, &at) == ST_OK)
            continue;
        HOLDS(may && ranks[i] < 2);
        kept[i].there = false;
        gone++;
        last_gone[ranks[i]] = i + 1;
        highest = ranks[i] > highest ? ranks[i] : highest;
    }
    wraps += gone;
    for (unsigned i = 0; i < n && gone > 0;
         i++) /* nothing that should have gone before it is left */
        HOLDS(!kept[i].there || ranks[i] > highest ||
              (ranks[i] == highest && i >= last_gone[highest]));
}

static void do_append(void)
{
    static uint8_t ranks[SEGMENTS];
    uint16_t core = (uint16_t)pick(CORES);
    unsigned from = (unsigned)wstore_next(&store, core), n = 1 + pick(7), before = nkept;
    status_t st;

    cutlog_grow(&log_[core], from + n);
    for (unsigned i = 0; i < nkept; i++)
        ranks[i] = kept[i].there ? (uint8_t)rank(&kept[i]) : 3;
    st = wstore_append(&store, core, log_[core].record + from, n);
    HOLDS(st == ST_OK || st == ST_NOMEM);
    if (st == ST_OK)
        enter(core, from, n);
    refusals += st == ST_NOMEM;
    see_what_went(ranks, before, st == ST_OK && policy == WSTORE_WRAP);
    for (unsigned i = 0, may_go = 0; i < nkept && st == ST_NOMEM && policy == WSTORE_WRAP; i++) {
        may_go += kept[i].there && rank(&kept[i]) < 2;
        HOLDS(may_go < 2); /* two extents at most were needed */
    }
}

static void do_seal(void)
{
    struct kept *k = &kept[pick(nkept)];
    status_t st;

    if (k->boot != boot)
        return;
    st = wstore_seal(&store, k->core, k->segment, "signature", 9);
    HOLDS((st == ST_OK) == (k->there && k->records == log_[k->core].each && !k->signature));
    k->signature = k->signature || st == ST_OK;
}

/* All that must be there is there, and reads as it was written. */
static void read_all(void)
{
    struct wstore_segment at;
    struct wstore_reader r;
    struct witness_record record;

    for (unsigned i = 0; i < nkept; i++) {
        const struct kept *k = &kept[i];
        unsigned n = 0;

        if (!k->there)
            continue;
        HOLDS(wstore_segment_find(&store, k->boot, k->core, k->segment, &at) == ST_OK);
        HOLDS(at.follows && at.first == k->first && at.records == k->records &&
              at.end <= WSTORE_OPEN);
        HOLDS(!k->signature || at.end == WSTORE_SIGNED);
        HOLDS(wstore_read_start(&r, &store, k->boot, k->core, k->segment) == ST_OK);
        for (; wstore_read(&r, &record) == ST_OK; n++)
            HOLDS(n < k->records && memcmp(&record, &copy_[i][n], sizeof record) == 0);
        HOLDS(n == k->records);
    }
}

static void new_boot(void)
{
    policy = pick(3) == 0 ? WSTORE_KEEP : WSTORE_WRAP;
    HOLDS(wstore_begin_boot(&store, policy, &boot) == ST_OK);
    HOLDS(boot == ++boots);
    for (uint16_t c = 0; c < CORES; c++) {
        cutlog_free(&log_[c]);
        /* no append opens two of them */
        cutlog_start(&log_[c], c, 8 + pick(30), cutdisk_random(&seed), cutdisk_quick_block);
    }
}

static void do_reopen(bool same)
{
    HOLDS(open_disk() == ST_OK);
    HOLDS(store.found.headers + store.found.marks == 0 && store.found.boot == boot);
    read_all();
    if (!same)
        new_boot();
    else
        HOLDS(wstore_resume(&store, policy, &boot) == ST_OK && boot == boots);
    for (uint16_t c = 0; c < CORES; c++)
        HOLDS(wstore_next(&store, c) ==
              (newest(c) == NULL ? 0 : newest(c)->first + newest(c)->records));
}

START_TEST(what_must_be_there_is_there)
{
    struct wstore_disk d;
    time_t end = time(NULL) + (time_t)test_seconds(0);

    cutdisk_make(&disk, SECTORS);
    d = cutdisk_disk(&disk);
    seed = test_seed() + (uint64_t)_i * 1000;
    nkept = wraps = refusals = boots = 0;
    HOLDS(wstore_format(&d, cutdisk_quick_block, 1, EXTENT, false) == ST_OK);
    HOLDS(open_disk() == ST_OK);
    new_boot();
    for (step = 0; step < STEPS || (time(NULL) < end && nkept + 8 < SEGMENTS); step++) {
        unsigned what = pick(200);

        if (what < 180 || nkept == 0)
            do_append();
        else if (what < 190)
            do_seal();
        else if (what < 196)
            HOLDS(wstore_sync(&store) == ST_OK);
        else
            do_reopen(what != 199);
    }
    read_all();
    ck_assert_uint_gt(wraps, 100);
    ck_assert_uint_gt(refusals, 10);
    ck_assert_uint_gt(boots, 10);
    for (unsigned i = 0; i < nkept; i++)
        free(copy_[i]);
    for (unsigned c = 0; c < CORES; c++)
        cutlog_free(&log_[c]);
    cutdisk_free(&disk);
}
END_TEST

/* The segment that is read goes meanwhile: what was read verified, and then it ends. */
START_TEST(a_reader_is_overtaken)
{
    struct wstore_disk d;
    struct wstore_reader r;
    struct witness_record record;

    step = 0;
    cutdisk_make(&disk, SECTORS);
    d = cutdisk_disk(&disk);
    HOLDS(wstore_format(&d, cutdisk_quick_block, 1, EXTENT, false) == ST_OK);
    HOLDS(open_disk() == ST_OK && wstore_begin_boot(&store, WSTORE_WRAP, &boot) == ST_OK);
    cutlog_start(&log_[0], 0, 60, 1, cutdisk_quick_block); /* three parts each */
    cutlog_grow(&log_[0], 60 * 40);
    HOLDS(wstore_append(&store, 0, log_[0].record, 60) == ST_OK);
    HOLDS(wstore_read_start(&r, &store, boot, 0, 0) == ST_OK);
    for (int i = 0; i < _i; i++)
        HOLDS(wstore_read(&r, &record) == ST_OK);
    for (step = 1; step < 40; step++)
        HOLDS(wstore_append(&store, 0, log_[0].record + 60 * step, 60) == ST_OK);
    for (step = (unsigned)_i; wstore_read(&r, &record) == ST_OK; step++)
        HOLDS(step < 60 && memcmp(&record, &log_[0].record[step], sizeof record) == 0);
    HOLDS(r.done && (step == 60 || r.end == WSTORE_HEADLESS));
    cutlog_free(&log_[0]);
    cutdisk_free(&disk);
}
END_TEST

START_TEST(an_end_has_words)
{
    for (unsigned i = 0; i <= WSTORE_ENDS; i++)
        ck_assert(strlen(wstore_words((enum wstore_end)i)) > 10 || i == WSTORE_ENDS);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness-store-wrap");
    TCase *t = tcase_create("wrap");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60 + (double)test_seconds(0));
    tcase_add_loop_test(t, what_must_be_there_is_there, 0, 4);
    tcase_add_loop_test(t, a_reader_is_overtaken, 0, 60);
    tcase_add_test(t, an_end_has_words);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
