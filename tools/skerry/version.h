/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/version - what the host program says of itself; the build may give the commit from outside. */
#pragma once
#include "lib/base/version.h"

#ifndef SKERRY_GIT
#define SKERRY_GIT ""
#endif
