/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry flash - write an image to a card.
 *
 * Without a device it lists the disks that may be written. With one it refuses whatever
 * blockdev.h has a reason against, asks for the device's name to be typed (or --yes=NAME),
 * writes, and reads all of it back.
 */
#include "lib/base/types.h"
#include "tools/skerry/blockdev.h"
#include "tools/skerry/flash.h"
#include "tools/skerry/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = number;
}

struct asked {
    struct common common;
    char *yes;
    int dry_run, all;
    const char *doing; /* "writing", "reading back" */
    int tenth;
};

static const char examples[] =
    "  skerry flash                                        which disks may be written?\n"
    "  skerry flash out/skerry-pi5.img /dev/sdX --dry-run  all checks, nothing written\n"
    "  sudo build/skerry flash out/skerry-pi5.img /dev/sdX\n"
    "  sudo build/skerry flash out/skerry-pi5.img /dev/mmcblk0 --yes=mmcblk0\n";

static const char more[] = "EXIT STATUS\n"
                           "  0 written, and read back the same    6 it reads back otherwise\n"
                           "  2 this is no device to write to      130 interrupted: the card is "
                           "half written\n"
                           "  3 image or device failed\n";

/* --- what there is --------------------------------------------------------------------------------- */

static int list(const struct asked *a)
{
    struct blockdev *d = must(calloc(BLOCKDEV_MAX, sizeof *d));
    size_t n = blockdev_list(d, BLOCKDEV_MAX), shown = 0;
    json_t *all = must(json_array());

    for (size_t i = 0; i < n; i++) {
        enum blockdev_against why = blockdev_judge(&d[i], 1);
        struct buf size = {0}, reason = {0};

        if (why == BLOCKDEV_NOT_REMOVABLE && !a->all)
            continue;
        shown++;
        buf_size(&size, (int64_t)d[i].bytes);
        blockdev_reason(&d[i], why, &reason);
        json_array_append_new(
            all,
            must(json_pack("{s:s, s:o, s:s, s:I, s:b, s:s}", "name", d[i].name, "model",
                           json_words(d[i].model), "bus", d[i].bus, "bytes", (json_int_t)d[i].bytes,
                           "writable", why == BLOCKDEV_FREE, "reason", reason.s)));
        if (!a->common.json)
            printf("  %-5s /dev/%-10s %10s  %-7s %-24s %s\n", why == BLOCKDEV_FREE ? "yes" : "no",
                   d[i].name, size.s, d[i].bus, d[i].model, reason.s);
        buf_free(&size);
        buf_free(&reason);
    }
    if (a->common.json)
        json_print(must(json_pack("{s:s, s:O}", "schema", "skerry.disks/1", "disks", all)));
    else if (!shown)
        printf("There is no removable disk. Put a card in, or see `skerry flash --all`.\n");
    json_decref(all);
    free(d);
    return EXIT_OK;
}

/* --- checks ---------------------------------------------------------------------------------------- */

/* A disk image has the boot signature of a partition table; a wrong file rarely has. */
static bool open_image(const char *path, struct flash *f, struct complaint *bad)
{
    unsigned char mark[2] = {0, 0};
    struct stat st;

    f->image = open(path, O_RDONLY | O_CLOEXEC);
    if (f->image < 0 || fstat(f->image, &st) != 0) {
        refuse(bad, ERR_NO_FILE, "%.200s cannot be opened: %s", path, strerror(errno));
        SAY(bad->hint, "make pi5        (builds out/skerry-pi5.img)");
        return false;
    }
    f->bytes = (uint64_t)st.st_size;
    if (S_ISREG(st.st_mode) && f->bytes >= 512 && f->bytes % 512 == 0 &&
        pread(f->image, mark, 2, 510) == 2 && mark[0] == 0x55 && mark[1] == 0xaa)
        return true;
    refuse(bad, ERR_FLASH, "%.200s is no disk image", path);
    SAY(bad->why, "it is not a file of whole sectors with a partition table at its start");
    SAY(bad->hint, "out/skerry-pi5.img is one (make pi5)");
    return false;
}

static bool check_target(const struct blockdev *d, uint64_t bytes, struct complaint *bad)
{
    enum blockdev_against why = blockdev_judge(d, bytes);
    struct buf reason = {0};

    if (why == BLOCKDEV_FREE)
        return true;
    blockdev_reason(d, why, &reason);
    refuse(bad, ERR_FLASH, "/dev/%s is not written: %s", d->name, reason.s);
    SAY(bad->have, "%s", d->model);
    if (why == BLOCKDEV_MOUNTED)
        SAY(bad->hint, "umount it, if it is the card that is meant");
    else
        SAY(bad->hint, "skerry flash        (lists the disks that may be written)");
    buf_free(&reason);
    return false;
}

/* Only who names the disk once more means it. */
static bool confirmed(const struct asked *a, const struct blockdev *d, struct complaint *bad)
{
    char line[64] = "";
    struct buf size = {0};

    if (a->yes && strcmp(a->yes, d->name) == 0)
        return true;
    if (!a->yes && isatty(STDIN_FILENO)) {
        buf_size(&size, (int64_t)d->bytes);
        fprintf(stderr,
                "All that is on /dev/%s (%s, %s) will be gone. Type its name, %s, to go on: ",
                d->name, size.s, *d->model ? d->model : "no name", d->name);
        buf_free(&size);
        if (fgets(line, sizeof line, stdin))
            line[strcspn(line, "\n")] = 0;
        if (strcmp(line, d->name) == 0)
            return true;
    }
    refuse(bad, ERR_FLASH, "/dev/%s is not written: its name was not given a second time", d->name);
    SAY(bad->hint, "--yes=%s", d->name);
    return false;
}

