/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logimage.h"
#include "lib/sign/signify.h"
#include "tools/skerry/sha_block.h"
#include "witness/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
    int fd;
    void *memory;
    struct wstore store;
    bool ended, signed_end;    /* the newest boot has a checkpoint; with a signature */
    bool attested, attested_signed; /* and an attestation report                     */
    bool attested_broken;           /* it is torn or was changed                     */
    struct checkpoint checkpoint;
};

/* ---- the file as a disk ---- */

static status_t read_sectors(void *w, uint64_t sector, void *to, unsigned n)
{
    const struct image *im = w;
    size_t bytes = (size_t)n * WSTORE_SECTOR;

    return pread(im->fd, to, bytes, (off_t)(sector * WSTORE_SECTOR)) == (ssize_t)bytes ? ST_OK : ST_IO;
}

static status_t never_written(void *w, uint64_t sector, const void *from, unsigned n)
{
    (void)w;
    (void)sector;
    (void)from;
    (void)n;
    return ST_DENIED;
}

static status_t nothing_to_flush(void *w)
{
    (void)w;
    return ST_OK;
}

/* ---- its files ---- */

static uint32_t newest(const struct image *im)
{
    return im->store.found.boot;
}

/* With its closing sector the segment is whole, and has a seal. */
static bool has_seal(const struct wstore_segment *s)
{
    return s->end == WSTORE_SIGNED || s->end == WSTORE_SEALED || s->end == WSTORE_CLOSING;
}

/* Behind the checkpoint a segment is open that nothing covers: what was done after the logs were closed. */
static bool is_behind(const struct image *im, const struct wstore_segment *s)
{
    const struct checkpoint_core *c = im->ended ? checkpoint_find(&im->checkpoint, s->core) : NULL;

    return c != NULL && s->segment >= c->segments;
}

static bool list(void *ctx, logdir_found *found, void *to)
{
    struct image *im = ctx;
    struct wstore_segment s, *last = NULL;
    char name[LOGTEXT_NAME];

    while (wstore_segment_after(&im->store, last, &s) == ST_OK) {
        last = &s;
        if (s.boot != newest(im) || s.records == 0 || is_behind(im, &s))
            continue;
        logtext_name(name, s.core, s.segment, PART_LOG);
        found(to, name, s.records * WITNESS_BYTES);
        logtext_name(name, s.core, s.segment, PART_SEAL);
        if (has_seal(&s))
            found(to, name, 2 * WITNESS_SEAL_BYTES);
        logtext_name(name, s.core, s.segment, PART_SIG);
        if (s.end == WSTORE_SIGNED)
            found(to, name, WSTORE_SIGNATURE);
    }
    if (im->ended)
        found(to, "checkpoint", WSTORE_TEXT);
    if (im->ended && im->signed_end)
        found(to, "checkpoint.sig", WSTORE_SIGNATURE);
    if (im->attested)
        found(to, "attestation", WSTORE_TEXT);
    if (im->attested && im->attested_signed)
        found(to, "attestation.sig", WSTORE_SIGNATURE);
    return true;
}

static bool read_records(struct image *im, unsigned core, uint32_t segment, struct buf *to)
{
    struct wstore_reader *r = must(malloc(sizeof *r));
    struct witness_record record;
    bool ok = wstore_read_start(r, &im->store, newest(im), (uint16_t)core, segment) == ST_OK;

    while (ok && wstore_read(r, &record) == ST_OK)
        buf_bytes(to, &record, sizeof record);
    free(r);
    return ok;
}

/* The blob that the keeper signed, as signify writes it. */
static bool put_signature(const uint8_t *blob, unsigned bytes, struct buf *to)
{
    char text[SIGNIFY_TEXT_MAX];
    struct sign_signature s;

    if (bytes != 2 + sizeof s.number + sizeof s.bytes || memcmp(blob, "Ed", 2) != 0)
        return false;
    memcpy(s.number, blob + 2, sizeof s.number);
    memcpy(s.bytes, blob + 2 + sizeof s.number, sizeof s.bytes);
    if (signify_put_signature(text, "signature of a witness log", &s) != ST_OK)
        return false;
    buf_add(to, text);
    return true;
}

