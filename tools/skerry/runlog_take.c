/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * One decoder per record type: it reads all fields first, and only a record that
 * is right in every field changes the log.
 */
#include "tools/skerry/runlog_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t last_core(const struct runlog *l)
{
    return (l->boot.has ? l->boot.cores : CORES_MAX) - 1;
}

static void take_boot(struct runlog *l, struct want *w)
{
    struct boot_facts b = {.has = true};
    int64_t format = want_int(w, "format", 1, INT64_MAX);
    unsigned boots = l->boots + 1 + (l->boots == 0 && l->npairs + l->nlocals + l->nphases > 0);
    struct runlog fresh;

    if (*w->why)
        return;
    if (format != RECORD_FORMAT) {
        l->other_format = format;
        return;
    }
    b.cores = want_int(w, "cores", 1, CORES_MAX);
    b.el = want_int(w, "el", 1, 2);
    b.gic = want_int(w, "gic", 1, 9);
    b.counter_hz = want_int(w, "counter_hz", 1, WANT_NS_MAX);
    b.emulated = want_bool(w, "emulated");
    b.ram_bytes = want_int_or(w, "ram_bytes", 0, INT64_MAX, -1);
    WANT_TEXT(w, "version", b.version);
    WANT_TEXT(w, "board", b.board);
    WANT_TEXT_OR(w, "start", b.start);
    WANT_TEXT_OR(w, "cpu", b.cpu);
    WANT_TEXT_OR(w, "measurement", b.measurement);
    WANT_TEXT_OR(w, "bootargs", b.bootargs);
    if (*w->why)
        return;

    /* Whatever came before is another run's, a boot record before it or not; only the counts of the file go on. */
    runlog_start(&fresh);
    fresh.lines = l->lines, fresh.records = l->records, fresh.unknown = l->unknown;
    fresh.overlong = l->overlong, fresh.nbroken = l->nbroken;
    memcpy(fresh.broken, l->broken, sizeof fresh.broken);
    runlog_free(l);
    *l = fresh;
    l->boots = boots;
    l->boot = b;
}

static void take_phase(struct runlog *l, struct want *w)
{
    char name[40];
    int64_t n = want_int(w, "n", 1, PHASES_MAX);
    int64_t at = want_int(w, "at_ns", 0, WANT_NS_MAX);
    int64_t core = want_int_or(w, "core", 0, CORES_MAX - 1, 0);

    WANT_TEXT(w, "name", name);
    if (!*w->why && l->nphases == PHASES_MAX)
        want_fail(w, "there are more than %d phases", PHASES_MAX);
    if (*w->why)
        return;
    SAY(l->phase[l->nphases].name, "%s", name);
    l->phase[l->nphases].n = n;
    l->phase[l->nphases].core = core;
    l->phase[l->nphases++].at_ns = at;
}

static enum core_state core_state_of(struct want *w, const char *word)
{
    for (enum core_state s = CORE_UP; s <= CORE_ABSENT; s++)
        if (strcmp(word, core_facts_word(s)) == 0)
            return s;
    want_fail(w, "\"state\" is none of up, joined, dead, absent");
    return CORE_UNSEEN;
}

/* A later record about a core adds to the earlier ones: `joined` need not repeat the share. */
static void take_core(struct runlog *l, struct want *w)
{
    char word[16], text[24];
    int64_t index = want_int(w, "index", 0, last_core(l));
    struct core_facts c = l->core[index];
    int64_t at = want_int_or(w, "at_ns", 0, WANT_NS_MAX, -1);

    WANT_TEXT(w, "state", word);
    c.state = core_state_of(w, word);
    c.cluster = want_int_or(w, "cluster", 0, INT32_MAX, c.cluster);
    c.share_bytes = want_int_or(w, "share_bytes", 0, WANT_NS_MAX, c.share_bytes);
    c.kernel_bytes = want_int_or(w, "kernel_bytes", 0, WANT_NS_MAX, c.kernel_bytes);
#define KEEP(key, field)                                                                           \
    WANT_TEXT_OR(w, key, text);                                                                    \
    if (*text)                                                                                     \
    SAY(c.field, "%s", text)
    KEEP("mpidr", mpidr);
    KEEP("share", share);
    KEEP("root", root);
    KEEP("kcb", kcb);
    KEEP("kernel", kernel);
#undef KEEP
    WANT_TEXT_OR(w, "why", c.why);
    if (*w->why)
        return;
    if (c.state == CORE_UP)
        c.up_ns = at;
    if (c.state == CORE_JOINED)
        c.joined_ns = at;
    l->core[index] = c;
}

