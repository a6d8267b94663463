/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/wait - see wait.h for the drawing and for what (E) and (F) forbid. */
#include "urpc/wait.h"
#include "urpc/order.h"

bool urpc_must_ring(struct urpc_tx *tx)
{
    uint64_t bell;

    ORDER_FENCE(); /* (F) pairs with (E): the message is out before the bell is looked at */

    /* Relaxed: only its value matters; (F) has put it in its place. */
    bell = ORDER_LOAD(&tx->line->bell, memory_order_relaxed);
    if (bell == tx->bell_seen)
        return false;
    tx->bell_seen = bell;
    return true;
}

static void ask(struct urpc_rx *rx)
{
    urpc_ack(rx); /* whoever sleeps owes nothing: the producer has all its credit */

    /* Relaxed: ours alone, and (E) puts it before the second look. */
    ORDER_STORE(&rx->line->bell, ++rx->bell, memory_order_relaxed);
}

bool urpc_may_sleep_all(struct urpc_rx *const *rx, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ask(rx[i]);

    ORDER_FENCE(); /* (E) pairs with (F): the bells are out before the rings are looked at */

    for (size_t i = 0; i < n; i++)
        if (urpc_ready(rx[i]))
            return false;
    return true;
}

bool urpc_may_sleep(struct urpc_rx *rx)
{
    return urpc_may_sleep_all(&rx, 1);
}

static bool find_ready(struct urpc_waiter *w, struct urpc_rx *const *rx, size_t n, size_t *which)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = (w->turn + k) % n;

        if (urpc_ready(rx[i])) {
            w->idle = 0;
            w->turn = i + 1;
            *which = i;
            return true;
        }
    }
    return false;
}

enum urpc_next urpc_wait(struct urpc_waiter *w, struct urpc_rx *const *rx, size_t n, size_t *which)
{
    if (find_ready(w, rx, n, which))
        return URPC_READY;
    if (w->idle++ < w->budget)
        return URPC_POLL;
    w->idle = 0;
    if (urpc_may_sleep_all(rx, n))
        return URPC_SLEEP;
    /* The second look saw something, so this one does too: nobody else takes messages. */
    return find_ready(w, rx, n, which) ? URPC_READY : URPC_POLL;
}

uint32_t urpc_patience(struct urpc_patience *p, uint32_t looks)
{
    if (p->skip == 0)
        return looks;
    p->skip--;
    return 0;
}

void urpc_waited(struct urpc_patience *p, bool in_vain)
{
    if (!in_vain) {
        p->vain = 0;
        return;
    }
    p->vain = 2u * p->vain + 1 < URPC_VAIN_MOST ? (uint16_t)(2 * p->vain + 1) : (uint16_t)URPC_VAIN_MOST;
    p->skip = p->vain;
}
