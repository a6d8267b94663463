#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# struct_bytes.sh FILE STRUCT... - sizes of C structs, from the debug information of an ELF file or object.
#
# One number per struct, in the order asked for; exit status 1 if one is not there.
set -eu
file=$1
shift
aarch64-linux-gnu-readelf --debug-dump=info "$file" 2>/dev/null | awk -v want="$*" '
    /DW_TAG_structure_type/ { inside = 1; name = ""; size = ""; next }
    / Abbrev Number: /      { inside = 0 }
    inside && /DW_AT_name/      { name = $NF }
    inside && /DW_AT_byte_size/ { size = $NF }
    inside && name != "" && size != "" { bytes[name] = size; inside = 0 }
    END {
        n = split(want, w, " ")
        for (i = 1; i <= n; i++) {
            if (!(w[i] in bytes)) { print "struct_bytes: no struct " w[i] > "/dev/stderr"; exit 1 }
            print bytes[w[i]] + 0
        }
    }'
