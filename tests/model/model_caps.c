/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Two and three cores agree about capabilities: every order of what programs do, of messages between pairs, of
 * kernel slices, and the stop of any core at any moment. C1 to C6 of spec.md section 2 in every state.
 *
 * What is walked is the code itself: monitor/caps*.c and the CPU driver's cap, retype and remote, over a share
 * of host memory (tests/support/sim_core.h); how is in tests/support/caps_walk.h. Here are the ends and the scripts:
 * a script lists what the programs do; each line happens once, at any time when what it needs is there.
 */
#include "tests/support/caps_walk.h"
#include "tests/support/explore.h"
#include <string.h>

/* ---- ends ---- */

static bool is_clean(void)
{
    for (unsigned i = 0; i < walk_script->ncores; i++) {
        uint64_t x[8];
        uint32_t use[4];

        if (!walk_now->alive[i])
            continue;
        caps_in_use(&walk_cores[i].caps, use);
        if (use[0] || use[1] || use[2] || use[3] || walk_cores[i].k->nrevoking)
            return false;
        if (walk_cores[i].own->nfree != walk_size.own_slots - CAPTABLE_FIRST - 3 ||
            walk_cores[i].theirs->nfree != walk_size.prog_slots - CAPTABLE_FIRST - 1)
            return false;
        if (!sim_usable(&walk_cores[i], walk_cores[i].ram, x) || x[5] != walk_size.pages * PAGE_BYTES)
            return false;
    }
    return true;
}

static void run_out(void)
{
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < walk_script->ncores; i++)
            for (unsigned j = 0; j < walk_script->ncores; j++)
                while (walk_now->alive[i] && walk_now->n[j][i] > 0) {
                    walk_deliver(j, i);
                    walk_now->dirty[i] = 1;
                    more = true;
                }
        for (unsigned i = 0; i < walk_script->ncores; i++)
            while (walk_now->alive[i] && walk_now->dirty[i]) {
                walk_turn(i, 0);
                more = true;
            }
    }
}

/* What was left, for the reader of a counter-example. */
static void print_left(FILE *to)
{
    for (unsigned i = 0; i < walk_script->nlines; i++)
        fprintf(to, "# line %u: %s\n", i, walk_now->line[i] == 2 ? "answered" : walk_now->line[i] ? "waits" : "not begun");
    for (unsigned i = 0; i < walk_script->ncores; i++) {
        uint64_t x[8];
        uint32_t use[4];

        caps_in_use(&walk_cores[i].caps, use);
        if (!sim_usable(&walk_cores[i], walk_cores[i].ram, x))
            x[5] = 0;
        fprintf(to, "# core %u%s: %u nodes, %u holds, %u passes, %u requests, %u revokes, %u and %u slots, %u pages free\n",
                i, walk_now->alive[i] ? "" : " (dead)", use[0], use[1], use[2], use[3],
                walk_cores[i].k->nrevoking, walk_cores[i].own->nfree, walk_cores[i].theirs->nfree,
                (unsigned)(x[5] / PAGE_BYTES));
    }
}

