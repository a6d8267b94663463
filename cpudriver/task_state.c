/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/task_state.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/carry.h"
#include "cpudriver/tail.h"
#include "cpudriver/task.h"
#include "lib/base/bits.h"

#define PSTATE_NZCV FIELD(31, 28)
#define SCHED_WORDS (TW_DEADLINE_TICKS - TW_CLASS + 1)
_Static_assert(SCHED_WORDS == POKE_WORDS, "they are written by one call");
_Static_assert(TW_CLASS % POKE_WORDS == 0, "a writer that begins at 0 and goes on by sixes meets them whole");
_Static_assert(TW_NONCE_USED + NONCE_WINDOW / 64 == TW_COUNT && TW_Q + 64 == TW_EVENTS, "layout");
_Static_assert(offsetof(struct frame, pc) == 8 * TW_PC && offsetof(struct frame, sp) == 8 * TW_SP, "layout");

/* Nobody runs with them now: the caller is another task. */
static void save_fp(struct kcb *k, struct task *t)
{
    if (k->fp_owner != t)
        return;
    fp_save(&t->tail->fp); /* an owner has one */
    k->fp_owner = NULL;
}

static bool in_words(unsigned w, unsigned first, unsigned n)
{
    return w - first < n;
}

static bool is_fp(unsigned w)
{
    return in_words(w, TW_Q, 64) || w == TW_FPCR || w == TW_FPSR;
}

/* Of plain words, which are read and written as they are. NULL: it is none, or of a tail that the task has not. */
static uint64_t *place(struct task *t, unsigned w)
{
    if (w <= TW_PC)
        return (uint64_t *)(void *)&t->frame + w;
    if (is_fp(w) && !t->tail)
        return NULL;
    if (in_words(w, TW_Q, 64))
        return &t->tail->fp.q[w - TW_Q];
    switch (w) {
    case TW_TLS:
        return &t->tls;
    case TW_FPCR:
        return &t->tail->fp.fpcr;
    case TW_FPSR:
        return &t->tail->fp.fpsr;
    case TW_MISSED:
        return &t->sched.missed;
    case TW_RUN_TICKS:
        return &t->sched.runtime;
    case TW_WAKE_NS:
        return &t->wake_ns;
    default:
        return NULL;
    }
}

static uint64_t sched_word(const struct sched *s, unsigned w)
{
    if (w == TW_WEIGHT)
        return s->weight;
    if (w == TW_CLASS)
        return CLASS_WITH_MODE(s->edf ? CLASS_EDF : CLASS_FAIR, s->mode);
    if (!s->edf)
        return 0;
    switch (w) {
    case TW_BUDGET_TICKS:
        return s->budget;
    case TW_PERIOD_TICKS:
        return s->period;
    case TW_LEFT_TICKS:
        return s->demoted ? 0 : s->left;
    default:
        return s->deadline;
    }
}

static uint64_t word_of(const struct kcb *k, struct task *t, unsigned w)
{
    const uint64_t *plain = place(t, w);

    if (plain)
        return *plain;
    if (in_words(w, TW_CLASS, SCHED_WORDS))
        return sched_word(&t->sched, w);
    if (in_words(w, TW_NONCE_USED, NONCE_WINDOW / 64))
        return tail_nonce_word(t, w - TW_NONCE_USED);
    switch (w) {
    case TW_PSTATE:
        return t->frame.pstate & PSTATE_NZCV;
    case TW_EVENTS:
        return t->events | (k->bucket[t->bucket].count != t->bell_seen ? EVENT_BELL : 0);
    case TW_FAULTS:
        return t->faults;
    case TW_SWITCHES:
        return t->switches;
    case TW_TAKES:
        return t->takes;
    case TW_WAITED:
        return t->waited;
    case TW_BUCKET:
        return t->bucket;
    case TW_NONCE_TOP:
        return tail_nonce_top(t);
    default:
        return 0;
    }
}

status_t task_peek(struct kcb *k, struct task *t, uint64_t first, uint64_t out[PEEK_WORDS])
{
    if (t->state != TS_STOPPED)
        return ST_STATE;
    if (first >= TW_COUNT)
        return ST_INVALID;
    save_fp(k, t);
    for (unsigned i = 0; i < PEEK_WORDS; i++)
        out[i] = word_of(k, t, (unsigned)first + i);
    return ST_OK;
}

uint64_t task_state_digest(uint64_t digest, uint64_t first, const uint64_t in[POKE_WORDS])
{
    digest = (digest ^ first) * 0x9e3779b97f4a7c15ull;
    for (unsigned i = 0; i < POKE_WORDS; i++)
        digest = ((digest ^ in[i]) * 0x9e3779b97f4a7c15ull) ^ digest >> 29;
    return digest;
}

/* ---- poke: all words are looked at before the first is written ---- */

