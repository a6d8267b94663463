/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/fact - what one fact is: typed numbers with a name, of 48 bytes, so that one message
 * carries it.
 *
 *     distance (from 0, to 3): min 640 p50 700 p90 730 p99 782 max 1878 ns
 *     ^ kind    ^ a      ^ b   ^ v[0..4]
 *
 * Pure.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

enum fact_kind {
#define FACT(NAME, number, name, a, b, unit, v0, v1, v2, v3, v4) FACT_##NAME = number,
#include "skb/fact.def"
#undef FACT
    FACT_KINDS
};

#define FACT_VALUES 5u
#define FACT_NO_CORE 0xffffu /* as an owner: nobody's, or not known */

struct fact {
    uint8_t kind;           /* enum fact_kind                             */
    uint8_t zero;
    uint16_t a, b;
    uint16_t next;          /* in answers to NEXT: where to go on; else 0 */
    uint64_t v[FACT_VALUES];
};
_Static_assert(sizeof(struct fact) == 48, "a fact fits a message beside its head");

/* What LOCAL's `b` stands for; the words are those of the record `local`. */
enum local_what { LOCAL_NULL_SYSCALL, LOCAL_CALL_REPLY, LOCAL_TASK_SWITCH, LOCAL_SIGNAL,
                  LOCAL_MAP_PAGE, LOCAL_WHATS };
const char *local_word(unsigned what);
/* ST_NOT_FOUND: no such word. */
MUST_CHECK status_t local_number(const char *word, uint16_t *what);

/* "distance"; NULL: no such kind. */
const char *fact_name(unsigned kind);

/* In one line, as above; always terminated, cut if it is too long. Returns its length. */
size_t fact_print(const struct fact *f, char *out, size_t bytes);
