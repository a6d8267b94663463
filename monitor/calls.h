/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/calls - what programs of this core ask (lib/rt/monitor.def), each answered at once. */
#pragma once
#include "lib/rt/loop.h"

/* A message at the monitor's endpoint: a call, or a fault. */
enum loop_reply calls_take(struct rt_loop *l, struct rt_msg *m, uint64_t badge);
