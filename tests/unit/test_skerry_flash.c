/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry flash: which disks are refused, and that what is written is what is read back.
 *
 * The computer is a folder: sys/block, proc and dev as the kernel shows them, disks as files
 * (blockdev_pretend). Nothing of the real machine is looked at or written.
 */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/support/skerry_case.h"
#include "tools/skerry/blockdev.h"
#include "tools/skerry/flash.h"

#define IMAGE_BYTES (3 * 1024 * 1024 + 512)
#define CARD_BYTES  (8 * 1024 * 1024)

static char image[IMAGE_BYTES];

static void attribute(const char *disk, const char *file, const char *value)
{
    char name[128];

    SAY(name, "pc/sys/block/%s/%s", disk, file);
    case_file(name, value, strlen(value));
}

/* A USB card reader with a card of 8 MiB and one partition, sdb; a disk that is not removable, sda. */
static void disk(const char *name, const char *dev, const char *removable)
{
    char path[128], *bytes = calloc(1, CARD_BYTES);

    attribute(name, "dev", dev);
    attribute(name, "size", "16384\n");
    attribute(name, "ro", "0\n");
    attribute(name, "removable", removable);
    attribute(name, "device/model", "Flash Reader    \n");
    SAY(path, "pc/dev/%s", name);
    memset(bytes, 0xee, CARD_BYTES);
    case_file(path, bytes, CARD_BYTES);
    free(bytes);
}

static void part(const char *disk_name, const char *name, const char *dev)
{
    char file[64];

    SAY(file, "%s/dev", name);
    attribute(disk_name, file, dev);
    SAY(file, "%s/partition", name);
    attribute(disk_name, file, "1\n");
    SAY(file, "pc/dev/%s", name);
    case_file(file, "", 0);
}

static void mounts(const char *text)
{
    case_file("pc/proc/self/mountinfo", text, strlen(text));
}

static void setup(void)
{
    unsigned seed = 1;

    case_enter();
    disk("sda", "8:0\n", "0\n");
    disk("sdb", "8:16\n", "1\n");
    part("sdb", "sdb1", "8:17\n");
    mounts("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    for (size_t i = 0; i < IMAGE_BYTES; i++)
        image[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
    image[510] = 0x55;
    image[511] = (char)0xaa;
    case_file("card.img", image, IMAGE_BYTES);
    blockdev_pretend("pc");
}

static void teardown(void)
{
    blockdev_pretend(NULL);
    case_leave();
}

static bool untouched(const char *name)
{
    char path[64], *bytes;
    bool same = true;
    size_t n;

    SAY(path, "pc/dev/%s", name);
    bytes = must(file_read(path, &n));
    for (size_t i = 0; i < n; i++)
        same = same && (unsigned char)bytes[i] == 0xee;
    free(bytes);
    return same;
}

/* realpath() of the pretended /dev must be the pretended path: the folder's own. */
static void pretend_absolute(void)
{
    static char root[4096];
    char *here = must(realpath("pc", NULL));

    SAY(root, "%s", here);
    free(here);
    blockdev_pretend(root);
}

START_TEST(what_is_written_is_there_and_read_back)
{
    bool behind = true;
    char *bytes;
    struct said s;
    size_t n;

    pretend_absolute();
    s = skerry_said("flash card.img /dev/sdb --yes=sdb");
    ck_assert_msg(s.status == 0, "%s", s.err);
    ck_assert_ptr_nonnull(strstr(s.err, "read back the same"));
    ck_assert_ptr_nonnull(strstr(s.err, "writing 100%"));
    ck_assert_ptr_nonnull(strstr(s.err, "reading back 100%"));
    bytes = must(file_read("pc/dev/sdb", &n));
    ck_assert_uint_eq(n, CARD_BYTES);
    ck_assert_int_eq(memcmp(bytes, image, IMAGE_BYTES), 0);
    for (size_t i = IMAGE_BYTES; i < n; i++)
        behind = behind && (unsigned char)bytes[i] == 0xee;
    ck_assert(behind);
    free(bytes);
    ck_assert(untouched("sda"));
}
END_TEST

START_TEST(a_dry_run_writes_nothing)
{
    struct said s;

    pretend_absolute();
    s = skerry_said("flash card.img /dev/sdb --dry-run");
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.err, "nothing done"));
    ck_assert(untouched("sdb"));
    /* and makes all checks */
    ck_assert_int_eq(skerry_said("flash card.img /dev/sda --dry-run").status, 2);
}
END_TEST

