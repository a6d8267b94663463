/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "witness/nonce.h"
#include "witness/mask.h"

uint64_t nonce_fresh(const struct nonce_window *w, uint64_t n)
{
    uint64_t above = mask_below(w->top, n), inside = mask_below(w->top - n, NONCE_WINDOW);
    uint64_t used = w->used[n / 64 % ARRAY_LEN(w->used)] >> n % 64 & 1;

    return above | (inside & (used - 1) & ~mask_zero(n));
}

/* The bits of numbers that were never in the window held those 4096 below. */
static void move_to(struct nonce_window *w, uint64_t top)
{
    uint64_t at = w->top + 1, left = top - w->top;

    if (left > NONCE_WINDOW)
        left = NONCE_WINDOW;
    while (left > 0) {
        uint64_t bit = at % 64, here = left < 64 - bit ? left : 64 - bit;

        w->used[at / 64 % ARRAY_LEN(w->used)] &= ~(~0ull >> (64 - here) << bit);
        at += here;
        left -= here;
    }
    w->top = top;
}

void nonce_use(struct nonce_window *w, uint64_t n)
{
    if (n > w->top)
        move_to(w, n);
    w->used[n / 64 % ARRAY_LEN(w->used)] |= 1ull << n % 64;
}
