/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/map - frames into address spaces, in slices of MAP_SLICE pages.
 *
 * Maps all or nothing: a map that fails half way is undone before it answers.
 */
#pragma once
#include "lib/abi/layout.h"
#include "lib/rt/syscall.h"

/* `bytes` of `frame`, from its start, at `va` of `space`. */
MUST_CHECK status_t map_into(handle_t space, handle_t frame, vaddr_t va, uint64_t bytes, uint64_t perm);
MUST_CHECK status_t map_out(handle_t frame);

/* The same in the own space. */
MUST_CHECK status_t map_here(handle_t frame, vaddr_t va, uint64_t bytes, uint64_t perm);
