/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/pl011/main - the console: a program that holds the PL011's page and interrupt.
 *
 *     clients of all cores --channels--> lines.c --whole lines--> pl011.c --> UART
 *
 * A client's message is taken only when its line before is out, so when the driver dies
 * each client loses at most the one line of which the driver held a part; the client sends
 * the rest again to the driver's successor (lib/rt/console.h).
 *
 * A UART without an interrupt is looked at every 3 ms while there is something to send.
 *
 * Argument for tests: fault_after=N faults on purpose when N lines are out.
 */
#include "drivers/pl011/lines.h"
#include "drivers/pl011/pl011.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/console.h"
#include "lib/rt/info.h"
#include "lib/rt/loop.h"
#include "lib/rt/map.h"
#include "lib/rt/print.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_UART 1ull
_Static_assert(LINE_PIECE == URPC_PAYLOAD_BYTES, "a message is a piece");

#define QUIET_NS (100 * NS_PER_US)  /* how soon to look again whether the last bit is out */
/*
 * How soon to look whether there is room, should no interrupt say so: a FIFO of 32 takes 2.8 ms at 115,200 baud. A tree
 * may name the wrong interrupt (revisions of a chip differ), and a console that stops there would not say that it did.
 */
#define STALL_NS (3 * NS_PER_MS)

struct client {
    struct line_client line;
    struct rt_chan chan;
    struct rt_source source;
    struct client *next;
    uint64_t flush;                 /* number of a FLUSH not yet answered; 0: none */
    uint64_t told_cut;
    char text[LINE_BUFFER];
};

static struct uart uart;
static struct lines lines;
static struct client *clients;
static uint64_t lines_out, fault_after;
static unsigned unanswered;         /* FLUSHes */

static struct client *client_of(struct line_client *c)
{
    return CONTAINER_OF(c, struct client, line);
}

/* ---- out ---- */

static void forget(struct client *c)
{
    for (struct client **at = &clients; *at != NULL; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    unanswered -= c->flush != 0;
    loop_remove(&c->source);
    rt_close(&c->chan);
    free(c);
}

static void line_is_out(struct rt_loop *l)
{
    struct client *c = client_of(lines_done(&lines));

    if (fault_after != 0 && ++lines_out == fault_after)
        __builtin_trap();
    if (lines_held(&lines, &c->line))
        return;
    if (c->line.leaving)
        forget(c);
    else
        CHECK(loop_add(l, &c->source) == ST_OK); /* its place was its own before */
}

static void send_more(struct rt_loop *l)
{
    const char *text;
    size_t bytes;

    for (;;) {
        if (lines.out != NULL) {
            if (!pl011_done(&uart))
                return; /* the interrupt goes on */
            line_is_out(l);
        }
        if (!lines_next(&lines, &text, &bytes))
            return;
        pl011_send(&uart, text, bytes);
    }
}

/* ---- in ---- */

static void take_text(struct client *c, const struct urpc_msg *m)
{
    size_t bytes = m->info & URPC_INFO_LENGTH;

    if (bytes == 0 || bytes > URPC_PAYLOAD_BYTES)
        return;
    lines_put(&lines, &c->line, console_TEXT_in(m->word)->text, bytes);
    if (lines_held(&lines, &c->line))
        loop_remove(&c->source); /* until the line is out */
    if (c->line.cut != c->told_cut && rt_send(&c->chan, CON_CUT, 0, &c->line.cut, 8) == ST_OK)
        c->told_cut = c->line.cut;
}

static void on_message(struct rt_source *s, const struct urpc_msg *m)
{
    struct client *c = s->context;

    urpc_ack(&c->chan.u.rx); /* at once: what is not acknowledged the client sends again */
    if (m->kind == CON_TEXT) {
        take_text(c, m);
    } else if (m->kind == CON_FLUSH) {
        unanswered += c->flush == 0;
        c->flush = m->word[0] != 0 ? m->word[0] : 1;
    }
}

static void on_gone(struct rt_source *s)
{
    struct client *c = s->context;

    if (lines_leave(&lines, &c->line))
        forget(c);
}

static void accept_client(struct rt_loop *l, const struct news *n)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL || rt_chan_open(&c->chan, n) != ST_OK) {
        printf("console: no room for another client\n");
        free(c);
        return;
    }
    lines_join(&c->line, c->text);
    c->source = (struct rt_source){
        .chan = &c->chan, .on_message = on_message, .on_gone = on_gone, .context = c
    };
    c->next = clients;
    clients = c;
    CHECK(loop_add(l, &c->source) == ST_OK); /* as many as a program can have channels */
}

