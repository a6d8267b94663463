/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/workloads/trip - the round trips of workload `mixed`, and how their times are asked for. */
#pragma once
#define URPC_LIST "tests/workloads/trip.def"
#define URPC_SET  trip
#define URPC_TAG  TRIP
#include "urpc/msg.h"

#define TRIP_PERIOD_NS 11000000ull /* no multiple or part of what others do by the clock: it meets them in every phase */
#define TRIP_MEASURED  6u  /* askers from here on are of the fair class: what a deadline is worth */
#define TRIP_IN_ONE    6u  /* times in a message */
