/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/base/status - the one error list: an enum, a word and a sentence each.
 *
 * Input that is wrong is answered with a status; a mistake of ours stops the core
 * (lib/base/check.h). The list itself is status.def.
 */
#pragma once

typedef enum status {
#define STATUS(name, number, class, text) ST_##name = number,
#include "lib/base/status.def"
#undef STATUS
    ST_COUNT
} status_t;

enum failure_class { F1 = 1, F2, F3, F4 };

#define MUST_CHECK __attribute__((warn_unused_result))

/* "ST_STALE_HANDLE" and its sentence; a number outside the list gives "unknown status". */
const char *status_name(status_t s);
const char *status_text(status_t s);
enum failure_class status_class(status_t s);
