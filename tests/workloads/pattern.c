/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/workloads/pattern.h"
#include <string.h>

#define GROUP   8u  /* agents in a pipeline, in a star, of a role   */
#define ASIDE   3u  /* the one that everybody says a little to      */
#define MEMBERS 30u /* of both communities; behind them the bridges */
#define BANKS   4u  /* members of each community a bridge talks to  */

static const char *const word[PATTERNS] = {"pairs", "pipelines", "stars", "communities", "mixed"};

const char *pattern_word(enum pattern p)
{
    return p < PATTERNS ? word[p] : "?";
}

enum pattern pattern_of(const char *text)
{
    unsigned p = 0;

    while (p < PATTERNS && strcmp(text, word[p]) != 0)
        p++;
    return (enum pattern)p;
}

/* Eight in turn are of one community. */
static unsigned community(unsigned i)
{
    return i / GROUP % 2;
}

/* Its place in the ring of its community, and how many are in it. */
static unsigned seat(unsigned i)
{
    return i / (2 * GROUP) * GROUP + i % GROUP;
}

static unsigned seats(unsigned side)
{
    return side == 0 ? 2 * GROUP : MEMBERS - 2 * GROUP;
}

/* i < j */
static unsigned in_communities(unsigned i, unsigned j, bool shifted)
{
    unsigned apart;

    if (j >= MEMBERS)
        return i < MEMBERS && seat(i) < BANKS
                   ? (community(i) == (shifted ? 1u : 0u) ? PATTERN_STRONG : PATTERN_WEAK)
                   : 0;
    if (community(i) != community(j))
        return 0;
    apart = (seat(j) + seats(community(i)) - seat(i)) % seats(community(i));
    if (apart > seats(community(i)) / 2)
        apart = seats(community(i)) - apart;
    return apart <= 2 ? PATTERN_STRONG / 2 : 0;
}

/* Not the second and fourth star: channels of a pair of cores are few. */
static unsigned aside(enum pattern p, unsigned i, unsigned j)
{
    unsigned from = (i + ASIDE) % PATTERN_AGENTS == j ? i : j;

    if ((from + ASIDE) % PATTERN_AGENTS != (from == i ? j : i))
        return 0;
    return p == PATTERN_STARS && from / GROUP % 2 != 0 ? 0 : PATTERN_WEAK;
}

enum role pattern_role(unsigned agent)
{
    return (enum role)(agent / GROUP);
}

unsigned pattern_asked_by(unsigned asker)
{
    return GROUP + (asker + ASIDE) % GROUP;
}

/* i < j */
static unsigned in_mixed(unsigned i, unsigned j)
{
    if (pattern_role(i) == ROLE_ASKER && pattern_role(j) == ROLE_CHURNER)
        return (i + 2 * ASIDE) % GROUP == j % GROUP ? PATTERN_NOISE : 0;
    if (pattern_role(i) == ROLE_ASKER)
        return pattern_asked_by(i) == j ? PATTERN_TRIPS : 0;
    if (pattern_role(i) != ROLE_PAIR)
        return 0;
    if (pattern_role(j) == ROLE_PAIR)
        return j == i + 1 && i % 2 == 0 ? PATTERN_STRONG : 0;
    return (j + ASIDE) % GROUP == i % GROUP ? PATTERN_WEAK : 0;
}

unsigned pattern_rate(enum pattern p, unsigned i, unsigned j, bool shifted)
{
    bool strong = false;

    if (i == j)
        return 0;
    if (i > j)
        return pattern_rate(p, j, i, shifted);
    if (p == PATTERN_COMMUNITIES)
        return in_communities(i, j, shifted);
    if (p == PATTERN_MIXED)
        return in_mixed(i, j);
    if (p == PATTERN_PAIRS)
        strong = j == i + 1 && i % 2 == 0;
    else if (p == PATTERN_PIPELINES)
        strong = j == i + 1 && j % GROUP != 0;
    else if (p == PATTERN_STARS)
        strong = i % GROUP == 0 && j / GROUP == i / GROUP;
    return strong ? PATTERN_STRONG : aside(p, i, j);
}

bool pattern_linked(enum pattern p, unsigned i, unsigned j)
{
    return pattern_rate(p, i, j, false) != 0 || pattern_rate(p, i, j, true) != 0;
}

unsigned pattern_agent(uint64_t seed, unsigned place)
{
    unsigned agent[PATTERN_AGENTS];
    uint64_t x = seed * 0x9e3779b97f4a7c15u | 1;

    for (unsigned i = 0; i < PATTERN_AGENTS; i++)
        agent[i] = i;
    for (unsigned i = PATTERN_AGENTS - 1; i > 0 && seed != 0; i--) {
        unsigned j, was = agent[i];

        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        j = (unsigned)((x >> 33) % (i + 1));
        agent[i] = agent[j];
        agent[j] = was;
    }
    return agent[place];
}