/* A client that is held is not in the loop, so its going is seen here. */
static void find_gone(void)
{
    struct client *c, *next;

    for (c = clients; c != NULL; c = next) {
        next = c->next;
        if (c->chan.gone && !c->line.leaving && c->source.loop == NULL &&
            lines_leave(&lines, &c->line))
            forget(c);
    }
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    if (n->kind == NEWS_CLIENT)
        accept_client(l, n);
}

/* ---- the loop ---- */

static void answer_flushes(void)
{
    for (struct client *c = clients; c != NULL; c = c->next) {
        if (c->flush == 0 || rt_send(&c->chan, CON_FLUSHED, 0, &c->flush, 8) != ST_OK)
            continue;
        c->flush = 0;
        unanswered--;
    }
}

static void on_turn(struct rt_loop *l)
{
    find_gone();
    send_more(l);
    l->deadline_ns = lines.out != NULL ? rt_now_ns() + STALL_NS : 0;
    if (unanswered == 0)
        return;
    if (lines.out == NULL && pl011_quiet(&uart))
        answer_flushes();
    if (unanswered > 0)
        l->deadline_ns = rt_now_ns() + QUIET_NS;
}

static void on_event(struct rt_loop *l, uint64_t bits)
{
    (void)bits;
    pl011_go_on(&uart);
    send_more(l);
    (void)sys_irq_ack(rt_info()->extra[EXTRA_IRQ]);
}

static void on_deadline(struct rt_loop *l)
{
    if (lines.out != NULL) {
        pl011_go_on(&uart);
        send_more(l);
    } /* the rest on_turn looks at */
}

static volatile struct pl011 *find_device(void)
{
    const struct program_info *info = rt_info();

    CHECK(info->extra[EXTRA_DEVICE] != 0); /* etc/start: device=console */
    CHECK(map_here(info->extra[EXTRA_DEVICE], USER_DEVICES, PAGE_BYTES, PERM_READ | PERM_WRITE) ==
          ST_OK);
    return (volatile struct pl011 *)(uintptr_t)(USER_DEVICES + info->extra_value[EXTRA_OFFSET]);
}

static void bind_interrupt(void)
{
    const struct program_info *info = rt_info();
    handle_t event;

    if (info->extra[EXTRA_IRQ] == 0)
        return; /* behind PCI Express, for one: on_deadline looks */
    CHECK(sys_event(info->task, EVENT_UART, 0, &event) == ST_OK);
    CHECK(sys_irq_bind(info->extra[EXTRA_IRQ], event) == ST_OK);
}

int main(int argc, char **argv)
{
    static struct rt_loop loop = { .events = EVENT_UART,
                                   .on_event = on_event,
                                   .on_news = on_news,
                                   .on_turn = on_turn,
                                   .on_deadline = on_deadline,
                                   .budget = 4 };
    status_t st;

    rt_print_sink(rt_print_by_monitor); /* not to itself */
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "fault_after=", 12) == 0)
            fault_after = strtoull(argv[i] + 12, NULL, 10);
    lines_init(&lines);
    pl011_start(&uart, find_device());
    if (rt_info()->flags & PROGRAM_RESTARTED)
        pl011_send(&uart, "\n", 1); /* a line of the one before may stand there by half */
    bind_interrupt();
    if ((st = rt_serve("console")) != ST_OK) {
        printf("console: cannot offer the service: %s\n", status_text(st));
        return 1;
    }
    loop_run(&loop);
    return 0;
}
