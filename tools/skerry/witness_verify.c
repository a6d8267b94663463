/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness verify - is a directory of logs what was written, and where is it not? */
#include "tools/skerry/logattest.h"
#include "tools/skerry/witness_verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct asked {
    struct common common;
    char *key, *nonce, *measurement;
    uint8_t nonce_bytes[8], measurement_bytes[32];
    char **from_text;
    int open;
    struct logcheck_from *from;
    size_t nfrom;
};

static const char examples[] =
    "  skerry witness verify out/witness\n"
    "  skerry witness verify out/witness --key board7.pub      a key you got in another way\n"
    "  skerry witness verify out/witness --nonce 5eed          of the run that got skerry.nonce=5eed\n"
    "  skerry witness verify out/witness --open                the machine lost its power\n"
    "  skerry witness verify out/witness --from core-02-000017:9f2c...   only what came later\n";

static const char more[] = "Checked are: every record of every core with its link, the gaps "
                           "between files, each seal against the bytes and\n"
                           "the .seal file, the signatures of seals and checkpoint, the checkpoint "
                           "against what is there, and what each core\n"
                           "recorded of the seals of the others; then the attestation report that "
                           "the run left, if it did. The first thing\n"
                           "that is wrong is named, with file, record, byte and field.\n\n"
                           "A key out of the same directory proves only that all of it belongs "
                           "together, not who wrote it: with --key it\n"
                           "does. --from may be given once for each core. --open accepts that "
                           "there is no checkpoint and that the last\n"
                           "segment of a core has no seal; a segment that another core vouches for "
                           "must be there all the same.\n\n"
                           "EXIT STATUS\n"
                           "  0 accepted      2 wrong usage, or no log there\n"
                           "  6 not accepted  3 something cannot be read\n";

/* ---- what was found, for people and for programs ---- */

static const char *key_words(const struct witness_input *in)
{
    return !in->has_key   ? "there is no key and no signature: nothing says who wrote it"
           : !in->own_key ? "good, by the key you gave"
                          : "good, by device.pub of the same directory: it belongs together, which "
                            "does not say who wrote it";
}

static void print_cores(const struct logcheck *l)
{
    char hex[2 * WITNESS_SEAL_BYTES + 1];
    struct buf t = {0};

    printf("  %4s %12s %13s  %s\n", "core", "segments", "records", "last seal");
    for (size_t i = 0; i < l->ncores; i++) {
        const struct logcheck_core *c = &l->core[i];
        char range[32];

        buf_clear(&t);
        buf_count(&t, (int64_t)c->records);
        SAY(range, "%" PRIu32 "-%" PRIu32, c->first, c->segments - 1);
        logtext_hex(hex, c->seal, sizeof c->seal);
        printf("  %4u %12s %13s  %s\n", c->core, range, t.s, c->open ? "(open: it has none)" : hex);
    }
    buf_free(&t);
    for (size_t i = 0; i < l->ncores; i++)
        if (l->core[i].stopped)
            printf("  core %u: stopped; its log ends open at sequence %" PRIu64 "\n", l->core[i].core, l->core[i].next);
}

static void print_text(const struct asked *a, const struct witness_input *in,
                       const struct logcheck *l)
{
    struct buf t = {0};

    buf_count(&t, (int64_t)l->records);
    printf("accepted: %s records of %zu cores in %" PRIu64 " segments\n", t.s, l->ncores,
           l->segments);
    buf_free(&t);
    if (a->common.quiet)
        return;
    print_cores(l);
    printf("  signatures   %" PRIu64 " %s\n", l->signatures, key_words(in));
    printf("  anchors      %" PRIu64 " agree, %" PRIu64
           " are about what is not kept; nobody vouches for %" PRIu64 " segments\n",
           l->anchors_kept, l->anchors_before, logcheck_unvouched(l));
    if (l->has_checkpoint)
        printf("  checkpoint   boot %" PRIu64 ", agrees\n", l->checkpoint.boot);
    else
        printf("  checkpoint   none: nothing but the anchors shows how much there was\n");
}

