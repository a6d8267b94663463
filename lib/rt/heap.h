/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/heap - memory for malloc, out of the program's own RAM capability.
 *
 * picolibc's malloc asks sbrk() for more; that takes frames of HEAP_STEP bytes from
 * program_info.ram, maps them at USER_HEAP upwards and never gives them back (the
 * monitor takes all at once when the program ends). When the RAM is used up malloc
 * answers NULL.
 */
#pragma once
#include "lib/rt/syscall.h"

#define HEAP_STEP (64u * 1024u)

/* Frames of its own for a program: `bytes` mapped at a fresh address. ST_NOMEM. */
MUST_CHECK status_t heap_frame(uint64_t bytes, handle_t *frame, void **at);
