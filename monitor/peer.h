/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/peer - the messages between monitors (peer.def), their numbers and payloads. */
#pragma once
#define URPC_LIST "monitor/peer.def"
#define URPC_SET peer
#define URPC_TAG PEER
#include "urpc/msg.h"
