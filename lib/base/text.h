/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/base/text - sentences and records put together piece by piece.
 *
 *     text_put(&t, STR("memory at "), HEX(base), STR(" has "), DEC(n), STR(" pages"));
 *
 * For code that must say what is wrong and has no printf (boot, readers, kernel).
 * The buffer is always a terminated string; what does not fit is cut off, never
 * written. Bytes that are not printable ASCII become '?', because readers quote names
 * from input they do not trust.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

struct text {
    char *buf;
    size_t cap, len; /* len < cap: the terminator always fits */
};

enum text_kind { TEXT_STR, TEXT_DEC, TEXT_HEX, TEXT_JSON };

struct text_piece {
    const char *s;
    uint64_t n;
    enum text_kind kind;
};

/* clang-format off */
#define STR(s_)  { (s_), 0, TEXT_STR }
#define DEC(n_)  { NULL, (n_), TEXT_DEC }
#define HEX(n_)  { NULL, (n_), TEXT_HEX }  /* with 0x                                  */
#define JSON(s_) { (s_), 0, TEXT_JSON }    /* the inside of a JSON string, escaped     */

#define text_put(t, ...)                                                                           \
    text_pieces(t, (const struct text_piece[]){ __VA_ARGS__ },                                     \
                sizeof((const struct text_piece[]){ __VA_ARGS__ }) / sizeof(struct text_piece))

/* Put the sentence that says why, and be the status:  return refuse(why, ST_FORMAT, STR("...")); */
#define refuse(why, st, ...) (text_clear(why), text_put(why, __VA_ARGS__), (st))
/* clang-format on */

void text_init(struct text *t, char *buf, size_t bytes);
/* A NULL text takes everything and keeps nothing: for callers who do not want to know why. */
void text_clear(struct text *t);
void text_pieces(struct text *t, const struct text_piece *piece, size_t n);
