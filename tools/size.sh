#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# size.sh [BUILD] - lines and bytes beside their goals; figures also in out/size.json.
#
# The CPU driver is cpudriver/, witness/, lib/base, lib/abi and lib/aarch64 (.c .h .S .def),
# as the tree's first plan counted it. A line of code is one that is neither blank nor only comment. Exit status 1 if a
# goal is missed.
set -eu
cd "$(dirname "$0")/.."
b=${1:-build}
mkdir -p out

# lines FILE...: "all code" over the files, a comment being /* */ or a whole-line //, or # in assembly's cpp-free lines
lines() {
    [ $# -gt 0 ] || { echo 0 0; return; }
    awk '{
            all++
            s = $0
            while (1) {
                if (inside) {
                    i = index(s, "*/")
                    if (!i) { s = ""; break }
                    s = substr(s, i + 2); inside = 0
                }
                i = index(s, "/*")
                if (!i) break
                head = substr(s, 1, i - 1); s = substr(s, i + 2)
                if (head ~ /[^ \t]/) { kept = 1 }
                inside = 1
            }
            sub(/\/\/.*/, "", s)
            if (s ~ /[^ \t]/ || kept) code++
            kept = 0
        }
        END { print all + 0, code + 0 }' "$@"
}
files() { # files PATTERN DIRECTORY...
    pattern=$1
    shift
    for d in "$@"; do
        [ ! -d "$d" ] || find "$d" -type f | grep -E "$pattern" || true
    done | sort
}

kernel="cpudriver witness lib/base lib/abi lib/aarch64"
# shellcheck disable=SC2086
set -- $(lines $(files '\.([chS]|def)$' $kernel))
k_all=$1 k_code=$2
# shellcheck disable=SC2046
set -- $(lines $(files '\.S$' boot cpudriver lib monitor drivers services urpc skb))
s_all=$1 s_code=$2
bytes() { [ ! -f "$1" ] && echo 0 || wc -c < "$1"; }
section() { readelf -SW "$1" 2>/dev/null | awk -v name="$2" '{ sub(/\[ */, "[") } $2 == name { print strtonum_hex($6) }
    function strtonum_hex(h,   n, i) { n = 0; for (i = 1; i <= length(h); i++) n = n * 16 + index("0123456789abcdef", substr(h, i, 1)) - 1; return n }'; }
# What the kernel keeps for one task: the task itself with its registers, a capability to it, and an endpoint to be called at.
# shellcheck disable=SC2046
set -- $(tools/struct_bytes.sh "$b/cpudriver.elf" task cap endpoint fp_state large_task || echo 0 0 0 0 0)
task=$(($1 + $2 + $3))
large=$(($5 + $2 + $3))
task_parts="small task $1, capability $2, endpoint $3"
large_parts="large task $5: with its FP/SIMD registers, $4, and the nonces it has used"

missed=0
row() { # name value unit goal
    note=
    if [ -n "$4" ] && [ "$2" -ge "$4" ]; then
        note="  MISSED"
        missed=1
    fi
    [ "$2" != 0 ] || [ -z "$4" ] || { note="  NOT MEASURED"; missed=1; }
    printf '  %-58s %9d %-6s%s%s\n' "$1" "$2" "$3" "${4:+ goal < $4}" "$note"
}
row "CPU driver with its object model, lines of code" "$k_code" lines 10000
row "  the same with comments and blank lines" "$k_all" lines ""
row "assembly in the whole system, lines of code" "$s_code" lines 500
row "  the same with comments and blank lines" "$s_all" lines ""
row "kernel objects of one small task" "$task" bytes 2048
echo "    $task_parts"
row "  the same of a large one" "$large" bytes ""
echo "    $large_parts"
row "boot image" "$(bytes "$b/skerry.img")" bytes ""
row "CPU driver, text" "$(section "$b/cpudriver.elf" .text || echo 0)" bytes ""
row "bundle with all programs" "$(bytes "$b/bundle.cpio")" bytes ""
for p in "$b"/bin/*; do
    case $p in *.map) continue ;; esac
    [ ! -f "$p" ] || row "  program $(basename "$p"), in memory" "$(aarch64-linux-gnu-size "$p" | awk 'NR == 2 { print $4 }')" bytes ""
done
printf '{"schema":"skerry.size/1","cpudriver_code":%d,"cpudriver_lines":%d,"assembly_code":%d,"assembly_lines":%d,"task_bytes":%d,"image_bytes":%d,"bundle_bytes":%d}\n' \
    "$k_code" "$k_all" "$s_code" "$s_all" "$task" "$(bytes "$b/skerry.img")" "$(bytes "$b/bundle.cpio")" > out/size.json
exit $missed
