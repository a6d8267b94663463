/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/dtb_print - a device tree's facts for a terminal and as JSON ("skerry.dtb/1"). */
#pragma once
#include "tools/skerry/dtb_facts.h"
#include "tools/skerry/term.h"

void dtb_print(const struct dtb_facts *f, const struct term *term);
/* One line for each finding, and the verdict last; only reasons and the verdict if quiet. */
void dtb_print_verdict(const struct dtb_facts *f, const struct term *term, bool quiet);
json_t *dtb_json(const struct dtb_facts *f, const char *path);
