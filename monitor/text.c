/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/text.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/console.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "monitor/bind.h"
#include "monitor/core.h"
#include "monitor/seal.h"
#include "monitor/mon.h"
#include <stdio.h>
#include <string.h>

#define BUFFER 65536u               /* a power of two */
#define LINE 1024u
#define RETRY_NS NS_PER_MS          /* a full ring has no bell: look again then */
#define ASK_NS (20 * NS_PER_MS)
#define END_PATIENCE_NS (3 * NS_PER_S)
#define STORE_NS (20 * NS_PER_S) /* for who stores the witness logs, at the end of the run */

static char buffer[BUFFER];
static uint32_t head, tail;         /* bytes ever taken out, ever put in */
static uint64_t dropped;

static char peer_line[CORES_MAX][LINE]; /* first monitor: lines that are not complete yet */
static unsigned peer_n[CORES_MAX];

static struct rt_chan console;      /* first monitor */
static struct rt_source console_source;
static console_ends line_ends;
static uint64_t ask_at_ns;          /* when it is asked for again; 0: it is there, or asked for */

enum end_state { END_NOT, END_SEAL, END_STORE, END_DRAIN, END_FLUSH, END_NOW };
static enum end_state ending;
static uint32_t end_status;
static core_id end_from;
static char end_why[sizeof ((struct peer_END *)0)->why + 1];
static uint64_t end_deadline_ns;

/* ---- the buffer ---- */

static uint32_t room(void)
{
    return BUFFER - (tail - head);
}

uint32_t text_room(void)
{
    return room();
}

static void put(const char *text, size_t bytes)
{
    if (bytes > room()) {
        dropped += bytes;
        return;
    }
    for (size_t i = 0; i < bytes; i++)
        buffer[tail++ % BUFFER] = text[i];
}

/* The next piece for a message, copied to `out`; it stays in the buffer. */
static size_t peek(char out[URPC_PAYLOAD_BYTES])
{
    uint32_t n = tail - head < URPC_PAYLOAD_BYTES ? tail - head : (uint32_t)URPC_PAYLOAD_BYTES;

    for (uint32_t i = 0; i < n; i++)
        out[i] = buffer[(head + i) % BUFFER];
    return n > 0 ? console_piece(out, n) : 0;
}

/* Adds to a line; a complete one, or one that is too long for its place, goes on. */
static void add_to_line(char *line, unsigned *n, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        line[(*n)++] = text[i];
        if (text[i] == '\n' || *n == LINE) {
            put(line, *n);
            *n = 0;
        }
    }
}

/* A program that writes by MON_PRINT has one of these while its line is not complete. */
#define PROG_LINES 64u
static char prog_line[PROG_LINES][LINE];
static bool line_taken[PROG_LINES];

static char *take_line(void)
{
    for (unsigned i = 0; i < PROG_LINES; i++)
        if (!line_taken[i]) {
            line_taken[i] = true;
            return prog_line[i];
        }
    return NULL;
}

void text_forget(struct prog *p)
{
    if (p->text != NULL)
        line_taken[(p->text - prog_line[0]) / LINE] = false;
    p->text = NULL;
    p->ntext = 0;
}

status_t text_from_prog(struct prog *p, const char *text, uint64_t bytes)
{
    if (bytes == 0 || bytes > 32)
        return ST_INVALID;
    if (room() < p->ntext + bytes)
        return ST_AGAIN;
    if (p->text == NULL && (p->text = take_line()) == NULL)
        return ST_AGAIN;
    add_to_line(p->text, &p->ntext, text, bytes);
    if (p->ntext == 0)
        text_forget(p);
    return ST_OK;
}

void text_on_text(core_id from, const char *text, size_t bytes)
{
    if (bytes <= URPC_PAYLOAD_BYTES)
        add_to_line(peer_line[from], &peer_n[from], text, bytes);
}

/* ---- the console ---- */

static void on_console(struct rt_source *s, const struct urpc_msg *m)
{
    (void)s;
    if (m->kind == CON_FLUSHED && ending == END_FLUSH)
        ending = END_NOW;
}

static void ask_for_console(void)
{
    char name[NAME_BYTES] = "console";
    uint64_t ticket;
    status_t st;

    /* It waits until there is one; nobody else is held up by that. */
    if ((st = bind_request(prog_self(), name, UINT64_MAX, &ticket)) != ST_OK)
        rec_error("the first monitor has no way to the console", st, status_text(st));
}

static void console_gone(void)
{
    static char again[CONSOLE_UNREAD_MAX];
    size_t n = console_unread(&console.u.tx, line_ends, again, sizeof again);

    loop_remove(&console_source);
    CHECK(bind_close(prog_self(), console.va) == ST_OK); /* it was open */
    rt_close(&console);
    /* It was before what is in the buffer, so it goes in front of it, if there is still room. */
    if (n <= room()) {
        head -= (uint32_t)n;
        for (size_t i = 0; i < n; i++)
            buffer[(head + i) % BUFFER] = again[i];
    } else {
        dropped += n;
    }
    ask_for_console();
}

