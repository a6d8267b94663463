/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/witness_case - a sample of logs in memory, to be changed, and the verifier asked about it.
 *
 * Four cores of three segments of forty records, signed. Each test begins with it as it was written.
 */
#pragma once
#include "tests/support/skerry_case.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/logcheck.h"

#define CORES    4u
#define SEGMENTS 3u
#define EACH     40u
#define ALL      (CORES * SEGMENTS * EACH)

struct witness_case {
    struct witness_sample sample;
    struct sample_files files;
    /* How it is asked. */
    bool without_key, open_end;
    struct logcheck_from from[2];
    size_t nfrom;
    /* What it said last. */
    struct complaint bad;
    struct logcheck_place at;
    struct logcheck l; /* its numbers; its memory is gone */
};
extern struct witness_case w;

void witness_setup(void);
void witness_teardown(void);
/* The same as files in a folder `logs`, for the program to read (tests/support/skerry_case). */
void witness_folder_setup(void);
void witness_folder_teardown(void);

bool accepted(void);
/* Rejected with this code, in this file; and at this record. */
void rejected(enum complaint_code code, const char *file);
void rejected_at(enum complaint_code code, const char *file, uint64_t record);

struct witness_record *in_file(const char *name);
/* The file of a segment as it was; or gone, with all that lies beside it. */
void restore(unsigned core, unsigned segment);
void remove_segment(unsigned core, unsigned segment);
void remove_checkpoint(void);
/* All files again, without signatures and key. */
void write_unsigned(void);
