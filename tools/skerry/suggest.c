/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/suggest.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 40

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t suggest_distance(const char *a, const char *b)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1], la = strlen(a), lb = strlen(b);

    if (la > WORD_MAX || lb > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= la; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= lb; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= la; i++)
        for (size_t j = 1; j <= lb; j++) {
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
                            d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[la][lb];
}

const char *suggest_word(const char *typed, const char *const *words, size_t n)
{
    size_t best = strlen(typed) / 3 + 1; /* farther than this is another word, not a slip */
    const char *word = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t d = suggest_distance(typed, words[i]);

        if (d <= best && d < strlen(words[i]) && (!word || d < best)) {
            best = d;
            word = words[i];
        }
    }
    return word;
}
