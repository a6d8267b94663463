/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/moves.h"

bool moves_want(struct moves *m, uint32_t node, core_id to)
{
    moves_forget(m, node);
    if (m->n == MOVES_MAX)
        return false;
    m->want[m->n++] = (struct want){.node = node, .to = to};
    return true;
}

static void take_off(struct moves *m, uint32_t i)
{
    m->want[i] = m->want[--m->n];
}

void moves_forget(struct moves *m, uint32_t node)
{
    for (uint32_t i = 0; i < m->n; i++)
        if (m->want[i].node == node) {
            take_off(m, i);
            return;
        }
}

/* It may be otherwise in a moment. */
static bool not_now(status_t st)
{
    return st == ST_BUSY || st == ST_TIMEOUT || st == ST_TABLE_FULL || st == ST_LOG_FULL ||
           st == ST_AGAIN;
}

bool moves_answer(struct moves *m, uint32_t i, status_t st, uint64_t epoch, uint32_t *stays)
{
    *stays = 0;
    if (st == ST_OK) {
        m->done++;
        m->last = epoch;
    } else if (not_now(st) && ++m->want[i].tries < MOVES_TRIES) {
        m->again++;
        return false;
    } else {
        m->refused++;
        *stays = not_now(st) ? STAYS_SHORT : STAYS_LONG;
    }
    take_off(m, i);
    return true;
}
