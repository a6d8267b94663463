/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe/probe - the messages of the latency probe, as structs. */
#pragma once
#define URPC_LIST "services/probe/probe.def"
#define URPC_SET  probe
#define URPC_TAG  PROBE
#include "urpc/msg.h"

/* ECHO.mode: how the other side waits between messages. */
enum probe_mode {
    MODE_POLL,  /* looks at the ring all the time                                             */
    MODE_SLEEP, /* sleeps by the wait protocol, and reads the counter as the first thing awake */
    MODES
};
