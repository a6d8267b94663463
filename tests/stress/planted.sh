#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# src=COPY planted.sh - the stress with what is changed in COPY: a short run, counted in instructions, that must fail if a bug was
# planted there (tests/mutants/run.sh tests/mutants/stress.list). Exit 1 and a "not ok" line: it failed. 125: it does not compile.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
[ "${src:?}" = . ] || src=$(cd "$src" && pwd)
case $root in "$src") echo "not ok - planted.sh is to be run from the tree itself" ; exit 2 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' TERM INT
# With its objects, so that only what is changed is built.
tar cf - --exclude=./.git --exclude=./out --exclude=./build/t --exclude=./build/r --exclude=./build/f --exclude=./build/h \
    --exclude=./build/system --exclude=./build/corpus . | tar xf - -C "$work"
cd "$work"
for folder in monitor lib urpc cpudriver partition tests/stress; do
    (cd "$src" && find "$folder" -name '*.[chS]' -o -name '*.def') | while IFS= read -r file; do
        cmp -s "$src/$file" "$file" || cp "$src/$file" "$file"
    done
done
make SETUP=no all build/bin/stress build/bin/stress_part build/bin/stress_nap build/bin/stress_twin > log 2>&1 || { grep -a -m 3 error: log; exit 125; }
if make SETUP=no stress MOVES="${MOVES:-120}" SEED="${SEED:-1}" EVERY=20 DETERMINISTIC=1 > log 2>&1; then
    exit 0
fi
grep -a 'have:\|were not restored\|slots .*, were\|bytes .*, were' log | head -n 1 | sed 's/^ */not ok - /' | grep . || tail -n 1 log | sed 's/^/not ok - /'
grep -a '^stress: failed' log
exit 1
