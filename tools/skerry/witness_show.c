/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness show, skerry witness query - records of logs as a table or as JSON lines. */
#include "tools/skerry/logread.h"
#include "tools/skerry/suggest.h"
#include "tools/skerry/witness_verb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is wanted of a record; unset is "any". */
struct filter {
    int64_t core, kind, actor;
    uint64_t since, until, from, target;
    bool has_target;
    uint64_t count; /* at most so many */
};

struct asked {
    struct common common;
    char *core, *kind, *actor, *since, *until, *target, *from, *limit;
    int count; /* query: only how many */
    bool by_time;
    struct filter f;
};

static const char show_examples[] =
    "  skerry witness show out/witness                          all records, core after core\n"
    "  skerry witness show out/witness --core 2 --from 480 --count 5\n"
    "  skerry witness show out/witness --json | jq .kind        one object a line\n";

static const char query_examples[] =
    "  skerry witness query out/witness --kind CAPABILITY_REVOKE\n"
    "  skerry witness query out/witness --actor 7 --since 2000000000 --until 3000000000\n"
    "  skerry witness query out/witness --target 0x40200000 --json\n"
    "  skerry witness query out/witness --kind 0x53 --count     how many proofs were rejected\n";

static const char more[] =
    "Times are nanoseconds since reset, whole numbers may be decimal or 0x and hexadecimal. "
    "Nothing is verified here:\n"
    "what stands in the files is shown. `skerry witness verify` says whether to believe it.\n\n"
    "EXIT STATUS\n"
    "  0 also if no record fits   2 wrong usage, or no log there   3 something cannot be read\n";

/* ---- options to a filter ---- */

static bool whole(const char *s, uint64_t *n)
{
    char *end;

    errno = 0;
    *n = strtoull(s, &end, strncmp(s, "0x", 2) == 0 ? 16 : 10);
    return end != s && !*end && !errno && *s >= '0' && *s <= '9';
}

static bool read_number(const char *name, const char *text, uint64_t max, uint64_t *to,
                        struct complaint *bad)
{
    if (!text || (whole(text, to) && *to <= max))
        return true;
    return refuse(bad, ERR_VALUE, "--%s %.200s: the value must be a whole number up to %" PRIu64,
                  name, text, max);
}