static bool may_be(const struct task *t, unsigned w, uint64_t v)
{
    switch (w) {
    case TW_PSTATE:
        return (v & ~(uint64_t)PSTATE_NZCV) == 0;
    case TW_FAULTS:
    case TW_SWITCHES:
        return v <= UINT32_MAX;
    case TW_TAKES:
        return v <= CARRY_MAX;
    case TW_WAITED:
        return v <= WAITED_SLEEP;
    case TW_BUCKET:
        return v < BUCKETS;
    case TW_NONCE_TOP:
        return v >= tail_nonce_top(t);
    default:
        return true;
    }
}

/* Is there somewhere to write it? What an absent tail says anyway needs none. */
static bool has_place(struct task *t, unsigned w, uint64_t v)
{
    bool same = true;

    if (t->tail)
        return true;
    if (is_fp(w))
        same = v == 0;
    else if (w == TW_NONCE_TOP)
        same = v == tail_nonce_top(t);
    else if (in_words(w, TW_NONCE_USED, NONCE_WINDOW / 64))
        same = (v & ~tail_nonce_word(t, w - TW_NONCE_USED)) == 0;
    return same || tail_attach(t);
}

static void write_word(struct kcb *k, struct task *t, unsigned w, uint64_t v)
{
    uint64_t *plain = place(t, w);

    if (plain) {
        *plain = v;
        return;
    }
    if (in_words(w, TW_NONCE_USED, NONCE_WINDOW / 64)) {
        if (t->tail)
            t->tail->nonces.used[w - TW_NONCE_USED] |= v;
        return;
    }
    switch (w) {
    case TW_PSTATE:
        t->frame.pstate = v;
        break;
    case TW_EVENTS:
        t->events = v;
        t->bell_seen = k->bucket[t->bucket].count - 1;
        break;
    case TW_FAULTS:
        t->faults = (uint32_t)v;
        break;
    case TW_SWITCHES:
        t->switches = (uint32_t)v;
        break;
    case TW_TAKES:
        t->takes = (uint8_t)v;
        break;
    case TW_WAITED:
        t->waited = (uint8_t)v;
        break;
    case TW_BUCKET:
        t->bucket = (uint8_t)v;
        t->bell_seen = k->bucket[v].count - 1;
        break;
    case TW_NONCE_TOP:
        if (v > tail_nonce_top(t))
            nonce_use(&t->tail->nonces, v);
        break;
    default: /* beyond the last */
        break;
    }
}

/* Weight, budget, period, left, deadline. */
static status_t poke_class(struct kcb *k, struct sched *s, uint64_t class, const uint64_t in[SCHED_WORDS - 1])
{
    uint64_t budget = in[1], period = in[2], left = in[3], deadline = in[4], now = now_ticks();
    status_t st;

    if (class == CLASS_FAIR)
        return runq_set_fair(&k->runq, s, (uint32_t)in[0]);
    if (period > scale(EDF_PERIOD_MAX_NS, k->to_ticks) || left > budget || deadline > now + period)
        return ST_INVALID;
    if ((st = runq_set_edf(&k->runq, s, budget, period, now)) == ST_OK)
        runq_restore(&k->runq, s, (uint32_t)in[0], left, deadline);
    return st;
}

/* Class with mode, and the words above. */
static status_t poke_sched(struct kcb *k, struct sched *s, const uint64_t in[SCHED_WORDS])
{
    uint64_t class = in[0] & 0xff, mode = in[0] >> 8;
    status_t st;

    if (!priority_mode_fits(class, mode) || in[1] == 0 || in[1] > WEIGHT_MAX)
        return ST_INVALID;
    if ((st = poke_class(k, s, class, in + 1)) == ST_OK)
        runq_set_mode(&k->runq, s, (unsigned)mode);
    return st;
}

static status_t poke(struct kcb *k, struct task *t, unsigned first, const uint64_t in[POKE_WORDS])
{
    if (first == TW_CLASS)
        return poke_sched(k, &t->sched, in);
    if (first < TW_CLASS + SCHED_WORDS && first + POKE_WORDS > TW_CLASS)
        return ST_INVALID;
    for (unsigned i = 0; i < POKE_WORDS; i++)
        if (!may_be(t, first + i, in[i]))
            return ST_INVALID;
    for (unsigned i = 0; i < POKE_WORDS; i++)
        if (!has_place(t, first + i, in[i]))
            return ST_NOMEM;
    save_fp(k, t);
    for (unsigned i = 0; i < POKE_WORDS; i++)
        write_word(k, t, first + i, in[i]);
    return ST_OK;
}

status_t task_poke(struct kcb *k, struct task *t, uint64_t first, const uint64_t in[POKE_WORDS])
{
    status_t st;

    if (t->state != TS_STOPPED && t->state != TS_NEW)
        return ST_STATE;
    if (first >= TW_COUNT)
        return ST_INVALID;
    if ((st = poke(k, t, (unsigned)first, in)) != ST_OK)
        return st;
    t->state = TS_STOPPED;
    t->written = task_state_digest(t->written, first, in);
    return ST_OK;
}