static void print_json(const struct witness_input *in, const struct logcheck *l)
{
    json_t *cores = must(json_array()), *o;
    char hex[2 * WITNESS_SEAL_BYTES + 1];

    for (size_t i = 0; i < l->ncores; i++) {
        const struct logcheck_core *c = &l->core[i];

        o = must(json_pack("{s:i, s:I, s:I, s:I, s:I, s:b}", "core", (int)c->core, "first",
                           (json_int_t)c->first, "segments", (json_int_t)c->segments, "records",
                           (json_int_t)c->records, "next_sequence", (json_int_t)c->next, "open",
                           c->open));
        logtext_hex(hex, c->seal, sizeof c->seal);
        if (!c->open)
            json_object_set_new(o, "seal", json_string(hex));
        if (c->stopped)
            json_object_set_new(o, "stopped", json_true());
        json_array_append_new(cores, o);
    }
    o = must(json_pack("{s:s, s:b, s:I, s:I, s:I, s:s, s:b, s:{s:I, s:I, s:I}, s:o}", "schema",
                       "skerry.witness/1", "accepted", 1, "records", (json_int_t)l->records,
                       "segments", (json_int_t)l->segments, "signatures", (json_int_t)l->signatures,
                       "key",
                       !in->has_key  ? "none"
                       : in->own_key ? "same directory"
                                     : "given",
                       "checkpoint", (int)l->has_checkpoint, "anchors", "agree",
                       (json_int_t)l->anchors_kept, "not_kept", (json_int_t)l->anchors_before,
                       "unvouched", (json_int_t)logcheck_unvouched(l), "cores", cores));
    if (l->has_checkpoint) {
        json_object_set_new(o, "boot", json_integer((json_int_t)l->checkpoint.boot));
        logtext_hex(hex, l->checkpoint.measurement, sizeof l->checkpoint.measurement);
        json_object_set_new(o, "measurement", json_string(hex));
        logtext_hex(hex, l->checkpoint.nonce, sizeof l->checkpoint.nonce);
        json_object_set_new(o, "nonce", json_string(hex));
    }
    json_print(o);
}

/* ---- the verb ---- */

static bool read_from(struct asked *a, struct complaint *bad)
{
    for (char **t = a->from_text; t && *t; t++) {
        a->from = must(realloc(a->from, (a->nfrom + 1) * sizeof *a->from));
        if (!witness_from(*t, &a->from[a->nfrom], bad))
            return false;
        for (size_t i = 0; i < a->nfrom; i++)
            if (a->from[i].core == a->from[a->nfrom].core)
                return refuse(bad, ERR_COMBINATION, "--from names core %u twice", a->from[i].core);
        a->nfrom++;
    }
    return true;
}

static bool read_asked(struct asked *a, struct logcheck_wants *want, struct complaint *bad)
{
    want->nonce = a->nonce ? a->nonce_bytes : NULL;
    want->measurement = a->measurement ? a->measurement_bytes : NULL;
    return witness_nonce(a->nonce, a->nonce_bytes, bad) && witness_measurement(a->measurement, a->measurement_bytes, bad);
}

static int verify(void *asked, const struct parsed *p)
{
    struct asked *a = asked;
    static struct logcheck l; /* the checkpoint of a thousand cores is in it */
    struct witness_input in;
    struct complaint bad = {0};
    struct logcheck_wants want = {.open = a->open, .progress = witness_progress(&a->common)};
    int status = EXIT_OK;

    l = (struct logcheck){.place = {.core = -1}};
    if (!read_from(a, &bad))
        return complain(&a->common, &bad);
    if (!read_asked(a, &want, &bad))
        return complain(&a->common, &bad);
    want.from = a->from;
    want.nfrom = a->nfrom;
    if (!witness_open(&in, p->args[0], a->key, &bad)) {
        status = witness_complain(&a->common, &l, &bad);
        witness_close(&in);
        return status;
    }
    want.key = in.has_key ? &in.key : NULL;
    if (!logcheck_run(&l, &in.d, &want, &bad) || !logattest_beside(&in.d, want.key, &l, &bad)) {
        witness_progress_end(&a->common);
        status = witness_complain(&a->common, &l, &bad);
    } else {
        witness_progress_end(&a->common);
        if (a->common.json)
            print_json(&in, &l);
        else
            print_text(a, &in, &l);
    }
    logcheck_free(&l);
    witness_close(&in);
    return status;
}

static int verify_main(int argc, const char **argv)
{
    struct asked a = {0};
    struct poptOption table[] = {
        {"key", 'k', POPT_ARG_STRING, &a.key, 0,
         "public key of the device; default: device.pub beside the logs", "FILE"},
        {"from", 0, POPT_ARG_ARGV, &a.from_text, 0, "a seal you trust: begin behind it",
         "core-CC-NNNNNN:SEAL"},
        {"nonce", 0, POPT_ARG_STRING, &a.nonce, 0,
         "the checkpoint must be of the run that was given skerry.nonce=HEX", "HEX"},
        {"measurement", 0, POPT_ARG_STRING, &a.measurement, 0,
         "what was booted must be this", "64 hex digits"},
        {"open", 0, POPT_ARG_NONE, &a.open, 0, "the log may have ended without saying so", NULL},
        OPTIONS_COMMON(&a.common),
        OPTION_END};
    int status =
        options_run(&verb_witness_verify, &a.common, table, argc, argv, verify, &a);

    free(a.from);
    return status;
}

const struct verb verb_witness_verify = {
    "witness verify",
    "is it what was written? names the first thing that is not",
    "[options] DIR",
    examples,
    more,
    verify_main,
    1,
    1,
    WITNESS_TAKES};