/* When nothing happens any more all have been answered; and when then all is deleted nothing is left. */
static bool may_end(const void *state)
{
    static struct state s;
    uint64_t x[8];

    s = *(const struct state *)state;
    walk_now = &s;
    for (unsigned i = 0; i < walk_script->nlines; i++)
        if (s.line[i] == 1) {
            walk_load(walk_now);
            print_left(stdout);
            return false; /* C6 */
        }
    walk_load(walk_now);
    for (unsigned i = 0; i < walk_script->ncores; i++)
        for (unsigned j = 0; j < walk_script->ncores; j++)
            if (s.alive[i] && !s.alive[j])
                caps_core_dead(&walk_cores[i].caps, (core_id)j);
    for (unsigned i = 0; i < walk_script->ncores; i++)
        s.dirty[i] = s.alive[i];
    run_out();
    for (unsigned i = 1; i < REGS; i++)
        if (s.reg[i].state == LIVE && walk_usable(&s.reg[i], x)) {
            memset(x, 0, sizeof x);
            x[0] = s.reg[i].handle;
            if (sim_program(&walk_cores[s.reg[i].core], CAP_DELETE, x) != ST_OK)
                return false;
            s.dirty[s.reg[i].core] = 1;
        }
    if (s.alive[0]) { /* one that was refused is still begun */
        memset(x, 0, sizeof x);
        x[0] = walk_cores[0].ram;
        run_out();
        if (sim_program(&walk_cores[0], CAP_REVOKE, x) != ST_OK)
            return false;
        s.dirty[0] = 1;
    }
    run_out();
    if (is_clean() && s.broken == NULL)
        return true;
    print_left(stdout);
    return false;
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    static const char *const verb[] = { "gives", "gives away", "revokes", "deletes", "retypes", "borrows" };
    const struct state *s = state;

    if (action >= ANNOUNCE)
        fprintf(to, "core %u hears that core %u is dead", (action - ANNOUNCE) / CORES,
                (action - ANNOUNCE) % CORES);
    else if (action >= TIMEOUT)
        fprintf(to, "core %u has waited long enough", action - TIMEOUT);
    else if (action >= DIE)
        fprintf(to, "core %u stops", action - DIE);
    else if (action >= TURN)
        fprintf(to, "core %u goes on", action - TURN);
    else if (action >= DELIVER)
        fprintf(to, "%s from core %u arrives at core %u (%llx)",
                peer_name((uint16_t)s->queue[(action - DELIVER) / CORES][(action - DELIVER) % CORES][0].kind),
                (action - DELIVER) / CORES, (action - DELIVER) % CORES,
                (unsigned long long)s->queue[(action - DELIVER) / CORES][(action - DELIVER) % CORES][0].word[0]);
    else
        fprintf(to, "core %u %s %u to core %u as %u", walk_script->line[action].core,
                verb[walk_script->line[action].what], walk_script->line[action].reg, walk_script->line[action].dest,
                walk_script->line[action].to);
}

/* ---- scripts ---- */

