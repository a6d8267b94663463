/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logattest.h"
#include "lib/sign/signify.h"
#include "tools/skerry/keyfile.h"
#include <inttypes.h>
#include <string.h>

static bool wrong(const struct logattest *a, struct complaint *bad, const char *what, const char *why)
{
    refuse(bad, ERR_WITNESS_ATTESTATION, "%s", what);
    SAY(bad->at, "%.200s", a->name);
    SAY(bad->why, "%s", why);
    return false;
}

bool logattest_read(const struct logdir *d, bool needs_signature, struct buf *text, struct buf *signature,
                    struct complaint *bad)
{
    bool here = d->attestation && (d->attestation_sig || !needs_signature);

    buf_clear(text);
    buf_clear(signature);
    if (here && (!logdir_read(d, "attestation", text, bad) ||
                 (d->attestation_sig && !logdir_read(d, "attestation.sig", signature, bad))))
        return false;
    if (here && text->n != 0)
        return true;
    if (d->attestation && (!logdir_read(d, "attestation", text, bad) || text->n == 0)) {
        refuse(bad, ERR_WITNESS_ATTESTATION, "the attestation report in %.300s is not what was written", d->name);
        SAY(bad->at, "%s", "attestation");
        SAY(bad->why, "%s", "it was written whole before the checkpoint was, and is damaged since");
        return false;
    }
    refuse(bad, ERR_WITNESS_ATTESTATION, "there is no attestation report in %.300s", d->name);
    SAY(bad->at, "%s", d->attestation ? "attestation.sig" : "attestation");
    SAY(bad->why, "%s", "the run did not come to its end, or had no disk or no key; or it was taken away");
    SAY(bad->hint, "%s", "--report FILE, for one that was made on request");
    return false;
}

static bool check_signed(const struct logattest *a, struct complaint *bad)
{
    struct sign_signature s;
    const char *why = "there is no key to check it with: give --key, or put device.pub back";

    if (a->beside && !a->key && a->signature_bytes == 0)
        return true;
    if (a->key && !(why = keyfile_why(signify_get_signature(a->signature, a->signature_bytes, &s))) &&
        !(why = keyfile_judge(a->key, a->text, a->text_bytes, &s)))
        return true;
    wrong(a, bad, "the signature of the attestation report is not good", why);
    bad->code = ERR_WITNESS_SIGNATURE;
    return false;
}

static bool check_asked(const struct logattest *a, struct complaint *bad)
{
    char hex[2 * 32 + 1];

    if (a->nonce && memcmp(a->nonce, a->is.nonce, sizeof a->is.nonce) != 0) {
        wrong(a, bad, "the attestation report has another nonce",
              "it was made for somebody else, or for another question: it says nothing about now");
        logtext_hex(hex, a->is.nonce, sizeof a->is.nonce);
        SAY(bad->have, "nonce %s", hex);
        return false;
    }
    if (a->measurement && memcmp(a->measurement, a->is.measurement, sizeof a->is.measurement) != 0) {
        wrong(a, bad, "something else was booted", "the measurement of the report is not the one that was asked for");
        logtext_hex(hex, a->is.measurement, sizeof a->is.measurement);
        SAY(bad->have, "measurement %s", hex);
        return false;
    }
    return true;
}

/* What was booted stands in the first two records of every core, too. */
static bool check_boot(struct logattest *a, const struct logcheck *l, struct complaint *bad)
{
    for (size_t i = 0; i < l->ncores; i++) {
        if (l->core[i].boot_halves != 3)
            continue;
        if (memcmp(l->core[i].boot, a->is.measurement, sizeof a->is.measurement) != 0) {
            wrong(a, bad, "the attestation report is about another boot",
                  "its measurement is not the one that a log begins with (BootAttestation, BootComplete)");
            SAY(bad->have, "the log of core %u begins with another", l->core[i].core);
            return false;
        }
        a->boots++;
    }
    if (l->has_checkpoint && memcmp(l->checkpoint.measurement, a->is.measurement, sizeof a->is.measurement) != 0)
        return wrong(a, bad, "the attestation report is about another boot", "its measurement is not that of the checkpoint");
    if (a->boots == 0 && !a->measurement && !a->beside)
        return wrong(a, bad, "nothing says whether this was booted",
                     "no log that is kept begins with the boot, and --measurement was not given");
    if (l->has_checkpoint && l->checkpoint.boot != a->is.boot) {
        wrong(a, bad, "the attestation report is about another run", "the checkpoint is of another boot of the disk");
        SAY(bad->have, "boot %" PRIu64 ", and the checkpoint says %" PRIu64, a->is.boot, l->checkpoint.boot);
        return false;
    }
    return true;
}

