/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logcheck.h"
#include "tools/skerry/logcheck_priv.h"
#include "tools/skerry/sha_block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool missing(struct logcheck *l, unsigned core, uint32_t number, const char *why)
{
    char name[LOGTEXT_NAME];

    logtext_name(name, core, number, PART_LOG);
    refuse(l->bad, ERR_WITNESS_MISSING, "core %u: segment %" PRIu32 " is missing", core, number);
    place_file(l, (int)core, name);
    SAY(l->bad->why, "%s", why);
    return false;
}

/* ---- where the log of a core begins ---- */

static const struct logcheck_from *from_of(const struct logcheck *l, unsigned core)
{
    for (size_t i = 0; i < l->want.nfrom; i++)
        if (l->want.from[i].core == core)
            return &l->want.from[i];
    return NULL;
}

/*
 * The first segment looked at. Without --from the first that is kept, which says itself what was before it; with
 * --from the one whose seal was given or, if that is no longer kept, the one after it, which must name that seal.
 */
static bool begin(struct logcheck *l, const struct logdir_segment **s, struct verify *v,
                  struct logcheck_core *c)
{
    const struct logcheck_from *from = from_of(l, (*s)->core);
    const struct logdir_segment *first = *s;
    const struct witness_record *r;
    uint8_t before[WITNESS_SEAL_BYTES] = {0};

    if (from) {
        first = logdir_find(l->d, from->core, from->number);
        if (!first && from->number < UINT32_MAX)
            first = logdir_find(l->d, from->core, from->number + 1);
        if (!first)
            return missing(l, from->core, from->number,
                           "it was named by --from, and the one after it is not here either");
    }
    *s = first;
    c->first = first->number;
    verify_start(v, (uint16_t)first->core, sha_block);
    if (first->number == 0)
        return true;
    if (!first->has[PART_LOG])
        return missing(l, first->core, first->number, "only its seal is here");
    if (!logdir_read_part(l->d, first, PART_LOG, &l->log, l->bad))
        return false;
    if (l->log.n < WITNESS_BYTES)
        return true; /* nothing in it: found when it is checked */
    r = (const struct witness_record *)(const void *)l->log.s;
    chain_get_seal(r, before);
    if (from && from->number + 1 == first->number)
        memcpy(before, from->seal, sizeof before);
    verify_start_at(v, (uint16_t)first->core, first->number, r->sequence, before, sha_block);
    memcpy(c->before, before, sizeof before);
    c->has_before = true;
    return true;
}

static bool check_from(struct logcheck *l, const struct logdir_segment *s, const struct verify *v)
{
    const struct logcheck_from *from = from_of(l, s->core);
    char name[LOGTEXT_NAME], hex[2 * WITNESS_SEAL_BYTES + 1];

    if (!from || from->number != s->number ||
        (!v->open && memcmp(v->seal, from->seal, sizeof v->seal) == 0))
        return true;
    logtext_name(name, s->core, s->number, PART_LOG);
    refuse(l->bad, ERR_WITNESS_ANCHOR,
           "core %u: segment %" PRIu32 " has not the seal given by --from", s->core, s->number);
    place_file(l, (int)s->core, name);
    logtext_hex(hex, v->seal, sizeof v->seal);
    if (!v->open)
        SAY(l->bad->have, "%s", hex);
    SAY(l->bad->why, "%s", "this log is not the one that seal was taken from");
    return false;
}

/* ---- one core ---- */

static void tell(struct logcheck *l)
{
    if (l->want.progress && l->bytes - l->told >= (8u << 20)) {
        l->told = l->bytes;
        l->want.progress(l->bytes, l->all_bytes);
    }
}

static bool check_core(struct logcheck *l, const struct logdir_segment *s)
{
    struct logcheck_core *c = &l->core[l->ncores++];
    const struct logdir_segment *next;
    struct verify v;

    *c = (struct logcheck_core){.core = s->core};
    if (!begin(l, &s, &v, c))
        return false;
    for (;; s = next) {
        next = logdir_next(l->d, s);
        if (next && next->core != s->core)
            next = NULL;
        if (!s->has[PART_LOG])
            return missing(l, s->core, s->number,
                           "its seal or the signature of that is here, so it was there");
        if (!check_segment(l, s, &v, !next) || !check_from(l, s, &v))
            return false;
        tell(l);
        if (!next)
            break;
        if (next->number != s->number + 1)
            return missing(l, s->core, s->number + 1, "there are later ones");
    }
    c->segments = s->number + 1;
    c->records = v.total;
    c->next = v.next;
    c->open = v.open || !v.any;
    memcpy(c->seal, v.seal, sizeof c->seal);
    if (v.open)
        chain_seal(v.h, v.records, sha_block, c->so_far);
    return true;
}

