/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/serial - set a serial line up for reading a console: 8N1, raw, no flow control. */
#pragma once
#include <termios.h>
#include "tools/skerry/error.h"

struct serial {
    int fd;
    struct termios before; /* put back by serial_close */
};

bool serial_open(struct serial *s, const char *path, int64_t baud, struct complaint *bad);
void serial_close(struct serial *s);
