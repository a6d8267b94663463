#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# setup.sh - what Skerry needs from Debian, installed or unpacked.
#
#   tools/setup.sh run      to build and boot         tools/setup.sh qemu10   QEMU 10 into build/qemu10
#   tools/setup.sh test     for the tests as well     tools/setup.sh dtbs     device trees of boards into build/dtbs
#   tools/setup.sh pi       for card images           tools/setup.sh pi-dtbs  those of the Raspberry Pis 4 and 5 into build/pi-dtbs
#
# Says what it installs and why, and installs nothing that is there already. The machine's package sources
# are read and left as they are: what is not for this machine's own architecture or suite (arm64 archives,
# QEMU 10) comes through an APT root of our own under build/apt and is unpacked under build/, not installed.
#
# Exit status: 0 done, 1 a download failed, 3 a package is missing and cannot be installed from here.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C
export LC_ALL
build=${BUILD_ROOT:-build}
list=tools/packages.txt
what=${1:-run}

say() { echo "setup: $*"; }
fail() { status=$1; shift; echo "setup: $*" >&2; exit "$status"; }

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    fail 3 "this set-up knows Debian 12 only; elsewhere install the packages of $list by hand and run: make SETUP=no"

# names WHEN...: the packages of the list, one per line
names() { awk -v when=" $* " '!/^#/ && NF && index(when, " " $1 " ") && !seen[$2]++ { print $2 }' "$list"; }
why() { awk -v name="$1" '!/^#/ && $2 == name { $1 = $2 = ""; sub(/^ */, ""); print; exit }' "$list"; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_missing() {
    missing=
    for p in $(names "$@"); do
        installed "$p" || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0

    say "needed from Debian:"
    for p in $missing; do
        printf '  %-27s %s\n' "$p" "$(why "$p")"
    done
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail 3 "these packages are missing and there is no sudo. As root, run:
    apt-get update && apt-get install --no-install-recommends$missing"
        as_root="sudo"
    fi
    log=$build/setup.log
    say "installing them with apt-get; what it says goes to $log"
    $as_root apt-get -q update >"$log" 2>&1 || say "apt-get update did not succeed (see $log); trying with what is known"
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install $missing >>"$log" 2>&1 ||
        fail 3 "apt-get could not install all of:$missing
$(grep '^E:' "$log" || tail -n 3 "$log")
    The whole output is in $log. When that is solved, run again."
}

# The machine's own Debian sources, both formats, as one-line entries "[options] uri suite components".
own_sources() {
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$f" ] && sed 's/#.*//' "$f"
    done | awk '$1 == "deb"' > "$root/one-line"
    for f in /etc/apt/sources.list.d/*.sources; do
        [ -f "$f" ] && { grep -v '^#' "$f"; echo; }
    done | awk '
        function flush(   i, j, nu, ns, u, s) {
            if (types ~ /(^| )deb( |$)/ && tolower(enabled) != "no") {
                nu = split(uris, u, " "); ns = split(suites, s, " ")
                for (i = 1; i <= nu; i++)
                    for (j = 1; j <= ns; j++)
                        print "deb", signed ~ /^ *\// ? "[signed-by=" signed "]" : "", u[i], s[j], components
            }
            types = enabled = uris = suites = components = signed = key = ""
        }
        /^[ \t]*$/ { flush(); next }
        /^[ \t]/   { value = $0; gsub(/^[ \t]+/, " ", value) }
        !/^[ \t]/  { key = tolower($0); sub(/:.*/, "", key); value = $0; sub(/^[^:]*:[ \t]*/, "", value) }
        key == "types"      { types = types value }
        key == "enabled"    { enabled = enabled value }
        key == "uris"       { uris = uris value }
        key == "suites"     { suites = suites value }
        key == "components" { components = components value }
        key == "signed-by"  { signed = signed value; gsub(/ /, "", signed) }
        END { flush() }' >> "$root/one-line"
    # Debian only, this release only; options that would hide arm64 from us are dropped in our copy.
    sed 's/\[ */[/; s/ *\]/]/; s/\(arch\|target\|lang\)[+-]*=[^] ]* *//g; s/ *\]/]/; s/\[\]//' "$root/one-line" |
        awk -v code="$codename" -v want="${1:-}" '
            { at = 2; while (at <= NF && $(at - 1) !~ /\]$/ && $2 ~ /^\[/) at++
              uri = $at; suite = $(at + 1); options = ""
              for (i = 2; i < at; i++) options = options (i > 2 ? " " : "") $i
              comps = ""; for (i = at + 2; i <= NF; i++) comps = comps " " $i
              if (suite !~ "^(" code "|stable|oldstable)([-/]|$)" || comps !~ /(^| )main( |$)/) next
              if (want != "" && suite ~ /^[a-z]+$/) print "deb", options, uri, code "-" want, "main"
              print "deb", options, uri, suite, "main" }' | sort -u
}

