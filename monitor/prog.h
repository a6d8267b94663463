/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/prog - the programs of this core: who they are, and what happens when they end.
 *
 *     FREE --spawn--> RUNNING --exit, fault, kill--> reaped --> started again (restart, 3 times)
 *       ^                                              |
 *       `----------------------------------------------+
 *                                       AGAIN: to be started again when the witness log has room
 *
 * Reaped means: its channels are closed, its services forgotten, and one revoke of its
 * slice has taken back all of its memory and everything made from it.
 * A partition is one program or several, each a task with its own space and table: those with one name are mates (prog_mate). Several are
 * at home and stay there. They live and end together; one that ends by itself leaves the others.
 * A program is a partition: what that is, and what may be done to it, its home says (monitor/home.h). RUNNING is said of one that is
 * here, whether its task runs or not. Entry 0 is the monitor itself, so that it can hold channels like any program.
 *
 *     prog.c       the entries           prog_life.c  beginning and end
 *     prog_list.c  etc/start             prog_hold.c  what one holds beside what it began with
 */
#pragma once
#include "lib/rt/monitor.h"
#include "monitor/image.h"
#include "monitor/start.h"
#include "partition/ids.h"

#define PROG_VISITORS 64u /* of other homes, beside those that could be of this one */
#define PROGS_MAX (1u + PARTITIONS_HOME + PROG_VISITORS) /* there is room for: monitor/tables.h says how many */
#define PROG_FRAMES 8u
#define PROG_REGIONS 8u
#define PROG_CHANS RT_CHANS
#define PROG_MEMS 8u
#define PROG_RESTARTS 3u

enum prog_state {
    PROG_FREE,
    PROG_RUNNING,
    PROG_AGAIN,
    PROG_COMING,                /* it is being built here: monitor/arrive.c          */
    PROG_ASLEEP,                /* it hibernates: monitor/sleep.c                    */
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
    uint32_t next;                  /* of the free ones: its number; 0: the last           */
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
    partition_id part;              /* its name for the whole machine                     */
    struct prog *mate;              /* the next with this name, in a circle; NULL: it is alone */
    bool mate_failed;               /* one that left failed: exit_ is of that             */
    partition_id supervisor;        /* of who is started again: as it was                 */
    bool suspended;                 /* its task is stopped, as it was asked for           */
    bool rebuilt;                   /* it goes on from a checkpoint                       */
    handle_t checkpoint, checkpoint_frame; /* ASLEEP: its memory                          */
    uint64_t checkpoint_bytes;
    bool asked;                     /* at home, AWAY: where it runs is asked for something */
    vaddr_t entry;                  /* where its task begins                              */
    uint32_t task_number;           /* the kernel's                                       */
    uint32_t object_bytes, table_bytes; /* task and capabilities; page tables             */
    uint64_t calls;                 /* it made to this monitor                            */
    uint32_t exits, last_exit, nexits; /* of monitor/part_news.c                          */
    bool exits_lost;                /* it asked for them too late: that was said          */
    core_id at;                     /* at home, AWAY: where it runs; sure: that core said so */
    bool sure;
    core_id by;                     /* not sure: which core moves it there                 */
    bool moving;                    /* stopped by monitor/move.c                          */
    uint16_t known;                 /* elsewhere: what in its table its home has, too: monitor/known.h */
    uint32_t bucket;                /* its doorbell bucket, as its calls say              */
    uint64_t chan_used[2];          /* places in USER_CHANNELS, a bit each                */

    uint64_t exit_code, exit_kind, exit_pc; /* at home, AWAY: as where it ran said        */
    char *text;                     /* a line of MON_PRINT that is not complete yet; NULL */
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
/* At home: it has ended elsewhere; `lost`: with its core. */
void prog_ended_away(struct prog *p, bool lost);
/* By its name for the machine, in any state but AGAIN; NULL. And the entry after `p` (NULL: the first); NULL: no more. */
struct prog *prog_of_part(partition_id part);
struct prog *prog_next(struct prog *p);
/* Its name, and with it its home and its mates; PARTITION_NONE: none any more. */
void prog_set_part(struct prog *p, partition_id part);
/* All with its name, `p` first: prog_mate(p, NULL) is p; NULL: no more. prog_of_part names the first of them that came. */
struct prog *prog_mate(struct prog *p, struct prog *last);
unsigned prog_mates(const struct prog *p);
/* What tells its regions from those of its mates, in the table of their home. */
uint32_t prog_space(const struct prog *p);
/* Its memory is gone, or it is not wanted any more. */
void prog_end_here(struct prog *p);

uint64_t prog_id(const struct prog *p);
struct prog *prog_at(unsigned i);   /* the i-th that runs, the monitor first; NULL */
struct prog *prog_self(void);       /* the monitor's own entry */
unsigned progs_running(void);
/* The name of the program whose task has this number; "" for none of ours. */
const char *prog_name_of_task(uint64_t task);

/*
 * A partition of this home, and its program, for whose end `supervisor` waits; prog_go lets it run. On any failure nothing is left of
 * it; the reason was reported. *refused: the kind of its quota that has no room, or QUOTA_KINDS.
 */
MUST_CHECK status_t prog_create(const struct start_line *line, partition_id supervisor,
                                struct prog **out, unsigned *refused);
/* One more program for the partition of `first`, which has not begun. */
MUST_CHECK status_t prog_create_mate(const struct start_line *line, struct prog *first,
                                     unsigned *refused);
/* All of the partition. */
MUST_CHECK status_t prog_go(struct prog *p);
/* Both. */
MUST_CHECK status_t prog_spawn(const struct start_line *line, partition_id supervisor, partition_id *id);
/* All of the partition ended by request: not started again. ST_BUSY: it is changing core. */
MUST_CHECK status_t prog_kill(struct prog *p);

/* The same for one that hibernates. */
void prog_end_asleep(struct prog *p);

/* A fault message, or the last one (FAULT_EXIT). */
void prog_fault(uint64_t id, const struct rt_msg *m);

/* Starts those again that wait for room in the log. When to be called at the latest. */
uint64_t progs_turn(uint64_t now_ns);

/* Say that there is news. The monitor's own is told by a call of bind_self_news(). */
void prog_tell(struct prog *p);

/* A free place for a channel, taken; its address. ST_TABLE_FULL. */
MUST_CHECK status_t prog_take_chan(struct prog *p, vaddr_t *va);
void prog_give_chan(struct prog *p, vaddr_t va);

/* The number of its task, as the witness log has it. */
uint32_t prog_task(const struct prog *p);

/* More memory. ST_NOMEM, ST_TABLE_FULL; *refused: the kind of its quota that is used up, if it is that. */
MUST_CHECK status_t prog_mem(struct prog *p, uint64_t bytes, handle_t *in_its_table, uint64_t *got,
                             unsigned *refused);
