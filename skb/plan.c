/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "skb/plan.h"

const char *tree_word(unsigned shape)
{
    static const char *const words[] = { "?",        "flat",     "binary",
                                         "binomial", "earliest", "farthest" };

    return words[shape < ARRAY_LEN(words) ? shape : 0];
}

unsigned tree_depth(const struct tree_plan *p)
{
    unsigned deepest = 0;

    for (unsigned i = 0; i < CORES_MAX; i++) {
        unsigned depth = 0;

        for (unsigned c = i; depth < CORES_MAX && p->parent[c] < CORES_MAX; c = p->parent[c])
            depth++;
        if (depth > deepest)
            deepest = depth;
    }
    return deepest;
}
