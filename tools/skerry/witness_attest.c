/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness attest - is an attestation report good, and about these logs? */
#include "tools/skerry/logattest.h"
#include "tools/skerry/verbs.h"
#include "tools/skerry/witness_verb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct asked {
    struct common common;
    char *key, *nonce, *measurement, *report;
    uint8_t nonce_bytes[8], measurement_bytes[32];
    int open;
};

static const char examples[] =
    "  skerry witness attest out/witness                       the report that the run left at its end\n"
    "  skerry witness attest out/witness --nonce 5eed --key board7.pub\n"
    "  skerry witness attest d.img --report answer             one made on request: answer, answer.sig\n";

static const char more[] =
    "The logs are verified first, as `skerry witness verify` does. Then: the signature of the report, the nonce and "
    "the\n"
    "measurement if they are asked for, the measurement against the boot records of every log, and each seal that "
    "the report\n"
    "names against the log: segment, place and hash. Only --nonce shows that a report is not an old one, and only --key "
    "whose\n"
    "it is.\n\n"
    "EXIT STATUS\n"
    "  0 accepted      2 wrong usage, or no log there\n"
    "  6 not accepted  3 something cannot be read\n";

static bool read_host(const char *path, struct buf *to, struct complaint *bad)
{
    size_t n;
    char *text = file_read(path, &n);

    if (!text)
        return refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", path, strerror(errno));
    buf_bytes(to, text, n);
    free(text);
    return true;
}

static bool read_report(const struct asked *a, const struct logdir *d, struct buf *text, struct buf *sig,
                        struct complaint *bad)
{
    struct buf name = {0};
    bool ok;

    if (!a->report)
        return logattest_read(d, true, text, sig, bad);
    buf_put(&name, "%s.sig", a->report);
    ok = read_host(a->report, text, bad) && read_host(name.s, sig, bad);
    buf_free(&name);
    return ok;
}

static void print_text(const struct asked *a, const struct logattest *r, bool own_key)
{
    char hex[2 * 32 + 1];

    printf("accepted: boot %" PRIu64 ", seals of %zu cores, %" PRIu64 " ms after reset\n", r->is.boot, r->is.ncores,
           r->is.at_ns / 1000000);
    if (a->common.quiet)
        return;
    logtext_hex(hex, r->is.measurement, sizeof r->is.measurement);
    printf("  measurement  %s, %u logs begin with it%s\n", hex, r->boots, a->measurement ? ", as asked" : "");
    logtext_hex(hex, r->is.nonce, sizeof r->is.nonce);
    printf("  nonce        %s%s\n", hex, a->nonce ? ", as asked" : ": nobody asked, so it may be an old report");
    printf("  signature    good, by %s\n",
           own_key ? "device.pub of the same directory: it belongs together, which does not say who wrote it" : "the key you gave");
    for (size_t i = 0; i < r->is.ncores; i++) {
        const struct attestation_core *k = &r->is.core[i];

        logtext_hex(hex, k->seal, sizeof k->seal);
        printf("  core %-4u    segment %" PRIu32 ", to record %" PRIu64 ", %s\n", k->core, k->segment, k->sequence, hex);
    }
}

static void print_json(const struct logattest *r, bool own_key)
{
    json_t *cores = must(json_array()), *o;
    char hex[2 * 32 + 1], nonce[17];

    for (size_t i = 0; i < r->is.ncores; i++) {
        const struct attestation_core *k = &r->is.core[i];

        logtext_hex(hex, k->seal, sizeof k->seal);
        json_array_append_new(cores, must(json_pack("{s:i, s:I, s:I, s:s}", "core", (int)k->core, "segment",
                                                    (json_int_t)k->segment, "next_sequence", (json_int_t)k->sequence,
                                                    "seal", hex)));
    }
    logtext_hex(hex, r->is.measurement, sizeof r->is.measurement);
    logtext_hex(nonce, r->is.nonce, sizeof r->is.nonce);
    o = must(json_pack("{s:s, s:b, s:I, s:s, s:s, s:I, s:i, s:s, s:o}", "schema", "skerry.attestation/1", "accepted", 1,
                       "boot", (json_int_t)r->is.boot, "measurement", hex, "nonce", nonce, "at_ns",
                       (json_int_t)r->is.at_ns, "boot_records", (int)r->boots, "key",
                       own_key ? "same directory" : "given", "cores", cores));
    json_dumpf(o, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(o);
}

static int attest(void *asked, const struct parsed *p)
{
    struct asked *a = asked;
    static struct logcheck l;
    static struct logattest r; /* a thousand cores are in it */
    struct witness_input in = {0};
    struct complaint bad = {0};
    struct logcheck_wants want = {.open = a->open, .progress = witness_progress(&a->common)};
    struct buf text = {0}, sig = {0};
    int status = EXIT_OK;
    bool ok;

    if (!witness_nonce(a->nonce, a->nonce_bytes, &bad) ||
        !witness_measurement(a->measurement, a->measurement_bytes, &bad))
        return complain(&a->common, &bad);
    l = (struct logcheck){.place = {.core = -1}};
    ok = witness_open(&in, p->args[0], a->key, &bad);
    want.key = in.has_key ? &in.key : NULL;
    if (ok) {
        ok = logcheck_run(&l, &in.d, &want, &bad);
        witness_progress_end(&a->common);
    }
    ok = ok && read_report(a, &in.d, &text, &sig, &bad);
    r = (struct logattest){.name = a->report ? a->report : "attestation", .text = text.s, .signature = sig.s,
                           .text_bytes = text.n, .signature_bytes = sig.n, .key = want.key,
                           .nonce = a->nonce ? a->nonce_bytes : NULL,
                           .measurement = a->measurement ? a->measurement_bytes : NULL};
    if (!ok || !logattest_check(&r, &l, &bad))
        status = witness_complain(&a->common, &l, &bad);
    else if (a->common.json)
        print_json(&r, in.own_key);
    else
        print_text(a, &r, in.own_key);
    buf_free(&text);
    buf_free(&sig);
    logcheck_free(&l);
    witness_close(&in);
    return status;
}

static int attest_main(int argc, const char **argv)
{
    struct asked a = {0};
    struct poptOption table[] = {
        {"key", 'k', POPT_ARG_STRING, &a.key, 0, "public key of the device; default: device.pub beside the logs", "FILE"},
        {"nonce", 0, POPT_ARG_STRING, &a.nonce, 0, "the report must bear this one", "HEX"},
        {"measurement", 0, POPT_ARG_STRING, &a.measurement, 0, "what was booted must be this", "64 hex digits"},
        {"report", 0, POPT_ARG_STRING, &a.report, 0, "a report made on request; its signature is FILE.sig", "FILE"},
        {"open", 0, POPT_ARG_NONE, &a.open, 0, "the log may have ended without saying so", NULL},
        OPTIONS_COMMON(&a.common),
        OPTION_END};

    return options_run(&verb_witness_attest, &a.common, table, argc, argv, attest, &a);
}

const struct verb verb_witness_attest = {"witness attest",
                                         "is an attestation report good, and about these logs?",
                                         "[options] DIR",
                                         examples,
                                         more,
                                         attest_main,
                                         1,
                                         1,
                                         WITNESS_TAKES};
