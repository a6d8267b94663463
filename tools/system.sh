#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# system.sh TABLE [ROW] - boot the machine once per row of the table and look at what it said.
#
# A row, columns between bars ("-": the default):
#
#   name | start file | cores | gic | el | mem | cpu | boot arguments | run flags | seconds | status | expected
#
#   start file     tests/system/<it>.start becomes etc/start of this row's bundle; "@kind": services/start.cfg, and the
#                  bundle or the device tree is broken in that way (tests/system/broken.sh)
#   run flags      anything else for "build/skerry run"
#   seconds        a hang detector, not a target
#   status         exit status of "skerry run": 0 good, 1 the machine said otherwise, 4 no boot or no end, 5 a panic
#   expected       patterns (grep -E) that some line of the console must match, each row's between " && "; "!pattern" must
#                  match no line; "@same": a second run writes the same console, byte for byte; "@lines N pattern": at
#                  least N lines match; "@once pattern": no line that matches appears twice; "@said pattern": a line
#                  of what "skerry run" itself said, instead of the console; "@then pattern": a second run, with the disk
#                  as the first one left it, ends well and says that; "@kinds A B C": the witness logs on the disk of this row
#                  verify, and hold at least one record of each of these kinds; "@anchored N": they verify, N segments or more are
#                  there, and of each core all but the last are anchored by all other cores; "@edges N": N moves or more, and the
#                  records of channels come out even (tests/system/edges.py); "@shapes M S N X": M merges, S splits, N capabilities that became less, and
#                  what was missing of refused merges (tests/system/shapes.py); "@stopped N": the bundle
#                  has a key, they verify, core N was stopped, and its log ends where the signed checkpoint says; "@moves": the logs on the disk verify, and have two records
#                  of each migration that the console says was done, and none of others; "@attest": there is a key, and
#                  tests/system/attest.py accepts the reports on the console and on the disk, and refuses them when changed;
#                  "@exported": it has a key, and the witness logs and the report that are on the console verify; "@exported
#                  wrapped": and one of the logs begins with a later segment than the first; "@replay": what coherence was told
#                  leads to the same moves on this machine (tests/workloads/replay.c); "@report pattern": "skerry report" finds the log
#                  whole, and says that; "@first pattern", "@last pattern": what was written to the reset block of tree-watchdog first, and last
#
# A disk that a row asks for (--disk out/system/NAME.disk:SIZE) is a new one: files of that name are removed first.
#
# A row whose board no QEMU here has, or whose device tree was not fetched, is reported as skipped, with the reason: "skerry run"
# says SK3007 or SK3003 then, before anything is started. It is no pass and no failure.
#
# A row passes when the run ends in time with that status, every pattern holds, no "test" record says false, and - status 0 -
# the console has its "end" record and no panic. Each "test" record counts as a test of its own. The console stays in
# out/system/<name>.log. SEED=n is the seed of every machine. With TALLY=file the counts go there ("passed failed" per row), else the count line is printed.
set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL
table=$1
only=${2:-}
b=${B:-build}
out=out/system
tally=${TALLY:-$out/tally}
mkdir -p "$out"
[ -n "${TALLY:-}" ] || : > "$tally"

