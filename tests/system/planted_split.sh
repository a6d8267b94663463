#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# src=COPY planted_split.sh - row split with what is changed there.
row=split
. "$(dirname "$0")/planted_row.sh"
