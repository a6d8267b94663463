/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fuzz_image - any change to the image of a disk with signed logs, as the host program reads it.
 *
 *     F1  nothing touches memory that is not its own, and opening, listing and reading end
 *     F2  with the key known from elsewhere, an image is accepted only if its files are, byte for byte, those of the logs
 *         that were signed; the same if the rest of the disk is somebody else's
 *     F3  where a log may have ended without saying so, each segment with a seal is still one that was signed
 *     F4  what is rejected has a code of its own and a sentence
 *
 * The first byte: bit 0, begin with the good image, else with zeros; bit 1, the image is cut (two bytes: sectors);
 * bit 2, a record was changed by somebody who makes chain, seals and checkpoint anew and lacks only the key (four
 * bytes: core, segment, record, place in it). Then changes: sector, place in it, flags and length (2, 2, 1, 1 bytes), and
 * the bytes; flag 1 puts the sum right, as somebody would who knows the format; flag 2 takes a copy of the sector that the
 * first two of the bytes name; flag 4 adds to the bytes there instead.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/check.h"
#include "lib/sign/signify.h"
#include "tests/support/cutdisk.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/logattest.h"
#include "tools/skerry/logimage.h"
#include "tools/skerry/sha_block.h"
#include "witness/store_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CORES    3u
#define SEGMENTS 2u
#define EACH     16u
#define BOOT     7u /* what the sample's checkpoint says */
#define EXTENT   4u /* so that a segment is in several of them */
#define EXTENTS  24u
#define SECTORS  (WSTORE_EXTENTS_AT + EXTENT * EXTENTS)
#define BYTES    ((size_t)SECTORS * WSTORE_SECTOR)

struct input {
    const uint8_t *at, *end;
};

static struct witness_sample sample;
static struct witness_record saved[CORES][SEGMENTS][EACH];
static struct sample_files good;
static struct sign_public key;
static struct cutdisk disk;
static struct wstore store;
static struct wstore_extent extents[EXTENTS];
static uint8_t *good_image, *image; /* image: the file that is read, mapped */
static char path[32];
static int fd;

