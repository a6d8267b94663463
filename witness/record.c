/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/record.h"

static const struct {
    const char *name, *words;
} kinds[256] = {
#define WITNESS_KIND(NAME, number, text) [number] = { #NAME, text },
#include "witness/kinds.def"
#undef WITNESS_KIND
};

const char *witness_kind_words(uint8_t kind)
{
    return kinds[kind].words;
}

const char *witness_kind_name(uint8_t kind)
{
    return kinds[kind].name;
}
