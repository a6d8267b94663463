#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# bundle.sh OUTPUT START CPUDRIVER PROGRAM... - the archive that boot hands over.
#
# A cpio archive (newc): cpudriver, bin/<program>, etc/start. The same input gives the same bytes: names are
# sorted, times and owners are zero. A START that does not exist leaves etc/start out. Programs lose their debug information
# here and only here. KEY=FILE in the environment is packed as etc/device.sec, the key that the device signs with; then nobody
# else may read the archive.
set -eu
out=$1
start=$2
cpudriver=$3
shift 3
LC_ALL=C
export LC_ALL

tree=$out.d
rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/etc"
trap 'rm -rf "$tree"' EXIT

$STRIP -s -o "$tree/cpudriver" "$cpudriver"
for p in "$@"; do
    $STRIP -s -o "$tree/bin/$(basename "$p")" "$p"
done
[ ! -f "$start" ] || cp "$start" "$tree/etc/start"
[ -z "${KEY:-}" ] || cp "$KEY" "$tree/etc/device.sec"
chmod -R u=rwX,go=rX "$tree"
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find cpudriver bin etc -type f | sort |
    cpio --quiet -o -H newc --reproducible -R 0:0) > "$out.new"
[ -z "${KEY:-}" ] || chmod 600 "$out.new"
mv "$out.new" "$out"
