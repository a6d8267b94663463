/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/record - the one place on the target that writes records for programs to read.
 *
 *     rec_begin("latency");                   0x1e {"type":"latency","core":3,"t_ns":81723,
 *     rec_u64("from", 3);                     "from":3,
 *     rec_stats("rtt_ns", &s, &h);            "rtt_ns":{"n":..,...,"hist":[[64,3],..]}
 *     rec_end();                              } newline
 *
 * docs/spec/console.md lists the types. Between rec_begin and rec_end print nothing else:
 * a record is one line. Text is escaped as JSON wants it.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/rt/hist.h"

void rec_begin(const char *type);
/* As rec_begin, for a record about another core, or another time, than this one. */
void rec_begin_about(const char *type, unsigned core, uint64_t t_ns);
void rec_end(void);

void rec_u64(const char *key, uint64_t value);
void rec_hex(const char *key, uint64_t value);     /* as text, "0x..."                */
void rec_bool(const char *key, bool value);
void rec_str(const char *key, const char *value);
void rec_bytes(const char *key, const uint8_t *bytes, size_t n); /* as text of hex digits */
/* An S object; with a histogram if `h` is not NULL. */
void rec_stats(const char *key, const struct stats *s, const struct hist *h);

/* Lists of numbers in a list: [[1,2],[3,4]] is two rows of two. */
void rec_rows(const char *key, const uint64_t *value, size_t rows, size_t columns);

/* A record of type `error`. */
void rec_error(const char *what, status_t status, const char *why);
