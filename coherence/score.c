/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* coherence/score - ratios in integers. */
#include "coherence/score.h"

uint32_t score_bp(uint64_t internal, uint64_t external)
{
    /* Halved together until the product fits: from there on a bit is less than a basis point. */
    while ((internal | external) >> 49 != 0) {
        internal >>= 1;
        external >>= 1;
    }
    if (internal + external == 0)
        return SCORE_ALL_BP;
    return (uint32_t)(internal * SCORE_ALL_BP / (internal + external));
}

uint32_t score_epoch(struct score *s, uint64_t internal, uint64_t external)
{
    uint64_t now = (uint64_t)score_bp(internal, external) << SCORE_FRACTION;

    if (!s->known)
        s->smooth = now;
    else
        s->smooth =
            (s->smooth * (SCORE_ALL_BP - SCORE_ALPHA_BP) + now * SCORE_ALPHA_BP) / SCORE_ALL_BP;
    s->known = true;
    return score_smooth_bp(s);
}

void score_view(struct score *s, const uint64_t *internal, const struct graph_view *view)
{
    for (uint32_t v = 0; v < view->nodes; v++) {
        uint64_t external = 0;

        for (uint32_t a = view->first[v]; a < view->first[v + 1]; a++)
            external += view->weight[a];
        (void)score_epoch(&s[v], internal[v], external);
    }
}

uint32_t score_smooth_bp(const struct score *s)
{
    return s->known ? (uint32_t)((s->smooth + (1ull << (SCORE_FRACTION - 1))) >> SCORE_FRACTION)
                    : SCORE_ALL_BP;
}

uint32_t score_pressure_bp(const struct score *s)
{
    return SCORE_ALL_BP - score_smooth_bp(s);
}

uint32_t score_period(uint32_t load_bp)
{
    return load_bp < 6000 ? 1 : load_bp <= 8000 ? 2 : 4;
}

bool score_due(uint64_t epoch, uint32_t load_bp)
{
    return epoch % score_period(load_bp) == 0;
}
