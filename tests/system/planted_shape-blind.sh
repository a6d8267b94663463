#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# src=COPY planted_shape-blind.sh - row shape-blind with what is changed there.
row=shape-blind
. "$(dirname "$0")/planted_row.sh"
