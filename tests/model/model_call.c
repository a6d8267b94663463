/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Every order of calls, replies, deadlines and cancellations on a small call table: K1 to K4.
 *
 * Two entries, up to five calls, deadlines 1 or 2, and a peer that replies to anything: calls
 * that wait, that ended, that never were. Beside the table runs a plain list of all calls ever
 * made; what the table answers must be what that list says.
 */
#include <stdio.h>
#include <string.h>
#include "tests/support/explore.h"
#include "urpc/call.h"

#define ENTRIES     2u
#define CALLS       5u
#define GENERATIONS (CALLS + 2u)

enum fate { NOT_MADE, WAITS, ANSWERED, GIVEN_UP };

struct state {
    const char *broken;
    struct urpc_calls table;
    struct urpc_call entry[ENTRIES];
    struct {
        uint32_t id, fate, deadline;
    } call[CALLS]; /* the list: call k has cookie 100 + k */
    uint32_t made;
};

enum { BEGIN = 0, REPLY = 16, CANCEL = 128, EXPIRE = 256 };

static void init(void *state)
{
    struct state *s = state;

    urpc_calls_init(&s->table, s->entry, ENTRIES);
    s->table.call = NULL; /* put back for each step: a state has no address */
}

/* Any id a peer could name: entry 0 to 2, generation 0 to 6. */
static uint32_t any_id(uint32_t i)
{
    return i % (ENTRIES + 1) | i / (ENTRIES + 1) << 8;
}

static size_t actions(const void *state, uint32_t *list, size_t max)
{
    const struct state *s = state;
    size_t n = 0;

    (void)max;
    for (uint32_t d = 1; d <= 2 && s->made < CALLS; d++)
        list[n++] = BEGIN + d;
    for (uint32_t i = 0; i < (ENTRIES + 1) * GENERATIONS; i++) {
        list[n++] = REPLY + i;
        list[n++] = CANCEL + i;
    }
    for (uint32_t now = 0; now <= 3; now++)
        list[n++] = EXPIRE + now;
    return n;
}

static int find(const struct state *s, uint32_t id)
{
    for (uint32_t k = 0; k < s->made; k++)
        if (s->call[k].id == id)
            return (int)k;
    return -1;
}

/* Was the entry of call k used again since? */
static bool reused(const struct state *s, uint32_t k)
{
    for (uint32_t later = k + 1; later < s->made; later++)
        if ((s->call[later].id & 0xff) == (s->call[k].id & 0xff))
            return true;
    return false;
}

static uint32_t waiting(const struct state *s)
{
    uint32_t n = 0;

    for (uint32_t k = 0; k < s->made; k++)
        n += s->call[k].fate == WAITS;
    return n;
}

static void begin(struct state *s, uint32_t deadline)
{
    uint32_t id = 0;
    bool full = waiting(s) == ENTRIES;
    status_t st = urpc_call_begin(&s->table, deadline, 100 + s->made, &id);

    if (st != (full ? ST_TABLE_FULL : ST_OK))
        s->broken = "a call is refused when all entries wait, and only then";
    if (st != ST_OK)
        return;
    if (find(s, id) >= 0)
        s->broken = "no id is issued twice";
    s->call[s->made].id = id;
    s->call[s->made].fate = WAITS;
    s->call[s->made++].deadline = deadline;
}

static void reply(struct state *s, uint32_t id)
{
    uint32_t late = s->table.late, nobody = s->table.nobody;
    uint64_t cookie = 0;
    status_t st = urpc_call_reply(&s->table, id, &cookie), want = ST_NOT_FOUND;
    int k = find(s, id);

    if (k >= 0 && s->call[k].fate == WAITS)
        want = ST_OK;
    else if (k >= 0 && (s->call[k].fate == GIVEN_UP || reused(s, (uint32_t)k)))
        want = ST_STALE_HANDLE;
    if (st != want)
        s->broken = "K2, K3: a reply ends the call it names, or is told late from for nobody";
    if (s->table.late != late + (want == ST_STALE_HANDLE) ||
        s->table.nobody != nobody + (want == ST_NOT_FOUND))
        s->broken = "K3: what is dropped is counted";
    if (want != ST_OK)
        return;
    if (cookie != 100 + (uint64_t)k)
        s->broken = "K2: the reply of one call ended another";
    s->call[k].fate = ANSWERED;
}

static void cancel(struct state *s, uint32_t id)
{
    int k = find(s, id);
    bool waits = k >= 0 && s->call[k].fate == WAITS;

    if (urpc_call_cancel(&s->table, id) != (waits ? ST_OK : ST_STATE))
        s->broken = "K1: only a call that waits can be cancelled";
    if (waits)
        s->call[k].fate = GIVEN_UP;
}

static void expire(struct state *s, uint32_t now)
{
    uint64_t cookie = 0;
    uint32_t id = 0;

    while (urpc_call_expire(&s->table, now, &id, &cookie)) {
        int k = find(s, id);

        if (k < 0 || s->call[k].fate != WAITS || cookie != 100 + (uint64_t)k) {
            s->broken = "K1: what expires was waiting";
            return;
        }
        if (s->call[k].deadline > now)
            s->broken = "no call expires before its deadline";
        s->call[k].fate = GIVEN_UP;
    }
    for (uint32_t k = 0; k < s->made; k++)
        if (s->call[k].fate == WAITS && s->call[k].deadline <= now)
            s->broken = "K4: a call waits past its deadline";
}

static void step(void *state, uint32_t action)
{
    struct state *s = state;
    uint64_t earliest = UINT64_MAX;

    s->table.call = s->entry;
    if (action >= EXPIRE)
        expire(s, action - EXPIRE);
    else if (action >= CANCEL)
        cancel(s, any_id(action - CANCEL));
    else if (action >= REPLY)
        reply(s, any_id(action - REPLY));
    else
        begin(s, action - BEGIN);
    for (uint32_t k = 0; k < s->made; k++)
        if (s->call[k].fate == WAITS && s->call[k].deadline < earliest)
            earliest = s->call[k].deadline;
    if (urpc_call_deadline(&s->table) != earliest)
        s->broken = "K4: its owner sleeps until the earliest deadline";
    if (s->table.waiting != waiting(s))
        s->broken = "K1: as many wait as were begun and not ended";
    s->table.call = NULL;
    s->table.late = s->table.nobody = s->table.expired = 0; /* counts do not make states */
}

static const char *broken(const void *state)
{
    return ((const struct state *)state)->broken;
}

static bool may_end(const void *state)
{
    (void)state;
    return true;
}

static void print(FILE *to, const void *state, uint32_t action)
{
    (void)state;
    if (action >= EXPIRE)
        fprintf(to, "time is %u", action - EXPIRE);
    else if (action >= REPLY)
        fprintf(to, "%s %x", action >= CANCEL ? "cancel" : "reply to",
                any_id(action - (action >= CANCEL ? CANCEL : REPLY)));
    else
        fprintf(to, "begin, deadline %u", action - BEGIN);
}

int main(void)
{
    const struct explore_model model = {
        "calls", sizeof(struct state), init, actions, step, broken, may_end, print, NULL};
    struct explore_result r = explore(&model, 5000000, stdout);

    printf("%s - every order of events on %u entries and %u calls (%llu states)\n",
           r.end == EXPLORE_ALL ? "ok" : "not ok", ENTRIES, CALLS, (unsigned long long)r.states);
    return r.end != EXPLORE_ALL;
}