static bool check_cores(struct logcheck *l)
{
    const struct logdir_segment *s = NULL, *last = NULL;

    while ((s = logdir_next(l->d, s)) != NULL) {
        if (last == NULL || last->core != s->core)
            if (!check_core(l, s))
                return false;
        last = s;
    }
    for (size_t i = 0; i < l->want.nfrom; i++)
        if (!logdir_core(l->d, l->want.from[i].core))
            return missing(l, l->want.from[i].core, l->want.from[i].number,
                           "it was named by --from, and nothing of that core is here");
    return true;
}

/* ---- the checkpoint ---- */

static bool read_checkpoint(struct logcheck *l)
{
    unsigned line;

    l->has_checkpoint = l->d->checkpoint;
    if (!l->has_checkpoint) {
        if (!l->d->checkpoint_sig)
            return true;
        refuse(l->bad, ERR_WITNESS_CHECKPOINT, "the checkpoint is not there, and its signature is");
        place_file(l, -1, "checkpoint");
        SAY(l->bad->why, "%s", "it was there when it was signed");
        return false;
    }
    if (!logdir_read(l->d, "checkpoint", &l->text, l->bad))
        return false;
    if (!check_signature(l, -1, "checkpoint", l->d->checkpoint_sig))
        return false;
    line = checkpoint_read(l->text.s, l->text.n, &l->checkpoint);
    if (line == 0)
        return true;
    refuse(l->bad, ERR_WITNESS_CHECKPOINT, "line %u of the checkpoint is not what it should be",
           line);
    place_file(l, -1, "checkpoint");
    SAY(l->bad->at, "checkpoint:%u", line);
    return false;
}

static bool differs(struct logcheck *l, const struct checkpoint_core *k, const char *what,
                    uint64_t there, uint64_t here, uint32_t number)
{
    char name[LOGTEXT_NAME];

    refuse(l->bad, ERR_WITNESS_CHECKPOINT,
           "core %u: the checkpoint says %s %" PRIu64 ", here it is %" PRIu64, k->core, what, there,
           here);
    logtext_name(name, k->core, number, PART_LOG);
    place_file(l, k->core, name);
    SAY(l->bad->why, "%s",
        "the checkpoint was written when the run ended: the log or the checkpoint was changed "
        "since");
    return false;
}

/*
 * Of a core that was stopped before it closed its log. The others stopped it, and say so; where all is kept that they
 * recorded, one who says it alone has made it up to cut that log.
 */
static bool check_stopped(struct logcheck *l, const struct checkpoint_core *k, struct logcheck_core *c)
{
    bool all_kept = true;
    char name[LOGTEXT_NAME];

    for (size_t i = 0; i < l->ncores; i++)
        all_kept &= l->core[i].first == 0;
    c->stopped = c->open;
    if (c->open && (!all_kept || l->ended[k->core / 64] >> k->core % 64 & 1))
        return true;
    refuse(l->bad, ERR_WITNESS_CHECKPOINT, "core %u: the checkpoint says that it was stopped, %s", k->core,
           c->open ? "and no other core recorded that" : "and its log was ended in order");
    logtext_name(name, k->core, k->segments - 1, PART_LOG);
    place_file(l, k->core, name);
    SAY(l->bad->why, "%s", "only the log of a core that another one has stopped may end without a seal");
    return false;
}

static bool compare(struct logcheck *l, const struct checkpoint_core *k)
{
    const struct logdir_segment *first = logdir_core(l->d, k->core);
    struct logcheck_core *c = NULL;

    for (size_t i = 0; i < l->ncores; i++)
        if (l->core[i].core == k->core)
            c = &l->core[i];
    if (!first || !c)
        return missing(l, k->core, k->first,
                       "the checkpoint knows this core, and nothing of its log is here");
    /* With --from what is before need not be here. */
    if (first->number != k->first && !(from_of(l, k->core) && first->number > k->first))
        return first->number > k->first
                   ? missing(l, k->core, k->first, "the checkpoint says that it is kept")
                   : differs(l, k, "that the first segment is", k->first, first->number,
                             first->number);
    if (c->segments < k->segments)
        return missing(l, k->core, c->segments,
                       "the checkpoint says that there were more segments");
    if (c->segments != k->segments)
        return differs(l, k, "that the segments are", k->segments, c->segments, c->segments - 1);
    if (c->next != k->records)
        return differs(l, k, "that the records are", k->records, c->next, c->segments - 1);
    if (k->stopped && !check_stopped(l, k, c))
        return false;
    if (memcmp(c->open ? c->so_far : c->seal, k->seal, sizeof c->seal) != 0) {
        char name[LOGTEXT_NAME];

        refuse(l->bad, ERR_WITNESS_CHECKPOINT,
               "core %u: the checkpoint has another %s of the last segment", k->core, c->open ? "hash" : "seal");
        logtext_name(name, k->core, c->segments - 1, PART_LOG);
        place_file(l, k->core, name);
        SAY(l->bad->why, "%s", "the log was made anew after the checkpoint, or the checkpoint was");
        return false;
    }
    return true;
}

