/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/tail.h"
#include <string.h>

bool tail_attach(struct task *t)
{
    struct space *s = t->space;

    if (t->tail)
        return true;
    if (!s || s->tail_of)
        return false;
    memset(&s->tail, 0, sizeof s->tail);
    if (t->nonces_gone) { /* which of the last were used nobody knows any more: all */
        s->tail.nonces.top = t->nonces_gone;
        memset(s->tail.nonces.used, 0xff, sizeof s->tail.nonces.used);
    }
    s->tail_of = t;
    t->tail = &s->tail;
    return true;
}

void tail_detach(struct kcb *k, struct task *t)
{
    struct space *s = t->space;

    if (!s || s->tail_of != t)
        return;
    if (k->fp_owner == t)
        k->fp_owner = NULL;
    t->nonces_gone = t->tail->nonces.top;
    t->tail = NULL;
    s->tail_of = NULL;
}

uint64_t tail_nonce_top(const struct task *t)
{
    return t->tail ? t->tail->nonces.top : t->nonces_gone;
}

uint64_t tail_nonce_word(const struct task *t, unsigned i)
{
    if (t->tail)
        return t->tail->nonces.used[i];
    return t->nonces_gone ? ~0ull : 0;
}
