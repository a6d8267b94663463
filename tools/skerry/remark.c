/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/remark.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *level_word(enum level level)
{
    static const char *const word[] = {"ok", "note", "warning", "FAIL"};

    return word[level];
}

PRINTF_LIKE(3, 4)
static void remark(struct remarks *r, enum level level, const char *fmt, ...)
{
    va_list ap;

    if (r->n == REMARKS_MAX)
        return;
    r->remark[r->n].level = level;
    va_start(ap, fmt);
    vsnprintf(r->remark[r->n].text, sizeof r->remark[r->n].text, fmt, ap);
    va_end(ap);
    r->n++;
}

static struct tile *tile(struct remarks *r, enum level level, const char *label)
{
    struct tile *t = &r->tile[r->ntiles++];

    t->level = level;
    SAY(t->label, "%s", label);
    return t;
}

static void put_time(char *to, size_t room, double ns)
{
    struct buf t = {0};

    buf_time(&t, (int64_t)(ns + 0.5));
    say(to, room, "%s", t.s);
    buf_free(&t);
}

static void tile_pairs(const struct runlog *l, struct remarks *r)
{
    size_t want = runlog_pairs_expected(l), missing = runlog_pairs_missing(l);
    struct tile *t = tile(r, missing ? LEVEL_FAIL : LEVEL_GOOD, "Pairs measured");

    SAY(t->value, "%zu of %zu", want - missing, want);
    SAY(t->note, "%s", want                    ? "every ordered pair of living cores"
                      : runlog_cores(l) > 1 ? "this run was not to measure them"
                                            : "one core has no pair");
}

static void tile_matrix(const struct runlog *l, const struct cores *c, enum metric which,
                        const char *label, struct remarks *r)
{
    struct matrix *m = must(malloc(sizeof *m));
    char low[32], high[32];

    if (matrix_fill(l, c, which, m)) {
        struct tile *t = tile(r, LEVEL_NOTE, label);

        put_time(t->value, sizeof t->value, m->median);
        put_time(low, sizeof low, m->min);
        put_time(high, sizeof high, m->max);
        SAY(t->note, "median of %zu pairs, %s to %s", m->have, low, high);
    }
    free(m);
}

static void tile_floor(const struct runlog *l, struct remarks *r)
{
    struct tile *t;

    if (!l->probe.has || !l->probe.control.has)
        return;
    t = tile(r, LEVEL_NOTE, "Noise floor");
    put_time(t->value, sizeof t->value, (double)l->probe.control.p50);
    SAY(t->note, "the probe's own loop without a peer");
}

static void tile_boot(const struct runlog *l, struct remarks *r)
{
    size_t joined = 0, cores = runlog_cores(l);
    struct tile *t;
    char when[32];

    for (size_t i = 0; i < cores; i++)
        joined += l->core[i].state == CORE_JOINED;
    t = tile(r, joined == cores && cores ? LEVEL_GOOD : LEVEL_WARN, "Cores joined");
    SAY(t->value, "%zu of %zu", joined, cores);
    if (l->all_joined_ns >= 0) {
        put_time(when, sizeof when, (double)l->all_joined_ns);
        SAY(t->note, "all channels open %s after reset", when);
    }
    if (!l->nphases)
        return;
    t = tile(r, l->nphases >= 7 ? LEVEL_GOOD : LEVEL_FAIL, "Boot");
    put_time(t->value, sizeof t->value, (double)l->phase[l->nphases - 1].at_ns);
    SAY(t->note, "%zu of 7 phases, the last is %s", l->nphases, l->phase[l->nphases - 1].name);
}

static void tile_end(const struct runlog *l, struct remarks *r)
{
    bool fine = l->end.has && l->end.status == 0;
    struct tile *t = tile(r, fine ? LEVEL_GOOD : LEVEL_FAIL, "The run ended");

    if (l->panic.has)
        SAY(t->value, "panic");
    else if (l->end.has)
        SAY(t->value, "status %" PRId64, l->end.status);
    else
        SAY(t->value, "cut off");
    SAY(t->note, "%s", l->end.has ? l->end.why : "the log has no end record");
}

