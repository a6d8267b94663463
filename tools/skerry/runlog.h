/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/runlog - what a console log says about one run.
 *
 * Lines go in (runlog_line), facts come out as plain structs. Every number here
 * was in a record: nothing is filled in, guessed or corrected. A record that
 * breaks docs/spec/console.md is counted, its line kept, and otherwise ignored,
 * so one bad line costs one line. A second `boot` record starts over: the log
 * of a serial line may hold several runs, and the last one counts.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/types.h"
#include "tools/skerry/stream.h"

#define RECORD_FORMAT 1 /* of docs/spec/console.md */
#define PHASES_MAX    16
#define LOCALS_MAX    16
#define ERRORS_MAX    32
#define TRACE_MAX     32
#define BROKEN_KEPT   16
#define BUCKETS_MAX   512

/* What a record can be; RECORD_NONE is a line of text. */
enum record_type {
    RECORD_NONE,
    RECORD_BROKEN,
    RECORD_UNKNOWN,
#define RECORD(name) RECORD_##name,
#include "tools/skerry/record.def"
#undef RECORD
};

struct bucket {
    int64_t low_ns, count;
};

struct stats {
    bool has;
    int64_t n, min, p50, p90, p99, max, outliers;
    struct bucket *hist; /* ascending, not empty; NULL if the record had none */
    size_t nhist;
};

struct pair {
    bool has;
    unsigned long line;
    int64_t rounds, msgs_per_s, bytes_per_s, wake_awake; /* -1: the record does not say */
    char oneway_how[40]; /* how one way was found: by two clocks, or half of the round trip */
    struct stats rtt, oneway, wake;
};

enum core_state { CORE_UNSEEN, CORE_UP, CORE_JOINED, CORE_DEAD, CORE_ABSENT };

struct core_facts {
    enum core_state state;
    int64_t up_ns, joined_ns, cluster; /* -1: not said */
    int64_t share_bytes, kernel_bytes;
    char mpidr[24], share[24], root[24], kcb[24], kernel[24], why[160];
};

struct local_cost {
    char what[32];
    struct stats ns[CORES_MAX];
};

struct boot_facts {
    bool has, emulated;
    int64_t cores, el, gic, counter_hz, ram_bytes;
    char version[96], board[96], start[24], cpu[24], measurement[72], bootargs[512];
};

struct runlog {
    struct boot_facts boot;
    int64_t other_format; /* the number of a version we do not read; 0 none */
    unsigned boots;

    struct {
        char name[40];
        int64_t n, at_ns, core;
    } phase[PHASES_MAX];
    size_t nphases;
    struct core_facts core[CORES_MAX];
    int64_t all_joined_ns; /* -1: never */

    struct {
        bool has;
        int64_t rounds, warmup, batch;
        struct stats control;
        char note[512];
    } probe;
    struct pair *pairs; /* CORES_MAX x CORES_MAX, see runlog_pair() */
    size_t npairs, twice;
    struct local_cost local[LOCALS_MAX];
    size_t nlocals;
    struct {
        bool has;
        int64_t core, window_ns, idle_ns, switches;
    } idle[CORES_MAX];

    struct {
        int64_t done, total;
        char what[64];
    } progress;
    struct {
        size_t ok, failed;
        char name[64], what[200], first_failed[280];
    } tests;
    struct {
        int64_t core;
        char what[160], status[48], why[300];
    } error[ERRORS_MAX];
    size_t nerrors;
    struct {
        bool has;
        int64_t core;
        char reason[200], pc[24], esr[24], far[24], task[64];
        char *trace[TRACE_MAX];
        size_t ntrace;
    } panic;
    struct {
        bool has;
        int64_t status, t_ns;
        char why[200];
    } end;
    json_t *benches, *facts; /* arrays of `bench` and `fact` records, as they came */
    json_t *moves;           /* the same of what tools/skerry/migration.h is about */

    unsigned long lines, records, unknown, overlong;
    size_t nbroken;
    struct {
        unsigned long line;
        char why[160];
    } broken[BROKEN_KEPT];
    int64_t last_t_ns; /* of the last record; -1 none */
    char last_seen[160];
};

void runlog_start(struct runlog *l);
void runlog_free(struct runlog *l);
/* A stream_sink whose context is a struct runlog. */
enum record_type runlog_line(struct runlog *l, const struct stream_line *line);

struct pair *runlog_pair(const struct runlog *l, size_t from, size_t to);
/* How many cores the report is about: the boot record's number, or what the records name. */
size_t runlog_cores(const struct runlog *l);
/* Was this core alive to be measured? Without core records: yes, if the boot record counts it. */
bool runlog_core_alive(const struct runlog *l, size_t core);
/* Ordered pairs of living cores, and how many of those have no record. */
size_t runlog_pairs_expected(const struct runlog *l);
size_t runlog_pairs_missing(const struct runlog *l);
const char *core_facts_word(enum core_state s);
