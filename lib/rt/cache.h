/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/cache - instructions that were written as data become visible to fetches (cache.S). */
#pragma once
#include "lib/base/types.h"

/* After the last write to [from, from + bytes) and before anybody executes it. bytes > 0. */
void cache_publish_code(const void *from, size_t bytes);
