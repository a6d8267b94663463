/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/blockdev.h"
#include "lib/base/types.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *pretended; /* see blockdev_pretend */

void blockdev_pretend(const char *root)
{
    pretended = root;
}

#define PATH(to, ...)                                                                              \
    do {                                                                                           \
        char path_tail[PATH_MAX / 2];                                                              \
        SAY(path_tail, __VA_ARGS__);                                                               \
        SAY(to, "%s%s", pretended ? pretended : "", path_tail);                                    \
    } while (0)

/* The first line of a small file; empty if it is not there. */
static void line_of(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, to, room - 1) : 0;

    if (fd >= 0)
        close(fd);
    to[n > 0 ? n : 0] = 0;
    to[strcspn(to, "\n")] = 0;
    for (size_t end = strlen(to); end > 0 && to[end - 1] == ' '; end--)
        to[end - 1] = 0;
}

#define ATTRIBUTE(to, disk, file)                                                                  \
    do {                                                                                           \
        char attribute_path[PATH_MAX];                                                             \
        PATH(attribute_path, "/sys/block/%s/%s", disk, file);                                      \
        line_of(attribute_path, to, sizeof to);                                                    \
    } while (0)

static void first_holder(const char *disk, const char *part, struct blockdev *d)
{
    char path[PATH_MAX];
    struct dirent *e;
    DIR *dir;

    PATH(path, "/sys/block/%s%s%s/holders", disk, *part ? "/" : "", part);
    dir = opendir(path);
    while (dir && (e = readdir(dir)))
        if (e->d_name[0] != '.' && !*d->holder)
            SAY(d->holder, "%.31s", e->d_name);
    if (dir)
        closedir(dir);
}

/* Fields of mountinfo: id, parent, major:minor, root, mount point, ..., " - ", type, source. */
static void note_mount(const char *line, const char *node, unsigned major, unsigned minor,
                       struct blockdev *d)
{
    char point[256], source[256] = "", device[64];
    unsigned ma, mi;
    const char *dash;

    if (sscanf(line, "%*d %*d %u:%u %*s %255s", &ma, &mi, point) != 3)
        return;
    dash = strstr(line, " - ");
    if (dash)
        sscanf(dash, " - %*s %255s", source);
    SAY(device, "/dev/%s", node);
    /* By number, and by name: some file systems have a number of their own. */
    if ((ma != major || mi != minor) && strcmp(source, device) != 0)
        return;
    if (strcmp(point, "/") == 0)
        d->root = true;
    if (!*d->mounted || strcmp(point, "/") == 0)
        SAY(d->mounted, "%s", point);
}

static char *whole_file(const char *file)
{
    char path[PATH_MAX];
    struct buf t = {0};
    char part[4096];
    ssize_t n;
    int fd;

    PATH(path, "%s", file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0)
        buf_bytes(&t, part, (size_t)n);
    if (fd >= 0)
        close(fd);
    return t.s ? t.s : buf_copy("");
}

/* A disk or one of its partitions, and what uses it. */
static void note_uses(const char *disk, const char *part, struct blockdev *d)
{
    const char *node = *part ? part : disk;
    char *mounts = whole_file("/proc/self/mountinfo"), *swaps = whole_file("/proc/swaps");
    char number[32], device[64], path[PATH_MAX];
    unsigned major = 0, minor = 0;
    char *save = NULL;

    PATH(path, "/sys/block/%s%s%s/dev", disk, *part ? "/" : "", part);
    line_of(path, number, sizeof number);
    if (sscanf(number, "%u:%u", &major, &minor) == 2)
        for (char *line = strtok_r(mounts, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
            note_mount(line, node, major, minor, d);
    SAY(device, "/dev/%s ", node);
    d->swap = d->swap || strstr(swaps, device) != NULL;
    first_holder(disk, part, d);
    free(mounts);
    free(swaps);
}

static void note_partitions(const char *disk, struct blockdev *d)
{
    char path[PATH_MAX];
    struct dirent *e;
    DIR *dir;

    note_uses(disk, "", d);
    PATH(path, "/sys/block/%s", disk);
    dir = opendir(path);
    while (dir && (e = readdir(dir))) {
        char number[32], file[PATH_MAX];

        PATH(file, "/sys/block/%s/%.64s/partition", disk, e->d_name);
        line_of(file, number, sizeof number);
        if (*number)
            note_uses(disk, e->d_name, d);
    }
    if (dir)
        closedir(dir);
}

/* Where the device hangs, of the words in its place in /sys. */
static void note_bus(const char *disk, struct blockdev *d)
{
    static const char *const buses[] = {"usb", "mmc", "nvme", "ata", "virtio", "virtual"};
    char link[PATH_MAX], to[PATH_MAX];
    ssize_t n;

    PATH(link, "/sys/block/%s", disk);
    n = readlink(link, to, sizeof to - 1);
    to[n > 0 ? n : 0] = 0;
    for (size_t i = 0; i < ARRAY_LEN(buses) && !*d->bus; i++) {
        char word[24];

        SAY(word, "/%s", buses[i]);
        if (strstr(to, word))
            SAY(d->bus, "%s", buses[i]);
    }
}

static void look(const char *disk, struct blockdev *d)
{
    char text[64];

    *d = (struct blockdev){0};
    SAY(d->name, "%.31s", disk);
    ATTRIBUTE(text, disk, "size");
    d->bytes = strtoull(text, NULL, 10) * 512; /* always in these units, whatever the disk's */
    ATTRIBUTE(text, disk, "dev");
    sscanf(text, "%u:%u", &d->major, &d->minor);
    ATTRIBUTE(text, disk, "ro");
    d->read_only = strcmp(text, "0") != 0;
    ATTRIBUTE(text, disk, "removable");
    /* Discs and floppies are removable, and no cards. */
    d->removable =
        strcmp(text, "1") == 0 && strncmp(disk, "sr", 2) != 0 && strncmp(disk, "fd", 2) != 0;
    ATTRIBUTE(text, disk, "device/type");
    if (strncmp(disk, "mmcblk", 6) == 0 && strcmp(text, "SD") == 0)
        d->removable = true; /* a slot of the board's own calls nothing removable */
    ATTRIBUTE(d->model, disk, "device/model");
    if (!*d->model)
        ATTRIBUTE(d->model, disk, "device/name");
    note_bus(disk, d);
    note_partitions(disk, d);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct blockdev *)a)->name, ((const struct blockdev *)b)->name);
}

