/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/napping - the small partition beside each mover (nap.c): it is made, hibernates, is made anew and goes on, and is ended.
 */
#pragma once
#include "lib/rt/monitor.h"

enum nap { NAP_MAKE = 1, NAP_SLEEP, NAP_WAKE, NAP_END };

/* ST_OK; why it could not be done; ST_FORMAT: it was done, and what it led to is wrong. */
status_t nap_do(enum nap what);
