#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# start.sh MOVES SEED ROWS PACE_US [TRACE] - the etc/start of "make stress": ROWS parts on each core, that talk every PACE_US on
# average; TRACE: note every such message.
set -eu
printf '%s\n' "pl011 0 early,restart,device=console,mem=4096" "coherence 1 place,restart,mem=16384 off every=0" \
    "stress 0 machine,mem=8192 conduct rows=$3 moves=$1 seed=$2 pace_us=$4 shape=1${5:+ trace=$5}" "stress 0-63 machine,mem=1024 mover"
row=0
while [ "$row" -lt "$3" ]; do
    echo "stress_part 0-63 restart,mem=1024 row=$row rows=$3 seed=$2${5:+ trace=$5}"
    row=$((row + 1))
done
