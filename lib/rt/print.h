/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/print - text of this program to the console.
 *
 *     printf, puts, records --> line buffer --> channel to the console driver
 *                                         `--> MON_PRINT, while there is none
 *
 * Text leaves when a line is complete or the buffer is full, so lines of different
 * programs never mix (the driver puts each client's lines together again). If the driver
 * dies, what it had not taken is sent again to its successor; the line of which it had
 * taken a part is dropped whole, so that no fragment appears.
 *
 * A send waits for room, at most PRINT_PATIENCE_NS; then the text is dropped and counted.
 */
#pragma once
#include "lib/base/types.h"

#define PRINT_PATIENCE_NS 5000000000ull

void rt_write(const char *text, size_t bytes);

/* Send what is buffered and wait until it has left the UART, or until the deadline. */
void rt_print_flush(uint64_t deadline_ns);

/* Send what is buffered on its way, without waiting for it to arrive. */
void rt_print_push(void);

/* Let `sink` have the text instead of the console: the monitor's, and the console driver's. */
void rt_print_sink(void (*sink)(const char *text, size_t bytes));

/* For those who must not use a channel (the console driver): only MON_PRINT. */
void rt_print_by_monitor(const char *text, size_t bytes);

/* Bytes dropped so far because nobody took them. */
uint64_t rt_print_dropped(void);