trim() { echo "$1" | sed 's/^[ \t]*//; s/[ \t]*$//'; }
why=
complain() { why="$why
          $*"; }

# The patterns of the last column, one by one. The arguments are those of the run.
look_for() {
    rest=$expected
    while [ -n "$rest" ]; do
        case $rest in
        *' && '*) one=${rest%%' && '*}; rest=${rest#*' && '} ;;
        *) one=$rest; rest= ;;
        esac
        case $one in
        @same)
            build/skerry run "$@" --log "$log.again" > "$out/$name.out" 2>&1 < /dev/null
            cmp -s "$log" "$log.again" || complain "a second run differs: $(cmp "$log" "$log.again" 2>&1)" ;;
        '@lines '*)
            one=${one#@lines }
            count=$(grep -acE -e "${one#* }" "$log")
            [ "$count" -ge "${one%% *}" ] || complain "$count lines instead of ${one%% *}: ${one#* }" ;;
        '@then '*)
            build/skerry run "$@" --log "$log.then" > "$out/$name.out" 2>&1 < /dev/null || complain "a second run: exit status $?"
            grep -aqE -e "${one#@then }" "$log.then" || complain "does not appear in a second run: ${one#@then }" ;;
        '@kinds '*)
            build/skerry witness verify "$out/$name.disk" > "$out/$name.out" 2>&1 || complain "the logs on the disk do not verify: $(head -n 1 "$out/$name.out")"
            for kind in ${one#@kinds }; do
                count=$(build/skerry witness query "$out/$name.disk" --kind "$kind" --count 2>&1)
                [ "$count" -gt 0 ] 2> /dev/null || complain "no record of kind $kind on the disk: $count"
            done ;;
        @moves)
            build/skerry witness verify "$out/$name.disk" > "$out/$name.out" 2>&1 || complain "the logs on the disk do not verify: $(head -n 1 "$out/$name.out")"
            count=$(build/skerry witness query "$out/$name.disk" --kind PARTITION_MIGRATE --count 2>&1)
            moves=$(grep -ac '"type":"migration".*"status":"success"' "$log")
            [ "$count" = $((2 * moves)) ] || complain "$moves moves on the console, and $count records of moves on the disk, not twice as many" ;;
        '@anchored '*)
            build/skerry witness anchors "$out/$name.disk" --json > "$out/$name.out" 2>&1 || complain "the logs on the disk do not verify: $(head -n 1 "$out/$name.out")"
            one=$(python3 -B tests/system/anchored.py "${one#@anchored }" < "$out/$name.out" 2>&1) || complain "$one" ;;
        @attest)
            one=$(python3 -B tests/system/attest.py "$log" "$out/$name.disk" build/keys/device.pub 2>&1) || complain "$one" ;;
        '@edges '*)
            one=$(python3 -B tests/system/edges.py "$out/$name.disk" "${one#@edges }" 2>&1) || complain "$one" ;;
        '@shapes '*)
            # shellcheck disable=SC2086 # four numbers
            one=$(python3 -B tests/system/shapes.py "$out/$name.disk" ${one#@shapes } 2>&1) || complain "$one" ;;
        '@stopped '*)
            one=$(python3 -B tests/system/stopped.py "$out/$name.disk" "${one#@stopped }" build/keys/device 2>&1) || complain "$one" ;;
        @exported*)
            booted=$(grep -ao '"measurement":"[0-9a-f]*"' "$log" | head -n 1 | cut -d '"' -f 4)
            build/skerry witness verify "$log" --key build/keys/device.pub --json > "$out/$name.out" 2>&1 &&
                build/skerry witness attest "$log" --key build/keys/device.pub --measurement "$booted" >> "$out/$name.out" 2>&1 || complain "the logs on the console do not verify: $(tail -n 3 "$out/$name.out")"
            case $one in *wrapped) grep -q '"first": [1-9]' "$out/$name.out" || complain "no log has lost its beginning" ;; esac ;;
        @replay) one=$(build/replay "$log" 2>&1) || complain "$one" ;;
        '@report '*)
            build/skerry report "$log" --out "$out/$name.report" > "$out/$name.out" 2>&1 || complain "skerry report: exit status $?: $(tail -n 3 "$out/$name.out")"
            grep -aqE -e "${one#@report }" "$out/$name.out" || complain "the report does not say: ${one#@report }" ;;
        '@first '*) head -n 1 "$out/$name.trace" | grep -qE -e "${one#@first }" || complain "the first write to the device was $(head -n 1 "$out/$name.trace")" ;;
        '@last '*) tail -n 1 "$out/$name.trace" | grep -qE -e "${one#@last }" || complain "the last write to the device was $(tail -n 1 "$out/$name.trace")" ;;
        '@said '*) grep -aqE -e "${one#@said }" "$out/$name.out" || complain "skerry did not say: ${one#@said }" ;;
        '@once '*)
            one=${one#@once }
            twice=$(grep -aE -e "$one" "$log" | sort | uniq -d | head -n 1)
            [ -z "$twice" ] || complain "appears twice: $twice" ;;
        !*) ! grep -aqE -e "${one#!}" "$log" || complain "appears, but must not: ${one#!}" ;;
        *) grep -aqE -e "$one" "$log" || complain "does not appear: $one" ;;
        esac
    done
}

bundle_for() { # the bundle of this row, in $bundle
    bundle=$b/system/$name.cpio
    mkdir -p "$b/system"
    start=services/start.cfg
    case $1 in - | @*) ;; *) start=tests/system/$1.start ;; esac
    [ -f "$start" ] || { complain "there is no $start"; return 1; }
    key=
    case $expected in *@attest* | *@exported* | *@stopped*) key=build/keys/device.sec ;; esac
    # shellcheck disable=SC2086
    KEY=$key STRIP=aarch64-linux-gnu-strip tools/bundle.sh "$bundle" "$start" "$b/cpudriver.elf" ${BINS_ALL:?} || return
    case $1 in
    @*)
        tests/system/broken.sh "${1#@}" "$bundle" "$bundle.broken" || { complain "broken.sh did not make ${1#@}"; return 1; }
        case $1 in
        @bundle-*) bundle=$bundle.broken ;;
        @tree-watchdog) tail_flags="-- -dtb $bundle.broken -trace pl061_write -D $out/$name.trace" ;;
        @tree-*) tail_flags="-- -dtb $bundle.broken" ;;
        esac ;;
    esac
}

