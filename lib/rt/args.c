/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/info.h"
#include <string.h>

int args_split(const char *name, const char *text, char *buffer, const char *argv[ARGS_MAX])
{
    int argc = 0;
    char *at = buffer;

    memcpy(buffer, text, PROGRAM_ARGS_BYTES - 1);
    buffer[PROGRAM_ARGS_BYTES - 1] = '\0';
    argv[argc++] = name;
    while (argc < ARGS_MAX - 1) {
        at += strspn(at, " \t");
        if (*at == '\0')
            break;
        argv[argc++] = at;
        at += strcspn(at, " \t");
        if (*at != '\0')
            *at++ = '\0';
    }
    argv[argc] = NULL;
    return argc;
}
