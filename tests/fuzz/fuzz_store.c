/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fuzz_store - any bytes as the disk of the log store.
 *
 *     F1  nothing touches memory that is not its own, and opening and reading end
 *     F2  no record is returned that does not verify, and no more than there is room for
 *     F3  a store that can be written takes a new boot's log and gives it back
 *
 * The first byte: bit 0, begin with a good store of two boots, else with zeros; bit 1, write to it;
 * bit 2, as a resumed boot. Then changes: sector, place in it, flags and length (2, 2, 1, 1 bytes),
 * and the bytes; flag 1 puts the sum right, as somebody would who knows the format; flag 2 takes a
 * copy of the sector that the first two of the bytes name.
 */
#include <stdlib.h>
#include <string.h>
#include "tests/support/cutdisk.h"
#include "witness/store_priv.h"

#define EXTENT  6u
#define EXTENTS 12u
#define SECTORS (WSTORE_EXTENTS_AT + EXTENT * EXTENTS)
#define RECORDS 20u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cutdisk disk;
static uint8_t *good;
static struct cutlog log_;
static struct wstore store;
static struct wstore_extent extents[4 * EXTENTS];

static void must(bool holds)
{
    if (!holds)
        abort();
}

static status_t open_disk(void)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    size_t bytes = wstore_memory(&d, cutdisk_quick_block);

    return wstore_open(&store, &d, cutdisk_quick_block, extents,
                       bytes < sizeof extents ? bytes : sizeof extents);
}

static void make_good(void)
{
    struct wstore_disk d;
    uint32_t boot;

    cutdisk_make(&disk, SECTORS);
    d = cutdisk_disk(&disk);
    cutlog_start(&log_, 0, 14, 1, cutdisk_quick_block);
    cutlog_grow(&log_, 40);
    must(wstore_format(&d, cutdisk_quick_block, 1, EXTENT, false) == ST_OK);
    for (unsigned n = 40; n > 20; n -= 10) {
        must(open_disk() == ST_OK && wstore_begin_boot(&store, WSTORE_WRAP, &boot) == ST_OK);
        for (unsigned i = 0; i < n; i += 2)
            must(wstore_append(&store, 0, log_.record + i, 2) == ST_OK);
        must(wstore_seal(&store, 0, 0, "signature", 9) == ST_OK);
        must(wstore_checkpoint(&store, "text", 4, "signature", 9) == ST_OK);
    }
    good = malloc(SECTORS * WSTORE_SECTOR);
    memcpy(good, disk.now, SECTORS * WSTORE_SECTOR);
}

static void change(const uint8_t *data, size_t size)
{
    while (size >= 6) {
        uint64_t sector = (data[0] | (unsigned)data[1] << 8) % SECTORS;
        unsigned at = (data[2] | (unsigned)data[3] << 8) % WSTORE_SECTOR, flags = data[4],
                 n = data[5];
        struct wstore_sector x;

        data += 6;
        size -= 6;
        n = n < size ? n : (unsigned)size;
        memcpy(&x, disk.now + sector * WSTORE_SECTOR, sizeof x);
        if ((flags & 2) && n >= 2)
            memcpy(&x, disk.now + (data[0] | (unsigned)data[1] << 8) % SECTORS * WSTORE_SECTOR,
                   sizeof x);
        else
            memcpy((uint8_t *)&x + at, data, n < WSTORE_SECTOR - at ? n : WSTORE_SECTOR - at);
        if (flags & 1)
            sector_finish(&x, sector, x.t.id == 0 ? 1 : x.t.id, cutdisk_quick_block);
        memcpy(disk.now + sector * WSTORE_SECTOR, &x, sizeof x);
        data += n;
        size -= n;
    }
}

static unsigned read_segment(const struct wstore_segment *s)
{
    struct wstore_reader r;
    struct witness_record record;
    struct verify v;
    uint8_t before[WITNESS_SEAL_BYTES];
    unsigned n = 0;

    must(wstore_read_start(&r, &store, s->boot, s->core, s->segment) == ST_OK);
    for (; wstore_read(&r, &record) == ST_OK; n++) {
        if (n == 0) {
            must(record.kind == WITNESS_SEGMENT_OPEN && record.sequence == s->first);
            chain_get_seal(&record, before);
            verify_start_at(&v, s->core, s->segment, s->first, before, cutdisk_quick_block);
        }
        must(verify_record(&v, &record) == VERIFY_OK && n < SECTORS * WSTORE_RECORDS);
    }
    must(n == s->records && r.end == s->end);
    must(s->end > WSTORE_CLOSING || (!v.open && memcmp(v.seal, s->seal, sizeof v.seal) == 0));
    return n;
}

static void read_all(void)
{
    static char text[WSTORE_TEXT];
    struct wstore_segment at, last, *from = NULL;
    uint8_t signature[WSTORE_SIGNATURE];
    struct wstore_note note;
    unsigned bytes;

    for (; wstore_segment_after(&store, from, &at) == ST_OK; last = at, from = &last) {
        (void)read_segment(&at);
        if (wstore_signature(&store, at.boot, at.core, at.segment, signature, &bytes) == ST_OK)
            must(bytes <= WSTORE_SIGNATURE && at.end == WSTORE_SIGNED);
    }
    if (wstore_checkpoint_read(&store, &note, text, sizeof text) == ST_OK)
        must(note.text_bytes <= sizeof text && note.signature_bytes <= sizeof note.signature);
}

static void write_more(bool resume)
{
    struct wstore_segment at;
    uint32_t boot;
    status_t st = resume ? wstore_resume(&store, WSTORE_WRAP, &boot)
                         : wstore_begin_boot(&store, WSTORE_WRAP, &boot);
    uint64_t next = wstore_next(&store, 0);

    if (st != ST_OK || next >= RECORDS)
        return;
    st = wstore_append(&store, 0, log_.record + next, (unsigned)(RECORDS - next));
    must(st == ST_OK || resume || store.geometry.extents < 3);
    must(wstore_sync(&store) == ST_OK && open_disk() == ST_OK);
    read_all();
    if (resume || st != ST_OK)
        return;
    must(wstore_segment_find(&store, boot, 0, 0, &at) == ST_OK && read_segment(&at) == 14 &&
         at.follows);
    must(wstore_segment_find(&store, boot, 0, 1, &at) == ST_OK &&
         read_segment(&at) == RECORDS - 14 && at.follows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (good == NULL)
        make_good();
    if (size == 0)
        return 0;
    memset(disk.now, 0, SECTORS * WSTORE_SECTOR);
    if (data[0] & 1)
        memcpy(disk.now, good, SECTORS * WSTORE_SECTOR);
    change(data + 1, size - 1);
    if (open_disk() != ST_OK)
        return 0;
    read_all();
    if (data[0] & 2)
        write_more(data[0] & 4);
    return 0;
}