static void take_all_joined(struct runlog *l, struct want *w)
{
    int64_t at = want_int(w, "at_ns", 0, WANT_NS_MAX);

    if (!*w->why)
        l->all_joined_ns = at;
}

static void take_probe(struct runlog *l, struct want *w)
{
    struct stats control;
    int64_t rounds = want_int_or(w, "rounds", 0, WANT_NS_MAX, -1);
    int64_t warmup = want_int_or(w, "warmup", 0, WANT_NS_MAX, -1);
    int64_t batch = want_int_or(w, "batch", 0, WANT_NS_MAX, -1);
    char note[sizeof l->probe.note];

    WANT_TEXT_OR(w, "note", note);
    want_stats_or(w, "control_ns", &control);
    if (*w->why) {
        stats_free(&control);
        return;
    }
    stats_free(&l->probe.control);
    l->probe.has = true;
    l->probe.rounds = rounds, l->probe.warmup = warmup, l->probe.batch = batch;
    l->probe.control = control;
    memcpy(l->probe.note, note, sizeof note);
}

static void take_progress(struct runlog *l, struct want *w)
{
    int64_t done = want_int(w, "done", 0, WANT_NS_MAX);
    int64_t total = want_int(w, "total", 1, WANT_NS_MAX);
    char what[64];

    WANT_TEXT_OR(w, "what", what);
    if (!*w->why && done > total)
        want_fail(w, "\"done\" is more than \"total\"");
    if (*w->why)
        return;
    l->progress.done = done, l->progress.total = total;
    memcpy(l->progress.what, what, sizeof what);
}

static void take_latency(struct runlog *l, struct want *w)
{
    int64_t from = want_int(w, "from", 0, last_core(l)), to = want_int(w, "to", 0, last_core(l));
    struct pair p = {.has = true, .line = w->line},
                *place = runlog_pair(l, (size_t)from, (size_t)to);

    p.rounds = want_int_or(w, "rounds", 0, WANT_NS_MAX, -1);
    p.msgs_per_s = want_int_or(w, "msgs_per_s", 0, WANT_NS_MAX, -1);
    p.bytes_per_s = want_int_or(w, "bytes_per_s", 0, WANT_NS_MAX, -1);
    p.wake_awake = want_int_or(w, "wake_awake", 0, WANT_NS_MAX, -1);
    WANT_TEXT_OR(w, "oneway_how", p.oneway_how);
    want_stats(w, "rtt_ns", &p.rtt);
    want_stats_or(w, "oneway_ns", &p.oneway);
    want_stats_or(w, "wake_ns", &p.wake);
    if (from == to)
        want_fail(w, "a core is measured against itself");
    if (*w->why) {
        pair_free(&p);
        return;
    }
    if (place->has)
        l->twice++;
    else
        l->npairs++;
    pair_free(place);
    *place = p;
}

static struct local_cost *local_named(struct runlog *l, struct want *w, const char *what)
{
    for (size_t i = 0; i < l->nlocals; i++)
        if (strcmp(l->local[i].what, what) == 0)
            return &l->local[i];
    if (l->nlocals == LOCALS_MAX) {
        want_fail(w, "there are more than %d kinds of local cost", LOCALS_MAX);
        return NULL;
    }
    return &l->local[l->nlocals];
}

static void take_local(struct runlog *l, struct want *w)
{
    int64_t core = want_int(w, "core", 0, last_core(l));
    struct local_cost *place;
    struct stats s;
    char what[32];

    WANT_TEXT(w, "what", what);
    want_stats(w, "ns", &s);
    place = local_named(l, w, what);
    if (*w->why) {
        stats_free(&s);
        return;
    }
    if (place == &l->local[l->nlocals])
        l->nlocals++;
    memcpy(place->what, what, sizeof what);
    stats_free(&place->ns[core]);
    place->ns[core] = s;
}

static void take_idle(struct runlog *l, struct want *w)
{
    int64_t core = want_int(w, "core", 0, last_core(l));
    int64_t window = want_int(w, "window_ns", 0, WANT_NS_MAX);
    int64_t idle = want_int(w, "idle_ns", 0, WANT_NS_MAX);
    int64_t switches = want_int_or(w, "switches", 0, WANT_NS_MAX, -1);

    if (*w->why)
        return;
    l->idle[core].has = true;
    l->idle[core].core = core;
    l->idle[core].window_ns = window;
    l->idle[core].idle_ns = idle;
    l->idle[core].switches = switches;
}

