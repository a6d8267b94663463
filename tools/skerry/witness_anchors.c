/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness anchors - which core keeps which seal of which other, and of what nobody does. */
#include "tools/skerry/witness_verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct asked {
    struct common common;
    char *key;
    int open;
};

static const char examples[] =
    "  skerry witness anchors out/witness          a row for each segment: who vouches for it\n"
    "  skerry witness anchors out/witness --json\n";

static const char more[] = "The logs are verified first: what a log says that is not whole means "
                           "nothing. A core vouches for a segment when\n"
                           "its own log holds both halves of that segment's seal. What nobody "
                           "vouches for could be made anew by whoever has\n"
                           "the signing key.\n\n"
                           "EXIT STATUS\n"
                           "  as of `skerry witness verify`\n";

/* Which halves core `by` keeps of this segment: 1 high, 2 low; and where the last of them stands. */
static unsigned halves(const struct logcheck *l, unsigned by, const struct logdir_segment *s,
                       uint64_t *sequence)
{
    unsigned have = 0;

    for (size_t i = 0; i < l->nanchors; i++) {
        const struct logcheck_anchor *a = &l->anchor[i];

        if (a->by == by && a->of == s->core && a->number == s->number) {
            have |= a->low ? 2u : 1u;
            *sequence = a->sequence;
        }
    }
    return have;
}

static int by_subject(const void *x, const void *y)
{
    const struct logcheck_anchor *a = x, *b = y;

    if (a->of != b->of)
        return a->of < b->of ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* The anchors about one segment stand together once sorted; the view is narrowed to them. */
static struct logcheck about(const struct logcheck *l, const struct logdir_segment *s, size_t *at)
{
    struct logcheck view = *l;
    struct logcheck_anchor key = {.of = s->core, .number = s->number};
    size_t end;

    while (*at < l->nanchors && by_subject(&l->anchor[*at], &key) < 0)
        ++*at;
    for (end = *at; end < l->nanchors && by_subject(&l->anchor[end], &key) == 0; end++)
        ;
    view.anchor = l->anchor + *at;
    view.nanchors = end - *at;
    *at = end;
    return view;
}

static json_t *row_json(const struct logcheck *view, const struct logdir_segment *s)
{
    json_t *by = must(json_array());
    uint64_t sequence = 0;

    for (size_t c = 0; c < view->ncores; c++)
        if (view->core[c].core != s->core && halves(view, view->core[c].core, s, &sequence) == 3)
            json_array_append_new(by, must(json_pack("{s:i, s:I}", "core", (int)view->core[c].core,
                                                     "sequence", (json_int_t)sequence)));
    return must(json_pack("{s:i, s:I, s:b, s:o}", "core", (int)s->core, "segment",
                          (json_int_t)s->number, "closed",
                          (int)view->seal[s - view->d->segment].known, "vouched_by", by));
}

static void row_text(const struct logcheck *view, const struct logdir_segment *s)
{
    const struct logcheck_seal *seal = &view->seal[s - view->d->segment];
    char hex[2 * WITNESS_SEAL_BYTES + 1];
    struct buf t = {0};
    uint64_t sequence = 0;

    logtext_hex(hex, seal->seal, sizeof seal->seal);
    hex[16] = 0;
    for (size_t c = 0; c < view->ncores; c++) {
        unsigned have =
            view->core[c].core == s->core ? 0 : halves(view, view->core[c].core, s, &sequence);

        if (have)
            buf_put(&t, "%score %u (record %" PRIu64 "%s)", t.n ? ", " : "", view->core[c].core,
                    sequence, have == 3 ? "" : ", one half only");
    }
    printf("%4u %8" PRIu32 "  %-16s  %s\n", s->core, s->number, seal->known ? hex : "(open)",
           t.n ? t.s : "nobody");
    buf_free(&t);
}

static void print(const struct asked *a, struct logcheck *l)
{
    json_t *rows = a->common.json ? must(json_array()) : NULL;
    size_t at = 0;

    if (l->nanchors)
        qsort(l->anchor, l->nanchors, sizeof *l->anchor, by_subject);
    if (!rows)
        printf("%4s %8s  %-16s  %s\n", "core", "segment", "seal", "vouched for by");
    for (const struct logdir_segment *s = NULL; (s = logdir_next(l->d, s)) != NULL;) {
        struct logcheck view = about(l, s, &at);

        if (rows)
            json_array_append_new(rows, row_json(&view, s));
        else
            row_text(&view, s);
    }
    if (!rows) {
        printf("nobody vouches for %" PRIu64 " of %" PRIu64 " segments\n", logcheck_unvouched(l),
               l->segments);
        return;
    }
    json_print(must(json_pack("{s:s, s:I, s:o}", "schema", "skerry.anchors/1", "unvouched",
                              (json_int_t)logcheck_unvouched(l), "segments", rows)));
}

static int anchors(void *asked, const struct parsed *p)
{
    const struct asked *a = asked;
    static struct logcheck l;
    struct witness_input in;
    struct complaint bad = {0};
    struct logcheck_wants want = {.open = a->open, .progress = witness_progress(&a->common)};
    int status = EXIT_OK;
    bool ok;

    l = (struct logcheck){.place = {.core = -1}};
    ok = witness_open(&in, p->args[0], a->key, &bad);
    if (ok) {
        want.key = in.has_key ? &in.key : NULL;
        ok = logcheck_run(&l, &in.d, &want, &bad);
        witness_progress_end(&a->common);
    }
    if (ok)
        print(a, &l);
    else
        status = witness_complain(&a->common, &l, &bad);
    logcheck_free(&l);
    witness_close(&in);
    return status;
}

static int anchors_main(int argc, const char **argv)
{
    struct asked a = {0};
    struct poptOption table[] = {
        {"key", 'k', POPT_ARG_STRING, &a.key, 0,
         "public key of the device; default: device.pub beside the logs", "FILE"},
        {"open", 0, POPT_ARG_NONE, &a.open, 0, "the log may have ended without saying so", NULL},
        OPTIONS_COMMON(&a.common),
        OPTION_END};

    return options_run(&verb_witness_anchors, &a.common, table, argc, argv, anchors, &a);
}

const struct verb verb_witness_anchors = {"witness anchors",
                                          "which core vouches for which segment of which other",
                                          "[options] DIR",
                                          examples,
                                          more,
                                          anchors_main,
                                          1,
                                          1,
                                          WITNESS_TAKES};