/* "0>5 3>4 and 7 more": which pairs are missing. */
static void missing_pairs(const struct runlog *l, struct remarks *r)
{
    size_t n = runlog_cores(l), missing = runlog_pairs_missing(l), named = 0;
    struct buf t = {0};

    for (size_t i = 0; i < n && missing; i++)
        for (size_t j = 0; j < n && named < 12; j++)
            if (i != j && runlog_core_alive(l, i) && runlog_core_alive(l, j) &&
                !runlog_pair(l, i, j)->has && ++named)
                buf_put(&t, " %zu>%zu", i, j);
    if (missing > named)
        buf_put(&t, " and %zu more", missing - named);
    if (missing)
        remark(r, LEVEL_FAIL, "%zu of %zu pairs have no record and are shown as missing:%s",
               missing, runlog_pairs_expected(l), t.s);
    buf_free(&t);
}

static void about_the_log(const struct runlog *l, bool stale, struct remarks *r)
{
    if (!l->end.has && !l->panic.has)
        remark(r, LEVEL_FAIL, "the log is cut off: it has no `end` record (last seen: %s)",
               *l->last_seen ? l->last_seen : "nothing");
    if (!l->boot.has)
        remark(
            r, LEVEL_FAIL,
            "the log has no `boot` record: its beginning is missing, so the machine, and whether "
            "it is emulated, is not known");
    if (l->boots > 1)
        remark(r, LEVEL_WARN, "the log holds %u boots; this is the last one", l->boots);
    if (l->twice)
        remark(r, LEVEL_WARN, "%zu pairs were measured more than once; the last record counts",
               l->twice);
    for (size_t i = 0; i < l->nbroken && i < BROKEN_KEPT; i++)
        remark(r, LEVEL_WARN, "line %lu is a broken record and was skipped: %s", l->broken[i].line,
               l->broken[i].why);
    if (l->nbroken > BROKEN_KEPT)
        remark(r, LEVEL_WARN, "%zu more broken records were skipped", l->nbroken - BROKEN_KEPT);
    if (l->unknown)
        remark(r, LEVEL_NOTE, "%lu records are of a type this program does not know", l->unknown);
    if (stale)
        remark(
            r, LEVEL_WARN,
            "the .run.json beside the log belongs to another run and was not used: QEMU and host "
            "are not known");
}

/* Eight cores that fail in one way are one line. */
static void reported_errors(const struct runlog *l, struct remarks *r)
{
    for (size_t i = 0; i < l->nerrors; i++) {
        size_t like = 0, before = 0;
        char more[40] = "";

        for (size_t j = 0; j < l->nerrors; j++)
            if (strcmp(l->error[i].status, l->error[j].status) == 0 &&
                strcmp(l->error[i].why, l->error[j].why) == 0) {
                like++;
                before += j < i;
            }
        if (before)
            continue;
        if (like > 1)
            SAY(more, " (and %zu more like it)", like - 1);
        remark(r, LEVEL_WARN, "core %" PRId64 " reports: %s (%s) %s%s", l->error[i].core,
               l->error[i].what, l->error[i].status, l->error[i].why, more);
    }
}

static void about_the_machine(const struct runlog *l, int64_t host_cores, struct remarks *r)
{
    if (l->panic.has)
        remark(r, LEVEL_FAIL, "core %" PRId64 " panicked: %s (pc %s)", l->panic.core,
               l->panic.reason, l->panic.pc);
    if (l->end.has && l->end.status)
        remark(r, LEVEL_FAIL, "the machine ended with status %" PRId64 ": %s", l->end.status,
               l->end.why);
    for (size_t i = 0; i < runlog_cores(l); i++)
        if (l->core[i].state == CORE_DEAD || l->core[i].state == CORE_ABSENT)
            remark(r, LEVEL_WARN, "core %zu is %s%s%s; its pairs are not expected", i,
                   core_facts_word(l->core[i].state), *l->core[i].why ? ": " : "", l->core[i].why);
    reported_errors(l, r);
    if (l->tests.failed)
        remark(r, LEVEL_FAIL, "%zu of %zu tests failed, first: %s", l->tests.failed,
               l->tests.ok + l->tests.failed, l->tests.first_failed);
    if (l->boot.has && l->boot.emulated && host_cores && l->boot.cores > host_cores)
        remark(r, LEVEL_WARN,
               "%" PRId64 " emulated cores shared %" PRId64
               " host cores: a core that waits for a message may itself wait for the host",
               l->boot.cores, host_cores);
}

