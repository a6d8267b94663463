/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/disk - a disk as programs use it: synchronous, through a buffer that the device itself fills.
 *
 *     static struct disk d;                          zero at first; stays where it is
 *     disk_open(&d, "disk", 64 * KIB, deadline_ns)   a buffer of ours, given to the driver
 *     disk_write(&d, sector, n, offset)              from d.buffer + offset; n sectors of 512 bytes
 *     disk_flush(&d)                                 what was written before survives a loss of power
 *
 * When the driver dies, the call that finds out connects to its successor and goes on: reads and
 * writes are simply asked again. Writes that were answered but not flushed are then in doubt, so
 * the next disk_flush answers ST_GONE, once: write them again. The same after a request that
 * timed out or broke the device. What was flushed stays.
 *
 * No call waits longer than d.patience_ns.
 */
#pragma once
#include "lib/rt/chan.h"

#define URPC_LIST "lib/rt/disk.def"
#define URPC_SET disk
#define URPC_TAG DISK
#include "urpc/msg.h"

#define DISK_SECTOR_BYTES 512u

enum disk_flags {
    DISK_READ_ONLY = 1,
    DISK_CAN_FLUSH = 2, /* else disk_flush is ST_UNSUPPORTED: such a disk promises nothing */
};

struct disk {
    uint8_t *buffer;
    uint64_t buffer_bytes;
    uint64_t sectors;           /* of the disk, when it was opened last */
    uint32_t flags;             /* enum disk_flags                      */
    uint64_t patience_ns;       /* for one call; may be set             */
    uint64_t openings;          /* drivers met so far                   */

    /* Of lib/rt/disk.c. */
    struct rt_chan chan;
    char name[NAME_BYTES];
    handle_t frame;
    bool connected;
    bool dirty;                 /* something was written and not flushed         */
    bool doubtful;              /* and whoever had it died: the next flush tells */
    uint32_t asked;             /* id of the call made last; one at a time       */
};

#define DISK_PATIENCE_NS 20000000000ull

/*
 * Connect to the service `name`, waiting until it exists and has no other client. The buffer is taken
 * from the program's own RAM and stays. ST_TIMEOUT; ST_BUSY: another client has it until the
 * deadline; ST_NOT_FOUND: the machine has no disk; ST_NOMEM.
 */
MUST_CHECK status_t disk_open(struct disk *d, const char *name, uint64_t buffer_bytes,
                              uint64_t deadline_ns);

/* ST_INVALID: n is 0, beyond the end of the disk or of the buffer; ST_ALIGN: offset is no multiple of 512;
 * ST_DENIED: read-only; ST_IO; ST_TIMEOUT; ST_PEER: the device is broken. */
MUST_CHECK status_t disk_read(struct disk *d, uint64_t sector, uint32_t n, uint64_t offset);
MUST_CHECK status_t disk_write(struct disk *d, uint64_t sector, uint32_t n, uint64_t offset);
/* ST_OK: all writes answered before are durable. ST_GONE: perhaps not; see above. ST_UNSUPPORTED. */
MUST_CHECK status_t disk_flush(struct disk *d);
/* Ask again how large it is: into d->sectors and d->flags. */
MUST_CHECK status_t disk_info(struct disk *d);

/* Let another client have it. The buffer stays, for the next disk_open of the same struct. */
void disk_close(struct disk *d);
