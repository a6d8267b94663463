/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skb/skb - the messages of the service "skb" as structs (skb.def, urpc/msg.h). */
#pragma once
#include "skb/fact.h"
#define URPC_LIST "skb/skb.def"
#define URPC_SET skb
#define URPC_TAG SKB
#include "urpc/msg.h"

#define SKB_NEAREST_MAX 40u
#define SKB_TREE_PART 32u
