/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/migration_priv - between migration.c, its trace, its page and messages.c. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a record or a document; 0 and "" where there is none. */
int64_t record_number(const json_t *o, const char *key);
const char *record_text(const json_t *o, const char *key);
bool record_is(const json_t *o, const char *type);
void put_number(json_t *o, const char *key, int64_t n);

/* Nearest rank of `n` values, which it sorts: n, and if there are any min, p50, p99, max. */
json_t *ranks_json(int64_t *v, size_t n);
