/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/guarded - memory with nothing before and after it: a touch outside is a fault. */
#pragma once
#include "lib/base/types.h"

/* Zeroed memory whose end touches an inaccessible page (its start too, if bytes are whole
 * pages). 64-byte aligned if bytes are. */
void *guarded_alloc(size_t bytes);
void guarded_free(void *p, size_t bytes);