# An APT of our own: it reads the same mirrors, knows arm64, and changes nothing outside build/apt.
private_apt() {
    root=$PWD/$build/apt
    mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/parts"
    : > "$root/status"
    own_sources "${1:-}" > "$root/sources.list"
    [ -s "$root/sources.list" ] ||
        fail 1 "no Debian package source of this release in /etc/apt/sources.list or /etc/apt/sources.list.d"
    host=$(dpkg --print-architecture)
    cat > "$root/apt.conf" <<END
APT::Architecture "$host";
APT::Architectures { "$host"; "arm64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "$root";
Dir::State::Lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "$root/parts";
END
    APT_CONFIG=$root/apt.conf
    export APT_CONFIG
    apt-get -q update > "$root/log" 2>&1 || fail 1 "the package lists could not be read:
$(grep '^[EW]:' "$root/log" || tail -n 3 "$root/log")"
}

# unpack DIRECTORY PACKAGE...: download and unpack; the directory appears only when all is in it
unpack() {
    to=$build/$1
    shift
    rm -rf "$root/debs" "$to.new"
    mkdir -p "$root/debs" "$to.new"
    (cd "$root/debs" && apt-get -q download "$@") >> "$root/log" 2>&1 || fail 1 "could not download $*:
$(grep '^E:' "$root/log" || tail -n 3 "$root/log")"
    for d in "$root"/debs/*.deb; do
        dpkg-deb -x "$d" "$to.new"
    done
    rm -rf "$to" "$root/debs"
    mv "$to.new" "$to"
}

arm64_archives() {
    wanted=$(names arm64)
    [ "$(cat "$build/arm64/packages" 2>/dev/null)" = "$wanted" ] && return 0
    say "unpacking into $build/arm64:"
    for p in $wanted; do
        printf '  %-27s %s\n' "$p:arm64" "$(awk -v n="$p" '$1 == "arm64" && $2 == n { $1 = $2 = ""; sub(/^ */, ""); print }' "$list")"
    done
    private_apt
    # shellcheck disable=SC2046
    unpack arm64 $(for p in $wanted; do echo "$p:arm64"; done)
    echo "$wanted" > "$build/arm64/packages"
}

mkdir -p "$build"
case $what in
run)
    install_missing run
    arm64_archives
    ;;
test)
    install_missing run test pi
    arm64_archives
    ;;
qemu10)
    say "unpacking QEMU 10 from Debian's backports into $build/qemu10 (nothing is installed)"
    private_apt backports
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")-backports
    unpack qemu10 "qemu-system-arm/$release" "qemu-system-common/$release" "qemu-system-data/$release"
    "$build/qemu10/usr/bin/qemu-system-aarch64" --version | head -n 1
    ;;
dtbs)
    say "unpacking the device trees of Debian's arm64 kernel package into $build/dtbs (about 90 MB to download)"
    private_apt
    kernel=$(apt-cache depends linux-image-arm64:arm64 2>/dev/null |
        awk '$1 == "Depends:" && /linux-image-/ { sub(/:.*/, "", $2); print $2; exit }')
    [ -n "$kernel" ] || fail 1 "no arm64 kernel package in the package lists"
    unpack dtbs.deb "$kernel:arm64"
    rm -rf "$build/dtbs"
    mkdir -p "$build/dtbs"
    (cd "$build/dtbs.deb" && find . -name '*.dtb') | while read -r f; do
        cp "$build/dtbs.deb/$f" "$build/dtbs/$(basename "$(dirname "$f")")-$(basename "$f")"
    done
    rm -rf "$build/dtbs.deb"
    say "$(find "$build/dtbs" -name '*.dtb' | wc -l) device trees in $build/dtbs"
    ;;
pi)
    install_missing run pi
    arm64_archives
    ;;
pi-dtbs)
    # Debian 12's own kernel is older than the Raspberry Pi 5; that of its backports has both trees.
    say "unpacking the device trees of the Raspberry Pis from the arm64 kernel package of Debian's backports into $build/pi-dtbs (about 90 MB to download)"
    private_apt backports
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")-backports
    kernel=$(apt-cache show "linux-image-arm64:arm64" 2>/dev/null |
        awk '$1 == "Version:" { bpo = $2 ~ /~bpo/ } bpo && $1 == "Depends:" && /linux-image-/ { sub(/,.*/, "", $2); print $2; exit }')
    [ -n "$kernel" ] || fail 1 "no arm64 kernel package in $release"
    unpack pi-dtbs.deb "$kernel:arm64"
    rm -rf "$build/pi-dtbs.new"
    mkdir -p "$build/pi-dtbs.new"
    for board in bcm2711-rpi-4-b bcm2712-rpi-5-b; do
        found=$(find "$build/pi-dtbs.deb" -name "$board.dtb" | head -n 1)
        [ -n "$found" ] || fail 1 "$kernel has no $board.dtb"
        cp "$found" "$build/pi-dtbs.new/"
    done
    echo "$kernel" > "$build/pi-dtbs.new/package"
    rm -rf "$build/pi-dtbs" "$build/pi-dtbs.deb"
    mv "$build/pi-dtbs.new" "$build/pi-dtbs"
    say "bcm2711-rpi-4-b.dtb and bcm2712-rpi-5-b.dtb of $kernel"
    ;;
*)
    fail 2 "'$what' is none of: run test pi qemu10 dtbs pi-dtbs"
    ;;
esac
