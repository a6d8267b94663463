/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/store_room - which extent is used next, and what goes for it (S4 of witness/store.h).
 *
 * A segment goes as a whole, its first extent being written over first: what is left of it on the
 * disk is headless then and nobody takes it for a log.
 */
#include "witness/store_priv.h"

uint32_t extent_find(const struct wstore *s, uint32_t boot, uint16_t core, uint32_t segment,
                     uint32_t part)
{
    uint32_t found = WSTORE_NONE;

    for (uint32_t i = 0; i < s->geometry.extents; i++) {
        const struct wstore_extent *e = &s->extent[i];

        if (e->serial == 0 || e->segment != segment || e->part != part || e->core != core ||
            e->boot != boot)
            continue;
        if (found == WSTORE_NONE || e->serial > s->extent[found].serial)
            found = i;
    }
    return found;
}

enum rank { RANK_EARLIER, RANK_BROKEN, RANK_SEALED, RANK_KEPT };

/* How soon an extent in use goes. */
static enum rank rank_of(const struct wstore *s, const struct wstore_extent *e)
{
    if (e->broken)
        return RANK_BROKEN;
    if (e->boot != s->boot)
        return RANK_EARLIER;
    if (e->core >= WSTORE_CORES || !s->core[e->core].v.any)
        return RANK_KEPT;
    /* All but the newest of a core are sealed, or it would not have a newer one. */
    return (uint64_t)e->segment + 2 <= s->core[e->core].v.segment ? RANK_SEALED : RANK_KEPT;
}

static bool is_free(const struct wstore_extent *e)
{
    return e->serial == 0 && !e->broken;
}

bool room_for(const struct wstore *s, uint32_t extents)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->geometry.extents && n < extents; i++) {
        const struct wstore_extent *e = &s->extent[i];

        n += is_free(e) || (s->policy == WSTORE_WRAP && rank_of(s, e) != RANK_KEPT);
    }
    return n >= extents;
}

static bool goes_before(const struct wstore *s, const struct wstore_extent *a,
                        const struct wstore_extent *b)
{
    if (rank_of(s, a) != rank_of(s, b))
        return rank_of(s, a) < rank_of(s, b);
    if (a->boot != b->boot)
        return a->boot < b->boot;
    return a->serial < b->serial;
}

static uint32_t give_up_oldest(struct wstore *s)
{
    struct wstore_extent *oldest = NULL, gone;

    for (uint32_t i = 0; i < s->geometry.extents; i++) {
        struct wstore_extent *e = &s->extent[i];

        if (!is_free(e) && rank_of(s, e) != RANK_KEPT &&
            (oldest == NULL || goes_before(s, e, oldest)))
            oldest = e;
    }
    if (oldest == NULL)
        return WSTORE_NONE;
    gone = *oldest;
    for (uint32_t i = 0; i < s->geometry.extents && !gone.broken; i++) {
        struct wstore_extent *e = &s->extent[i];

        if (!e->broken && e->boot == gone.boot && e->core == gone.core &&
            e->segment == gone.segment)
            *e = (struct wstore_extent){0};
    }
    *oldest = (struct wstore_extent){0};
    return (uint32_t)(oldest - s->extent);
}

uint32_t room_take(struct wstore *s)
{
    for (uint32_t n = 0; n < s->geometry.extents; n++) {
        uint32_t i = (uint32_t)(((uint64_t)s->next_extent + n) % s->geometry.extents);

        if (is_free(&s->extent[i])) {
            s->next_extent = i + 1;
            return i;
        }
    }
    return s->policy == WSTORE_WRAP ? give_up_oldest(s) : WSTORE_NONE;
}
