/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/verbs - the subcommands there are. */
#pragma once
#include "tools/skerry/options.h"

extern const struct verb verb_run, verb_report, verb_caps, verb_witness, verb_keys, verb_dtb, verb_flash, verb_monitor, verb_doctor, verb_version, verb_help;
extern const struct verb *const verbs[];
extern const size_t nverbs;

/* argv as main() got it. */
int skerry(int argc, const char **argv);
