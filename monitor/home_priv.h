/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/home_priv - the table of this home, for the files that perform what partition/ says of it. */
#pragma once
#include "monitor/home.h"
#include "monitor/note.h"
#include "partition/holding.h"
#include "partition/operation.h"

/* As it is in this epoch. */
struct partitions *home_table(void);
struct note home_note(const struct partition_do *todo);
