/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/recovery.h"
#include "lib/rt/attest_calls.h"
#include "lib/rt/clock.h"
#include "lib/rt/record.h"
#include "monitor/mon.h"
#include "witness/log.h"

#define LOOK_NS (20 * NS_PER_MS)
#define ENOUGH 128u /* records of ordinary room: with less the log is taken for full */

static bool on;
static bool doubt; /* one was started, and has not stored anything since */

bool recovery_stores(const struct prog *p)
{
    return mon.first && (p->line.options & (START_WITNESS | START_DISK)) != 0;
}

static bool has_room(void)
{
    struct rt_msg state;

    return sys_attest_state(&state) == ST_OK &&
           state.w[4] - (state.w[0] - state.w[1]) >= LOG_RESERVE + (state.w[5] >> 32) + LOG_CLOSING + ENOUGH;
}

/* By their tasks; one that ends meanwhile needs nothing any more. */
static void mark(bool yes)
{
    struct prog *p;

    for (unsigned i = 0; (p = prog_at(i)) != NULL; i++)
        if (p == prog_self() || recovery_stores(p))
            (void)sys_attest_recover(mon.info->island, p->task, yes);
}

static void look(void)
{
    if (doubt && !on && !has_room()) {
        on = true;
        mark(true);
        rec_error("the witness log is full, and who stores it has to be started", ST_LOG_FULL,
                  "that is done with what is kept for it; nothing else begins");
    } else if (on && !doubt) {
        on = false;
        mark(false);
    }
}

void recovery_ended(const struct prog *p, bool again)
{
    if (!recovery_stores(p))
        return;
    doubt = again;
    look();
}

void recovery_starts(const struct prog *p)
{
    if (!recovery_stores(p))
        return;
    doubt = doubt || (p->line.options & START_WITNESS) != 0; /* the log may be full before it was stored for the first time */
    if (on)
        (void)sys_attest_recover(mon.info->island, p->task, true);
}

void recovery_stored(void)
{
    doubt = false;
}

bool recovery_on(void)
{
    return on;
}

uint64_t recovery_turn(uint64_t now_ns)
{
    if (!doubt && !on)
        return UINT64_MAX;
    look();
    return now_ns + LOOK_NS;
}
