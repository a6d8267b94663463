/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/prog - the programs of this core: who they are, and what happens when they end.
 *
 *     FREE --spawn--> RUNNING --exit, fault, kill--> reaped --> started again (restart, 3 times)
 *       ^                                                  |--> ENDED, until its parent was told
 *       `--------------------------------------------------+--> FREE
 *                                       AGAIN: to be started again when the witness log has room
 *
 * Reaped means: its channels are closed, its services forgotten, and one revoke of its
 * slice has taken back all of its memory and everything made from it.
 * Entry 0 is the monitor itself, so that it can hold channels like any program.
 */
#pragma once
#include "lib/rt/monitor.h"
#include "monitor/image.h"
#include "monitor/start.h"

#define PROGS_MAX 64u
#define PROG_FRAMES 8u
#define PROG_CHANS RT_CHANS
#define PROG_MEMS 8u
#define PROG_RESTARTS 3u
#define PROG_LINE 1024u

enum prog_state { PROG_FREE, PROG_RUNNING, PROG_ENDED, PROG_AGAIN };

struct prog {
    enum prog_state state;
    uint32_t generation;
    uint32_t restarts;
    uint64_t parent;                /* id of the program that spawned it; 0: etc/start    */
    struct start_line line;

    handle_t slice;                 /* all of its memory                                  */
    handle_t table, space, task;    /* in the monitor's table                             */
    handle_t news;                  /* event: EVENT_NEWS                                  */
    handle_t shared[PROG_FRAMES];   /* slices of its image: not made from its own memory  */
    unsigned nshared;
    handle_t mem[PROG_MEMS];        /* further blocks it asked for                        */
    unsigned nmem;
    uint32_t bucket;                /* its doorbell bucket, as its calls say              */
    uint64_t chan_used[2];          /* places in USER_CHANNELS, a bit each                */

    uint64_t exit_code, exit_kind, exit_pc; /* ENDED */
    char text[PROG_LINE];           /* a line of MON_PRINT that is not complete yet       */
    unsigned ntext;
};

/* Entry 0, and the list of etc/start. */
void progs_start(void);

/* Start what etc/start lists for this core: the `early` ones, or all the others. */
void prog_start_listed(bool early);
/* Does a program with this option (enum start_option) run on this core? */
bool prog_runs_with(uint32_t option);

/* The running program with this id; NULL if it ended. */
struct prog *prog_find(uint64_t id);
uint64_t prog_id(const struct prog *p);
struct prog *prog_at(unsigned i);   /* the i-th that runs, the monitor first; NULL */
struct prog *prog_self(void);       /* the monitor's own entry */
unsigned progs_running(void);
/* The name of the program whose task has this number; "" for none of ours. */
const char *prog_name_of_task(uint64_t task);

/* Start a program. On any failure nothing is left of it; the reason was reported. */
MUST_CHECK status_t prog_spawn(const struct start_line *line, uint64_t parent, uint64_t *id);
MUST_CHECK status_t prog_kill(uint64_t id, uint64_t by);

/* A fault message, or the last one (FAULT_EXIT). */
void prog_fault(uint64_t id, const struct rt_msg *m);

/* Starts those again that wait for room in the log. When to be called at the latest. */
uint64_t progs_turn(uint64_t now_ns);

/* The next child of `parent` that ended, forgotten by this; NULL. */
bool prog_next_exit(uint64_t parent, struct rt_msg *m);

/* Say that there is news. The monitor's own is told by a call of bind_self_news(). */
void prog_tell(struct prog *p);

/* A free place for a channel, taken; its address. ST_TABLE_FULL. */
MUST_CHECK status_t prog_take_chan(struct prog *p, vaddr_t *va);
void prog_give_chan(struct prog *p, vaddr_t va);

/* The number of its task, as the witness log has it. */
uint32_t prog_task(const struct prog *p);

/* More memory. ST_NOMEM, ST_TABLE_FULL. */
MUST_CHECK status_t prog_mem(struct prog *p, uint64_t bytes, handle_t *in_its_table, uint64_t *got);
