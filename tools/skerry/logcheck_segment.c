/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logcheck_priv.h"
#include "tools/skerry/keyfile.h"
#include "tools/skerry/sha_block.h"

#include <inttypes.h>
#include <string.h>

void place_file(struct logcheck *l, int core, const char *file)
{
    l->place = (struct logcheck_place){.core = core};
    SAY(l->place.file, "%s", file);
    SAY(l->bad->at, "%s", file);
}

void place_record(struct logcheck *l, const struct logdir_segment *s, uint64_t record,
                  uint64_t sequence, const char *field)
{
    char name[LOGTEXT_NAME];

    logtext_name(name, s->core, s->number, PART_LOG);
    place_file(l, (int)s->core, name);
    l->place.has_record = true;
    l->place.record = record;
    l->place.sequence = sequence;
    l->place.offset = record * WITNESS_BYTES;
    l->place.field = field;
    SAY(l->bad->at,
        "%s, byte %" PRIu64 ": record %" PRIu64 " of the segment, sequence %" PRIu64 "%s%s", name,
        l->place.offset, record, sequence, field ? ", field " : "", field ? field : "");
    SAY(l->bad->hint, "skerry witness show %.200s --core %u --from %" PRIu64 " --count 4",
        l->d->name, s->core, sequence > 1 ? sequence - 1 : 0);
}

static const struct witness_record *records(const struct logcheck *l)
{
    return (const struct witness_record *)(const void *)l->log.s;
}

/* ---- records ---- */

static bool bad_record(struct logcheck *l, const struct logdir_segment *s, const struct verify *v,
                       uint64_t n, uint64_t at, enum verify_why why)
{
    struct blame b;

    blame_record(v, records(l), n, at, why, &b);
    refuse(l->bad, ERR_WITNESS_RECORD, "core %u: record %" PRIu64 " is not what was written",
           s->core, v->next + b.record - at);
    place_record(l, s, b.record, v->next + b.record - at, b.field);
    if (b.record == at)
        SAY(l->bad->why, "%s", verify_words(why));
    else
        SAY(l->bad->why, "the record after it does not fit (%s)",
            why == VERIFY_TIME ? "it is older" : "its link");
    SAY(l->bad->have, "%s", b.words);
    return false;
}

/* What the core recorded of the boot: compared with the checkpoint when all of it has been found in order. */
static void keep_boot(struct logcheck_core *c, const struct witness_record *r)
{
    unsigned half = r->kind == WITNESS_BOOT_COMPLETE;

    if (r->kind != WITNESS_BOOT_ATTESTATION && r->kind != WITNESS_BOOT_COMPLETE)
        return;
    memcpy(c->boot + 16 * half, &r->target, 8);
    memcpy(c->boot + 16 * half + 8, &r->payload, 8);
    c->boot_halves |= 1u << half;
}

static bool check_records(struct logcheck *l, const struct logdir_segment *s, struct verify *v,
                          uint64_t n)
{
    const struct witness_record *r = records(l);
    enum verify_why why;

    for (uint64_t i = 0; i < n; i++) {
        if (i > 0 && !v->open) { /* behind SegmentSeal there is nothing */
            refuse(l->bad, ERR_WITNESS_RECORD,
                   "core %u: the segment goes on behind its SegmentSeal", s->core);
            place_record(l, s, i, v->next, NULL);
            SAY(l->bad->why, "%s",
                "SegmentSeal is the last record of a segment: what follows was added, or the seal "
                "stands too early");
            return false;
        }
        if ((why = verify_record(v, &r[i])) != VERIFY_OK)
            return bad_record(l, s, v, n, i, why);
        keep_boot(&l->core[l->ncores - 1], &r[i]);
        if (r[i].kind == WITNESS_CORE_STOP && !(r[i].flags & WITNESS_F_MACHINE) && r[i].target < LOGTEXT_CORES &&
            r[i].target != s->core)
            l->ended[r[i].target / 64] |= 1ull << r[i].target % 64;
        if (r[i].kind == WITNESS_ANCHOR_HI || r[i].kind == WITNESS_ANCHOR_LO)
            anchor_keep(l, s, i, &r[i]);
    }
    return true;
}

/* ---- seals and signatures ---- */

bool check_signature(struct logcheck *l, int core, const char *file, bool there)
{
    struct sign_signature s;
    struct buf sig = {0};
    char name[LOGTEXT_NAME + 8];
    const char *why = NULL;
    bool ok = true;

    SAY(name, "%s.sig", file);
    if (!l->want.key && !there)
        return true;
    if (!l->want.key)
        why =
            "there is a signature, and no key to check it with: give --key, or put device.pub back";
    else if (!there)
        why = "it is not there";
    else if (!logdir_read(l->d, name, &sig, l->bad))
        ok = false;
    else if (!(why = keyfile_why(signify_get_signature(sig.s, sig.n, &s))) &&
             !(why = keyfile_judge(l->want.key, l->text.s, l->text.n, &s)))
        l->signatures++;
    buf_free(&sig);
    if (why) {
        refuse(l->bad, ERR_WITNESS_SIGNATURE, "the signature of %s is not good", file);
        place_file(l, core, name);
        SAY(l->bad->why, "%s", why);
        SAY(l->bad->hint, "signify-openbsd -V -p device.pub -m %s asks another program", file);
    }
    return ok && !why;
}