/* An image alone is half a command: listing disks and exit status 0 would look like done. */
START_TEST(an_image_without_a_disk_is_not_done)
{
    static const char *const half[] = {"flash card.img", "flash card.img -n", "flash -n", "flash --yes=sdb"};

    pretend_absolute();
    for (unsigned i = 0; i < sizeof half / sizeof half[0]; i++) {
        struct said s = skerry_said(half[i]);

        ck_assert_int_eq(s.status, 2);
        ck_assert_ptr_nonnull(strstr(s.err, "needs an image and a device"));
    }
    ck_assert(untouched("sdb"));
}
END_TEST

START_TEST(the_name_must_be_given_twice)
{
    int null = open("/dev/null", O_RDONLY), kept = dup(0);
    struct said s;

    pretend_absolute();
    dup2(null, 0);
    s = skerry_said("flash card.img /dev/sdb");
    ck_assert_int_eq(s.status, 2);
    ck_assert_ptr_nonnull(strstr(s.err, "--yes=sdb"));
    ck_assert_int_eq(skerry_said("flash card.img /dev/sdb --yes=sda").status, 2);
    ck_assert_int_eq(skerry_said("flash card.img /dev/sdb --yes=/dev/sdb").status, 2);
    dup2(kept, 0);
    close(null);
    close(kept);
    ck_assert(untouched("sdb"));
}
END_TEST

/* --- what is refused ------------------------------------------------------------------------------ */

// clang-format off
static void not_removable(void) { attribute("sdb", "removable", "0\n"); }
static void no_removable_file(void) { unlink("pc/sys/block/sdb/removable"); }
static void mounted(void) { mounts("30 1 8:17 / /media/card rw - vfat /dev/sdb1 rw\n"); }
static void mounted_whole(void) { mounts("30 1 8:16 / /media/card rw - vfat /dev/sdb rw\n"); }
static void mounted_by_name(void) { mounts("30 1 0:44 / /media/b rw - btrfs /dev/sdb1 rw\n"); }
static void root_disk(void) { mounts("21 1 8:17 / / rw - ext4 /dev/sdb1 rw\n30 21 8:17 /x /x rw - ext4 /dev/sdb1 rw\n"); }
static const char swaps[] = "Filename Type\n/dev/sdb1 partition 1 0 -2\n";
static void swap(void) { case_file("pc/proc/swaps", swaps, sizeof swaps - 1); }
static void held(void) { case_file("pc/sys/block/sdb/sdb1/holders/dm-0", "", 0); }
static void held_whole(void) { case_file("pc/sys/block/sdb/holders/md0", "", 0); }
static void empty(void) { attribute("sdb", "size", "0\n"); }
static void protected(void) { attribute("sdb", "ro", "1\n"); }
static void no_ro_file(void) { unlink("pc/sys/block/sdb/ro"); }
static void small(void) { attribute("sdb", "size", "6144\n"); /* 3 MiB: one sector too few */ }
// clang-format on

static const struct {
    void (*make)(void);
    const char *says;
} refused[] = {
    {not_removable, "not removable"},
    {no_removable_file, "not removable"},
    {mounted, "mounted on /media/card"},
    {mounted_whole, "mounted on /media/card"},
    {mounted_by_name, "mounted on /media/b"},
    {root_disk, "this system runs from it"},
    {swap, "swaps on it"},
    {held, "dm-0 is built upon it"},
    {held_whole, "md0 is built upon it"},
    {empty, "no card in it"},
    {protected, "write protected"},
    {no_ro_file, "write protected"},
    {small, "smaller than the image: 3"},
};