static void take_test(struct runlog *l, struct want *w)
{
    char name[64], what[200];
    int64_t n = want_int_or(w, "n", 0, WANT_NS_MAX, 0);
    bool ok = want_bool(w, "ok");

    WANT_TEXT_OR(w, "name", name);
    WANT_TEXT_OR(w, "what", what);
    if (*w->why)
        return;
    memcpy(l->tests.name, name, sizeof name);
    memcpy(l->tests.what, what, sizeof what);
    if (ok) {
        l->tests.ok++;
    } else if (l->tests.failed++ == 0) {
        SAY(l->tests.first_failed, "%s %" PRId64 " - %s", name, n, what);
    }
}

static void take_panic(struct runlog *l, struct want *w)
{
    const json_t *trace = json_object_get(w->o, "trace");

    if (l->panic.has) /* the first is the cause, the rest are echoes */
        return;
    WANT_TEXT_OR(w, "reason", l->panic.reason);
    WANT_TEXT_OR(w, "pc", l->panic.pc);
    WANT_TEXT_OR(w, "esr", l->panic.esr);
    WANT_TEXT_OR(w, "far", l->panic.far);
    WANT_TEXT_OR(w, "task", l->panic.task);
    w->why[0] = 0; /* half a panic is still a panic */
    l->panic.has = true;
    l->panic.core = want_int_or(w, "core", 0, CORES_MAX - 1, -1);
    w->why[0] = 0;
    for (size_t i = 0; i < json_array_size(trace) && l->panic.ntrace < TRACE_MAX; i++) {
        const char *line = json_string_value(json_array_get(trace, i));
        char shown[160];

        if (!line)
            continue;
        want_copy(shown, sizeof shown, line);
        l->panic.trace[l->panic.ntrace++] = buf_copy(shown);
    }
}

static void take_error(struct runlog *l, struct want *w)
{
    char what[160], status[48] = "", why[300];
    const json_t *number = json_object_get(w->o, "status");
    int64_t core = want_int_or(w, "core", 0, CORES_MAX - 1, -1);
    size_t i = l->nerrors;

    WANT_TEXT(w, "what", what);
    WANT_TEXT_OR(w, "why", why);
    if (json_is_integer(number)) /* a word or a number: both are in use */
        SAY(status, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    else
        WANT_TEXT_OR(w, "status", status);
    if (*w->why || i == ERRORS_MAX)
        return;
    memcpy(l->error[i].what, what, sizeof what);
    memcpy(l->error[i].status, status, sizeof status);
    memcpy(l->error[i].why, why, sizeof why);
    l->error[i].core = core;
    l->nerrors++;
}

static void take_end(struct runlog *l, struct want *w)
{
    int64_t status = want_int(w, "status", INT32_MIN, INT32_MAX);
    int64_t t = want_int_or(w, "t_ns", 0, WANT_NS_MAX, -1);
    char why[200];

    WANT_TEXT_OR(w, "why", why);
    if (*w->why)
        return;
    l->end.has = true;
    l->end.status = status, l->end.t_ns = t;
    memcpy(l->end.why, why, sizeof why);
}

static void take_bench(struct runlog *l, struct want *w)
{
    char name[96];

    WANT_TEXT(w, "name", name);
    if (!json_is_number(json_object_get(w->o, "value")))
        want_fail(w, "\"value\" is not a number");
    if (!*w->why)
        json_array_append(l->benches, w->o);
}

static void take_fact(struct runlog *l, struct want *w)
{
    char fact[8];

    WANT_TEXT(w, "fact", fact);
    if (!*w->why)
        json_array_append(l->facts, w->o);
}

/* Known, and not for a report: `skerry caps` and the tests read them. */
static void take_elsewhere(struct runlog *l, struct want *w)
{
    (void)l;
    (void)w;
}
#define take_cap      take_elsewhere
#define take_cap_dump take_elsewhere
#define take_ram      take_elsewhere
#define take_witness  take_elsewhere
#define take_stored   take_elsewhere
#define take_host     take_elsewhere /* not the board's: of who listened to it */
#define take_stress_refused take_elsewhere

void record_take(struct runlog *l, enum record_type type, struct want *w)
{
    static void (*const take[])(struct runlog *, struct want *) = {
#define RECORD(name) [RECORD_##name] = take_##name,
#include "tools/skerry/record.def"
#undef RECORD
    };

    if (type == RECORD_UNKNOWN)
        l->unknown++;
    else
        take[type](l, w);
}