static bool read_part(struct image *im, unsigned core, uint32_t number, enum logtext_part part,
                      const char *name, struct buf *to)
{
    uint8_t blob[WSTORE_SIGNATURE];
    char hex[2 * WITNESS_SEAL_BYTES + 1], log[LOGTEXT_NAME];
    struct wstore_segment s;
    unsigned bytes;

    (void)name;
    if (part == PART_LOG)
        return read_records(im, core, number, to);
    if (wstore_segment_find(&im->store, newest(im), (uint16_t)core, number, &s) != ST_OK)
        return false;
    if (part == PART_SIG)
        return wstore_signature(&im->store, newest(im), (uint16_t)core, number, blob, &bytes) == ST_OK &&
               put_signature(blob, bytes, to);
    logtext_hex(hex, s.seal, sizeof s.seal);
    logtext_name(log, core, number, PART_LOG);
    buf_put(to, "%s  %s\n", hex, log);
    return has_seal(&s);
}

static bool read_checkpoint(struct image *im, bool signature, struct buf *to)
{
    char *text = must(malloc(WSTORE_TEXT));
    struct wstore_note note;
    bool ok = wstore_checkpoint_read(&im->store, &note, text, WSTORE_TEXT) == ST_OK;

    im->signed_end = ok && note.signature_bytes != 0;
    if (ok && signature)
        ok = put_signature(note.signature, note.signature_bytes, to);
    else if (ok)
        buf_bytes(to, text, note.text_bytes);
    free(text);
    return ok;
}

static bool is_changed_report(const struct image *im)
{
    return im->attested_broken && im->ended && im->signed_end;
}

/*
 * That of the newest boot; an older one is of no use beside its logs. It is written before the checkpoint: beside a signed
 * one it was whole, and torn it is taken for changed, which who verifies sees by a text that is empty.
 */
static bool read_attestation(struct image *im, bool signature, struct buf *to)
{
    char *text = must(malloc(WSTORE_TEXT));
    struct wstore_note note;
    bool ok = wstore_attestation_read(&im->store, &note, text, WSTORE_TEXT) == ST_OK;

    im->attested_broken = !ok && note.other_broken && (note.boot == 0 || note.boot == newest(im));
    ok = ok && note.boot == newest(im);
    im->attested_signed = ok && note.signature_bytes != 0;
    if (ok && signature)
        ok = put_signature(note.signature, note.signature_bytes, to);
    else if (ok)
        buf_bytes(to, text, note.text_bytes);
    free(text);
    return ok || (!signature && is_changed_report(im));
}

static bool read_file(void *ctx, const char *name, struct buf *to)
{
    struct image *im = ctx;
    enum logtext_part part;
    unsigned core;
    uint32_t number;
    bool ok;

    buf_clear(to);
    if (logtext_name_read(name, &core, &number, &part))
        ok = read_part(im, core, number, part, name, to);
    else if (strcmp(name, "attestation") == 0 || strcmp(name, "attestation.sig") == 0)
        ok = read_attestation(im, name[11] == '.', to);
    else
        ok = strncmp(name, "checkpoint", 10) == 0 && read_checkpoint(im, name[10] == '.', to);
    if (!ok)
        errno = ENOENT;
    return ok;
}

static void close_image(void *ctx)
{
    struct image *im = ctx;

    close(im->fd);
    free(im->memory);
    free(im);
}

static void find_checkpoint(struct image *im)
{
    struct buf text = { 0 };

    im->ended = read_checkpoint(im, false, &text) &&
                checkpoint_read(text.s, text.n, &im->checkpoint) == 0 && im->checkpoint.boot == newest(im);
    buf_clear(&text);
    im->attested = read_attestation(im, false, &text);
    buf_free(&text);
}

bool logimage_open(struct logdir_source *source, const char *path, struct complaint *bad)
{
    struct image *im = must(calloc(1, sizeof *im));
    struct wstore_disk disk = { read_sectors, never_written, nothing_to_flush, im, 0 };
    struct stat is;
    size_t bytes;
    status_t st;

    im->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (im->fd < 0 || fstat(im->fd, &is) != 0) {
        refuse(bad, ERR_NO_FILE, "%.300s cannot be opened: %s", path, strerror(errno));
        close_image(im);
        return false;
    }
    disk.sectors = (uint64_t)is.st_size / WSTORE_SECTOR;
    bytes = wstore_memory(&disk, sha_block);
    im->memory = must(malloc(bytes));
    st = wstore_open(&im->store, &disk, sha_block, im->memory, bytes);
    if (st != ST_OK) {
        refuse(bad, ERR_NO_FILE, "%.300s is not the image of a disk with witness logs: %s", path, status_text(st));
        SAY(bad->hint, "skerry run --disk FILE, or make run, leaves one; a directory of logs is read, too");
        close_image(im);
        return false;
    }
    find_checkpoint(im);
    *source = (struct logdir_source){ im, list, read_file, close_image };
    return true;
}