/* What somebody asked for stands in the checkpoint. */
static bool check_asked(struct logcheck *l, const char *what, const uint8_t *asked, const uint8_t *there,
                        size_t n)
{
    char hex[2 * 32 + 1];

    if (!asked || (l->has_checkpoint && memcmp(asked, there, n) == 0))
        return true;
    refuse(l->bad, ERR_WITNESS_CHECKPOINT, "the checkpoint is not of this %s", what);
    place_file(l, -1, "checkpoint");
    logtext_hex(hex, there, n);
    if (l->has_checkpoint)
        SAY(l->bad->have, "%s %s", what, hex);
    else
        SAY(l->bad->have, "%s", "no checkpoint");
    SAY(l->bad->why, "it was asked for another %s: this is of another run or machine", what);
    return false;
}

static bool check_checkpoint(struct logcheck *l)
{
    if (!check_asked(l, "nonce", l->want.nonce, l->checkpoint.nonce, sizeof l->checkpoint.nonce) ||
        !check_asked(l, "measurement", l->want.measurement, l->checkpoint.measurement,
                     sizeof l->checkpoint.measurement))
        return false;
    if (!l->has_checkpoint)
        return true;
    for (size_t i = 0; i < l->checkpoint.ncores; i++)
        if (!compare(l, &l->checkpoint.core[i]))
            return false;
    for (size_t i = 0; i < l->ncores; i++)
        if (l->core[i].boot_halves == 3 &&
            memcmp(l->core[i].boot, l->checkpoint.measurement, sizeof l->core[i].boot) != 0) {
            refuse(l->bad, ERR_WITNESS_CHECKPOINT,
                   "core %u: the boot that its log begins with is not the one of the checkpoint", l->core[i].core);
            place_file(l, (int)l->core[i].core, "checkpoint");
            SAY(l->bad->why, "%s", "the log and the checkpoint are of different boots");
            return false;
        }
    for (size_t i = 0; i < l->ncores; i++)
        if (!checkpoint_find(&l->checkpoint, l->core[i].core)) {
            refuse(l->bad, ERR_WITNESS_CHECKPOINT, "core %u: the checkpoint does not know this log",
                   l->core[i].core);
            place_file(l, (int)l->core[i].core, "checkpoint");
            SAY(l->bad->why, "%s",
                "it was added after the checkpoint, or the checkpoint was shortened");
            return false;
        }
    return true;
}

static bool check_end(struct logcheck *l)
{
    if (l->has_checkpoint || l->want.open)
        return true;
    refuse(l->bad, ERR_WITNESS_OPEN, "the log ended without saying so: there is no checkpoint");
    place_file(l, -1, "checkpoint");
    SAY(l->bad->have, "%" PRIu64 " records of %zu cores, all in order as far as they go",
        l->records, l->ncores);
    SAY(l->bad->why, "%s",
        "the power was cut, or the end was cut off afterwards: nothing shows how much there was "
        "but the anchors");
    SAY(l->bad->hint, "skerry witness verify --open %.200s, if the machine did lose its power",
        l->d->name);
    return false;
}

/* ---- all of it ---- */

static bool check_all(struct logcheck *l)
{
    if (l->d->n == 0 && !l->d->checkpoint) {
        refuse(l->bad, ERR_NO_LOG, "there is no log in %.300s", l->d->name);
        SAY(l->bad->why, "%s", "no file there is named like core-00-000000.log");
        return false;
    }
    return read_checkpoint(l) && check_cores(l) && check_checkpoint(l) && check_anchors(l) &&
           check_end(l);
}

bool logcheck_run(struct logcheck *l, const struct logdir *d, const struct logcheck_wants *want,
                  struct complaint *bad)
{
    *l = (struct logcheck){.d = d, .want = *want, .bad = bad, .place = {.core = -1}};
    *bad = (struct complaint){0};
    l->seal = must(calloc(d->n + 1, sizeof *l->seal));
    l->core = must(calloc(d->n + 1, sizeof *l->core)); /* not more cores than segments */
    for (size_t i = 0; i < d->n; i++)
        l->all_bytes += d->segment[i].bytes;
    return check_all(l);
}

void logcheck_free(struct logcheck *l)
{
    free(l->seal);
    free(l->core);
    free(l->anchor);
    buf_free(&l->log);
    buf_free(&l->text);
    *l = (struct logcheck){0};
}
