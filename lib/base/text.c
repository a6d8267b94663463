/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/base/text - see text.h. */
#include "lib/base/text.h"
#include "lib/base/check.h"

static void put_char(struct text *t, char c)
{
    if (t->len + 1 < t->cap) {
        t->buf[t->len++] = c;
        t->buf[t->len] = 0;
    }
}

static char printable(char c)
{
    return c >= ' ' && c <= '~' ? c : '?';
}

static void put_string(struct text *t, const char *s)
{
    for (; *s; s++)
        put_char(t, printable(*s));
}

static void put_json(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            put_char(t, '\\');
        put_char(t, printable(*s));
    }
}

static void put_number(struct text *t, uint64_t n, unsigned radix)
{
    char digit[20]; /* 2^64 has 20 decimal digits */
    unsigned i = 0;

    do
        digit[i++] = "0123456789abcdef"[n % radix];
    while ((n /= radix) != 0);
    while (i > 0)
        put_char(t, digit[--i]);
}

void text_init(struct text *t, char *buf, size_t bytes)
{
    CHECK(bytes > 0);
    *t = (struct text){.buf = buf, .cap = bytes};
    buf[0] = 0;
}

void text_clear(struct text *t)
{
    if (t) {
        t->len = 0;
        t->buf[0] = 0;
    }
}

void text_pieces(struct text *t, const struct text_piece *piece, size_t n)
{
    if (!t)
        return;
    for (size_t i = 0; i < n; i++)
        switch (piece[i].kind) {
        case TEXT_STR:
            put_string(t, piece[i].s);
            break;
        case TEXT_DEC:
            put_number(t, piece[i].n, 10);
            break;
        case TEXT_HEX:
            put_string(t, "0x");
            put_number(t, piece[i].n, 16);
            break;
        case TEXT_JSON:
            put_json(t, piece[i].s);
            break;
        }
}
