#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# card.sh files DIR BOOT_ELF BUNDLE DTB - the files of a Raspberry Pi 5's boot partition, in DIR
# card.sh image DIR IMAGE               - and a card of them
#
# Needs no root: partition table and file system are written into a file. The same files give the same
# bytes: every id, name and time is fixed, and files go in by name. What a card has beyond 64 MiB stays unused.
#
# kernel_2712.img is the boot image filled with zeros up to what its header says it uses in memory: whatever the
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

case ${1:-} in
files)
    dir=$2 elf=$3 bundle=$4 dtb=$5
    rm -rf "$dir.new"
    mkdir -p "$dir.new"
    aarch64-linux-gnu-objcopy -O binary "$elf" "$dir.new/kernel_2712.img"
    bytes=$(od -An -t u8 -j 16 -N 8 "$dir.new/kernel_2712.img" | tr -d ' ')
    [ "$bytes" -ge "$(stat -c %s "$dir.new/kernel_2712.img")" ] || { echo "card.sh: the header of $elf does not say how long it is" >&2; exit 1; }
    truncate -s "$bytes" "$dir.new/kernel_2712.img"
    cp "$bundle" "$dir.new/bundle.cpio"
    cp "$dtb" "$dir.new/bcm2712-rpi-5-b.dtb"
    cp "$here/config.txt" "$here/cmdline.txt" "$here/README.txt" "$dir.new/"
    (cd "$dir.new" && sha256sum -- *.* > sums && mv sums SHA256SUMS)
    chmod 644 "$dir.new"/*
    find "$dir.new" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    rm -rf "$dir"
    mv "$dir.new" "$dir"
    ;;
image)
    dir=$2 image=$3
    rm -f "$image.new"
    truncate -s $((sectors * 512)) "$image.new"
    printf 'label: dos\nlabel-id: 0x%s\nstart=%d, size=%d, type=c, bootable\n' "$volume" "$first" $((sectors - first)) |
        sfdisk -q --no-tell-kernel "$image.new" > /dev/null
    mkfs.vfat --invariant -F 32 -s 1 -h "$first" -i "$volume" -n SKERRY --offset "$first" "$image.new" $(((sectors - first) / 2)) > /dev/null
    for f in "$dir"/*; do
        mcopy -m -i "$image.new@@$((first * 512))" "$f" "::$(basename "$f")"
    done
    mv "$image.new" "$image"
    ;;
*)
    echo "usage: card.sh files DIR BOOT_ELF BUNDLE DTB | image DIR IMAGE" >&2
    exit 2
    ;;
esac
