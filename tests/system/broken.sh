#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# broken.sh KIND BUNDLE OUTPUT - a bundle or a device tree that is wrong in one way, for a row of tests.cfg.
#
#   bundle-*   made from BUNDLE, a good one          tree-*   made from the tree QEMU gives its virt board
#
# QEMU itself puts memory and psci nodes right in a tree it is given: such trees are for the host's tests (tests/unit).
set -eu
LC_ALL=C
export LC_ALL
kind=$1
good=$2
out=$3
work=$out.d
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

pack() { (cd "$work" && find . -type f | sed 's|^\./||' | sort | cpio --quiet -o -H newc --reproducible -R 0:0) > "$out"; }
unpack() { (cd "$work" && cpio --quiet -id) < "$good"; }
size() { wc -c < "$1"; }

# tree COMMAND...: the board's tree as text, through the command, and back
tree() {
    qemu-system-aarch64 -M "virt,gic-version=${gic:-3},dumpdtb=$work/good.dtb" -cpu cortex-a76 -smp "${cores:-2}" -m 512 -display none -nic none >/dev/null 2>&1
    dtc -q -I dtb -O dts "$work/good.dtb" | "$@" | dtc -q -f -I dts -O dtb -o "$out" -
}

case $kind in
bundle-empty) : > "$out" ;;
bundle-noise) awk 'BEGIN { srand(7); for (i = 0; i < 50000; i++) printf "%c", 1 + int(rand() * 255) }' > "$out" ;;
bundle-cut) head -c $(($(size "$good") / 2)) "$good" > "$out" ;;
bundle-no-cpudriver) unpack; rm "$work/cpudriver"; pack ;;
bundle-no-monitor) unpack; rm "$work/bin/monitor"; pack ;;
bundle-no-start) unpack; rm "$work/etc/start"; pack ;;
bundle-cut-cpudriver) unpack; head -c 2000 "$work/cpudriver" > "$work/x"; mv "$work/x" "$work/cpudriver"; pack ;;
bundle-text-monitor) unpack; echo "not a program" > "$work/bin/monitor"; pack ;;
bundle-other-machine) # an ELF file for x86-64: machine number 62 instead of 183
    unpack
    printf '\076' | dd of="$work/cpudriver" bs=1 seek=18 conv=notrunc 2>/dev/null
    pack ;;
bundle-rootless) unpack; mv "$work/bin/rootless" "$work/bin/monitor"; pack ;;
tree-dead-core) # core 3 of 4 has an affinity that no core of the machine answers to
    cores=4 gic=2
    tree sed '/^\t\tcpu@3/,/};/s/reg = <0x03>/reg = <0x53>/' ;;
tree-dead-middle) # the same with core 1: what a GICv2 calls the cores behind it cannot be told from the tree
    cores=4 gic=2
    tree sed '/^\t\tcpu@1/,/};/s/reg = <0x01>/reg = <0x53>/' ;;
tree-no-redist) # the same with a GICv3: no redistributor belongs to such a core
    cores=4
    tree sed '/^\t\tcpu@3/,/};/s/reg = <0x03>/reg = <0x53>/' ;;
tree-swapped-cores) # the order of the tree is not that of the affinities, and the last core is disabled
    cores=4 gic=2
    tree sed -e '/^\t\tcpu@1/,/};/s/reg = <0x01>/reg = <0x02>/' -e '/^\t\tcpu@2/,/};/s/reg = <0x02>/reg = <0x01>/' \
        -e '/^\t\tcpu@3/,/};/s/reg = <0x03>/&; status = "disabled"/' ;;
tree-no-console) # found only by skerry.uart=ADDRESS, and then without an interrupt
    cores=4 gic=2
    tree sed '/^\tpl011@/,/};/s/reg = [^;]*;/& status = "disabled";/' ;;
tree-watchdog) # Broadcom's reset block where the board has pins that nobody uses: it counts nothing, and QEMU tells of each write
    cores=4 gic=2
    tree sed '/^\tpl061@/,/};/s/compatible = [^;]*;/compatible = "brcm,bcm2835-pm-wdt";/' ;;
tree-no-gic) tree sed 's/"arm,gic-v3"/"nobody,gic-v9"/' ;;
tree-no-timer) tree sed 's/arm,armv[78]-timer/nobody,a-timer/g' ;;
tree-same-mpidr) tree sed '/^\t\tcpu@1/,/};/s/reg = <0x01>/reg = <0x00>/' ;;
*) echo "broken.sh: '$kind' is not known" >&2; exit 2 ;;
esac
