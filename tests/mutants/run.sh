#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# run.sh - plant one bug at a time and see that the named test fails.
#
#   tests/mutants/run.sh LIST [PATTERN]      mutants whose name matches PATTERN; all without
#
# A list has a line "sources: ..." (files the tests are linked with, patterns allowed), may have a line "libs: ..."
# (-l flags) and a line "seconds: " (of a script, 60), and rows
#
#   name @ file @ sed expression @ test that must fail
#
# Each row is done on a copy of the tree: the expression must change the file, the result must compile, and
# the test must then fail. Tests in tests/litmus are built with the thread sanitizer, scripts (.sh) are run
# with src=COPY, all others are built with the address and undefined behaviour sanitizers. Every test named
# must pass first, unchanged. Prints "ok" and "not ok" lines and the score. Exit 0: all were killed.
set -u
cd "$(dirname "$0")/../.." || exit 1
list=$1
pattern=${2:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cc="${HOSTCC:-gcc} -std=c11 -D_GNU_SOURCE -isystem /usr/include/decaf -g -O1 -w"
sources=$(sed -n 's/^sources: *//p' "$list")
libs=$(sed -n 's/^libs: *//p' "$list")
seconds=$(sed -n 's/^seconds: *//p' "$list")
seconds=${seconds:-60} # of a script
killed=0
all=0

cp -r urpc lib witness partition monitor skb coherence drivers services boot cpudriver tools tests "$work" 2> /dev/null

# san NAME: the compiler flags of a kind of test
san() {
    case $1 in
        race) echo -fsanitize=thread ;;
        *) echo -fsanitize=address,undefined -fno-sanitize-recover=all ;;
    esac
}

# compile KIND DIRECTORY FILE...: objects of files of the copy
compile() {
    kind=$1
    to=$2
    shift 2
    for f in "$@"; do
        # shellcheck disable=SC2046,SC2086
        (cd "$work" && $cc $(san "$kind") -I. -c "$f" -o "$to/$(echo "$f" | tr / _).o") || return 1
    done
}

# run_test TEST LOG [CHANGED]: its exit status; 125 if it does not compile. An archive, so that a test
# may bring its own version of a file (model_ring).
run_test() {
    case $1 in
        *.sh)
            src=$work timeout "$seconds" sh "$1" > "$2" 2>&1
            return
            ;;
        tests/litmus/*) kind=race ;;
        *) kind=plain ;;
    esac
    rm -rf "$work/o" "$work/lib.a"
    cp -r "$work/o-$kind" "$work/o"
    case ${3:-} in
        cpudriver/runq.c | cpudriver/priority.c) compile $kind "$work/o" "$3" ;; # pure: it needs no world
        cpudriver/aarch64/gic.c | cpudriver/uart.c | boot/say.c) ;; # the test brings it
        boot/gic.c) compile $kind "$work/o" tests/support/boot_gic.c ;; # its instructions are not this machine's
        cpudriver/*.c) compile $kind "$work/o" "tests/support/kernel_$(basename "$3")" ;;
        *.c) compile $kind "$work/o" "$3" ;;
        *.h) compile $kind "$work/o" $(cd "$work" && echo $sources) ;;
    esac > "$2" 2>&1 || return 125
    ar qcs "$work/lib.a" "$work"/o/*.o
    # shellcheck disable=SC2046,SC2086
    (cd "$work" && $cc $(san $kind) -I. "$1" lib.a -o test $libs -lcheck -lsubunit -lrt -lm -pthread) > "$2" 2>&1 || return 125
    (cd "$work" && timeout 180 ./test) > "$2" 2>&1
}

# the line that says why; a failed CHECK only if nothing else does, as some tests expect one
why() {
    grep -aE '^# broken after|:[FE]:|^not ok|data race|ERROR: Addr|runtime error' "$1" | sed 's/.*:[FE]:[a-z]*://' |
        head -n 1 | cut -c 1-120 | grep . || grep -a -m 1 'CHECK failed' "$1" || echo "(exit status)"
}

rows() {
    grep -E '^[a-z0-9_-]+ @ ' "$list" | grep -E "^[^@]*$pattern"
}

for kind in plain race; do
    mkdir "$work/o-$kind"
    # shellcheck disable=SC2046,SC2086
    compile $kind "$work/o-$kind" $(cd "$work" && echo $sources) || exit 1
done

for t in $(rows | awk -F ' @ ' '{print $4}' | sort -u); do
    if run_test "$t" "$work/log"; then
        echo "# unchanged, $t passes"
    else
        echo "not ok - unchanged, $t fails"
        tail -n 5 "$work/log"
        exit 1
    fi
done

rows > "$work/rows"
while IFS= read -r row; do
    name=${row%% @ *}
    rest=${row#* @ }
    file=${rest%% @ *}
    rest=${rest#* @ }
    change=${rest%% @ *}
    test=${rest#* @ }
    all=$((all + 1))
    cp "$work/$file" "$work/saved"
    sed -E "$change" "$work/saved" > "$work/$file"
    if cmp -s "$work/saved" "$work/$file"; then
        echo "not ok - $name: the expression changes nothing in $file"
    else
        run_test "$test" "$work/log" "$file" < /dev/null
        case $? in
            0) echo "not ok - $name: survives $test" ;;
            125) echo "not ok - $name: does not compile"; head -n 3 "$work/log" ;;
            *)
                killed=$((killed + 1))
                echo "ok - $name: $test fails: $(why "$work/log")"
                ;;
        esac
    fi
    cp "$work/saved" "$work/$file"
done < "$work/rows"

echo "# $killed of $all mutants killed"
[ "$killed" = "$all" ]
