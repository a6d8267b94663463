/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/console - the messages between the console driver and its clients. */
#pragma once
#define URPC_LIST "lib/rt/console.def"
#define URPC_SET console
#define URPC_TAG CON
#include "urpc/msg.h"
