/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/ledger - the states of a core's memory, as the monitor's call LEDGER tells them. */
#pragma once

enum ledger_state {
#define LEDGER_STATE(NAME, number, text) LEDGER_##NAME = number,
#include "lib/rt/ledger.def"
#undef LEDGER_STATE
    LEDGER_STATES
};
