/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/report - how a test program of the machine says what it found.
 *
 *     test_is(late == 0, "no sleep ends early");      one `test` record each
 *     return test_end();                              ends the run: status 0, or 1 if one was false
 */
#pragma once
#include "lib/base/types.h"

void test_name(const char *name);
bool test_is(bool ok, const char *what);
/* For what must hold to go on: false ends the run. */
void test_need(bool ok, const char *what);
/* Ends the machine (option `machine`). */
int test_end(void);
