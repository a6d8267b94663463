/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/fail_often - faults in many moves of one run: skerry.abort=every:K[:SEED] of monitor/fail.h.
 */
#pragma once
#include "monitor/mover.h"

/* Reads the boot arguments. */
void fail_often_start(void);
/* What is to happen this time that a move comes to `point` here. */
enum mover_fault fail_often(const char *point);
