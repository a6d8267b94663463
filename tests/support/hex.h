/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/hex - bytes of a string of hex digits, for vectors; also in programs of the system tests. */
#pragma once
#include "lib/base/types.h"

static inline unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* As many as there are, at most `room`. */
static inline size_t hex_bytes(uint8_t *to, size_t room, const char *hex)
{
    size_t n = 0;

    for (; n < room && hex[2 * n]; n++)
        to[n] = (uint8_t)(hex_digit(hex[2 * n]) << 4 | hex_digit(hex[2 * n + 1]));
    return n;
}
