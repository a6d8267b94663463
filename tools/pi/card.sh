#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# card.sh files 5 DIR BOOT_ELF BUNDLE DTB [header]   - the files of a Raspberry Pi 5's boot partition, in DIR
# card.sh files 4 DIR BOOT_ELF BUNDLE DTB [FIRMWARE] - of a Raspberry Pi 4's; FIRMWARE: folder with Raspberry Pi's own
# card.sh image DIR IMAGE                            - and a card of them
#
# Needs no root: partition table and file system are written into a file. The same files give the same
# bytes: every id, name and time is fixed, and files go in by name. What a card has beyond 64 MiB stays unused.
#
# The kernel is the boot image filled with zeros up to what its header says it uses in memory: whatever the
# firmware loads "behind the kernel" is behind all of it.
set -eu
LC_ALL=C
TZ=UTC
SOURCE_DATE_EPOCH=1704067200 # 2024-01-01, as the clock of the deterministic runs
PATH=$PATH:/usr/sbin:/sbin
MTOOLS_SKIP_CHECK=1
MTOOLSRC=/dev/null
export LC_ALL TZ SOURCE_DATE_EPOCH PATH MTOOLS_SKIP_CHECK MTOOLSRC
here=$(dirname "$0")

sectors=131072   # 64 MiB
first=8192       # of the partition: 4 MiB, as SD cards like it
volume=534b5259

fail() { echo "card.sh: $*" >&2; exit 1; }

# the tree, with what the board has and it does not name laid over it
add_tree() {
    if [ -f "$here/$board/board.dts" ]; then
        dtc -q -I dts -O dtb -o "$new/board.dtbo" "$here/$board/board.dts"
        fdtoverlay -i "$dtb" -o "$new/$tree" "$new/board.dtbo" || fail "$here/$board/board.dts does not go over $dtb"
        rm "$new/board.dtbo"
    else
        cp "$dtb" "$new/$tree"
    fi
}

add_firmware() {
    for f in start4.elf fixup4.dat overlays/disable-bt.dtbo; do
        [ -s "$1/$f" ] || fail "there is no $f in $1: $here/4/README.txt says where it comes from"
    done
    mkdir "$new/overlays"
    cp "$1/start4.elf" "$1/fixup4.dat" "$new/"
    cp "$1/overlays/disable-bt.dtbo" "$new/overlays/"
}

use_header() {
    cat "$here/5/header.txt" >> "$new/config.txt"
    sed -i 's/$/ skerry.uart=header/' "$new/cmdline.txt"
}

case ${1:-} in
files)
    board=$2 dir=$3 elf=$4 bundle=$5 dtb=$6 option=${7:-} new=$3.new
    case $board in
    5) kernel=kernel_2712.img tree=bcm2712-rpi-5-b.dtb ;;
    4) kernel=kernel8.img tree=bcm2711-rpi-4-b.dtb ;;
    *) fail "there is no card for a Raspberry Pi '$board'; 4 and 5 are known" ;;
    esac
    rm -rf "$new"
    mkdir -p "$new"
    aarch64-linux-gnu-objcopy -O binary "$elf" "$new/$kernel"
    bytes=$(od -An -t u8 -j 16 -N 8 "$new/$kernel" | tr -d ' ')
    [ "$bytes" -ge "$(stat -c %s "$new/$kernel")" ] || fail "the header of $elf does not say how long it is"
    truncate -s "$bytes" "$new/$kernel"
    cp "$bundle" "$new/bundle.cpio"
    cp "$here/$board/config.txt" "$here/$board/cmdline.txt" "$here/$board/README.txt" "$new/"
    add_tree
    case $board$option in
    4 | 5) ;;
    5header) use_header ;;
    5*) fail "UART=$option is not known: header is the other one there is" ;;
    4*) add_firmware "$option" ;;
    esac
    (cd "$new" && find . -type f | sed 's|^\./||' | sort | xargs sha256sum -- > ../sums.$$ && mv ../sums.$$ SHA256SUMS)
    find "$new" -type d -exec chmod 755 {} +
    find "$new" -type f -exec chmod 644 {} +
    find "$new" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    rm -rf "$dir"
    mv "$new" "$dir"
    ;;
image)
    dir=$2 image=$3
    if [ -f "$dir/kernel8.img" ] && [ ! -f "$dir/start4.elf" ]; then
        rm -f "$image"
        echo "card.sh: no $image: a Raspberry Pi 4 starts from no card without Raspberry Pi's firmware ($dir/README.txt); the other files are in $dir"
        exit 0
    fi
    rm -f "$image.new"
    truncate -s $((sectors * 512)) "$image.new"
    printf 'label: dos\nlabel-id: 0x%s\nstart=%d, size=%d, type=c, bootable\n' "$volume" "$first" $((sectors - first)) |
        sfdisk -q --no-tell-kernel "$image.new" > /dev/null
    mkfs.vfat --invariant -F 32 -s 1 -h "$first" -i "$volume" -n SKERRY --offset "$first" "$image.new" $(((sectors - first) / 2)) > /dev/null
    for f in "$dir"/*; do
        mcopy -s -m -i "$image.new@@$((first * 512))" "$f" "::$(basename "$f")"
    done
    mv "$image.new" "$image"
    ;;
*)
    echo "usage: card.sh files 4|5 DIR BOOT_ELF BUNDLE DTB [header|FIRMWARE] | image DIR IMAGE" >&2
    exit 2
    ;;
esac
