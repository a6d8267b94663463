/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/print.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/console.h"
#include <stdio.h>
#include <string.h>

#define LINE_BUFFER 512u
#define BIND_PATIENCE_NS (2 * NS_PER_S)
#define BIND_AGAIN_NS NS_PER_S

static char line[LINE_BUFFER];
static size_t used;
static uint64_t dropped, flush_number;
static void (*sink)(const char *, size_t);

static struct rt_chan console;
static uint64_t try_bind_at;
static bool stuck;         /* the last send found no room in time            */
static console_ends line_ends;

uint64_t rt_print_dropped(void)
{
    return dropped;
}

void rt_print_sink(void (*new_sink)(const char *, size_t))
{
    sink = new_sink;
}

/* ---- by the monitor ---- */

void rt_print_by_monitor(const char *text, size_t bytes)
{
    uint64_t deadline = rt_now_ns() + PRINT_PATIENCE_NS;

    while (bytes > 0) {
        size_t n = bytes < 32 ? bytes : 32;
        struct rt_msg m = { { 0, n } };
        status_t st;

        memcpy(&m.w[2], text, n);
        st = mon_call(MON_PRINT, &m);
        if (st == ST_AGAIN && rt_now_ns() < deadline) {
            (void)sys_sleep_for(NS_PER_MS);
            continue;
        }
        if (st != ST_OK) {
            dropped += bytes;
            return;
        }
        text += n;
        bytes -= n;
    }
}

/* ---- by the channel ---- */

/* A driver that was stuck once is not waited for again until it takes something. */
static status_t send_piece(const char *text, size_t bytes)
{
    uint32_t position = urpc_sent(&console.u.tx);
    uint64_t patience = stuck ? 0 : PRINT_PATIENCE_NS;
    status_t st = rt_send_wait(&console, CON_TEXT, (uint8_t)bytes, text, bytes,
                               rt_now_ns() + patience);

    if (st == ST_OK)
        line_ends = console_note(line_ends, position, text[bytes - 1] == '\n');
    stuck = st == ST_TIMEOUT;
    return st;
}

static status_t bind_console(void)
{
    status_t st;

    if (rt_now_ns() < try_bind_at)
        return ST_AGAIN;
    if ((st = rt_bind("console", rt_now_ns() + BIND_PATIENCE_NS, &console)) != ST_OK)
        try_bind_at = rt_now_ns() + BIND_AGAIN_NS;
    line_ends = 0;
    return st;
}

static void to_console(const char *text, size_t bytes);

/* Connect, after a driver that died sending again what it did not take. */
static bool connected(void)
{
    static char again[CONSOLE_UNREAD_MAX];
    size_t bytes = 0;

    if (console.bell != 0 && !console.gone)
        return true;
    if (console.bell != 0) {
        bytes = console_unread(&console.u.tx, line_ends, again, sizeof again);
        rt_close(&console);
        try_bind_at = 0;
    }
    if (bind_console() == ST_OK) {
        if (bytes > 0)
            to_console(again, bytes); /* comes back here only if the successor dies too */
        return console.bell != 0 && !console.gone;
    }
    rt_print_by_monitor(again, bytes);
    return false;
}

static void to_console(const char *text, size_t bytes)
{
    while (bytes > 0) {
        size_t n = console_piece(text, bytes);
        status_t st = connected() ? send_piece(text, n) : ST_NOT_FOUND;

        if (st == ST_GONE)
            continue; /* connected() sees it and finds the successor */
        if (st == ST_NOT_FOUND) {
            rt_print_by_monitor(text, bytes);
            return;
        }
        if (st != ST_OK) {
            dropped += bytes;
            return;
        }
        text += n;
        bytes -= n;
    }
}

/* ---- the line buffer ---- */

void rt_print_push(void)
{
    size_t bytes = used;

    used = 0; /* first: printing must not print what is printed already */
    if (bytes == 0)
        return;
    if (sink != NULL)
        sink(line, bytes);
    else
        to_console(line, bytes);
}

void rt_write(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        line[used++] = text[i];
        if (text[i] == '\n' || used == LINE_BUFFER)
            rt_print_push();
    }
}

void rt_print_flush(uint64_t deadline_ns)
{
    uint64_t number = ++flush_number;
    struct urpc_msg m;

    rt_print_push();
    if (sink != NULL || console.bell == 0)
        return;
    if (rt_send_wait(&console, CON_FLUSH, 0, &number, sizeof number, deadline_ns) != ST_OK)
        return;
    while (rt_recv_wait(&console, &m, deadline_ns) == ST_OK)
        if (m.kind == CON_FLUSHED && m.word[0] == number)
            return;
}

/* ---- stdio ---- */

static int put_char(char c, FILE *file)
{
    (void)file;
    rt_write(&c, 1);
    return (unsigned char)c;
}

static int push(FILE *file)
{
    (void)file;
    rt_print_push();
    return 0;
}

static FILE to_line = FDEV_SETUP_STREAM(put_char, NULL, push, _FDEV_SETUP_WRITE);
FILE *const stdout = &to_line;
FILE *const stderr = &to_line;
FILE *const stdin = &to_line; /* reading it answers end of file */
