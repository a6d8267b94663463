/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/machine - see machine.h for what it allows. */
#include "tests/support/machine.h"
#include <setjmp.h>
#include <string.h>
#include "lib/base/check.h"

#define WRITES  7u  /* per location, the zero at first included */
#define ANSWERS 56u /* values a thread has read                 */
#define LATE    2u

typedef uint8_t view[MACHINE_LOCATIONS]; /* per location: the oldest write still readable */

struct thread_state {
    uint8_t done, answers, pokes;
    view now, gathered, at_fence; /* gathered: what relaxed loads met, for the next fence */
    struct {
        uint8_t used, location, from;
        uint64_t expected;
        const char *otherwise;
    } late[LATE];
    uint64_t answer[ANSWERS];
};

struct machine_state {
    const char *broken;
    view fences; /* what all full fences so far have seen */
    uint8_t writes[MACHINE_LOCATIONS];
    struct {
        uint64_t value;
        view carries;
    } write[MACHINE_LOCATIONS][WRITES];
    struct thread_state thread[MACHINE_THREADS];
};

enum operation { OP_END, OP_LOAD, OP_STORE, OP_FENCE, OP_LATE, OP_POKE, OP_SLEEP, OP_BROKEN };

/* The access a thread stopped at. */
struct pending {
    enum operation op;
    unsigned location, target;
    memory_order order;
    uint64_t value;
    const char *otherwise;
};

static const struct machine_program *program;
static struct thread_state *running; /* the thread being run again    */
static uint32_t replayed, mark;      /* answers handed out; at the mark */
static bool acted;                   /* not only loads since the mark */
static struct pending pending;
static jmp_buf stopped;

/* --- the side of the threads ------------------------------------------------------------------ */

static unsigned location_of(const volatile void *p)
{
    for (unsigned i = 0; i < MACHINE_LOCATIONS; i++)
        if (program->location[i].p == p)
            return i;
    UNREACHABLE();
}

/* The next answer; where there is none yet, the thread stops with `op` pending. */
static uint64_t ask(struct pending op)
{
    acted |= op.op != OP_LOAD;
    if (replayed < running->answers)
        return running->answer[replayed++];
    pending = op;
    longjmp(stopped, 1);
}

uint64_t machine_load(const volatile void *p, memory_order order)
{
    return ask((struct pending){.op = OP_LOAD, .location = location_of(p), .order = order});
}

void machine_store(const volatile void *p, uint64_t value, memory_order order)
{
    ask((struct pending){
        .op = OP_STORE, .location = location_of(p), .order = order, .value = value});
}

void machine_fence(void)
{
    ask((struct pending){.op = OP_FENCE});
}

void machine_late_load(const void *p, uint64_t expected, const char *otherwise)
{
    ask((struct pending){
        .op = OP_LATE, .location = location_of(p), .value = expected, .otherwise = otherwise});
}

void machine_poke(unsigned thread)
{
    ask((struct pending){.op = OP_POKE, .target = thread});
}

void machine_sleep(void)
{
    ask((struct pending){.op = OP_SLEEP});
}

void machine_mark(void)
{
    mark = replayed;
    acted = false;
}

void machine_again(void)
{
    CHECK(replayed == running->answers && mark < replayed); /* or it would loop for ever */
    CHECK(!acted);                                          /* what was done stays done   */
    while (running->answers > mark)
        running->answer[--running->answers] = 0;
    longjmp(stopped, 2);
}

void machine_broken(const char *what)
{
    pending = (struct pending){.op = OP_BROKEN, .otherwise = what};
    longjmp(stopped, 1);
}

/* Run thread t to where it must ask something new. */
static void run(struct machine_state *m, unsigned t)
{
    running = &m->thread[t];
    (void)setjmp(stopped); /* comes back with 2 when the thread forgot a round of a loop */
    replayed = mark = 0;
    pending = (struct pending){.op = OP_END};
    if (setjmp(stopped) == 0)
        program->body(t);
}

/* --- the side of the machine ------------------------------------------------------------------ */

static void join(view into, const view from)
{
    for (unsigned i = 0; i < MACHINE_LOCATIONS; i++)
        if (into[i] < from[i])
            into[i] = from[i];
}

static void answer(struct thread_state *t, uint64_t value)
{
    CHECK(t->answers < ANSWERS);
    t->answer[t->answers++] = value;
}

static void do_load(struct machine_state *m, struct thread_state *t, unsigned which)
{
    unsigned l = pending.location;

    t->now[l] = (uint8_t)which;
    join(t->gathered, m->write[l][which].carries);
    if (pending.order == memory_order_acquire)
        join(t->now, m->write[l][which].carries);
    answer(t, m->write[l][which].value);
}

static void do_store(struct machine_state *m, struct thread_state *t)
{
    unsigned l = pending.location, n = m->writes[l];

    CHECK(n < WRITES);
    m->writes[l]++;
    t->now[l] = (uint8_t)n;
    m->write[l][n].value = pending.value;
    memcpy(m->write[l][n].carries, pending.order == memory_order_release ? t->now : t->at_fence,
           sizeof(view));
    m->write[l][n].carries[l] = (uint8_t)n;
    answer(t, 0);
}

static void do_fence(struct machine_state *m, struct thread_state *t)
{
    join(t->now, t->gathered);
    join(m->fences, t->now);
    memcpy(t->now, m->fences, sizeof(view));
    memcpy(t->gathered, t->now, sizeof(view));
    memcpy(t->at_fence, t->now, sizeof(view));
    answer(t, 0);
}

