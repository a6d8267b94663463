/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/tally.h"
#include "urpc/ring.h"

/* The producer may have gone on since `ack` was read, but no further than a lap. */
static bool agree(uint32_t ack, uint64_t head, uint32_t nslots)
{
    uint32_t ahead = URPC_HEAD_SEQ(head) - ack;

    return ahead == 0 || ahead == nslots;
}

uint32_t tally(uint32_t *seen, uint32_t ack, uint64_t head, uint32_t nslots)
{
    uint32_t step = ack - *seen;

    if (step == 0 || !agree(ack, head, nslots))
        return 0;
    *seen = ack;
    /* Forwards only: what goes back goes a long way round. */
    return step <= TALLY_STEP_MAX ? step : 0;
}
