#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# src=COPY planted_bound.sh - row bound-icount with what is changed there.
row=bound-icount
. "$(dirname "$0")/planted_row.sh"
