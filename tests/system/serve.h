/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/system/serve - a program that answers on every channel it is given, under a name, until it is ended. */
#pragma once
#include "lib/rt/loop.h"

/* Returns main's status only if nobody takes the name. */
int serve(const char *name, void (*on_message)(struct rt_source *s, const struct urpc_msg *m));
