#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# sim.sh SIM - what "make test" runs of the simulation: 8, 64 and 1024 cores with deaths, many seeds, and that a
# seed does the same twice. One "ok" or "not ok" line each; exit status 1 if anything did not hold.
set -u
sim=$1
first=${SKERRY_SEED:-1}
bad=0

one() {
    "$sim" "$@" || bad=1
}

for seed in 0 1 2 3; do
    one --seed $((first + seed)) --cores 8 --ops 20000 --deaths 3
    one --seed $((first + seed)) --cores 64 --ops 20000
done
one --seed "$first" --cores 1024 --ops 60000

# Small machines, where everything meets everything.
n=0
while [ $n -lt 200 ]; do
    "$sim" --seed $((first + n)) --cores $((2 + n % 9)) --ops 2000 --deaths $((n % 3)) > out/test/sim.one 2>&1 || {
        cat out/test/sim.one
        bad=1
    }
    n=$((n + 1))
done
[ $bad = 0 ] && echo "ok - 200 more seeds of 2 to 10 cores, 2000 operations each"

a=$("$sim" --seed "$first" --cores 16 --ops 5000 --json)
b=$("$sim" --seed "$first" --cores 16 --ops 5000 --json)
if [ "$a" = "$b" ]; then
    echo "ok - a seed does the same twice"
else
    echo "not ok - a seed does the same twice"
    bad=1
fi
exit $bad
