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
static uint64_t line_ends; /* bit p % 64: the message at position p ended a line */

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

/* The longest piece that is one message: up to the end of a line, so that messages end where lines do. */
static size_t piece(const char *text, size_t bytes)
{
    size_t most = bytes < URPC_PAYLOAD_BYTES ? bytes : URPC_PAYLOAD_BYTES;
    const char *end = memchr(text, '\n', most);

    return end != NULL ? (size_t)(end - text) + 1 : most;
}

/* A driver that was stuck once is not waited for again until it takes something. */
static status_t send_piece(const char *text, size_t bytes)
{
    uint64_t bit = 1ull << (urpc_sent(&console.u.tx) % 64);
    uint64_t patience = stuck ? 0 : PRINT_PATIENCE_NS;
    status_t st = rt_send_wait(&console, CON_TEXT, (uint8_t)bytes, text, bytes,
                               rt_now_ns() + patience);

    if (st == ST_OK)
        line_ends = text[bytes - 1] == '\n' ? line_ends | bit : line_ends & ~bit;
    stuck = st == ST_TIMEOUT;
    return st;
}

/*
 * The text a dead driver did not take, from our own half of the dead channel. If it had
 * taken the beginning of a line, the rest of that line goes with it. Returns bytes.
 */
static size_t unread(const struct rt_chan *c, char *out, size_t max)
{
    const struct urpc_tx *tx = &c->u.tx;
    uint32_t from = atomic_load_explicit(&tx->line->ack, memory_order_acquire), to = tx->next;
    bool skipping;
    size_t n = 0;

    if (to - from > tx->mask + 1)
        return 0; /* not an ack a sound driver can have written */
    skipping = from != 0 && !(line_ends >> ((from - 1) % 64) & 1);
    for (uint32_t p = from; p != to; p++) {
        const struct urpc_slot *slot = &tx->slot[p & tx->mask];
        uint64_t head = atomic_load_explicit(&slot->head, memory_order_relaxed); /* ours alone */
        size_t bytes = URPC_HEAD_INFO(head) & URPC_INFO_LENGTH;

        if (URPC_HEAD_KIND(head) != CON_TEXT || bytes > URPC_PAYLOAD_BYTES)
            continue;
        if (!skipping && n + bytes <= max) {
            memcpy(out + n, slot->word, bytes);
            n += bytes;
        }
        if (line_ends >> (p % 64) & 1)
            skipping = false;
    }
    return n;
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
    static char again[32 * URPC_PAYLOAD_BYTES];
    size_t bytes = 0;

    if (console.bell != 0 && !console.gone)
        return true;
    if (console.bell != 0) {
        bytes = unread(&console, again, sizeof again);
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
        size_t n = piece(text, bytes);
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
