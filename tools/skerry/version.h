/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/version - the host program's own version; the build may give both from outside. */
#pragma once

#ifndef SKERRY_VERSION
#define SKERRY_VERSION "0.1.0"
#endif
#ifndef SKERRY_GIT
#define SKERRY_GIT ""
#endif
