/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/start - etc/start of the bundle: which programs to start, where, and with what.
 *
 *     # program  cores      options                      args ...
 *     pl011      0          early,restart,device=console
 *     skb        0          early,restart,dtb
 *     probe      0          machine,mem=2048             rounds=500
 *     sleeper    1-3,5      -
 *
 * One program a line; blanks between words; `#` begins a comment. Cores: `all`, numbers and
 * ranges joined by commas; cores this machine does not have are left out, so one file
 * serves machines of every size. Options: `-` or names joined by commas (start.def), mem=KIB, pages=N: it may
 * have so many of 64 KiB and no more, lease=MS: how long it has its device at a time (docs/protocols/lease.md).
 *
 * Pure: the text is input. A line that is wrong is answered with its number and a
 * sentence; the lines after it are read as if it were not there.
 */
#pragma once
#include "lib/abi/program.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

enum start_option {
#define START_OPTION(NAME, name, bit, text) START_##NAME = 1u << (bit),
#include "monitor/start.def"
#undef START_OPTION
};

/* No two have one bit: added up they are the same as or-ed. */
#define START_OPTION(NAME, name, bit, text) + (1ull << (bit))
enum { START_OPTIONS_ADDED = 0
#include "monitor/start.def"
};
#undef START_OPTION
#define START_OPTION(NAME, name, bit, text) | (1ull << (bit))
enum { START_OPTIONS_ORED = 0
#include "monitor/start.def"
};
#undef START_OPTION
_Static_assert((int)START_OPTIONS_ADDED == (int)START_OPTIONS_ORED, "two options have the same bit");

#define START_MEM_DEFAULT_KIB 1024u
#define START_MEM_MAX_KIB (1024u * 1024u)
#define START_PAGES_MAX (1024u * 1024u)
#define START_LEASE_MAX_MS 86400000u

struct start_line {
    char program[32];
    uint64_t cores;                 /* bit i: core i                    */
    uint32_t options;               /* enum start_option                */
    uint32_t mem_kib;               /* RAM of the program               */
    uint32_t lease_ms;              /* of its device; 0: until revoked  */
    uint32_t pages;                 /* its quota, 64 KiB each; 0: none  */
    char args[PROGRAM_ARGS_BYTES];
};

struct start_reader {
    const char *text;
    size_t bytes, at;
    unsigned line;                  /* number of the line read last     */
};

void start_open(struct start_reader *r, const char *text, size_t bytes);

/*
 * The next line that names a program. ST_NOT_FOUND: no more. ST_FORMAT: the line is wrong;
 * `why` says how, r->line where, and the next call reads on behind it.
 */
MUST_CHECK status_t start_next(struct start_reader *r, core_id ncores, struct start_line *out,
                               struct text *why);
