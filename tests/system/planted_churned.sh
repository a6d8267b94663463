#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# src=COPY planted_churned.sh - row churned-icount with what is changed there.
row=churned-icount
. "$(dirname "$0")/planted_row.sh"
