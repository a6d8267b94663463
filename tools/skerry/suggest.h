/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/suggest - "did you mean": the nearest of some words, if one is near enough. */
#pragma once
#include <stddef.h>

/* Insertions, deletions, changes and swaps of neighbours between two words; words over 40 bytes are far. */
size_t suggest_distance(const char *a, const char *b);
/* The nearest of `n` words, or NULL if none is within a third of the word's length (at least 1). */
const char *suggest_word(const char *typed, const char *const *words, size_t n);