/* --- doing it -------------------------------------------------------------------------------------- */

static bool tell(void *ctx, uint64_t done, uint64_t total)
{
    struct asked *a = ctx;
    int tenth = (int)(done * 10 / total);

    if (a->common.quiet)
        return !interrupted;
    if (a->common.term.err_tty)
        fprintf(stderr, "\r%s %3d%%  %" PRIu64 " of %" PRIu64 " MiB%s", a->doing,
                (int)(done * 100 / total), done >> 20, total >> 20, done == total ? "\n" : "");
    else if (tenth != a->tenth)
        fprintf(stderr, "skerry: %s %d%%\n", a->doing, tenth * 10);
    a->tenth = tenth;
    return !interrupted;
}

static bool pass(struct asked *a, struct flash *f, const char *doing,
                 bool (*what)(const struct flash *f, struct complaint *bad), struct complaint *bad)
{
    a->doing = doing;
    a->tenth = -1;
    return what(f, bad);
}

static int write_it(struct asked *a, struct flash *f, const struct blockdev *d,
                    struct complaint *bad)
{
    bool ok;

    f->tell = tell;
    f->ctx = a;
    f->device = blockdev_open(d);
    if (f->device < 0) {
        refuse(bad, ERR_NO_WRITE, "/dev/%s cannot be opened for writing: %s", d->name,
               strerror(errno));
        SAY(bad->hint, "%s",
            errno == EACCES ? "sudo build/skerry flash ..." : "is something using it?");
        return complain(&a->common, bad);
    }
    ok = pass(a, f, "writing", flash_write, bad) && pass(a, f, "reading back", flash_verify, bad);
    if (close(f->device) != 0 && ok)
        ok = refuse(bad, ERR_NO_WRITE, "/dev/%s: %s", d->name, strerror(errno));
    if (!ok && bad->code == FINE) {
        fprintf(stderr, "\nskerry: interrupted; what is on /dev/%s is neither old nor new\n",
                d->name);
        return EXIT_INTERRUPTED;
    }
    if (!ok)
        return complain(&a->common, bad);
    if (!a->common.quiet)
        fprintf(stderr,
                "skerry: %" PRIu64 " bytes are on /dev/%s and read back the same; it can be "
                "taken out\n",
                f->bytes, d->name);
    if (a->common.json)
        json_print(must(json_pack("{s:s, s:s, s:I, s:b}", "schema", "skerry.flash/1", "device",
                                  d->name, "bytes", (json_int_t)f->bytes, "verified", 1)));
    return EXIT_OK;
}

static int flash(void *asked, const struct parsed *p)
{
    struct asked *a = asked;
    struct flash f = {.image = -1, .device = -1};
    struct complaint bad = {0};
    struct blockdev d;
    int status;

    if (p->nargs == 0 && !a->yes && !a->dry_run)
        return list(a);
    if (p->nargs < 2) {
        refuse(&bad, ERR_ARGUMENTS, "`skerry flash` needs an image and a device to write");
        SAY(bad.hint, "skerry flash out/skerry-pi5.img /dev/sdX");
        return complain(&a->common, &bad);
    }
    if (!open_image(p->args[0], &f, &bad) || !blockdev_find(p->args[1], &d, &bad) ||
        !check_target(&d, f.bytes, &bad)) {
        status = complain(&a->common, &bad);
    } else if (a->dry_run) {
        fprintf(stderr,
                "skerry: would write %" PRIu64 " bytes of %s to /dev/%s (%s); nothing done\n",
                f.bytes, p->args[0], d.name, d.model);
        status = EXIT_OK;
    } else if (!confirmed(a, &d, &bad)) {
        status = complain(&a->common, &bad);
    } else {
        status = write_it(a, &f, &d, &bad);
    }
    if (f.image >= 0)
        close(f.image);
    return status;
}

static int flash_main(int argc, const char **argv)
{
    struct asked a = {0};
    struct poptOption table[] = {
        {"dry-run", 'n', POPT_ARG_NONE, &a.dry_run, 0, "all checks, nothing written", NULL},
        {"yes", 0, POPT_ARG_STRING, &a.yes, 0, "do not ask: the device's name once more", "NAME"},
        {"all", 'a', POPT_ARG_NONE, &a.all, 0, "list the disks that are not removable, too", NULL},
        OPTIONS_COMMON(&a.common),
        OPTION_END};
    struct sigaction act = {.sa_handler = on_interrupt}, old;
    int status;

    interrupted = 0;
    sigaction(SIGINT, &act, &old);
    status = options_run(&verb_flash, &a.common, table, argc, argv, flash, &a);
    sigaction(SIGINT, &old, NULL);
    return status;
}

const struct verb verb_flash = {"flash",
                                "write an image to a card, and read it back",
                                "[options] [IMAGE DEVICE]",
                                examples,
                                more,
                                flash_main,
                                0,
                                2,
                                "an image and a device"};
