#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# src=COPY planted_merge.sh - row merge with what is changed there.
row=merge
. "$(dirname "$0")/planted_row.sh"