static void do_late(struct thread_state *t)
{
    unsigned i = t->late[0].used ? 1 : 0;

    CHECK(!t->late[i].used);
    t->late[i].used = 1;
    t->late[i].location = (uint8_t)pending.location;
    t->late[i].from = t->now[pending.location];
    t->late[i].expected = pending.value;
    t->late[i].otherwise = pending.otherwise;
    answer(t, 0);
}

static void answer_late(struct machine_state *m, struct thread_state *t, unsigned i, unsigned which)
{
    unsigned l = t->late[i].location;

    if (m->write[l][which].value != t->late[i].expected)
        m->broken = t->late[i].otherwise;
    if (t->now[l] < which)
        t->now[l] = (uint8_t)which;
    memset(&t->late[i], 0, sizeof t->late[i]);
}

static void do_operation(struct machine_state *m, unsigned t, unsigned which)
{
    struct thread_state *self = &m->thread[t];

    switch (pending.op) {
    case OP_LOAD:
        do_load(m, self, which);
        return;
    case OP_STORE:
        do_store(m, self);
        return;
    case OP_FENCE:
        do_fence(m, self);
        return;
    case OP_LATE:
        do_late(self);
        return;
    case OP_POKE:
        m->thread[pending.target].pokes = 1;
        answer(self, 0);
        return;
    case OP_SLEEP:
        self->pokes = 0;
        answer(self, 0);
        return;
    case OP_BROKEN:
        m->broken = pending.otherwise;
        return;
    case OP_END:
        self->done = 1;
        memset(self->answer, 0, sizeof self->answer);
        self->answers = 0;
        return;
    }
}

/* --- as a model to be explored ---------------------------------------------------------------- */

/* An action: thread * 64 + 16 * (0: its pending access, 1 or 2: a late load) + which write. */
#define ACTION(thread, part, which) ((thread)*64u + (part)*16u + (which))

static bool holds_back(const struct thread_state *t)
{
    bool orders = pending.op == OP_FENCE || pending.op == OP_END ||
                  (pending.op == OP_STORE && pending.order == memory_order_release) ||
                  (pending.op == OP_LATE && t->late[0].used && t->late[1].used);

    return (orders && (t->late[0].used || t->late[1].used)) ||
           (pending.op == OP_SLEEP && t->pokes == 0);
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    struct machine_state m = *(const struct machine_state *)state;
    size_t n = 0;

    for (unsigned t = 0; t < program->threads; t++) {
        struct thread_state *self = &m.thread[t];

        if (self->done)
            continue;
        CHECK(n + 3 * WRITES <= max);
        for (unsigned i = 0; i < LATE; i++)
            for (unsigned w = self->late[i].from;
                 self->late[i].used && w < m.writes[self->late[i].location]; w++)
                list[n++] = ACTION(t, i + 1, w);
        run(&m, t);
        if (holds_back(self))
            continue;
        if (pending.op != OP_LOAD)
            list[n++] = ACTION(t, 0, 0);
        else
            for (unsigned w = self->now[pending.location]; w < m.writes[pending.location]; w++)
                list[n++] = ACTION(t, 0, w);
    }
    return n;
}

static void step(void *state, uint32_t action)
{
    struct machine_state *m = state;
    unsigned t = action / 64, part = action / 16 % 4, which = action % 16;

    if (part != 0) {
        answer_late(m, &m->thread[t], part - 1, which);
        return;
    }
    run(m, t);
    do_operation(m, t, which);
    if (!m->thread[t].done && m->broken == NULL)
        run(m, t); /* forgets a round of a loop that came to nothing: the state is canonical */
}

static void print(FILE *to, const void *state, uint32_t action)
{
    struct machine_state m = *(const struct machine_state *)state;
    unsigned t = action / 64, part = action / 16 % 4, which = action % 16, l;

    fprintf(to, "%-10s", program->thread_name[t]);
    if (part != 0) {
        l = m.thread[t].late[part - 1].location;
        fprintf(to, "late load of %s is answered: %llx", program->location[l].name,
                (unsigned long long)m.write[l][which].value);
        return;
    }
    run(&m, t);
    l = pending.location;
    switch (pending.op) {
    case OP_LOAD:
        fprintf(to, "load%s %s: %llx%s", pending.order == memory_order_acquire ? "-acquire" : "",
                program->location[l].name, (unsigned long long)m.write[l][which].value,
                which + 1u < m.writes[l] ? "  (stale)" : "");
        return;
    case OP_STORE:
        fprintf(to, "store%s %s = %llx", pending.order == memory_order_release ? "-release" : "",
                program->location[l].name, (unsigned long long)pending.value);
        return;
    case OP_LATE:
        fprintf(to, "late load of %s", program->location[l].name);
        return;
    case OP_POKE:
        fprintf(to, "poke %s", program->thread_name[pending.target]);
        return;
    case OP_FENCE:
    case OP_SLEEP:
    case OP_END:
    case OP_BROKEN:
        fputs(pending.op == OP_FENCE   ? "full fence"
              : pending.op == OP_SLEEP ? "wakes"
              : pending.op == OP_END   ? "ends"
                                       : pending.otherwise,
              to);
        return;
    }
}

static void init(void *state)
{
    struct machine_state *m = state;

    memset(m->writes, 1, sizeof m->writes);
}

static const char *broken(const void *state)
{
    return ((const struct machine_state *)state)->broken;
}

static bool may_end(const void *state)
{
    const struct machine_state *m = state;

    for (unsigned t = 0; t < program->threads; t++)
        if (!m->thread[t].done)
            return false;
    return true;
}

struct explore_result machine_explore(const struct machine_program *p, uint64_t max_states,
                                      FILE *to)
{
    const struct explore_model model = {
        p->name, sizeof(struct machine_state), init, actions, step, broken, may_end, print, NULL};

    program = p;
    return explore(&model, max_states, to);
}