static unsigned take(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static unsigned take2(struct input *in)
{
    unsigned low = take(in);

    return low | take(in) << 8;
}

/* ---- an image of these files ---- */

static void open_store(void)
{
    struct wstore_disk d = cutdisk_disk(&disk);

    CHECK(wstore_open(&store, &d, sha_block, extents, sizeof extents) == ST_OK);
}

static unsigned blob_of(struct sample_files *f, const char *name, uint8_t blob[74])
{
    struct buf *b = files_get(f, name);
    struct sign_signature s;

    CHECK(b && signify_get_signature(b->s, b->n, &s) == ST_OK);
    memcpy(blob, "Ed", 2);
    memcpy(blob + 2, &s, sizeof s);
    return 74;
}

/* Boots before it left what the first two cores had done then. False: the store does not take these records. */
static bool put_boot(struct sample_files *f, uint32_t boot)
{
    char name[LOGTEXT_NAME];
    uint8_t blob[74];
    struct buf *b;

    for (unsigned i = 0; i < SEGMENTS; i++)
        for (unsigned core = 0; core < CORES; core++) {
            if (boot < BOOT && (i > 0 || core == 2 || boot + 2 < BOOT))
                continue;
            if (wstore_append(&store, (uint16_t)core, sample.r[core][i], EACH) != ST_OK)
                return false;
            CHECK(wstore_sync(&store) == ST_OK);
            logtext_name(name, core, i, PART_SIG);
            CHECK(wstore_seal(&store, (uint16_t)core, i, blob, blob_of(f, name, blob)) == ST_OK);
        }
    b = files_get(f, "checkpoint");
    if (boot + 1 >= BOOT)
        CHECK(wstore_checkpoint(&store, b->s, (unsigned)b->n, blob,
                                blob_of(f, "checkpoint.sig", blob)) == ST_OK);
    return true;
}

static bool put_image(struct sample_files *f)
{
    struct wstore_disk d = cutdisk_disk(&disk);
    uint32_t boot = 0;

    memset(disk.now, 0, BYTES);
    CHECK(wstore_format(&d, sha_block, 5, EXTENT, false) == ST_OK);
    while (boot < BOOT) {
        open_store();
        CHECK(wstore_begin_boot(&store, WSTORE_WRAP, &boot) == ST_OK);
        if (!put_boot(f, boot))
            return false;
    }
    return true;
}

/* Somebody without the key: what is signed has the signatures of what it was. */
static void forge(struct input *in)
{
    static struct sample_files f;
    unsigned core = take(in) % CORES, segment = take(in) % SEGMENTS, record = take(in) % EACH,
             place = take(in) % (unsigned)offsetof(struct witness_record, link);

    /* The first and the last record are what the store asks for; they change with what is between them. */
    ((uint8_t *)&sample.r[core][segment][1 + record % (EACH - 2)])[place < 8 ? 8 + place : place] ^=
        1;
    sample_seal(&sample, core, segment);
    sample.sign = false;
    for (size_t i = 0; i < good.n; i++)
        files_put(&f, good.file[i].name, good.file[i].bytes.s, good.file[i].bytes.n);
    sample_files(&sample, &f);
    sample.sign = true;
    if (put_image(&f))
        memcpy(image, disk.now, BYTES);
    files_free(&f);
    for (unsigned c = 0; c < CORES; c++) {
        for (unsigned g = 0; g < SEGMENTS; g++)
            memcpy(sample.r[c][g], saved[c][g], sizeof saved[c][g]);
        sample_seal(&sample, c, 0);
    }
}

/* ---- the check ---- */

struct listed {
    size_t n;
    bool same;
};

static void count(void *to, const char *name, uint64_t bytes)
{
    struct listed *l = to;
    struct buf *b = files_get(&good, name);

    l->n++;
    l->same =
        l->same && b && (strstr(name, ".s") || strcmp(name, "checkpoint") == 0 || b->n == bytes);
}

/* The comment of a signature is made by who reads it. */
static size_t free_bytes(const char *name, const struct buf *b)
{
    const char *line = strstr(name, ".sig") && b->s ? memchr(b->s, '\n', b->n) : NULL;

    return line ? (size_t)(line - b->s) : 0;
}

static bool is_good(const struct logdir *d, const char *name)
{
    struct complaint bad;
    struct buf b = {0}, *was = files_get(&good, name);
    size_t skip, also;
    bool same = false;

    if (logdir_read(d, name, &b, &bad) && was) {
        skip = free_bytes(name, was);
        also = free_bytes(name, &b);
        same = was->n - skip == b.n - also && memcmp(was->s + skip, b.s + also, b.n - also) == 0;
    }
    buf_free(&b);
    return same;
}

static bool all_good(const struct logdir *d)
{
    struct listed l = {0, true};

    CHECK(d->source.list(d->source.ctx, count, &l));
    if (!l.same || l.n != good.n - 1) /* the key is elsewhere */
        return false;
    for (size_t i = 0; i < good.n; i++)
        if (strcmp(good.file[i].name, "device.pub") != 0 && !is_good(d, good.file[i].name))
            return false;
    return true;
}

static bool sealed_are_good(const struct logdir *d)
{
    char name[LOGTEXT_NAME];

    for (const struct logdir_segment *s = NULL; (s = logdir_next(d, s)) != NULL;) {
        if (!s->has[PART_SEAL])
            continue;
        logtext_name(name, s->core, s->number, PART_LOG);
        if (!is_good(d, name))
            return false;
    }
    return true;
}

static bool checked(const struct logdir *d, const struct sign_public *by, bool open)
{
    static struct logcheck l;
    struct logcheck_wants want = {.key = by, .open = open};
    struct complaint bad;
    bool ok = logcheck_run(&l, d, &want, &bad) && logattest_beside(d, by, &l, &bad);

    CHECK(ok == (bad.code == FINE));
    CHECK(ok || (complaint_help((int)bad.code) && *bad.what));
    logcheck_free(&l);
    return ok;
}

/* Is it accepted? */
static bool look(void)
{
    struct logdir_source source;
    struct complaint bad;
    struct logdir d;
    bool ok;

    if (!logimage_open(&source, path, &bad)) {
        CHECK(complaint_help((int)bad.code) && *bad.what);
        return false;
    }
    CHECK(logdir_open_source(&d, "image", &source, &bad));
    ok = checked(&d, &key, false);
    CHECK(!ok || all_good(&d));
    CHECK(!checked(&d, &key, true) || sealed_are_good(&d));
    (void)checked(&d, NULL, true);
    logdir_close(&d);
    return ok;
}

static void make_good(void)
{
    struct buf *text;

    if (good.n)
        return;
    fd = memfd_create("image", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)BYTES) == 0);
    SAY(path, "/proc/self/fd/%d", fd);
    image = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(image != MAP_FAILED);
    sample_make(&sample, CORES, SEGMENTS, EACH);
    for (unsigned c = 0; c < CORES; c++)
        for (unsigned g = 0; g < SEGMENTS; g++) {
            CHECK(sample.n[c][g] == EACH);
            memcpy(saved[c][g], sample.r[c][g], sizeof saved[c][g]);
        }
    sample_files(&sample, &good);
    text = files_get(&good, "device.pub");
    CHECK(signify_get_public(text->s, text->n, &key) == ST_OK);
    cutdisk_make(&disk, SECTORS);
    CHECK(put_image(&good));
    good_image = must(malloc(BYTES));
    memcpy(good_image, disk.now, BYTES);
    memcpy(image, good_image, BYTES);
    CHECK(look());
}

/* ---- changes ---- */

static void change(struct input *in)
{
    uint64_t sector = take2(in) % SECTORS;
    unsigned at = take2(in) % WSTORE_SECTOR, flags = take(in), n = take(in);
    struct wstore_sector x;

    if (n > (size_t)(in->end - in->at))
        n = (unsigned)(in->end - in->at);
    memcpy(&x, image + sector * WSTORE_SECTOR, sizeof x);
    if ((flags & 2) && n >= 2)
        memcpy(&x, image + (in->at[0] | (unsigned)in->at[1] << 8) % SECTORS * WSTORE_SECTOR,
               sizeof x);
    else
        for (unsigned i = 0; i < n && at + i < WSTORE_SECTOR; i++) {
            uint8_t *byte = (uint8_t *)&x + at + i;

            *byte = (uint8_t)((flags & 4 ? *byte : 0) + in->at[i]);
        }
    if (flags & 1)
        sector_finish(&x, sector, x.t.id == 0 ? 1 : x.t.id, sha_block);
    memcpy(image + sector * WSTORE_SECTOR, &x, sizeof x);
    in->at += n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};
    unsigned first = take(&in), cut = first & 2 ? take2(&in) % SECTORS : SECTORS;

    make_good();
    if (first & 1)
        memcpy(image, good_image, BYTES);
    else
        memset(image, 0, BYTES);
    if (first & 4)
        forge(&in);
    while (in.at < in.end)
        change(&in);
    CHECK(ftruncate(fd, (off_t)(cut * WSTORE_SECTOR)) == 0);
    (void)look();
    CHECK(ftruncate(fd, (off_t)BYTES) == 0);
    return 0;
}
