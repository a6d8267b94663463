/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* services/coherence/ask - what anybody may ask coherence: ASK is answered by TOTALS and MOVING. */
#pragma once
#define URPC_LIST "services/coherence/ask.def"
#define URPC_SET  ask
#define URPC_TAG  ASK
#include "urpc/msg.h"