static bool seal_differs(struct logcheck *l, const struct logdir_segment *s, const struct verify *v,
                         uint64_t n, const uint8_t seal[WITNESS_SEAL_BYTES])
{
    char name[LOGTEXT_NAME], hex[2 * WITNESS_SEAL_BYTES + 1];
    struct blame b;
    unsigned bits = blame_distance(seal, v->seal, WITNESS_SEAL_BYTES);

    refuse(l->bad, ERR_WITNESS_SEAL,
           "core %u: the seal of segment %" PRIu32 " is not the hash of its bytes", s->core,
           s->number);
    logtext_name(name, s->core, s->number, PART_SEAL);
    if (bits > 2 * WITNESS_SEAL_BYTES && blame_last(records(l), n, seal, &b)) {
        l->bad->code = ERR_WITNESS_RECORD;
        place_record(l, s, b.record, v->next - 1, b.field);
        SAY(l->bad->why, "%s", b.words);
        return false;
    }
    place_file(l, (int)s->core, name);
    logtext_hex(hex, v->seal, sizeof v->seal);
    SAY(l->bad->have, "sha256sum of the segment is %s", hex);
    SAY(l->bad->why, "%u of the 256 bits differ: %s", bits,
        bits <= 2 * WITNESS_SEAL_BYTES
            ? "the seal file was changed"
            : "the last record was changed, or all of the segment was made anew, or the "
              "seal file");
    return false;
}

static bool check_seal(struct logcheck *l, const struct logdir_segment *s, const struct verify *v,
                       uint64_t n, bool last)
{
    uint8_t seal[WITNESS_SEAL_BYTES];
    char name[LOGTEXT_NAME], log[LOGTEXT_NAME];

    logtext_name(name, s->core, s->number, PART_SEAL);
    logtext_name(log, s->core, s->number, PART_LOG);
    if (!s->has[PART_SEAL] && may_be_open(l, s->core, last))
        return true;
    if (!s->has[PART_SEAL]) {
        refuse(l->bad, ERR_WITNESS_SEAL,
               "core %u: segment %" PRIu32 " is closed and its seal is not there", s->core,
               s->number);
        place_file(l, (int)s->core, name);
        SAY(l->bad->why, "%s",
            last ? "it was taken away, or the power was cut before it was written"
                 : "a segment is sealed before the next one is opened: it was taken away");
        return false;
    }
    if (!logdir_read(l->d, name, &l->text, l->bad))
        return false;
    if (!logtext_seal_read(l->text.s, l->text.n, log, seal)) {
        refuse(l->bad, ERR_WITNESS_SEAL, "%s is no seal of %s", name, log);
        place_file(l, (int)s->core, name);
        SAY(l->bad->why, "it should be 64 hexadecimal digits, two spaces, %s and a newline", log);
        return false;
    }
    if (memcmp(seal, v->seal, sizeof seal) != 0)
        return seal_differs(l, s, v, n, seal);
    if (!s->has[PART_SIG] && may_be_open(l, s->core, last))
        return true;
    return check_signature(l, (int)s->core, name, s->has[PART_SIG]);
}

/* ---- a segment that ends too early ---- */

static bool cut(struct logcheck *l, const struct logdir_segment *s, const struct verify *v,
                uint64_t n)
{
    char seal_name[LOGTEXT_NAME], log[LOGTEXT_NAME];
    uint8_t seal[WITNESS_SEAL_BYTES];
    struct complaint unread;
    struct blame b;

    logtext_name(seal_name, s->core, s->number, PART_SEAL);
    logtext_name(log, s->core, s->number, PART_LOG);
    refuse(l->bad, ERR_WITNESS_CUT, "core %u: segment %" PRIu32 " ends without its SegmentSeal",
           s->core, s->number);
    if (s->has[PART_SEAL] && logdir_read(l->d, seal_name, &l->text, &unread) &&
        logtext_seal_read(l->text.s, l->text.n, log, seal) && blame_last(records(l), n, seal, &b)) {
        l->bad->code = ERR_WITNESS_RECORD;
        place_record(l, s, b.record, v->next - 1, b.field);
        SAY(l->bad->why, "%s", b.words);
        return false;
    }
    place_record(l, s, n, v->next, NULL);
    SAY(l->bad->have, "%" PRIu64 " records, %" PRIu64 " bytes", n, s->bytes);
    SAY(l->bad->why, "%s",
        l->log.n % WITNESS_BYTES ? "the file ends inside a record"
        : s->has[PART_SEAL]      ? "there is a seal of it, so it was whole"
        : l->has_checkpoint ? "the checkpoint says that the log was ended in order, so it was whole"
                            : "its tail was cut off, or the power was");
    return false;
}

bool may_be_open(const struct logcheck *l, unsigned core, bool last)
{
    const struct checkpoint_core *k = l->has_checkpoint ? checkpoint_find(&l->checkpoint, core) : NULL;

    return last && (l->has_checkpoint ? k && k->stopped : l->want.open);
}

bool check_segment(struct logcheck *l, const struct logdir_segment *s, struct verify *v, bool last)
{
    struct logcheck_seal *known = &l->seal[s - l->d->segment];
    uint64_t n;

    if (!logdir_read_part(l->d, s, PART_LOG, &l->log, l->bad))
        return false;
    n = l->log.n / WITNESS_BYTES;
    if (!check_records(l, s, v, n))
        return false;
    l->records += n;
    l->bytes += l->log.n;
    l->segments++;
    if (l->log.n % WITNESS_BYTES != 0 || v->open || n == 0) {
        if (l->log.n % WITNESS_BYTES == 0 && !s->has[PART_SEAL] && may_be_open(l, s->core, last))
            return true;
        return cut(l, s, v, n);
    }
    memcpy(known->seal, v->seal, sizeof known->seal);
    known->known = true;
    return check_seal(l, s, v, n, last);
}