#define ALL RIGHTS_ALL
static const struct script scripts[] = {
    { "give, give away, delete", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, GIVE, 1, 2, 1, 0, RIGHT_READ, 0 },
        { 0, DELETE, 1, 0, 0, 0, 0, 0 }, { 1, DELETE, 2, 0, 0, 0, 0, 0 },
        { 0, AWAY, 1, 3, 1, 0, ALL, 0 } } },
    { "revoke against give and release", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, GIVE, 1, 2, 1, 0, ALL, 0 },
        { 0, GIVE, 1, 3, 1, 0, ALL, 0 }, { 0, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "pass on, release between, revoke by who passed on", 3, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 1, REVOKE, 1, 0, 0, 0, 0, 0 }, { 2, DELETE, 2, 0, 0, 0, 0, 0 },
        { 1, DELETE, 1, 0, 0, 0, 0, 0 } } },
    { "pass on twice, revoke by the first of them", 3, 4, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 2, GIVE, 2, 3, 0, 0, ALL, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "two revokes, one below the other", 3, 4, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 0, REVOKE, 0, 0, 0, 0, 0, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "retype of one memory on two cores, revoke", 2, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, RETYPE, 1, 2, 0, CAP_FRAME, 0, 3 },
        { 0, RETYPE, 0, 3, 0, CAP_FRAME, 0, 3 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "retype there, pass on, revoke here", 3, 4, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, RETYPE, 1, 2, 0, CAP_FRAME, 0, 1 },
        { 1, GIVE, 2, 3, 2, 0, ALL, 0 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 } } },
    { "retype there, pass on, revoke there", 3, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, RETYPE, 1, 2, 0, CAP_FRAME, 0, 1 },
        { 1, GIVE, 2, 3, 2, 0, ALL, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "give away from hand to hand, revoke", 3, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, GIVE, 1, 2, 1, 0, ALL, 0 },
        { 1, AWAY, 2, 3, 2, 0, ALL, 0 }, { 2, AWAY, 3, 4, 0, 0, ALL, 0 },
        { 0, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "RAM given away, retyped there", 3, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_RAM, 0, 2 }, { 0, AWAY, 1, 2, 1, 0, ALL, 0 },
        { 1, RETYPE, 2, 3, 0, CAP_FRAME, 0, 2 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 },
        { 0, RETYPE, 0, 4, 0, CAP_FRAME, 0, 3 } } },
    { "back to its owner, and on from there", 3, 5, DEATHS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 0, 0, ALL, 0 },
        { 0, GIVE, 2, 3, 2, 0, ALL, 0 }, { 0, REVOKE, 2, 0, 0, 0, 0, 0 },
        { 1, REVOKE, 1, 0, 0, 0, 0, 0 } } },
    { "refused, and revoked meanwhile", 2, 4, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, AWAY, 1, 2, 1, REFUSED, ALL, 0 },
        { 0, GIVE, 1, 3, 1, REFUSED, ALL, 0 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 } } },
    { "what is being revoked is deleted", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_RAM, 0, 2 }, { 0, GIVE, 1, 2, 1, 0, ALL, 0 },
        { 1, RETYPE, 2, 3, 0, CAP_FRAME, 0, 1 }, { 0, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 0, DELETE, 1, 0, 0, 0, 0, 0 } } },
    { "two revokes, one below the other, four deep", 3, 6, 0,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 2, GIVE, 2, 3, 1, 0, ALL, 0 }, { 1, GIVE, 3, 4, 0, 0, ALL, 0 },
        { 1, REVOKE, 1, 0, 0, 0, 0, 0 }, { 2, REVOKE, 2, 0, 0, 0, 0, 0 } } },
    { "lend, pass on, give back", 3, 3, DEATHS,
      { { 1, BORROW, 0, 1, 0, 0, 0, 1 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 1, DELETE, 1, 0, 0, 0, 0, 0 } } },
    { "lend more than there is, lend all", 2, 4, DEATHS,
      { { 1, BORROW, 0, 1, 0, 0, 0, 3 }, { 1, BORROW, 0, 2, 0, 0, 0, 2 },
        { 1, BORROW, 0, 3, 0, 0, 0, 1 }, { 1, DELETE, 2, 0, 0, 0, 0, 0 } } },
    { "two given away to one core", 2, 5, DEATHS,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, RETYPE, 0, 2, 0, CAP_FRAME, 0, 1 },
        { 0, AWAY, 1, 3, 1, 0, ALL, 0 }, { 0, AWAY, 2, 4, 1, 0, ALL, 0 },
        { 0, REVOKE, 0, 0, 0, 0, 0, 0 } } },
    { "no room for a second copy, or request", 2, 5, DEATHS | ONE_COPY | ONE_REQUEST,
      { { 0, RETYPE, 0, 1, 0, CAP_FRAME, 0, 1 }, { 0, AWAY, 1, 2, 1, 0, ALL, 0 },
        { 0, GIVE, 0, 3, 1, 0, ALL, 0 }, { 0, REVOKE, 0, 0, 0, 0, 0, 0 },
        { 1, RETYPE, 3, 4, 0, CAP_FRAME, 0, 1 } } },
    { "no room for a second pass", 3, 5, DEATHS | ONE_PASS,
      { { 0, GIVE, 0, 1, 1, 0, ALL, 0 }, { 1, GIVE, 1, 2, 2, 0, ALL, 0 },
        { 1, AWAY, 1, 3, 0, 0, ALL, 0 }, { 1, REVOKE, 1, 0, 0, 0, 0, 0 },
        { 2, DELETE, 2, 0, 0, 0, 0, 0 } } },
};

int main(void)
{
    bool bad = false;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (unsigned i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        const struct explore_model m = { .name = scripts[i].name,
                                         .bytes = sizeof(struct state),
                                         .init = walk_init,
                                         .actions = walk_actions,
                                         .step = walk_step,
                                         .broken = broken,
                                         .may_end = may_end,
                                         .print = print,
                                         .hash = walk_hash };
        struct explore_result r;

        walk_script = &scripts[i];
        r = explore(&m, 3000000, stdout);
        bad = bad || r.end != EXPLORE_ALL;
        printf("%s - %u cores: %s (%llu states)\n", r.end == EXPLORE_ALL ? "ok" : "not ok",
               walk_script->ncores, walk_script->name, (unsigned long long)r.states);
    }
    return bad;
}
