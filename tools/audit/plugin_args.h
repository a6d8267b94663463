/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/audit/plugin_args - what both plugins are told: out=FILE, and from=ADDRESS where the kernel half begins. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plugin_args {
    uint64_t from;
    const char *out;
};

/* False: said on stderr what is wrong. */
static inline int plugin_args_read(struct plugin_args *a, const char *plugin, int argc, char **argv)
{
    *a = (struct plugin_args){0xffffff8000000000, NULL};
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0)
            a->out = strdup(argv[i] + 4);
        else if (strncmp(argv[i], "from=", 5) == 0)
            a->from = strtoull(argv[i] + 5, NULL, 0);
        else {
            fprintf(stderr, "%s: argument '%s' is neither out=FILE nor from=ADDRESS\n", plugin,
                    argv[i]);
            return 0;
        }
    }
    if (!a->out)
        fprintf(stderr, "%s: needs out=FILE\n", plugin);
    return a->out != NULL;
}
