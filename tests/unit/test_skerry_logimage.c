/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a store holds is read by the names and with the bytes of a directory: tools/skerry/logimage.h. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/sign/signify.h"
#include "tests/support/cutdisk.h"
#include "tests/support/scratch.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/logimage.h"
#include "tools/skerry/sha_block.h"

#define CORES    3u
#define SEGMENTS 3u
#define SECTORS  8192u
#define BOOT     7u /* what the sample's checkpoint says */

static struct witness_sample sample;
static struct sample_files files;
static struct cutdisk disk;
static struct wstore store;
static void *memory;
static char path[SCRATCH_BYTES];

static void open_store(void)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    size_t bytes = wstore_memory(&d, sha_block);

    free(memory);
    memory = malloc(bytes);
    ck_assert_int_eq(wstore_open(&store, &d, sha_block, memory, bytes), ST_OK);
}

static unsigned blob_of(const char *name, uint8_t blob[74])
{
    struct buf *b = files_get(&files, name);
    struct sign_signature s;

    ck_assert_int_eq(signify_get_signature(b->s, b->n, &s), ST_OK);
    memcpy(blob, "Ed", 2);
    memcpy(blob + 2, s.number, 8);
    memcpy(blob + 10, s.bytes, 64);
    return 74;
}

static void put_segment(unsigned core, unsigned i)
{
    char name[LOGTEXT_NAME];
    uint8_t blob[74];

    ck_assert_int_eq(wstore_append(&store, (uint16_t)core, sample.r[core][i], (unsigned)sample.n[core][i]), ST_OK);
    ck_assert_int_eq(wstore_sync(&store), ST_OK);
    logtext_name(name, core, i, PART_SIG);
    ck_assert_int_eq(wstore_seal(&store, (uint16_t)core, i, blob, blob_of(name, blob)), ST_OK);
}

static void write_image(void)
{
    FILE *f = fopen(path, "wb");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(disk.now, WSTORE_SECTOR, SECTORS, f), SECTORS);
    fclose(f);
}

/* The sample's logs, in the order of its segments, as boot 7; with its checkpoint. */
static void fill(bool ended)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    uint8_t blob[74];
    uint32_t boot = 0;
    struct buf *b;

    ck_assert_int_eq(wstore_format(&d, sha_block, 5, 0, false), ST_OK);
    while (boot < BOOT) {
        open_store();
        ck_assert_int_eq(wstore_begin_boot(&store, WSTORE_WRAP, &boot), ST_OK);
    }
    for (unsigned i = 0; i < SEGMENTS; i++)
        for (unsigned core = 0; core < CORES; core++)
            put_segment(core, i);
    b = files_get(&files, "attestation");
    if (ended)
        ck_assert_int_eq(wstore_attestation(&store, b->s, (unsigned)b->n, blob, blob_of("attestation.sig", blob)), ST_OK);
    b = files_get(&files, "checkpoint");
    if (ended)
        ck_assert_int_eq(wstore_checkpoint(&store, b->s, (unsigned)b->n, blob, blob_of("checkpoint.sig", blob)), ST_OK);
}

static void setup(void)
{
    int fd = mkstemp(scratch(path, "skerry_logimage"));

    ck_assert_int_ge(fd, 0);
    close(fd);
    sample_make(&sample, CORES, SEGMENTS, 20);
    sample.sign = true;
    sample_files(&sample, &files);
    files_put(&files, "attestation", "what was asked\n", 15);
    sample_sign(&sample, &files, "attestation");
    cutdisk_make(&disk, SECTORS);
}

static void teardown(void)
{
    unlink(path);
    files_free(&files);
    sample_free(&sample);
    cutdisk_free(&disk);
    free(memory);
    memory = NULL;
}

START_TEST(every_file_of_the_directory_is_there)
{
    struct complaint bad = { 0 };
    struct logdir d;
    struct buf b = { 0 };
    size_t n = 0;

    fill(true);
    write_image();
    ck_assert(logdir_open(&d, path, &bad));
    for (size_t i = 0; i < files.n; i++) {
        const char *name = files.file[i].name;
        struct sign_signature x, y;

        if (strcmp(name, "device.pub") == 0)
            continue;
        n++;
        ck_assert_msg(logdir_read(&d, name, &b, &bad), "%s: %s", name, bad.what);
        if (strstr(name, ".sig") != NULL) {
            ck_assert_int_eq(signify_get_signature(b.s, b.n, &x), ST_OK);
            ck_assert_int_eq(signify_get_signature(files.file[i].bytes.s, files.file[i].bytes.n, &y), ST_OK);
            ck_assert_mem_eq(&x, &y, sizeof x);
        } else {
            ck_assert_uint_eq(b.n, files.file[i].bytes.n);
            ck_assert_mem_eq(b.s, files.file[i].bytes.s, b.n);
        }
    }
    ck_assert_uint_eq(n, CORES * SEGMENTS * PARTS + 4);
    ck_assert_uint_eq(d.n, CORES * SEGMENTS);
    ck_assert(d.checkpoint && d.checkpoint_sig && !d.key);
    ck_assert(!logdir_read(&d, "core-00-000009.log", &b, &bad));
    ck_assert(!logdir_read(&d, "no such thing", &b, &bad));
    buf_free(&b);
    logdir_close(&d);
}
END_TEST

