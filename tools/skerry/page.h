/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/page - out/latency.html: one file, no network, no script.
 *
 * In this order: how it went, what kind of numbers these are, the heat map with
 * the same values as a table, distributions, wake-up and throughput, local costs,
 * the boot, the machine, warnings, and how to do it again.
 */
#pragma once
#include "tools/skerry/latency_json.h"

void page_write(struct buf *t, const struct report_facts *f);

/* The parts, for page.c. */
void page_matrices(struct buf *t, const struct runlog *l, const struct cores *c);
void page_pairs(struct buf *t, const struct runlog *l, const struct cores *c);
void page_locals(struct buf *t, const struct runlog *l, const struct cores *c);
void page_machine(struct buf *t, const struct report_facts *f, const struct cores *c);
void page_repeat(struct buf *t, const struct report_facts *f);
void page_style(struct buf *t);
/* "QEMU 7.2.22 (tcg) on 2 host cores, AMD EPYC": from the sidecar; empty without one. */
void where_words(struct buf *t, const struct report_facts *f);
