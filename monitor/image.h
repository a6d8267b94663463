/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/image - programs of the bundle, read, checked and laid out once per core.
 *
 *     bundle: bin/x --elf_check, elf_load--> one frame, kept:  | text | constants | data |
 *                                                                 |       |          |
 *     each program started from it:             maps, read-only --+-------+    copies +--> own frame
 *
 * So a second start of the same program costs its writable pages, nothing else. Every
 * program runs at USER_IMAGE, so the relocated image is the same for all.
 */
#pragma once
#include "lib/load/elf.h"
#include "lib/rt/syscall.h"

#define IMAGES_MAX 32u

struct image {
    char name[32];
    struct elf_plan plan;
    handle_t frame;             /* all of it, as loaded  */
    const uint8_t *at;          /* where we have it      */
};

/* ST_NOT_FOUND: no bin/<name>; ST_FORMAT: not a program; *why has a sentence. ST_NOMEM, ST_TABLE_FULL. */
MUST_CHECK status_t image_find(const char *name, const struct image **out, struct text *why);