START_TEST(each_reason_against_a_disk_is_named_and_nothing_is_written)
{
    struct said s;

    refused[_i].make();
    pretend_absolute();
    s = skerry_said("flash card.img /dev/sdb --yes=sdb");
    ck_assert_int_eq(s.status, 2);
    ck_assert_msg(strstr(s.err, refused[_i].says) != NULL, "%s", s.err);
    ck_assert_ptr_nonnull(strstr(s.err, "error[SK2012]"));
    ck_assert(untouched("sdb"));
}
END_TEST

START_TEST(only_a_whole_disk_of_the_list_is_a_target)
{
    pretend_absolute();
    case_file("pc/srv/file", "x", 1);
    ck_assert_int_eq(symlink("sda", "pc/dev/link"), 0);
    ck_assert_int_eq(symlink("sdb", "pc/dev/card"), 0);
    ck_assert_int_eq(skerry_said("flash card.img /dev/sdb1 --yes=sdb1").status, 2);
    ck_assert_int_eq(skerry_said("flash card.img /dev/none --yes=none").status, 2);
    ck_assert_int_eq(skerry_said("flash card.img /srv/file --yes=file").status, 2);
    ck_assert_int_eq(skerry_said("flash card.img /dev/link --yes=sda").status,
                     2); /* leads to sda */
    ck_assert(untouched("sda") && untouched("sdb"));
    ck_assert_int_eq(skerry_said("flash card.img /dev/card --yes=sdb").status,
                     0); /* leads to sdb */
    ck_assert(untouched("sda") && !untouched("sdb"));
}
END_TEST

/* The real /dev: a file is never a device, whatever it is called. */
START_TEST(without_the_pretence_a_file_is_refused)
{
    char words[4300];

    blockdev_pretend(NULL);
    SAY(words, "flash card.img pc/dev/sdb --yes=sdb");
    ck_assert_int_eq(skerry_said(words).status, 2);
    ck_assert(untouched("sdb"));
}
END_TEST

START_TEST(a_slot_for_sd_cards_counts_and_what_is_soldered_does_not)
{
    disk("mmcblk0", "179:0\n", "0\n");
    disk("mmcblk1", "179:8\n", "0\n");
    attribute("mmcblk0", "device/type", "SD\n");
    attribute("mmcblk1", "device/type", "MMC\n");
    disk("sr0", "11:0\n", "1\n");
    pretend_absolute();
    ck_assert_int_eq(skerry_said("flash card.img /dev/mmcblk0 --yes=mmcblk0").status, 0);
    ck_assert_int_eq(skerry_said("flash card.img /dev/mmcblk1 --yes=mmcblk1").status, 2);
    ck_assert_int_eq(skerry_said("flash card.img /dev/sr0 --yes=sr0").status, 2);
    ck_assert(untouched("mmcblk1") && untouched("sr0"));
}
END_TEST

START_TEST(a_file_that_is_no_image_is_refused)
{
    pretend_absolute();
    image[511] = 0;
    case_file("no.img", image, IMAGE_BYTES);
    case_file("short.img", image, 100);
    case_file("odd.img", image, IMAGE_BYTES - 1);
    ck_assert_int_eq(skerry_said("flash no.img /dev/sdb --yes=sdb").status, 2);
    ck_assert_int_eq(skerry_said("flash short.img /dev/sdb --yes=sdb").status, 2);
    ck_assert_int_eq(skerry_said("flash odd.img /dev/sdb --yes=sdb").status, 2);
    ck_assert_int_eq(skerry_said("flash none.img /dev/sdb --yes=sdb").status, 3);
    ck_assert_int_eq(skerry_said("flash --yes=sdb").status, 2);
    ck_assert(untouched("sdb"));
}
END_TEST

