/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/nonce - which numbers a holder has used: a window of 4096 that only moves up, exact.
 *
 *        refused for good          used or not: one bit each             fresh
 *     ... top - 4097  top - 4096 | top - 4095  ...  top - 1  top | top + 1 ...
 *
 * A number is accepted once and never again, whatever was accepted since: what falls out at the lower edge stays refused. A
 * zeroed window is one that has accepted nothing; 0 is never fresh, so a holder counts from 1. It does not wrap: after 2^64 - 1
 * a holder has used up its numbers and needs a window of its own anew, with another identity.
 */
#pragma once
#include "lib/base/types.h"

#define NONCE_WINDOW 4096u

struct nonce_window {
    uint64_t top; /* the highest accepted */
    uint64_t
        used[NONCE_WINDOW / 64]; /* number n at bit n mod NONCE_WINDOW; all above top are clear */
};

/* ~0 if n was never accepted and can be, else 0. No branch, the same time for every n; changes nothing. */
uint64_t nonce_fresh(const struct nonce_window *w, uint64_t n);
/* n is fresh: it is used from now on. At most 65 steps. */
void nonce_use(struct nonce_window *w, uint64_t n);
