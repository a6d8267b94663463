#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# selftest.sh - plant one bug after another in a CPU driver and see that the audit finds each.
#
# The bugs are in tools/audit/plant; each is linked into a build of its own under build/plant-<bug>. The proof that must fail is
# named with what its report must say, so that failing for another reason does not count. First the unplanted build must pass.
set -u
cd "$(dirname "$0")/../.." || exit 1
passed=0
failed=0
mkdir -p out/audit

ok() { passed=$((passed + 1)); echo "ok - $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $*"; }

# build BUG [MAKE-ARGUMENTS]: into build/plant-BUG; what the build said in out/audit/BUG.make
build() {
    bug=$1
    shift
    make -j2 images SETUP=no PLANT="$bug" "$@" > "out/audit/$bug.make" 2>&1
}

# finds BUG PROOF PATTERN
finds() {
    out=out/audit/$1.audit
    python3 -B tools/audit/audit.py --only "$2" --build "build/plant-$1" --out "out/audit/$1.json" > "$out" 2>&1
    status=$?
    if [ "$status" = 1 ] && grep -qE "VIOLATION.*$3" "$out"; then
        ok "$1: found by the audit of $2: $(grep -oE "VIOLATION.*$3.*" "$out" | head -n 1 | cut -c 11-130)"
    else
        not_ok "$1: not found by the audit of $2 (status $status, $out)"
    fi
}

if python3 -B tools/audit/audit.py --out out/audit/unplanted.json > out/audit/unplanted.audit 2>&1; then
    ok "without a planted bug the audit passes"
else
    not_ok "without a planted bug the audit fails (out/audit/unplanted.audit)"
fi

if build shared_page; then
    finds shared_page pages 'both CPU drivers can write'
else
    not_ok "shared_page: does not build (out/audit/shared_page.make)"
fi
if build foreign_read; then
    finds foreign_read pages 'can read the share of core'
else
    not_ok "foreign_read: does not build (out/audit/foreign_read.make)"
fi
if build foreign_store; then
    finds foreign_store stores 'stored to by the kernels of cores'
else
    not_ok "foreign_store: does not build (out/audit/foreign_store.make)"
fi
if build atomic; then
    finds atomic code 'exclusive instruction'
else
    not_ok "atomic: does not build (out/audit/atomic.make)"
fi
# A stray static is refused twice: by the linker script, and - with that check taken out - by the audit.
if build stray_static; then
    not_ok "stray_static: the linker script let it pass"
else
    if grep -qiE 'assert|writable|control block' out/audit/stray_static.make; then
        ok "stray_static: refused by the linker: $(grep -iE 'assert|writable|control block' out/audit/stray_static.make | head -n 1 | cut -c 1-110)"
    else
        not_ok "stray_static: does not build, for another reason (out/audit/stray_static.make)"
    fi
    mkdir -p build/plant-stray_static
    grep -v 'ASSERT' cpudriver/cpudriver.ld > build/plant-stray_static/no_assert.ld
    build stray_static K_LD=build/plant-stray_static/no_assert.ld
fi
finds stray_static code 'writable'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
