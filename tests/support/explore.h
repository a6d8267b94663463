/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/explore - walk every state a model can reach, and show the shortest way
 * to one that breaks a property.
 *
 * A model is a struct of bytes that are its whole state, an initial state, and a function
 * that lists what may happen next. The walk is breadth first, so the first counter-example
 * is a shortest one; it is printed step by step by doing the steps again.
 *
 *     E1  every state reached was asked whether it is broken
 *     E2  a state in which nothing can happen must be an end, else it is a deadlock
 *
 * States must be canonical: equal states have equal bytes (zero what is not in use).
 * Visited states are remembered by a 128-bit hash, not whole; with n states the chance that
 * two are taken for one is below n * n / 2^129.
 */
#pragma once
#include <stdio.h>
#include "lib/base/types.h"

struct explore_model {
    const char *name;
    size_t bytes;              /* of a state                            */
    void (*init)(void *state); /* given zeroed memory                   */
    size_t (*actions)(const void *state, uint32_t *list, size_t max); /* what may happen next */
    void (*step)(void *state, uint32_t action); /* one of those happens                  */
    const char *(*broken)(const void *state);   /* NULL, or the property that is broken  */
    bool (*may_end)(const void *state);         /* is it well if nothing happens any more */
    void (*print)(FILE *to, const void *state, uint32_t action); /* the action, in words     */
    /* NULL: a state is its bytes. Else a hash of what matters of it, for states that are not canonical. */
    void (*hash)(const void *state, uint64_t hash[2]);
};

enum explore_end { EXPLORE_ALL, EXPLORE_BROKEN, EXPLORE_LIMIT };

struct explore_result {
    enum explore_end end;
    uint64_t states, steps;
    uint32_t depth; /* of the deepest state, or length of the counter-example */
    const char *broken;
};

/* Walk at most max_states states. Prints one line with the figures to `to`, and the
 * counter-example if there is one (NULL: prints nothing). */
struct explore_result explore(const struct explore_model *m, uint64_t max_states, FILE *to);