static bool read_kind(const char *text, int64_t *kind, struct complaint *bad)
{
    const char *names[256], *near;
    size_t n = 0;
    uint64_t number;
    char upper[64];

    if (whole(text, &number) && number < 256) {
        *kind = (int64_t)number;
        return true;
    }
    for (unsigned k = 0; k < 256; k++) {
        if (!witness_kind_name((uint8_t)k))
            continue;
        names[n++] = witness_kind_name((uint8_t)k);
        if (strcasecmp(text, names[n - 1]) == 0) {
            *kind = (int64_t)k;
            return true;
        }
    }
    SAY(upper, "%s", text);
    for (char *c = upper; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    near = suggest_word(upper, names, n);
    refuse(bad, ERR_VALUE, "--kind %.200s: there is no such kind of record", text);
    SAY(bad->hint, "%s%s",
        near ? "did you mean --kind " : "witness/kinds.def has all, or give a number as 0x53",
        near ? near : "");
    return false;
}

static bool read_filter(struct asked *a, struct complaint *bad)
{
    uint64_t core = 0, actor = 0;
    struct filter *f = &a->f;

    *f = (struct filter){
        .core = -1, .kind = -1, .actor = -1, .until = UINT64_MAX, .count = UINT64_MAX};
    if (!read_number("core", a->core, LOGTEXT_CORES - 1, &core, bad) ||
        !read_number("actor", a->actor, UINT32_MAX, &actor, bad) ||
        !read_number("since", a->since, UINT64_MAX, &f->since, bad) ||
        !read_number("until", a->until, UINT64_MAX, &f->until, bad) ||
        !read_number("from", a->from, UINT64_MAX, &f->from, bad) ||
        !read_number("count", a->limit, UINT64_MAX, &f->count, bad) ||
        (a->kind && !read_kind(a->kind, &f->kind, bad)))
        return false;
    if (a->core)
        f->core = (int64_t)core;
    if (a->actor)
        f->actor = (int64_t)actor;
    f->has_target = a->target != NULL;
    if (a->target) {
        char *end;

        errno = 0;
        f->target = strtoull(a->target, &end, 16);
        if (end == a->target || *end || errno || *a->target == '-' || *a->target == '+' ||
            *a->target == ' ')
            return refuse(bad, ERR_VALUE, "--target %.200s: the value must be hexadecimal",
                          a->target);
    }
    return true;
}

static bool fits(const struct filter *f, const struct witness_record *r)
{
    return (f->kind < 0 || r->kind == f->kind) && (f->actor < 0 || r->actor == f->actor) &&
           r->timestamp_ns >= f->since && r->timestamp_ns <= f->until && r->sequence >= f->from &&
           (!f->has_target || r->target == f->target);
}

/* ---- a record in words ---- */

static void header(void)
{
    printf("%4s %10s %18s  %-32s %10s %18s %18s %8s %5s %s\n", "core", "sequence", "time (ns)",
           "what", "actor", "target", "payload", "cap", "flags", "proof");
}

static void row(unsigned core, const struct witness_record *r)
{
    const char *words = witness_kind_words(r->kind);
    char unknown[32];

    SAY(unknown, "kind 0x%02x, which there is not", r->kind);
    printf("%4u %10" PRIu64 " %18" PRIu64 "  %-32s %10" PRIu32 " %#18" PRIx64 " %#18" PRIx64
           " %8" PRIx32 " %5u %s\n",
           core, r->sequence, r->timestamp_ns, words ? words : unknown, r->actor, r->target,
           r->payload, r->capability_hash, r->flags,
           r->proof_tier == 0   ? "-"
           : r->proof_tier == 1 ? "P1"
           : r->proof_tier == 2 ? "P2"
           : r->proof_tier == 3 ? "P3"
                                : "?");
}

static void line(unsigned core, const struct witness_record *r)
{
    const char *name = witness_kind_name(r->kind), *words = witness_kind_words(r->kind);
    char link[2 * WITNESS_LINK_BYTES + 1];

    logtext_hex(link, r->link, sizeof r->link);
    printf(
        "{\"log\":%u,\"core\":%u,\"sequence\":%" PRIu64 ",\"timestamp_ns\":%" PRIu64
        ",\"kind\":%u,\"name\":\"%s\",\"words\":\"%s\","
        "\"proof_tier\":%u,\"flags\":%u,\"actor\":%" PRIu32 ",\"target\":\"0x%" PRIx64
        "\",\"capability_hash\":\"0x%" PRIx32 "\",\"payload\":\"0x%" PRIx64 "\",\"link\":\"%s\"}\n",
        core, r->core, r->sequence, r->timestamp_ns, r->kind, name ? name : "", words ? words : "",
        r->proof_tier, r->flags, r->actor, r->target, r->capability_hash, r->payload, link);
}

/* ---- the verbs ---- */

static bool print_all(const struct asked *a, const struct logdir *d, struct complaint *bad)
{
    const struct witness_record *r;
    struct logread l;
    uint64_t n = 0;
    bool ok = logread_start(&l, d, (int)a->f.core, a->by_time, bad);

    if (ok && !a->common.json && !a->count && !a->common.quiet)
        header();
    while (ok && n < a->f.count && (r = logread_next(&l, bad)) != NULL) {
        if (!fits(&a->f, r))
            continue;
        n++;
        if (a->count)
            continue;
        if (a->common.json)
            line(l.core[l.last].core, r);
        else
            row(l.core[l.last].core, r);
    }
    logread_free(&l);
    if (a->count && bad->code == FINE && a->common.json)
        json_print(must(json_pack("{s:I}", "count", (json_int_t)n)));
    else if (a->count && bad->code == FINE)
        printf("%" PRIu64 "\n", n);
    return bad->code == FINE;
}

static int print(void *asked, const struct parsed *p)
{
    struct asked *a = asked;
    const char *path = p->args[0];
    struct logdir d;
    struct complaint bad = {0};
    int status = EXIT_OK;

    if (!read_filter(a, &bad))
        return complain(&a->common, &bad);
    if (!logdir_open(&d, path, &bad))
        status = complain(&a->common, &bad);
    else if (a->f.core >= 0 ? !logdir_core(&d, (unsigned)a->f.core) : !d.n) {
        refuse(&bad, ERR_NO_LOG, "there is no log%s%s in %.300s", a->core ? " of core " : "",
               a->core ? a->core : "", path);
        status = complain(&a->common, &bad);
    } else if (!print_all(a, &d, &bad))
        status = complain(&a->common, &bad);
    logdir_close(&d);
    return status;
}

#define COMMON_WORDS "Common to all subcommands (here --json is one object a line):"

static int show_main(int argc, const char **argv)
{
    struct asked a = {.by_time = false};
    struct poptOption table[] = {
        {"core", 'c', POPT_ARG_STRING, &a.core, 0, "only this core", "N"},
        {"from", 0, POPT_ARG_STRING, &a.from, 0, "records with this sequence and later",
         "SEQUENCE"},
        {"count", 'n', POPT_ARG_STRING, &a.limit, 0, "at most so many", "N"},
        OPTIONS_COMMON_AS(&a.common, COMMON_WORDS),
        OPTION_END};

    return options_run(&verb_witness_show, &a.common, table, argc, argv, print, &a);
}

static int query_main(int argc, const char **argv)
{
    struct asked a = {.by_time = true};
    struct poptOption table[] = {
        {"core", 'c', POPT_ARG_STRING, &a.core, 0, "only this core", "N"},
        {"kind", 'k', POPT_ARG_STRING, &a.kind, 0, "only this kind, by name or number",
         "NAME|0xNN"},
        {"actor", 'a', POPT_ARG_STRING, &a.actor, 0,
         "only what this task or partition did; 0: the CPU driver", "N"},
        {"since", 0, POPT_ARG_STRING, &a.since, 0, "not before", "NS"},
        {"until", 0, POPT_ARG_STRING, &a.until, 0, "not after", "NS"},
        {"target", 't', POPT_ARG_STRING, &a.target, 0, "only what was done to this", "HEX"},
        {"count", 0, POPT_ARG_NONE, &a.count, 0, "only how many", NULL},
        OPTIONS_COMMON_AS(&a.common, COMMON_WORDS),
        OPTION_END};

    return options_run(&verb_witness_query, &a.common, table, argc, argv, print, &a);
}

const struct verb verb_witness_show = {"witness show",
                                       "records as a table, core after core",
                                       "[options] DIR",
                                       show_examples,
                                       more,
                                       show_main,
                                       1,
                                       1,
                                       WITNESS_TAKES};
const struct verb verb_witness_query = {"witness query",
                                        "search the records of all cores in the order of time",
                                        "[options] DIR",
                                        query_examples,
                                        more,
                                        query_main,
                                        1,
                                        1,
                                        WITNESS_TAKES};