/* A median of few samples beside medians of many: the reader should know which. */
static void thin_pairs(const struct runlog *l, struct remarks *r)
{
    size_t n = runlog_cores(l), thin = 0;
    int64_t most = 0, least = INT64_MAX, awake = 0;
    char which[32] = "";

    for (size_t i = 0; i < n * n; i++) {
        const struct pair *p = runlog_pair(l, i / n, i % n);

        if (p->has && p->oneway.has && p->oneway.n > most)
            most = p->oneway.n;
        if (p->has && p->wake_awake > 0)
            awake += p->wake_awake;
    }
    for (size_t i = 0; i < n * n; i++) {
        const struct pair *p = runlog_pair(l, i / n, i % n);

        if (!p->has || !p->oneway.has || p->oneway.n >= most / 2)
            continue;
        if (p->oneway.n < least) {
            least = p->oneway.n;
            SAY(which, "%zu>%zu", i / n, i % n);
        }
        thin++;
    }
    if (thin)
        remark(r, LEVEL_WARN,
               "%zu of the pairs have less than half of the %" PRId64 " one-way samples of the others "
               "(fewest: %s with %" PRId64 ")",
               thin, most, which, least);
    if (awake)
        remark(r, LEVEL_NOTE, "%" PRId64 " wake-ups found the other core awake already", awake);
    if (oneway_mixed(l))
        remark(r, LEVEL_WARN,
               "one-way times were found in different ways (oneway_how) and cannot be compared; "
               "this report leads with round trips");
}

static void about_the_numbers(const struct runlog *l, int64_t host_cores, struct remarks *r)
{
    int64_t samples;
    size_t pairs = pairs_with_outliers(l, &samples);
    double asymmetry = worst_asymmetry(l);
    struct tier tier[2];
    bool preempted = l->boot.has && l->boot.emulated && host_cores && l->boot.cores > host_cores;

    if (pairs)
        remark(r, LEVEL_WARN,
               "%zu of %zu pairs had round trips above 10 x their median (%" PRId64
               " samples%s); they are counted in max and p99, never removed",
               pairs, l->npairs, samples,
               preempted ? ", most likely the host took the core away" : "");
    thin_pairs(l, r);
    if (asymmetry > 10)
        remark(r, LEVEL_NOTE,
               "the round trip of one pair differs by %.0f %% between its two directions",
               asymmetry);
    if (l->probe.control.has && tiers_of(l, tier) && (double)l->probe.control.p50 > tier[0].p50 / 2)
        remark(r, LEVEL_WARN,
               "the noise floor (%" PRId64 " ns) is more than half of the median (%.0f ns): "
               "differences between pairs mean little",
               l->probe.control.p50, tier[0].p50);
}

void remarks_make(const struct runlog *l, int64_t host_cores, bool stale, struct remarks *r)
{
    struct cores c;

    *r = (struct remarks){0};
    cores_order(l, &c);
    tile_end(l, r);
    tile_pairs(l, r);
    tile_matrix(l, &c, METRIC_oneway_p50, "One way", r);
    tile_matrix(l, &c, METRIC_rtt_p50, "Round trip", r);
    tile_matrix(l, &c, METRIC_wake_p50, "Wake-up", r);
    tile_floor(l, r);
    tile_boot(l, r);

    if (strcmp(provenance(l), "sample") == 0)
        remark(r, LEVEL_FAIL, "these numbers are made up for tests; nothing was measured");
    about_the_log(l, stale, r);
    about_the_machine(l, host_cores, r);
    missing_pairs(l, r);
    about_the_numbers(l, host_cores, r);
    r->whole = l->boot.has && l->end.has && l->end.status == 0 && !l->panic.has &&
               runlog_pairs_missing(l) == 0;
}
