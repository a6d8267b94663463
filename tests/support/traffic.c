/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/traffic.h"
#include <string.h>

#define FADING   20u /* one in so many fades every epoch */
#define FRACTION 8u
#define STRONG   100u /* messages an epoch                */
#define WEAK     4u
#define PIPE     8u /* agents in a pipeline, in a star  */
#define SIDES    2u /* communities                      */

const char *traffic_word(enum traffic_kind kind)
{
    static const char *const word[] = {"pairs", "pipelines", "stars", "communities"};

    return kind < TRAFFIC_KINDS ? word[kind] : "?";
}

uint64_t traffic_draw(struct traffic *t)
{
    t->state ^= t->state << 13, t->state ^= t->state >> 7, t->state ^= t->state << 17;
    return t->state;
}

/* The pattern's i and j talk. */
static void talk(struct traffic *t, uint32_t i, uint32_t j, uint32_t rate)
{
    uint32_t a = t->name[i], b = t->name[j];

    t->rate[a < b ? a : b][a < b ? b : a] = rate;
}

static void talk_bridges(struct traffic *t)
{
    uint32_t members = t->nodes - TRAFFIC_BRIDGES, side = members / SIDES;

    for (uint32_t b = members; b < t->nodes; b++)
        for (uint32_t i = 0; i < members; i++)
            talk(t, b, i, (i >= side) == t->shifted ? STRONG / 4 : WEAK / 4);
}

static void draw_pattern(struct traffic *t)
{
    uint32_t n = t->nodes, side = (n - TRAFFIC_BRIDGES) / SIDES;

    for (uint32_t i = 0; i < n; i++)
        switch (t->kind) {
        case TRAFFIC_PAIRS:
            if (i % 2 == 1)
                talk(t, i, i - 1, STRONG);
            break;
        case TRAFFIC_PIPELINES:
            if (i % PIPE != 0)
                talk(t, i, i - 1, STRONG);
            break;
        case TRAFFIC_STARS:
            if (i % PIPE != 0)
                talk(t, i, i - i % PIPE, STRONG);
            break;
        case TRAFFIC_COMMUNITIES:
            for (uint32_t j = 0; j < i && i < n - TRAFFIC_BRIDGES; j++)
                if (i / side == j / side && traffic_draw(t) % 2)
                    talk(t, i, j, STRONG / 4);
            break;
        default:
            break;
        }
    if (t->kind == TRAFFIC_COMMUNITIES)
        talk_bridges(t);
    else
        for (uint32_t i = 0; i < n; i++) /* and everybody sometimes with somebody */
            talk(t, i, (i + 1 + (uint32_t)(traffic_draw(t) % (n - 1))) % n, WEAK);
}

void traffic_new(struct traffic *t, enum traffic_kind kind, uint32_t nodes, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    t->kind = kind;
    t->nodes = nodes;
    t->state = seed * 0x9e3779b97f4a7c15u | 1;
    for (unsigned i = 0; i < 8; i++)
        traffic_draw(t);
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t j = (uint32_t)(traffic_draw(t) % (i + 1));

        t->name[i] = t->name[j];
        t->name[j] = i;
    }
    draw_pattern(t);
    graph_case_new(&t->g, nodes);
}

void traffic_shift(struct traffic *t)
{
    t->shifted = !t->shifted;
    talk_bridges(t);
}

void traffic_epoch(struct traffic *t, bool fading)
{
    graph_case_clear(&t->g);
    for (uint32_t a = 0; a < t->nodes; a++)
        for (uint32_t b = a + 1; b < t->nodes; b++) {
            uint64_t *kept = &t->kept[a][b];
            uint64_t noise =
                         10000u - TRAFFIC_NOISE_BP + traffic_draw(t) % (2 * TRAFFIC_NOISE_BP + 1),
                     said;

            t->now[a][b] = (uint32_t)(t->rate[a][b] * noise / 10000u);
            said = (uint64_t)t->now[a][b] * (TRAFFIC_BYTES + 64);
            *kept += (said << FRACTION) - *kept / FADING;
            if ((fading ? *kept >> FRACTION : said) != 0)
                graph_case_add(&t->g, a, b, fading ? *kept >> FRACTION : said);
        }
    graph_case_view(&t->g);
}

uint64_t traffic_between(const struct traffic *t, const core_id *core)
{
    uint64_t sum = 0;

    for (uint32_t a = 0; a < t->nodes; a++)
        for (uint32_t b = a + 1; b < t->nodes; b++)
            if (core == NULL || core[a] != core[b])
                sum += t->now[a][b];
    return sum;
}

void traffic_free(struct traffic *t)
{
    graph_case_free(&t->g);
}