size_t blockdev_list(struct blockdev *list, size_t room)
{
    char path[PATH_MAX];
    struct dirent *e;
    size_t n = 0;
    DIR *dir;

    PATH(path, "%s", "/sys/block");
    dir = opendir(path);
    while (dir && n < room && (e = readdir(dir)))
        if (e->d_name[0] != '.' && strlen(e->d_name) < sizeof list->name)
            look(e->d_name, &list[n++]);
    if (dir)
        closedir(dir);
    qsort(list, n, sizeof *list, by_name);
    return n;
}

bool blockdev_find(const char *path, struct blockdev *d, struct complaint *bad)
{
    struct blockdev *list = must(calloc(BLOCKDEV_MAX, sizeof *list));
    size_t n = blockdev_list(list, BLOCKDEV_MAX);
    char whole[PATH_MAX], *real;
    struct stat st;
    bool found = false;

    PATH(whole, "%s", path);
    real = realpath(whole, NULL);
    for (size_t i = 0; real && i < n && !found; i++) {
        char device[PATH_MAX];

        PATH(device, "/dev/%s", list[i].name);
        found = strcmp(real, device) == 0;
        if (found)
            *d = list[i];
    }
    free(list);
    if (found) {
        free(real);
        return true;
    }
    if (!real)
        refuse(bad, ERR_FLASH, "there is no device %.200s", path);
    else if (stat(real, &st) == 0 && !S_ISBLK(st.st_mode))
        refuse(bad, ERR_FLASH, "%.200s is no disk", path);
    else
        refuse(bad, ERR_FLASH, "%.200s is not a whole disk", path);
    SAY(bad->hint, "skerry flash        (without a device: lists those that may be written)");
    free(real);
    return false;
}

enum blockdev_against blockdev_judge(const struct blockdev *d, uint64_t image_bytes)
{
    if (!d->removable)
        return BLOCKDEV_NOT_REMOVABLE;
    if (d->root)
        return BLOCKDEV_ROOT;
    if (d->swap)
        return BLOCKDEV_SWAP;
    if (*d->mounted)
        return BLOCKDEV_MOUNTED;
    if (*d->holder)
        return BLOCKDEV_HELD;
    if (d->bytes == 0)
        return BLOCKDEV_EMPTY;
    if (d->read_only)
        return BLOCKDEV_READ_ONLY;
    return d->bytes < image_bytes ? BLOCKDEV_SMALL : BLOCKDEV_FREE;
}

void blockdev_reason(const struct blockdev *d, enum blockdev_against why, struct buf *t)
{
    switch (why) {
    case BLOCKDEV_FREE:
        buf_add(t, "it may be written");
        break;
    case BLOCKDEV_NOT_REMOVABLE:
        buf_add(t, "it is not removable");
        break;
    case BLOCKDEV_ROOT:
        buf_add(t, "this system runs from it");
        break;
    case BLOCKDEV_SWAP:
        buf_add(t, "this system swaps on it");
        break;
    case BLOCKDEV_MOUNTED:
        buf_put(t, "it is mounted on %s", d->mounted);
        break;
    case BLOCKDEV_HELD:
        buf_put(t, "%s is built upon it", d->holder);
        break;
    case BLOCKDEV_EMPTY:
        buf_add(t, "there is no card in it");
        break;
    case BLOCKDEV_READ_ONLY:
        buf_add(t, "it is write protected");
        break;
    case BLOCKDEV_SMALL:
        buf_add(t, "it is smaller than the image: ");
        buf_size(t, (int64_t)d->bytes);
        break;
    }
}

int blockdev_open(const struct blockdev *d)
{
    char path[PATH_MAX];
    struct stat st;
    int fd;

    PATH(path, "/dev/%s", d->name);
    /* O_EXCL without O_CREAT: the kernel refuses (EBUSY) while a file system or a mapper holds it. */
    fd = open(path, O_RDWR | O_CLOEXEC | (pretended ? 0 : O_EXCL));
    if (fd < 0 || pretended)
        return fd;
    if (fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) && major(st.st_rdev) == d->major &&
        minor(st.st_rdev) == d->minor)
        return fd;
    close(fd);
    errno = ENOTBLK;
    return -1;
}
