#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# pi5_card.sh BOOT_ELF BUNDLE DTB - the card of "make pi5", made twice and looked at.
#
# The second time everything that must not matter is different: the folder, the times of the files, the time zone, the
# umask, the order in which the files were made. Prints "ok - what" and "not ok - what"; exit status 1 if any is not.
set -u
elf=$1 bundle=$2 dtb=$3
PATH=$PATH:/usr/sbin:/sbin
MTOOLSRC=/dev/null
export PATH MTOOLSRC
bad=0
for tool in mcopy mkfs.vfat fsck.vfat sfdisk; do
    command -v $tool > /dev/null || { echo "ok - nothing # skipped: there is no $tool here (make setup)"; exit 0; }
done
[ -f "$dtb" ] || { echo "ok - nothing # skipped: there is no $dtb (make pi-dtbs)"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

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
    for f in "$work/one"/*; do
        mcopy -n -i "$work/fat" "::$(basename "$f")" "$work/back" && cmp "$f" "$work/back" || return 1
        rm -f "$work/back"
    done
    [ "$(mdir -b -i "$work/fat" | grep -c ::)" = "$(find "$work/one" -type f | wc -l)" ]
}
kernel_is_whole() { # the magic of the arm64 boot protocol, and as long as the header says it is in memory
    k=$work/one/kernel_2712.img
    [ "$(word 56 4 "$k")" = 1682788929 ] && [ "$(word 16 8 "$k")" = "$(stat -c %s "$k")" ] && [ "$(word 8 8 "$k")" = 0 ]
}
partition_is_fat32() { sfdisk -d "$work/one.img" | grep -q 'start= *8192, size= *122880, type=c, bootable' && [ "$(word 28 4 "$work/fat")" = 8192 ]; }
names_all_exist() { # what config.txt names is there
    grep -E '^(kernel|device_tree)=' "$work/one/config.txt" | cut -d= -f2 > "$work/names"
    sed -n 's/^initramfs \([^ ]*\) .*/\1/p' "$work/one/config.txt" >> "$work/names"
    [ "$(wc -l < "$work/names")" = 3 ] && while read -r f; do [ -s "$work/one/$f" ] || return 1; done < "$work/names"
}
one_line() { [ "$(wc -l < "$work/one/cmdline.txt")" = 1 ] && [ "$(stat -c %s "$work/one/cmdline.txt")" -lt 200 ]; }
# boots KERNEL: what is on the card, in a machine shaped like the board
boots() {
    build/skerry run --quiet --no-report --image "$1" --bundle "$work/card/bundle.cpio" --cores 4 --gic 2 --el 2 --mem 6G --timeout 120 \
        --append "$(cat "$work/card/cmdline.txt")" --log "$work/log" < /dev/null && grep -aq 'probe: 12 of 12 pairs' "$work/log"
}

tools/pi5/card.sh files "$work/one" "$elf" "$bundle" "$dtb" && tools/pi5/card.sh image "$work/one" "$work/one.img" ||
    { echo "not ok - a card is made"; exit 1; }
mkdir "$work/other"
for f in "$dtb" "$bundle" "$elf"; do
    cp "$f" "$work/other/$(basename "$f")"
done
sleep 2.1 # FAT counts time in steps of two seconds
(umask 077 && TZ=Asia/Kolkata tools/pi5/card.sh files "$work/two" "$work/other/$(basename "$elf")" "$work/other/$(basename "$bundle")" \
    "$work/other/$(basename "$dtb")" && TZ=Asia/Kolkata tools/pi5/card.sh image "$work/two" "$work/two.img")
dd if="$work/one.img" of="$work/fat" bs=1M skip=4 status=none

check "two cards of the same files are the same, byte for byte" cmp "$work/one.img" "$work/two.img"
check "the file system has no fault" fsck.vfat -n "$work/fat"
check "what is on the card is what was put there, and nothing else" same_files
check "the partition is the first, FAT32, bootable" partition_is_fat32
check "the kernel is a raw arm64 image and as long as what it uses" kernel_is_whole
check "every file that config.txt names is on the card" names_all_exist
check "the boot arguments are one line that fits" one_line
check "the list of sums is right" sh -c "cd '$work/one' && sha256sum --quiet -c SHA256SUMS"
check "Skerry can boot from the tree on the card" build/skerry dtb check "$work/one/bcm2712-rpi-5-b.dtb"
mkdir "$work/card" && mcopy -n -i "$work/fat" '::*' "$work/card/"
check "the card's kernel and bundle boot and measure every pair" boots "$work/card/kernel_2712.img"
# Where the firmware of the board puts a kernel that is no Linux, says who tried: 512 KiB from the start of memory.
cp "$work/card/kernel_2712.img" "$work/moved.img"
printf '\000\000\010\000\000\000\000\000' | dd of="$work/moved.img" bs=1 seek=8 conv=notrunc status=none
check "they do when loaded at 0x80000" boots "$work/moved.img"
exit $bad
