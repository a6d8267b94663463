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
#define PROG_REGIONS 8u
#define PROG_COPIES 24u
#define PROG_CHANS RT_CHANS
#define PROG_MEMS 8u
#define PROG_RESTARTS 3u
#define PROG_LINE 1024u

enum prog_state {
    PROG_FREE,
    PROG_RUNNING,
    PROG_ENDED,
    PROG_AGAIN,
    PROG_COMING,                /* it is being built here: monitor/arrive.c          */
    PROG_AWAY,                  /* this is its home, and it runs elsewhere           */
};

/* Memory that was mapped for it when it began, and that is its own. */
struct prog_region {
    handle_t frame;                 /* in the monitor's table: at home the frame, elsewhere a copy of it */
    vaddr_t va;
    uint64_t bytes, perm;
};

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
    struct prog_region region[PROG_REGIONS];
    unsigned nregions;

    core_id home;                   /* whose memory it is made of                         */
    uint64_t home_id;               /* its id there                                       */
    core_id at;                     /* at home, AWAY: where it runs; sure: that core said so */
    bool sure;
    core_id by;                     /* not sure: which core moves it there                 */
    bool moving;                    /* stopped by monitor/move.c                          */
    handle_t copy[PROG_COPIES];     /* elsewhere: what in its table its home has, too     */
    unsigned ncopies;
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
/* The same in any state; NULL: that entry is another's, or nobody's. */
struct prog *prog_entry(uint64_t id);
/* An entry for a program that comes from another core: COMING. NULL: none is free. And back. */
struct prog *prog_reserve(const char *name);
void prog_release(struct prog *p);
/* A program that is COMING runs here from now on. */
void prog_arrived(struct prog *p);
/* It has left: at home it is AWAY, elsewhere nothing of it remains. */
void prog_left(struct prog *p, core_id to);
/* At home: it has ended elsewhere. */
void prog_ended_away(struct prog *p);
/* By its name for the machine, in any state; NULL. And the entry after `p` (NULL: the first); NULL: no more. */
struct prog *prog_of_part(core_id home, uint64_t home_id);
struct prog *prog_next(struct prog *p);
/* Its memory is gone, or it is not wanted any more. */
void prog_end_here(struct prog *p);

/* Has it children, or a parent that waits for its end? */
bool prog_has_kin(const struct prog *p);
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
