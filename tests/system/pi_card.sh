#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# pi_card.sh 4|5 BOOT_ELF BUNDLE DTB - the card of "make pi4" or "make pi5", made twice and looked at.
#
# The second time everything that must not matter is different: the folder, the times of the files, the time zone, the
# umask, the order in which the files were made. The firmware that a Raspberry Pi 4 needs is a stand-in here: bytes to be
# packed. Prints "ok - what" and "not ok - what"; exit status 1 if any is not.
set -u
board=$1 elf=$2 bundle=$3 dtb=$4
PATH=$PATH:/usr/sbin:/sbin
MTOOLSRC=/dev/null
export PATH MTOOLSRC
bad=0
for tool in mcopy mkfs.vfat fsck.vfat sfdisk fdtoverlay; do
    command -v $tool > /dev/null || { echo "ok - nothing # skipped: there is no $tool here (make setup)"; exit 0; }
done
[ -f "$dtb" ] || { echo "ok - nothing # skipped: there is no $dtb (make pi-dtbs)"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
case $board in
5) kernel=kernel_2712.img tree=bcm2712-rpi-5-b.dtb option= ;;
4) kernel=kernel8.img tree=bcm2711-rpi-4-b.dtb option=$work/firmware ;;
*) echo "not ok - pi_card.sh knows 4 and 5, not '$board'"; exit 1 ;;
esac
mkdir -p "$work/firmware/overlays"
for f in start4.elf fixup4.dat overlays/disable-bt.dtbo; do
    echo "stand-in for $f" > "$work/firmware/$f"
done

check() { # check WHAT COMMAND...
    what=$1
    shift
    if "$@" > "$work/said" 2>&1; then
        echo "ok - $what"
    else
        echo "not ok - $what"
        sed 's/^/# /' "$work/said"
        bad=1
    fi
}
# word AT BYTES FILE: an unsigned number of the file
word() { od -An -t "u$2" -j "$1" -N "$2" "$3" | tr -d ' '; }
same_files() {
    mkdir -p "$work/back" && mcopy -s -n -i "$work/fat" '::*' "$work/back/" && diff -r "$work/one" "$work/back"
}
kernel_is_whole() { # the magic of the arm64 boot protocol, and as long as the header says it is in memory
    k=$work/one/$kernel
    [ "$(word 56 4 "$k")" = 1682788929 ] && [ "$(word 16 8 "$k")" = "$(stat -c %s "$k")" ] && [ "$(word 8 8 "$k")" = 0 ]
}
partition_is_fat32() { sfdisk -d "$work/one.img" | grep -q 'start= *8192, size= *122880, type=c, bootable' && [ "$(word 28 4 "$work/fat")" = 8192 ]; }
names_all_exist() { # what config.txt names is there
    grep -E '^(kernel|device_tree)=' "$work/one/config.txt" | cut -d= -f2 > "$work/names"
    sed -n 's/^initramfs \([^ ]*\) .*/\1/p; s/^dtoverlay=\(.*\)/overlays\/\1.dtbo/p' "$work/one/config.txt" >> "$work/names"
    [ "$(wc -l < "$work/names")" -ge 3 ] && while read -r f; do [ -s "$work/one/$f" ] || return 1; done < "$work/names"
}
one_line() { [ "$(wc -l < "$1/cmdline.txt")" = 1 ] && [ "$(stat -c %s "$1/cmdline.txt")" -lt 200 ]; }
# boots FLAGS...: what is on the card, its arguments and all, in the machine that the flags name
boots() {
    build/skerry run --quiet --no-report --bundle "$work/card/bundle.cpio" --timeout 120 --append "$(cat "$work/card/cmdline.txt")" \
        --log "$work/log" "$@" < /dev/null && grep -aq 'probe: 12 of 12 pairs' "$work/log"
}
make_card() { # make_card DIR ELF BUNDLE DTB
    tools/pi/card.sh files $board "$1" "$2" "$3" "$4" $option && tools/pi/card.sh image "$1" "$1.img"
}

make_card "$work/one" "$elf" "$bundle" "$dtb" || { echo "not ok - a card is made"; exit 1; }
mkdir "$work/other"
for f in "$dtb" "$bundle" "$elf"; do
    cp "$f" "$work/other/$(basename "$f")"
done
sleep 2.1 # FAT counts time in steps of two seconds
(umask 077 && TZ=Asia/Kolkata make_card "$work/two" "$work/other/$(basename "$elf")" "$work/other/$(basename "$bundle")" "$work/other/$(basename "$dtb")")
dd if="$work/one.img" of="$work/fat" bs=1M skip=4 status=none

