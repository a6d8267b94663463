/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/feed - what monitors tell coherence about their cores, and what it tells them. */
#pragma once
#define URPC_LIST "lib/rt/feed.def"
#define URPC_SET feed
#define URPC_TAG FEED
#include "urpc/msg.h"

/* Only a program with option `place` may offer it, and only monitors bind to it. */
#define FEED_NAME     "feed"
#define FEED_EPOCH_NS 10000000ull /* as epochs of leases: of 10 ms since reset */
#define FEED_PERIOD_MAX 100u

/* Of PART: it cannot be moved. */
#define FEED_FIXED 1u

/* Why a machine goes on without coherence: MON_MODE, and flags of the record DegradedEntered. */
enum degraded {
    DEGRADED_NO = 0,
    DEGRADED_GONE = 1,   /* its program ended               */
    DEGRADED_SILENT = 2, /* it was not heard for too long   */
    DEGRADED_NEVER = 3,  /* there was none yet              */
};
