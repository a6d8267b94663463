/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/coherence/far - how far apart cores are, for coherence/place: as measured, once somebody has; until then 1 within a
 * cluster and 2 between clusters.
 */
#pragma once
#include "services/coherence/mind.h"

/* What the monitor knows. */
void far_guess(struct mind *m);
/*
 * What the SKB knows: the median round trips, the shortest as 1 (services/probe measures them). True: all are known, or will not
 * be any more; else ask again later. At most SKB_PATIENCE_NS for an SKB that hangs, and then never again.
 */
bool far_ask(struct mind *m);
