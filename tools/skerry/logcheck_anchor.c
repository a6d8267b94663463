/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logcheck_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void anchor_keep(struct logcheck *l, const struct logdir_segment *s, uint64_t record,
                 const struct witness_record *r)
{
    struct logcheck_anchor *a;

    if (l->nanchors == l->room) {
        l->room = l->room ? 2 * l->room : 256;
        l->anchor = must(realloc(l->anchor, l->room * sizeof *l->anchor));
    }
    a = &l->anchor[l->nanchors++];
    *a = (struct logcheck_anchor){.by = s->core,
                                  .by_number = s->number,
                                  .of = r->flags,
                                  .number = r->capability_hash,
                                  .record = record,
                                  .sequence = r->sequence,
                                  .low = r->kind == WITNESS_ANCHOR_LO};
    memcpy(a->half, &r->target, 8);
    memcpy(a->half + 8, &r->payload, 8);
}

static const struct logcheck_core *core_of(const struct logcheck *l, unsigned core)
{
    for (size_t i = 0; i < l->ncores; i++)
        if (l->core[i].core == core)
            return &l->core[i];
    return NULL;
}

/* Both places: what was recorded where, and what it is about. */
static bool disagree(struct logcheck *l, const struct logcheck_anchor *a, const char *what,
                     const char *why)
{
    struct logdir_segment by = {.core = a->by, .number = a->by_number};
    char of[LOGTEXT_NAME], at[sizeof l->bad->at], half[WITNESS_SEAL_BYTES + 1];

    logtext_name(of, a->of, a->number, PART_LOG);
    refuse(l->bad, ERR_WITNESS_ANCHOR, "core %u: segment %" PRIu32 " %s core %u recorded", a->of,
           a->number, what, a->by);
    place_record(l, &by, a->record, a->sequence, NULL);
    SAY(at, "%s", l->bad->at);
    place_file(l, (int)a->of, of);
    SAY(l->bad->at, "%s\nrecorded at %.180s", of, at);
    logtext_hex(half, a->half, sizeof a->half);
    SAY(l->bad->have, "the %s half of its seal was %s", a->low ? "second" : "first", half);
    SAY(l->bad->why, "%s", why);
    SAY(l->bad->hint, "skerry witness show %.200s --core %u --from %" PRIu64 " --count 2",
        l->d->name, a->by, a->sequence);
    return false;
}

static bool check_anchor(struct logcheck *l, const struct logcheck_anchor *a)
{
    const struct logcheck_core *c = core_of(l, a->of);
    const struct logdir_segment *s = c ? logdir_find(l->d, a->of, a->number) : NULL;
    struct logcheck_seal *known = s ? &l->seal[s - l->d->segment] : NULL;
    const uint8_t *seal = NULL;

    if (!c)
        return disagree(l, a, "is not here, whose seal", "the whole log of that core is missing");
    if (known && known->known)
        seal = known->seal;
    else if (c->has_before && a->number + 1 == c->first)
        seal = c->before;
    else if (a->number < c->first) { /* not kept, or before what was asked for */
        l->anchors_before++;
        return true;
    }
    if (!seal)
        return disagree(l, a, s ? "is not closed, whose seal" : "is not here, whose seal",
                        "only a closed segment has a seal: the end of that log was cut off");
    if (memcmp(seal + (a->low ? 16 : 0), a->half, sizeof a->half) != 0)
        return disagree(l, a, "has another seal than",
                        "that core's log was made anew after the other one had recorded its seal; "
                        "a forgery can be "
                        "consistent in itself, but not with what others kept");
    l->anchors_kept++;
    if (known && a->by != a->of) {
        known->high |= !a->low;
        known->low |= a->low;
    }
    return true;
}

bool check_anchors(struct logcheck *l)
{
    for (size_t i = 0; i < l->nanchors; i++)
        if (!check_anchor(l, &l->anchor[i]))
            return false;
    return true;
}

uint64_t logcheck_unvouched(const struct logcheck *l)
{
    uint64_t n = 0;

    for (size_t i = 0; i < l->d->n; i++)
        n += l->seal[i].known && !(l->seal[i].high && l->seal[i].low);
    return n;
}
