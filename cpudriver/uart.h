/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/uart - polled output to a PL011, for boot messages and a panic only. */
#pragma once
#include "cpudriver/kcb.h"

void uart_text(const struct kcb *k, const char *s);
void uart_hex(const struct kcb *k, uint64_t v);
void uart_dec(const struct kcb *k, uint64_t v);
