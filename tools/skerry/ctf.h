/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/ctf - the words that let a reader of CTF 1.8 (babeltrace2) take raw segments as a trace.
 *
 * A segment file is one packet without a header, a record is one event. Pure.
 */
#pragma once
#include "tools/skerry/buf.h"

void ctf_metadata(struct buf *t);
