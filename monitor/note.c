/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/note.h"
#include "lib/rt/attest_calls.h"
#include "lib/rt/syscall.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/prove.h"
#include "monitor/recovery.h"
#include "witness/log.h"

status_t note_write(const struct note *n)
{
    return prove_emit(mon.info->island, mon.core, n->kind | (uint64_t)n->flags << 16, n->target, n->payload, n->hash);
}

status_t note_room(void)
{
    return note_room_for(1);
}

status_t note_room_for(uint32_t records)
{
    struct rt_msg state;
    uint64_t kept;

    if (later_any())
        return ST_LOG_FULL;
    if (sys_attest_state(&state) != ST_OK)
        return ST_STATE;
    kept = recovery_on() ? LOG_RESERVE_LAST : LOG_RESERVE + (state.w[5] >> 32);
    return state.w[4] - (state.w[0] - state.w[1]) > kept + LOG_CLOSING + records - 1 ? ST_OK : ST_LOG_FULL;
}

status_t note_begun(const struct note *n)
{
    return later_any() ? ST_LOG_FULL : note_write(n);
}

void note_owed(const struct note *n)
{
    later_note(n);
}

void note_ended(const struct note *n)
{
    later_note(n);
}