row() {
    log=$out/$name.log
    why=
    tail_flags=
    before=$(date +%s)
    if bundle_for "$start_file"; then
        set -- --quiet --no-report --bundle "$bundle" --timeout "$seconds" --log "$log"
        [ "$cores" = - ] || set -- "$@" --cores "$cores"
        [ "$gic" = - ] || set -- "$@" --gic "$gic"
        [ "$el" = - ] || set -- "$@" --el "$el"
        [ "$mem" = - ] || set -- "$@" --mem "$mem"
        [ "$cpu" = - ] || set -- "$@" --cpu "$cpu"
        [ -z "${SEED:-}" ] || set -- "$@" --seed "$SEED"
        [ "$bootargs" = - ] || set -- "$@" --append "$bootargs"
        rm -f "$log" "$out/$name.disk"
        # shellcheck disable=SC2086
        [ "$flags" = - ] || set -- "$@" $flags
        # shellcheck disable=SC2086
        set -- "$@" $tail_flags
        # --foreground: Ctrl-C reaches it too
        timeout --foreground -k 5 $((seconds + 20)) build/skerry run "$@" > "$out/$name.out" 2>&1 < /dev/null
        got=$?
        skipped=
        case $flags in
        *--board*) [ "$got" != 3 ] || skipped=$(sed -n 's/^error\[SK300[37]\]: //p' "$out/$name.out") ;;
        esac
        if [ -n "$skipped" ]; then
            printf '  skip  system  %-32s %s\n' "$name" "$skipped ($(sed -n 's/^ *try: *//p' "$out/$name.out" | sed 's/  *(.*//'))"
            return
        fi
        [ -f "$log" ] || { : > "$log"; complain "the run wrote no console log; see $out/$name.out"; }
        [ "$got" = "$status" ] || complain "exit status $got, expected $status"
        [ "$expected" = - ] || look_for "$@"
        if [ "$status" = 0 ]; then
            grep -aq '"type":"end"' "$log" || complain "no end record: the console log is cut short"
            ! grep -aq '"type":"panic"' "$log" || complain "a panic: $(grep -a -m1 '"type":"panic"' "$log" | cut -c 1-120)"
        fi
    fi
    tests_ok=$(grep -ac '"type":"test".*"ok":true' "$log" 2>/dev/null)
    tests_bad=$(grep -ac '"type":"test".*"ok":false' "$log" 2>/dev/null)
    passed=${tests_ok:-0}
    failed=${tests_bad:-0}
    if [ -z "$why" ] && [ "$failed" = 0 ]; then
        passed=$((passed + 1))
        printf '  ok    system  %-32s %7d passed %6d s\n' "$name" "$passed" $(($(date +%s) - before))
    else
        [ -z "$why" ] || failed=$((failed + 1))
        printf '  FAIL  system  %-32s %7d passed, %d failed (%s)%s\n' "$name" "$passed" "$failed" "$log" "$why"
        grep -a '"type":"test".*"ok":false' "$log" 2>/dev/null | head -n 5 | tr -d '\036' | sed 's/^/          /'
    fi
    echo "$passed $failed" >> "$tally"
}

[ -f "$table" ] || { echo "system: there is no table $table" >&2; exit 2; }
found=
while IFS='|' read -r name start_file cores gic el mem cpu bootargs flags seconds status expected; do
    name=$(trim "$name")
    case $name in '' | '#'*) continue ;; esac
    [ -z "$only" ] || [ "$only" = "$name" ] || continue
    found=yes
    for v in start_file cores gic el mem cpu bootargs flags seconds status expected; do
        eval "$v=\$(trim \"\$$v\")"
    done
    row < /dev/null
done < "$table"

if [ -z "$found" ]; then
    names=$(awk -F'|' '/\|/ && !/^ *#/ { gsub(/ /, "", $1); printf "%s ", $1 }' "$table")
    echo "system: there is no row '${only:-at all}' in $table; it has: $names" >&2
    exit 2
fi
[ -n "${TALLY:-}" ] || awk '{ p += $1; f += $2 } END { print p + 0 " passed, " f + 0 " failed"; exit f != 0 }' "$tally"
