/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/blockdev - the disks of this computer, and which of them may be written over.
 *
 * Everything is read from /sys/block, /proc/self/mountinfo and /proc/swaps; a disk that something
 * speaks against is never opened for writing. What speaks against it is decided by one pure
 * function over the facts, in the order of the list below.
 */
#pragma once
#include "tools/skerry/error.h"

#define BLOCKDEV_MAX 64

struct blockdev {
    char name[32]; /* "sda"; the device is /dev/<name> */
    char model[64], bus[16];
    char mounted[256]; /* where, of itself or a partition; empty: nowhere */
    char holder[32];   /* what is built upon it: a mapper, a RAID          */
    uint64_t bytes;
    unsigned major, minor;
    bool removable; /* the medium, or it is an SD card in a slot of its own */
    bool read_only, root, swap;
};

enum blockdev_against {
    BLOCKDEV_FREE, /* nothing */
    BLOCKDEV_NOT_REMOVABLE,
    BLOCKDEV_ROOT,
    BLOCKDEV_SWAP,
    BLOCKDEV_MOUNTED,
    BLOCKDEV_HELD,
    BLOCKDEV_EMPTY,
    BLOCKDEV_READ_ONLY,
    BLOCKDEV_SMALL
};

/* At most `room` whole disks, by name. */
size_t blockdev_list(struct blockdev *list, size_t room);
/* `path` as typed: a whole disk of the list, by its device file, whatever links lead there. */
bool blockdev_find(const char *path, struct blockdev *d, struct complaint *bad);
enum blockdev_against blockdev_judge(const struct blockdev *d, uint64_t image_bytes);
/* "it is mounted on /media/x" */
void blockdev_reason(const struct blockdev *d, enum blockdev_against why, struct buf *t);
/* For writing, nobody else using it. -1 with errno; ENOTBLK if it is not the device of `d` any more. */
int blockdev_open(const struct blockdev *d);

/*
 * Unit tests only: a folder that stands for "/". Disks in it are files. Nothing that is typed or in the
 * environment reaches this; NULL is the real one.
 */
void blockdev_pretend(const char *root);