static void on_console_gone(struct rt_source *s)
{
    (void)s;
    console_gone();
}

void text_on_news(const struct news *n)
{
    if (n->kind == NEWS_GONE && n->w[1] == console.va) {
        console_gone();
        return;
    }
    if (n->kind == NEWS_REFUSED) /* for want of room in the witness log, say */
        ask_at_ns = rt_now_ns() + ASK_NS;
    if (n->kind != NEWS_BOUND || rt_chan_open(&console, n) != ST_OK)
        return;
    line_ends = 0;
    console_source = (struct rt_source){
        .chan = &console, .on_message = on_console, .on_gone = on_console_gone
    };
    CHECK(loop_add(&mon.loop, &console_source) == ST_OK); /* there is room for all cores and more */
}

/* ---- sending ---- */

static status_t send_piece(const char *text, size_t bytes)
{
    uint32_t position = urpc_sent(&console.u.tx);
    status_t st;

    if (!mon.first)
        return peers_try_text(FIRST_CORE, text, bytes);
    if (console.bell == 0)
        return ST_GONE;
    st = rt_send(&console, CON_TEXT, (uint8_t)bytes, text, bytes);
    if (st == ST_OK)
        line_ends = console_note(line_ends, position, text[bytes - 1] == '\n');
    return st;
}

/* ST_OK: all is sent. */
static status_t drain(void)
{
    char piece[URPC_PAYLOAD_BYTES];
    size_t n;

    while ((n = peek(piece)) > 0) {
        status_t st = send_piece(piece, n);

        if (st != ST_OK)
            return st;
        head += (uint32_t)n;
    }
    return ST_OK;
}

/* ---- the end of the run ---- */

void text_end(uint32_t status, const char *why)
{
    struct peer_END m = { .status = status };

    if (core_is_gone(FIRST_CORE)) /* and the console with it: the status is all that can be told */
        (void)sys_machine_end(mon.info->machine, status);
    strncpy(m.why, why, sizeof m.why - 1);
    peers_send(FIRST_CORE, PEER_END, &m, sizeof m);
}

void text_on_end(core_id from, const struct peer_END *m)
{
    char why[sizeof m->why + 1] = "";

    if (!mon.first || ending != END_NOT)
        return;
    memcpy(why, m->why, sizeof m->why);
    if (dropped > 0)
        printf("%u bytes of text found no room and were dropped\n", (unsigned)dropped);
    memcpy(end_why, why, sizeof end_why);
    end_from = from;
    end_status = m->status;
    end_deadline_ns = rt_now_ns() + END_PATIENCE_NS;
    ending = END_SEAL;
    seal_finish(rt_now_ns());
}

/* The logs are closed: their seals stand in front of the `end` record. */
static void say_end(void)
{
    end_deadline_ns = rt_now_ns() + END_PATIENCE_NS;
    rec_begin_about("end", end_from, rt_now_ns());
    rec_u64("status", end_status);
    rec_str("why", end_why);
    rec_end();
    ending = END_DRAIN;
}

static void end_turn(status_t drained, uint64_t now_ns)
{
    uint64_t number = 1;

    if (ending == END_DRAIN && drained == ST_OK &&
        rt_send(&console, CON_FLUSH, 0, &number, sizeof number) == ST_OK)
        ending = END_FLUSH;
    if (ending == END_NOW || (ending != END_STORE && now_ns >= end_deadline_ns))
        (void)sys_machine_end(mon.info->machine, end_status);
}

status_t text_stored(bool all)
{
    if (ending != END_STORE)
        return ST_AGAIN;
    end_deadline_ns = rt_now_ns() + STORE_NS; /* who asks again is not done, and lives */
    if (all)
        say_end();
    return ST_OK;
}

uint64_t text_turn(uint64_t now_ns)
{
    status_t drained;
    uint64_t next;

    if (ending == END_SEAL && seal_finished(now_ns)) {
        ending = END_STORE;
        end_deadline_ns = now_ns + STORE_NS;
    }
    if (ending == END_STORE && (!prog_runs_with(START_WITNESS) || now_ns >= end_deadline_ns))
        say_end();
    if (ask_at_ns != 0 && now_ns >= ask_at_ns) {
        ask_at_ns = 0;
        ask_for_console();
    }
    drained = drain();
    next = drained == ST_AGAIN ? now_ns + RETRY_NS : UINT64_MAX;
    if (ask_at_ns != 0 && ask_at_ns < next)
        next = ask_at_ns;

    if (ending == END_NOT)
        return next;
    end_turn(drained, now_ns);
    return now_ns + RETRY_NS;
}

void text_start(void)
{
    rt_print_sink(put);
    if (mon.first)
        ask_for_console();
}