START_TEST(the_list_shows_what_may_be_written)
{
    struct said s;

    pretend_absolute();
    s = skerry_said("flash");
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "yes   /dev/sdb"));
    ck_assert_ptr_null(strstr(s.out, "sda"));
    ck_assert_ptr_nonnull(strstr(skerry_said("flash --all").out, "no    /dev/sda"));
    mounted();
    ck_assert_ptr_nonnull(strstr(skerry_said("flash").out, "mounted on /media/card"));
}
END_TEST

/* --- devices that lie ------------------------------------------------------------------------------ */

static bool go_on(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx, (void)done, (void)total;
    return true;
}

static uint64_t stop_at;

static bool stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx, (void)total;
    return done < stop_at;
}

static struct flash opened(void)
{
    return (struct flash){.image = open("card.img", O_RDONLY),
                          .device = open("pc/dev/sdb", O_RDWR),
                          .bytes = IMAGE_BYTES,
                          .tell = go_on};
}

START_TEST(one_wrong_bit_anywhere_is_found)
{
    static const off_t at[] = {0, 511, 1024 * 1024 - 1, 1024 * 1024, IMAGE_BYTES - 1};
    struct flash f = opened();
    struct complaint bad;
    char was, number[32];

    ck_assert(flash_write(&f, &bad));
    ck_assert(flash_verify(&f, &bad));
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        char turned;

        ck_assert_int_eq(pread(f.device, &was, 1, at[i]), 1);
        turned = was ^ 0x10;
        ck_assert_int_eq(pwrite(f.device, &turned, 1, at[i]), 1);
        ck_assert(!flash_verify(&f, &bad));
        ck_assert_int_eq(bad.code, ERR_FLASH_VERIFY);
        SAY(number, "byte %lld reads", (long long)at[i]);
        ck_assert_msg(strstr(bad.what, number) != NULL, "%s", bad.what);
        ck_assert_int_eq(pwrite(f.device, &was, 1, at[i]), 1);
    }
    /* a card that is shorter than it says */
    ck_assert_int_eq(ftruncate(f.device, IMAGE_BYTES - 512), 0);
    ck_assert(!flash_verify(&f, &bad));
    ck_assert_int_eq(bad.code, ERR_FLASH_VERIFY);
    close(f.image);
    close(f.device);
}
END_TEST

START_TEST(a_write_that_fails_says_where)
{
    struct flash f = opened();
    struct complaint bad;

    close(f.device);
    f.device = open("/dev/full", O_RDWR);
    ck_assert(!flash_write(&f, &bad));
    ck_assert_int_eq(bad.code, ERR_NO_WRITE);
    ck_assert_ptr_nonnull(strstr(bad.what, "stopped at byte 0"));
    close(f.image);
    close(f.device);
}
END_TEST

START_TEST(who_is_told_to_stop_stops)
{
    struct flash f = opened();
    struct complaint bad;

    f.tell = stop;
    stop_at = 2 * 1024 * 1024;
    ck_assert(!flash_write(&f, &bad));
    ck_assert_int_eq(bad.code, FINE);
    close(f.image);
    close(f.device);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_flash");
    TCase *c = tcase_create("flash");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_is_written_is_there_and_read_back);
    tcase_add_test(c, a_dry_run_writes_nothing);
    tcase_add_test(c, an_image_without_a_disk_is_not_done);
    tcase_add_test(c, the_name_must_be_given_twice);
    tcase_add_loop_test(c, each_reason_against_a_disk_is_named_and_nothing_is_written, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(c, only_a_whole_disk_of_the_list_is_a_target);
    tcase_add_test(c, without_the_pretence_a_file_is_refused);
    tcase_add_test(c, a_slot_for_sd_cards_counts_and_what_is_soldered_does_not);
    tcase_add_test(c, a_file_that_is_no_image_is_refused);
    tcase_add_test(c, the_list_shows_what_may_be_written);
    tcase_add_test(c, one_wrong_bit_anywhere_is_found);
    tcase_add_test(c, a_write_that_fails_says_where);
    tcase_add_test(c, who_is_told_to_stop_stops);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