START_TEST(what_was_stored_behind_the_checkpoint_is_not_of_it)
{
    struct witness_record open = { .kind = WITNESS_SEGMENT_OPEN, .flags = WITNESS_FORMAT, .core = 0,
                                   .capability_hash = SEGMENTS };
    const struct witness_record *last = &sample.r[0][SEGMENTS - 1][sample.n[0][SEGMENTS - 1] - 1];
    struct complaint bad = { 0 };
    struct logdir d;

    open.sequence = last->sequence + 1;
    open.timestamp_ns = last->timestamp_ns;
    chain_put_seal(&open, sample.seal[0][SEGMENTS - 1]);
    fill(_i == 0);
    ck_assert_int_eq(wstore_append(&store, 0, &open, 1), ST_OK);
    ck_assert_int_eq(wstore_sync(&store), ST_OK);
    write_image();
    ck_assert(logdir_open(&d, path, &bad));
    ck_assert(d.checkpoint == (_i == 0));
    ck_assert_uint_eq(d.n, CORES * SEGMENTS + (_i != 0)); /* without a checkpoint all that is there counts */
    logdir_close(&d);
}
END_TEST

/* Each of its sectors, any bit: beside a signed checkpoint it is there and empty, which is no report; without one it is not there. */
START_TEST(a_report_that_was_changed_is_not_taken_for_none)
{
    static const unsigned byte[] = { 0, 3, 47, 300, WSTORE_BODY, WSTORE_BODY + 9, WSTORE_SECTOR - 1 };
    unsigned first = WSTORE_SLOT_AT + WSTORE_SLOT_ATTESTATION * WSTORE_SLOT;
    struct complaint bad = { 0 };
    struct buf b = { 0 };
    struct logdir d;

    fill(true);
    for (unsigned i = 0; i < 2 * sizeof byte / sizeof byte[0]; i++) {
        disk.now[(first + i % 2) * WSTORE_SECTOR + byte[i / 2]] ^= 0x10;
        write_image();
        disk.now[(first + i % 2) * WSTORE_SECTOR + byte[i / 2]] ^= 0x10;
        ck_assert(logdir_open(&d, path, &bad));
        ck_assert_msg(d.attestation && !d.attestation_sig, "byte %u", byte[i / 2]);
        ck_assert(logdir_read(&d, "attestation", &b, &bad));
        ck_assert_uint_eq(b.n, 0);
        logdir_close(&d);
    }
    write_image();
    ck_assert(logdir_open(&d, path, &bad));
    ck_assert(d.attestation && d.attestation_sig);
    logdir_close(&d);
    for (unsigned i = 0; i < 2; i++) /* both checkpoints gone: the power may have been cut while the report was written */
        memset(&disk.now[(WSTORE_SLOT_AT + i * WSTORE_SLOT) * WSTORE_SECTOR], 0, WSTORE_SECTOR);
    disk.now[first * WSTORE_SECTOR + 3] ^= 1;
    write_image();
    ck_assert(logdir_open(&d, path, &bad));
    ck_assert(!d.attestation && !d.checkpoint);
    logdir_close(&d);
    buf_free(&b);
}
END_TEST

START_TEST(what_is_no_store_is_refused)
{
    struct complaint bad = { 0 };
    struct logdir d;

    write_image(); /* nothing but zeros */
    ck_assert(!logdir_open(&d, path, &bad));
    ck_assert_ptr_nonnull(strstr(bad.what, "not the image"));
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert(!logdir_open(&d, path, &bad));
    ck_assert(!logdir_open(&d, "/nonexistent/image", &bad));
}
END_TEST

/* Cut off anywhere: what is left is read, or refused; never more than was there. */
START_TEST(an_image_that_is_cut_off_is_read_as_far_as_it_goes)
{
    struct complaint bad = { 0 };
    struct logdir d;

    fill(true);
    write_image();
    for (long sectors = SECTORS; sectors >= 0; sectors -= 97) {
        ck_assert_int_eq(truncate(path, sectors * (long)WSTORE_SECTOR), 0);
        if (!logdir_open(&d, path, &bad))
            continue;
        ck_assert_uint_le(d.n, CORES * SEGMENTS);
        logdir_close(&d);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry");
    TCase *t = tcase_create("logimage");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, every_file_of_the_directory_is_there);
    tcase_add_loop_test(t, what_was_stored_behind_the_checkpoint_is_not_of_it, 0, 2);
    tcase_add_test(t, a_report_that_was_changed_is_not_taken_for_none);
    tcase_add_test(t, what_is_no_store_is_refused);
    tcase_add_test(t, an_image_that_is_cut_off_is_read_as_far_as_it_goes);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
