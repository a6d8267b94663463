/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/conn - the ends of channels of this core's programs: the table, and how an end is
 * mapped into its program. What happens to an end, and when, bind.c and bind_sm.h say.
 *
 *     C1  an end that is mapped has its frame, its place in the program and its bell; one
 *         that is not has no frame
 *     C2  an entry is used again only when its state is FREE and its program knows all
 */
#pragma once
#include "monitor/bind_sm.h"
#include "monitor/mover.h"
#include "monitor/prog.h"

#define CONNS 256u
#define CONN_CAPS 4u        /* capabilities offered room for or come, and not fetched yet */

enum conn_news { TELL_BOUND = 1, TELL_CLIENT = 2, TELL_REFUSED = 4, TELL_CAP = 8, TELL_GONE = 16 };

/* One end. In use while its state is not FREE or its program was not yet told something. */
struct conn {
    enum bind_state state;
    uint32_t generation;
    uint32_t news;              /* enum conn_news                                        */
    uint64_t prog;              /* the program of this end                               */
    uint64_t service;           /* its id at its own monitor                             */
    uint64_t peer_ref;          /* the other end, once known                             */
    core_id peer;
    uint32_t peer_bucket;
    uint32_t piece;             /* PIECE_NONE: not known yet                             */
    bool took_piece;            /* it is this end that gives the piece back              */
    bool moved;                 /* this end or the other is not where it was bound:      */
    uint8_t moved_side;         /*   which half is its own, all the same                 */
    core_id mem_core, mem_with; /*   the piece is of mem_core's with mem_with            */
    struct mover_far far;       /* the other end is on its way                           */
    bool let_go;                /*   and what happened meanwhile waits                   */
    bool server;
    uint32_t task;              /* number of its program's, for the witness log          */
    bool noted;                 /* the witness log has it that this channel was made     */
    status_t refused;
    uint64_t deadline_ns;
    vaddr_t va;                 /* place in the program; 0: none                         */
    handle_t frame;             /* mapped there; 0: not mapped                           */
    handle_t bell;              /* in the program's table                                */
    char name[NAME_BYTES];
    uint8_t slots;              /* capabilities its program takes                        */
    uint8_t first_come, come;   /* those that came, in order                             */
    struct conn_cap {
        handle_t handle;
        uint64_t tag;
    } cap[CONN_CAPS];
};

/* An end that has moved to another core: nothing of it is left here, and nobody is told. */
void conn_forget(struct conn *c);
/* The entry number i < CONNS. */
struct conn *conn_at(unsigned i);

/* An end's name for the other monitor, and back; NULL: no such end is in use. */
uint64_t conn_ref(const struct conn *c);
struct conn *conn_find(uint64_t ref);
/* The end whose other end `peer` calls peer_ref. */
struct conn *conn_find_other(core_id peer, uint64_t peer_ref);

/* A fresh entry for a program. NULL: all are in use. */
struct conn *conn_take(uint64_t prog);
unsigned conns_in_use(void);

/* Which half of the memory is its own: the lower core is side 0; on one core the client is. */
unsigned conn_side(const struct conn *c);

/* The memory of it, as piece_frame() names it: the core that gives it out, and with whom it shares that. */
core_id conn_mem_core(const struct conn *c);
core_id conn_mem_with(const struct conn *c);
/* A bell for this end's program, in the monitor's own table. */
MUST_CHECK status_t conn_make_bell(const struct conn *c, handle_t *bell);
/* Its halves, out of c->frame, into the space of `p`. */
MUST_CHECK status_t conn_map_halves(const struct prog *p, const struct conn *c);

/* Into the program, with its bell; and into the witness log. All of it, or nothing is left. */
MUST_CHECK status_t conn_map(struct conn *c);
/* The log hears that the channel has ended at this end, and by what: 0 this end, WITNESS_F_CANCEL the other, WITNESS_F_FAULT
 * the other's core, WITNESS_F_ARRIVED: this end, or the other, is on another core now. */
void conn_ended(struct conn *c, unsigned why);
/* And that one is here now, mapped, that came with its program. ST_LOG_FULL: it has not. */
MUST_CHECK status_t conn_arrived(struct conn *c, const struct prog *p);
/* The other end is elsewhere from now on, or back: for the log one channel has ended and another is there. */
void conn_set_other(struct conn *c, core_id core, uint64_t ref, uint32_t bucket);
void conn_unmap(struct conn *c);        /* no effect if it is not mapped  */
void conn_give_place(struct conn *c);   /* the address, for another one   */
void conn_release(struct conn *c);      /* the memory, if it is ours to give back */

/* Room for `n` more capabilities. ST_TABLE_FULL. And one that came, for its program to fetch. */
MUST_CHECK status_t conn_accept(struct conn *c, uint64_t n);
void conn_cap_came(struct conn *c, handle_t handle, uint64_t tag);
/* The end of a program whose channel is mapped at `va`. NULL. */
struct conn *conn_of_va(const struct prog *p, vaddr_t va);

/* Something for its program to ask for, and that it has asked. */
void conn_tell(struct conn *c, uint32_t news);
void conn_told(struct conn *c, uint32_t news);
/* The next piece of news of a program, as words of the answer to MON_NEWS. */
bool conn_next_news(const struct prog *p, struct rt_msg *m);
