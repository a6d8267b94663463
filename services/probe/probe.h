/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/probe/probe - the messages of the latency probe, as structs. */
#pragma once
#define URPC_LIST "services/probe/probe.def"
#define URPC_SET probe
#define URPC_TAG PROBE
#include "urpc/msg.h"

/* ECHO.mode: how the other side waits, and what it does with what it gets. */
enum probe_mode {
    MODE_POLL,  /* polls; answers a PING with a PONG at once                                  */
    MODE_STAMP, /* the same, and reads the counter as the first thing when a PING is there    */
    MODE_SLEEP, /* sleeps by the wait protocol; reads the counter as the first thing awake    */
    MODE_SINK,  /* polls; takes STREAM messages; answers STOP with how many there were        */
    MODES
};
