/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The witness log on this machine, beside its peers in the same run.
 *
 *   host.witness_verify      records a second of a whole directory of logs, files read and all; peer: sha256sum on the
 *                            same files, as a program of its own
 *   host.witness_verify_lib  the same; peer: libcrypto's SHA-256 of the same bytes in memory, which nothing that looks
 *                            at every byte can be much faster than
 *   host.witness_emit        nanoseconds to fill a record, link it and add it to the chain; peer: one bare compression
 *                            of the same library
 *
 * Batches of the kinds alternate, so that what else runs here hits all alike; the figures are medians over batches,
 * and the ratio is the median of the ratios of neighbouring batches. Rows for programs on stdout, for people on stderr.
 */
#define OPENSSL_API_COMPAT 10101 /* as tools/skerry/sha_block.c says */
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/support/bench.h"
#include "tests/support/scratch.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/child.h"
#include "tools/skerry/logcheck.h"
#include "tools/skerry/sha_block.h"

#define CORES    4u
#define SEGMENTS 4u
#define EACH     32768u /* 2 MiB */
#define RECORDS  (CORES * SEGMENTS * EACH)
#define BATCHES  31u
#define EMITS    20000u

enum kind { VERIFY, SHA256SUM, LIBRARY, EMIT, BARE, KINDS };

static struct witness_sample sample;
static double sampled[KINDS][BATCHES];
static char folder[SCRATCH_BYTES];

static void wrong(const char *what)
{
    fprintf(stderr, "bench_witness: %s\n", what);
    exit(1);
}

/* ---- reading ---- */

static void verify(void)
{
    static struct logcheck l;
    struct logcheck_wants want = {0};
    struct complaint bad;
    struct logdir d;

    if (!logdir_open(&d, folder, &bad) || !logcheck_run(&l, &d, &want, &bad)) {
        fprintf(stderr, "bench_witness: %s %s\n", bad.what, bad.why);
        exit(1);
    }
    if (l.records != RECORDS)
        wrong("not all records were looked at");
    logcheck_free(&l);
    logdir_close(&d);
}

static void sha256sum(void)
{
    char line[128], out[8192];
    char *argv[] = {buf_copy("sh"), buf_copy("-c"), line, NULL};

    SAY(line, "exec sha256sum %s/*.log", folder);
    if (!child_capture(argv, 60, out, sizeof out) || strlen(out) < CORES * SEGMENTS * 64)
        wrong("sha256sum failed");
    free(argv[0]);
    free(argv[1]);
}

static void library(void)
{
    uint8_t digest[32];

    for (unsigned c = 0; c < CORES; c++)
        for (unsigned g = 0; g < SEGMENTS; g++) {
            SHA256((const uint8_t *)sample.r[c][g], EACH * sizeof(struct witness_record), digest);
            if (memcmp(digest, sample.seal[c][g], sizeof digest) != 0)
                wrong("libcrypto has another seal");
        }
}

/* ---- writing ---- */

static struct witness_record ring[256];

static void emit(void)
{
    uint32_t h[8];

    chain_start(h);
    for (uint64_t i = 0; i < EMITS; i++) {
        struct witness_record *r = &ring[i % 256];

        *r = (struct witness_record){.sequence = i,
                                     .timestamp_ns = 7 * i,
                                     .kind = WITNESS_CAPABILITY_GRANT,
                                     .core = 1,
                                     .actor = (uint32_t)i,
                                     .target = i << 12,
                                     .capability_hash = (uint32_t)(i * 2654435761u),
                                     .payload = ~i};
        chain_link(h, r->link);
        sha_block(h, r);
    }
    if (h[0] == 0 && h[1] == 0)
        wrong("impossible");
}

static void bare(void)
{
    SHA256_CTX c;

    SHA256_Init(&c);
    for (uint64_t i = 0; i < EMITS; i++)
        SHA256_Transform(&c, (const uint8_t *)&ring[i % 256]);
    if (c.h[0] == 0 && c.h[1] == 0)
        wrong("impossible");
}

/* ---- batches ---- */

static double run(enum kind kind)
{
    static void (*const what[KINDS])(void) = {verify, sha256sum, library, emit, bare};
    uint64_t start = bench_now_ns();

    what[kind]();
    return (double)(bench_now_ns() - start) / (kind < EMIT ? RECORDS : EMITS);
}

static double median(enum kind k)
{
    return bench_median(sampled[k], BATCHES);
}

static double ratio(enum kind a, enum kind b)
{
    return bench_ratio(sampled[a], sampled[b], BATCHES);
}

static void make_logs(void)
{
    static struct sample_files files;

    if (!mkdtemp(scratch(folder, "bench_witness")))
        wrong("no folder of its own");
    sample_make(&sample, CORES, SEGMENTS, EACH);
    sample.sign = false; /* a signature is of a segment, not of a record */
    sample_files(&sample, &files);
    files_to_disk(&files, folder);
    files_free(&files);
}

static void remove_logs(void)
{
    char line[128], out[16];
    char *argv[] = {buf_copy("rm"), buf_copy("-r"), line, NULL};

    SAY(line, "%s", folder);
    if (!child_capture(argv, 10, out, sizeof out))
        fprintf(stderr, "bench_witness: %s is left behind\n", folder);
    free(argv[0]);
    free(argv[1]);
}

int main(void)
{
    make_logs();
    for (unsigned i = 0; i < BATCHES; i++)
        for (unsigned k = 0; k < KINDS; k++) /* turn about, and each kind first in turn */
            sampled[(k + i) % KINDS][i] = run((enum kind)((k + i) % KINDS));
    remove_logs();
    sample_free(&sample);

    bench_header();
    bench_row("host.witness_verify", "records/s", 1e9 / median(VERIFY), "sha256sum",
              1e9 / median(SHA256SUM), ratio(VERIFY, SHA256SUM), "goal: at most 1.5x the time");
    bench_row("host.witness_verify_lib", "records/s", 1e9 / median(VERIFY), "libcrypto SHA-256",
              1e9 / median(LIBRARY), ratio(VERIFY, LIBRARY), "");
    bench_row("host.witness_emit", "ns", median(EMIT), "one compression", median(BARE),
              ratio(EMIT, BARE), "goal: at most 1.3x");
    return 0;
}
