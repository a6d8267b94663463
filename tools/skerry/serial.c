/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const struct {
    int64_t baud;
    speed_t speed;
} speeds[] = {{9600, B9600},       {19200, B19200},    {38400, B38400},   {57600, B57600},
              {115200, B115200},   {230400, B230400},  {460800, B460800}, {921600, B921600},
              {1000000, B1000000}, {1500000, B1500000}};

static bool speed_for(int64_t baud, speed_t *speed, struct complaint *bad)
{
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return true;
        }
    return refuse(bad, ERR_VALUE,
                  "--baud %" PRId64
                  ": the value must be 9600, 19200, 38400, 57600, 115200, 230400, "
                  "460800, 921600, 1000000 or 1500000",
                  baud);
}

bool serial_open(struct serial *s, const char *path, int64_t baud, struct complaint *bad)
{
    struct termios raw;
    speed_t speed = B115200;

    if (!speed_for(baud, &speed, bad))
        return false;
    s->fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (s->fd < 0) {
        refuse(bad, ERR_NO_FILE, "%.200s cannot be opened: %s", path, strerror(errno));
        if (errno == EACCES)
            SAY(bad->hint, "sudo usermod -aG dialout $USER, then log in again");
        return false;
    }
    if (tcgetattr(s->fd, &s->before) == 0) {
        raw = s->before;
        cfmakeraw(&raw);
        raw.c_cflag |= CLOCAL | CREAD;
        raw.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        if (cfsetspeed(&raw, speed) == 0 && tcsetattr(s->fd, TCSANOW, &raw) == 0)
            return true;
    }
    refuse(bad, ERR_SERIAL, "%.200s cannot be set to %" PRId64 " baud: %s", path, baud,
           strerror(errno));
    close(s->fd);
    return false;
}

void serial_close(struct serial *s)
{
    tcsetattr(s->fd, TCSANOW, &s->before);
    close(s->fd);
}
