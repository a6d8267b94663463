#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# soak.sh MINUTES "MODELS" "LITMUS" "FUZZERS" - the long form of the tests, each class for so many minutes.
#
# CLASS=model, litmus, fuzz, system or all (default) chooses. The seed of every random choice is SKERRY_SEED; each system
# round adds one to it, so a failing round can be run again. Goes on after a failure, and closes with the count.
set -u
cd "$(dirname "$0")/.." || exit 1
minutes=$1
models=$2
litmus=$3
fuzzers=$4
class=${CLASS:-all}
seconds=$((minutes * 60))
export SKERRY_SECONDS=$seconds
status=0
wants() { [ "$class" = all ] || [ "$class" = "$1" ]; }

case $class in all | model | litmus | fuzz | system) ;; *)
    echo "soak: CLASS=$class is not known; choose model, litmus, fuzz, system or all" >&2
    exit 2 ;;
esac
echo "soak: $class, $minutes minutes a class, seed $SKERRY_SEED"
# shellcheck disable=SC2086
{
    wants model && [ -n "$models" ] && { LIMIT=$((seconds * 2 + 300)) tools/test.sh --model $models || status=1; }
    wants litmus && [ -n "$litmus" ] && { LIMIT=$((seconds * 2 + 300)) tools/test.sh --litmus $litmus || status=1; }
    wants fuzz && [ -n "$fuzzers" ] && { tools/test.sh --fuzz "$seconds" $fuzzers || status=1; }
}
if wants system; then
    end=$(($(date +%s) + seconds))
    round=0
    bad=0
    while [ "$(date +%s)" -lt "$end" ]; do
        round=$((round + 1))
        SEED=$((SKERRY_SEED + round)) TALLY= tools/system.sh tests/system/tests.cfg > out/soak.out 2>&1 || {
            bad=$((bad + 1))
            grep -A3 FAIL out/soak.out
            cp -r out/system "out/soak-failed-$round"
        }
        echo "soak: system round $round, seed $((SKERRY_SEED + round)), $bad rounds failed, $(( end > $(date +%s) ? end - $(date +%s) : 0 )) s to go"
    done
    echo "$((round - bad)) passed, $bad failed"
    [ "$bad" = 0 ] || status=1
fi
exit $status