/* The sequence behind a segment. */
static bool end_of(const struct logcheck *l, const struct logdir_segment *s, uint64_t *end, struct complaint *bad)
{
    struct witness_record last;
    struct buf b = {0};
    bool ok = logdir_read_part(l->d, s, PART_LOG, &b, bad) && b.n >= sizeof last;

    if (ok) {
        memcpy(&last, b.s + b.n - sizeof last, sizeof last);
        *end = last.sequence + 1;
    }
    buf_free(&b);
    return ok;
}

static bool check_seal(const struct logattest *a, const struct logcheck *l, const struct attestation_core *k,
                       struct complaint *bad)
{
    const struct logdir_segment *s = logdir_find(l->d, k->core, k->segment);
    const struct logcheck_seal *seal = s ? &l->seal[s - l->d->segment] : NULL;
    const char *why = NULL;
    uint64_t end = 0;

    if (!seal || !seal->known)
        why = "that segment is not among the closed ones of the log: it is of another run, or was taken away since";
    else if (memcmp(seal->seal, k->seal, sizeof k->seal) != 0)
        why = "that segment of the log has another seal";
    else if (!end_of(l, s, &end, bad))
        return false;
    else if (end != k->sequence)
        why = "that segment of the log ends elsewhere";
    if (!why)
        return true;
    wrong(a, bad, "", why);
    SAY(bad->what, "core %u: the seal that the attestation report names is not one of its log", k->core);
    SAY(bad->have, "segment %" PRIu32 ", sequence %" PRIu64, k->segment, k->sequence);
    return false;
}

static bool names(const struct attestation *is, unsigned core)
{
    for (size_t i = 0; i < is->ncores; i++)
        if (is->core[i].core == core)
            return true;
    return false;
}

bool logattest_check(struct logattest *a, const struct logcheck *l, struct complaint *bad)
{
    unsigned line;

    *bad = (struct complaint){0};
    if (!check_signed(a, bad))
        return false;
    if ((line = attestation_read(a->text, a->text_bytes, &a->is)) != 0) {
        wrong(a, bad, "the attestation report cannot be read", "it is not written as docs/spec/witness.md says");
        SAY(bad->at, "%.200s:%u", a->name, line);
        return false;
    }
    if (!check_asked(a, bad) || !check_boot(a, l, bad))
        return false;
    for (size_t i = 0; i < a->is.ncores; i++)
        if (!check_seal(a, l, &a->is.core[i], bad))
            return false;
    for (size_t i = 0; i < l->ncores; i++)
        if (!names(&a->is, l->core[i].core) && !l->core[i].stopped) {
            wrong(a, bad, "", "it was left out: what that core did is not attested");
            SAY(bad->what, "core %u has a log, and the attestation report does not name it", l->core[i].core);
            return false;
        }
    return true;
}

bool logattest_beside(const struct logdir *d, const struct sign_public *key, struct logcheck *l, struct complaint *bad)
{
    static struct logattest r; /* a thousand cores are in it */
    struct buf text = { 0 }, sig = { 0 };
    bool ok = true;

    if (d->attestation || d->attestation_sig) {
        ok = logattest_read(d, key != NULL, &text, &sig, bad);
        r = (struct logattest){ .name = "attestation", .text = text.s, .signature = sig.s, .text_bytes = text.n,
                                .signature_bytes = sig.n, .key = key, .beside = true };
        ok = ok && logattest_check(&r, l, bad);
    }
    if (!ok)
        SAY(l->place.file, "%s", "attestation");
    buf_free(&text);
    buf_free(&sig);
    return ok;
}
