/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/trace_rules - what the Trace Event Format asks of a trace, and what an arrow is. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct trace_counts {
    size_t slices, moves, messages; /* the last two are arrows */
};

/*
 * The first rule that `trace` breaks, as a sentence; NULL: none. Rules:
 *     R1  every event has a phase that we write, a name, whole numbers pid and tid, a time not below 0
 *     R2  a slice has a length not below 0
 *     R3  an arrow of a kind and id has one start and one end, the end not before the start
 *     R4  both lie in a slice of their own thread
 *     R5  slices of a thread lie in each other or apart (only with `nested`)
 *     R6  every thread with a slice has a name
 */
const char *trace_fault(const json_t *trace, bool nested, struct trace_counts *counts);