check "two cards of the same files are the same, byte for byte" cmp "$work/one.img" "$work/two.img"
check "the file system has no fault" fsck.vfat -n "$work/fat"
check "what is on the card is what was put there, and nothing else" same_files
check "the partition is the first, FAT32, bootable" partition_is_fat32
check "the kernel is a raw arm64 image and as long as what it uses" kernel_is_whole
check "every file that config.txt names is on the card" names_all_exist
check "the boot arguments are one line that fits" one_line "$work/one"
check "the list of sums is right, and complete" sh -c "cd '$work/one' && sha256sum --quiet -c SHA256SUMS && [ \$(wc -l < SHA256SUMS) = \$((\$(find . -type f | wc -l) - 1)) ]"
check "Skerry can boot from the tree on the card, with the memory that the firmware writes into it" build/skerry dtb check --ram 1G "$work/one/$tree"
mkdir "$work/card" && mcopy -s -n -i "$work/fat" '::*' "$work/card/"

# --- what is a Raspberry Pi 5's only: no QEMU has one, so a machine shaped like it runs the card's files

tree_has() { build/skerry dtb show --json "$work/one/$tree" > "$work/tree.json" && python3 -B - "$work/tree.json" <<'END'
import json, sys
t = json.load(open(sys.argv[1]))
assert t["reset"]["base"] == "0x107d200000", t["reset"]
assert t["rp1_root"]["base"] == "0x1000120000", t["rp1_root"]
assert t["console"]["registers"]["base"] == "0x107d001000", t["console"]
END
}
header_card() { # the other console: said to the firmware and to boot, and nothing else differs
    tools/pi/card.sh files 5 "$work/header" "$elf" "$bundle" "$dtb" header && one_line "$work/header" &&
        grep -q '^enable_rp1_uart=1$' "$work/header/config.txt" && grep -q '^pciex4_reset=0$' "$work/header/config.txt" &&
        grep -q ' skerry.uart=header$' "$work/header/cmdline.txt" && ! grep -q rp1 "$work/one/config.txt" &&
        [ "$(diff -rq "$work/one" "$work/header" | wc -l)" = 3 ]
}
no_such_console() { ! tools/pi/card.sh files 5 "$work/none" "$elf" "$bundle" "$dtb" heder && [ ! -e "$work/none" ]; }
if [ $board = 5 ]; then
    check "the tree on the card has what Debian's lacks" tree_has
    check "a card for the header's UART differs in what it must" header_card
    check "a console that is not known is refused" no_such_console
    shape="--cores 4 --gic 2 --el 2 --mem 6G"
    check "the card's kernel and bundle boot and measure every pair" boots --image "$work/card/$kernel" $shape
    # Where the firmware of the board puts a kernel that is no Linux, says who tried: 512 KiB from the start of memory.
    cp "$work/card/$kernel" "$work/moved.img"
    printf '\000\000\010\000\000\000\000\000' | dd of="$work/moved.img" bs=1 seek=8 conv=notrunc status=none
    check "they do when loaded at 0x80000" boots --image "$work/moved.img" $shape
    exit $bad
fi

# --- and of a Raspberry Pi 4's, which QEMU 10 has

without_firmware() { # files, no image that would not start, and the reason
    tools/pi/card.sh files 4 "$work/bare" "$elf" "$bundle" "$dtb" && tools/pi/card.sh image "$work/bare" "$work/bare.img" > "$work/bare.said" &&
        [ ! -e "$work/bare.img" ] && grep -q 'without Raspberry Pi.s firmware' "$work/bare.said" && [ -s "$work/bare/$kernel" ]
}
half_firmware() {
    rm "$work/firmware/overlays/disable-bt.dtbo"
    ! tools/pi/card.sh files 4 "$work/half" "$elf" "$bundle" "$dtb" "$work/firmware" 2> "$work/half.said" && grep -q 'no overlays/disable-bt.dtbo' "$work/half.said"
}
check "without Raspberry Pi's firmware there are the files, and no image" without_firmware
check "half of that firmware is refused" half_firmware
boots --board raspi4b --image "$work/card/$kernel" > "$work/said" 2>&1
case $?$(grep -Eo 'SK300[37]' "$work/said" | head -n 1) in
0) echo "ok - the card's kernel and bundle boot and measure every pair" ;;
*SK300*) echo "ok - nothing # skipped: $(grep -m 1 SK300 "$work/said")" ;;
*) echo "not ok - the card's kernel and bundle boot and measure every pair"; sed 's/^/# /' "$work/said"; bad=1 ;;
esac
exit $bad
