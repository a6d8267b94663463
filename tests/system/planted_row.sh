# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=sh
#
# planted_row.sh - read by planted_*.sh with $row and $src: that row of the system tests, with what is changed in $src, must fail
# if a bug was planted there (tests/mutants/run.sh tests/mutants/shape.list). Build the tree first. 125: it does not compile.
set -eu
cd "$(dirname "$0")/../.."
[ "${src:?}" = . ] || src=$(cd "$src" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' TERM INT
# With its objects, so that only what is changed is built.
tar cf - --exclude=./.git --exclude=./out --exclude=./build/t --exclude=./build/r --exclude=./build/f --exclude=./build/h \
    --exclude=./build/warn --exclude=./build/warn-clang --exclude=./build/corpus . | tar xf - -C "$work"
cd "$work"
for folder in monitor lib cpudriver partition; do
    (cd "$src" && find "$folder" -name '*.[chS]' -o -name '*.def') | while IFS= read -r file; do
        cmp -s "$src/$file" "$file" || cp "$src/$file" "$file"
    done
done
make SETUP=no all build/bin/party build/bin/reshape > log 2>&1 || { grep -a -m 3 error: log; exit 125; }
make SETUP=no system T="${row:?}" > log 2>&1 && exit 0
grep -a '"ok":false\|complain\|of merge\|of split\|error:' log | head -n 3 | cut -c 1-200 | sed 's/^ */not ok - /'
exit 1
