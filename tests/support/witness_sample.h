/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/witness_sample - a directory of logs, written as docs/spec/witness.md says and not by the code that
 * reads it: SHA-256 by BearSSL, text and base64 by hand.
 *
 *     sample_make -> change a record, sample_seal a core again ... -> sample_files -> change a file -> the reader
 *
 * Segment s of each core holds anchors of segment s-1 of all others, and of segment s of the cores before it.
 */
#pragma once
#include <openssl/evp.h>
#include "tools/skerry/logdir.h"

#define SAMPLE_CORES    8u
#define SAMPLE_SEGMENTS 8u
#define SAMPLE_FILES    256u

struct witness_sample {
    unsigned cores, segments;
    size_t n[SAMPLE_CORES][SAMPLE_SEGMENTS]; /* records */
    struct witness_record *r[SAMPLE_CORES][SAMPLE_SEGMENTS];
    uint8_t seal[SAMPLE_CORES][SAMPLE_SEGMENTS][WITNESS_SEAL_BYTES];
    EVP_PKEY *key;
    bool sign;
};

/* `each`: records of a segment, at least 4 * cores + 2. */
void sample_make(struct witness_sample *s, unsigned cores, unsigned segments, size_t each);
void sample_free(struct witness_sample *s);
/* Links, what SegmentOpen names, and seals of this core again, from this segment on: consistent in itself. */
void sample_seal(struct witness_sample *s, unsigned core, unsigned from);

/* Files in memory, and the source that reads them. */
struct sample_files {
    struct {
        char name[LOGTEXT_NAME];
        struct buf bytes;
    } file[SAMPLE_FILES];
    size_t n;
};

void sample_files(struct witness_sample *s, struct sample_files *f);
void sample_checkpoint(struct witness_sample *s, struct sample_files *f);
/* The .seal of these bytes, and its signature. */
void sample_put_seal(struct witness_sample *s, struct sample_files *f, unsigned core,
                     unsigned segment);
/* The signature of a file that is there. */
void sample_sign(struct witness_sample *s, struct sample_files *f, const char *name);
void files_free(struct sample_files *f);
void files_put(struct sample_files *f, const char *name, const void *bytes, size_t n);
void files_remove(struct sample_files *f, const char *name);
struct buf *files_get(struct sample_files *f, const char *name); /* NULL: not there */
void files_to_disk(const struct sample_files *f, const char *folder);
struct logdir_source files_source(struct sample_files *f);
