/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/base/version - of all of Skerry: what boots and the tool that boots it say the same. */
#pragma once
#define SKERRY_VERSION "0.3"
