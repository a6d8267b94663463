/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/ctf.h"
#include "witness/record.h"

/*
 * The time must be in the event header, because that is where readers take an event's time from, and the sequence is
 * before it in the record: so that is in the header too, where babeltrace2 says that it does not show it. In the event
 * context it would be shown, with the time of the record before.
 */
static const char before[] =
    "/* CTF 1.8 */\n"
    "/* Witness records, 64 bytes each, as the machine wrote them: sha256sum of a stream file is "
    "its seal. */\n"
    "typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
    "typealias integer { size = 16; align = 8; signed = false; } := u16;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
    "typealias integer { size = 32; align = 8; signed = false; base = hex; } := x32;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = hex; } := x64;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = hex; byte_order = be; } := "
    "bytes8;\n"
    "trace { major = 1; minor = 8; byte_order = le; };\n"
    "clock { name = reset; freq = 1000000000; description = \"nanoseconds since reset\"; };\n"
    "stream {\n"
    "    event.header := struct {\n"
    "        u64 sequence;\n"
    "        integer { size = 64; align = 8; signed = false; map = clock.reset.value; } "
    "timestamp;\n"
    "    };\n"
    "};\n"
    "event {\n"
    "    name = \"witness\";\n"
    "    fields := struct {\n"
    "        enum : u8 {\n";

static const char after[] = "        } kind;\n"
                            "        u8 proof_tier;\n"
                            "        u16 flags;\n"
                            "        u32 actor;\n"
                            "        x64 target;\n"
                            "        x32 capability_hash;\n"
                            "        u16 core;\n"
                            "        u16 reserved;\n"
                            "        x64 payload;\n"
                            "        bytes8 link_0_7;\n"
                            "        bytes8 link_8_15;\n"
                            "    };\n"
                            "};\n";

_Static_assert(offsetof(struct witness_record, sequence) == 0 &&
                   offsetof(struct witness_record, timestamp_ns) == 8 &&
                   offsetof(struct witness_record, kind) == 16 &&
                   offsetof(struct witness_record, link) == 48,
               "the order of the fields above");

void ctf_metadata(struct buf *t)
{
    bool first = true;

    buf_add(t, before);
    for (unsigned kind = 0; kind < 256; kind++)
        if (witness_kind_name((uint8_t)kind)) {
            buf_put(t, "%s            \"%s\" = %u", first ? "" : ",\n",
                    witness_kind_name((uint8_t)kind), kind);
            first = false;
        }
    buf_add(t, "\n");
    buf_add(t, after);
}
