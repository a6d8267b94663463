/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/order - the only ways urpc touches memory that the other side touches too.
 *
 *     ORDER_LOAD(p, order)       ORDER_STORE(p, value, order)       ORDER_FENCE()
 *
 * They are named here, and not written out in ring.c and wait.c, so that a test can put
 * a memory machine of its own underneath (URPC_MACHINE, tests/support/machine.h) and walk
 * what weakly ordered cores may do with the very C that runs on them.
 *
 * ORDER_FENCE is a full fence and nothing less: it must keep an earlier store before a
 * later load. Release and acquire do not (and LDAPR, which newer compilers choose for an
 * acquire load, does not even after a store-release), so it is never replaced by them.
 */
#pragma once
#include <stdatomic.h>
#include "lib/base/types.h"

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
/* The sanitizer warns that it does not model full fences; nothing it checks leans on one. */
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#ifdef URPC_MACHINE
#include URPC_MACHINE
#else
#define ORDER_LOAD(p, order)         atomic_load_explicit((p), (order))
#define ORDER_STORE(p, value, order) atomic_store_explicit((p), (value), (order))
#define ORDER_FENCE()                atomic_thread_fence(memory_order_seq_cst)
#endif

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "ring words are plain loads and stores");
