/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/caps - agreement between cores about capabilities: copies and giving away, revoke,
 * retype, lending, and the death of a core. docs/protocols/caps.md has the drawings.
 *
 *     memory has one owner: the core in whose share it lies
 *
 *     owner O                          holder D                    S passes on what O owns
 *     -------                          --------                    ------------------------
 *     node: one copy that another      hold: what it holds of      pass: a copy of its copy
 *       core holds; in the kernel a      another core; in the        that another core holds;
 *       proxy below what it came from    kernel an import            in the kernel a proxy
 *
 *     op: a request of a program (or of another monitor) that is not finished
 *
 * The tree of who got what from whom is the derivation tree of the owner's kernel; nothing here
 * copies it. Only the owner's kernel retypes its RAM, so two cores cannot make two objects of the same
 * bytes. The owner sees every copy made of what it owns, so it sends to holders only.
 *
 * Pure: no clock, no memory of its own, no I/O. The functions of struct caps_env do what the machine
 * decides: in a monitor by system calls and rings, in a simulation and a model by themselves.
 *
 *     N1  a node that is not FREE has a proxy, and one holder; a ghost has none any more
 *     N2  every state in which another core's answer is missing has a deadline, and ends; EMPTY and GHOST wait
 *         for what is below them, which has its own
 *     N3  a node is FREE before its number is used again, and its generation is raised
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/abi/syscall.h"
#include "lib/base/status.h"
#include "monitor/caps_sm.h"

#define CAPS_OPS 64u
#define CAPS_SLICES 8u
#define CAPS_MAKE_MAX (1024u * 1024u) /* bytes of a frame made for another core: cleared in one go */
#define CAPS_LOG UINT64_MAX  /* as bytes of CAP_LEND: the witness log of that core, read-only */
#define CAPS_CORES 1024u    /* a simulation has more than a machine          */
#define CAPS_NO_CORE ((core_id)0xffff)

/* Kinds of CAP_ messages between monitors, with the payload of peer.def; the same numbers. */
struct caps_msg {
    uint32_t kind;              /* enum peer_kind of monitor/peer.def        */
    uint64_t word[7];           /* the payload, as it travels                */
};

/* A capability in the table of a program of this core. table 0: the monitor's own. */
struct cap_at {
    handle_t table, handle;
};

/* What goes to another core. `base` and `bytes` say which memory, `what` is CAP_WHAT | how << 24. */
struct cap_desc {
    uint64_t base, bytes;
    uint32_t what;
};

/* Where a copy goes on the core it is for: an end of a channel there (conn_ref), or an op. */
#define CAPS_TO_OP (1ull << 63)

/*
 * What the machine asks of its world; `w` is struct caps.world. Kernel calls are done whole, except
 * recall, which is one slice (CAP_RECALL); their meaning and statuses are those of lib/abi/syscall.h.
 */
/* None of these may call back into caps_ functions; what is sent to the own core arrives later. */
struct caps_env {
    void (*send)(void *w, core_id to, const struct caps_msg *m);

    status_t (*export)(void *w, struct cap_at src, uint8_t rights, unsigned how, handle_t *proxy,
                       struct cap_desc *d, handle_t *import);
    status_t (*derive)(void *w, handle_t proxy, const struct cap_desc *d, handle_t *made,
                       struct cap_desc *out);
    status_t (*settle)(void *w, handle_t proxy, bool commit);
    status_t (*origin)(void *w, struct cap_at at, struct cap_desc *d, handle_t *import);
    status_t (*import)(void *w, handle_t table, const struct cap_desc *d, struct cap_at parent,
                       handle_t *import, handle_t *given);
    status_t (*recall)(void *w, struct cap_at at, bool forced, handle_t *met);
    status_t (*drop)(void *w, handle_t own);                   /* CAP_DELETE; a stale handle is no error */
    status_t (*make)(void *w, handle_t proxy, unsigned type, uint64_t bytes, handle_t *made,
                     struct cap_desc *d);                      /* CAP_RETYPE and CAP_MARK               */
    status_t (*next_idle)(void *w, handle_t *import);          /* CAP_IDLE                              */
    status_t (*pass)(void *w, struct cap_at src, handle_t table, uint8_t rights, unsigned how,
                     handle_t *given);                         /* CAP_PASS                              */

    /* The table of who is at the end `to` of a channel, if it takes a capability now: ST_NO_SLOT, ST_GONE.
     * Then, once it is there: that program is told (tag is the sender's). */
    status_t (*receiver)(void *w, uint64_t to, handle_t *table);
    void (*arrived)(void *w, uint64_t to, handle_t given, uint64_t tag);

    /* The request of `client` is done. `given`: the new handle in its table, for retype and borrow. */
    void (*answer)(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d);

    /* Memory of this core for another: a FRAME in own, cleared, a proxy (CAP_MARK). And it came back. */
    status_t (*lend)(void *w, core_id to, uint64_t bytes, handle_t *frame, struct cap_desc *d);
    void (*returned)(void *w, handle_t frame);
    /* Memory of another core, borrowed, before anything is made of it: what the ledger refuses is not taken. Then what
     * stands for it here, 0 if nothing came of it; with that import it goes. */
    status_t (*borrow)(void *w, core_id from, const struct cap_desc *d);
    void (*borrowed)(void *w, handle_t import);

    /* A core has not answered in time: it is to be stopped, and caps_core_dead called when it surely has. */
    void (*suspect)(void *w, core_id core);
};

struct caps_node {              /* owner: one copy that another core holds           */
    uint8_t state;              /* enum node_state                                   */
    uint8_t lent;               /* memory of this core, not a program's capability  */
    uint8_t owed;               /* who wanted it given has no answer yet             */
    uint32_t generation;
    core_id holder;
    core_id passer;             /* who passed it on and may undo it: holder of parent */
    core_id asker;              /* who is owed an answer, and its name for it        */
    uint32_t reply;             /* (an undo's as well)                               */
    uint32_t parent;            /* index + 1 of the node it was passed on from       */
    uint32_t kids;              /* nodes with this one as parent                     */
    handle_t proxy;
    uint16_t op;                /* index + 1 of the op it was made for; 0: none      */
    core_id undoer;             /* undoing: who is told when it is done              */
    bool runs;                  /* undoing: the kernel has slices left               */
    uint64_t started;           /* undoing: order of beginning                       */
    uint64_t deadline_ns;
};

struct caps_hold {              /* holder: one copy of what another core owns        */
    uint8_t state;              /* enum hold_state                                   */
    uint8_t sub, idle;          /* below another capability; has no user any more    */
    uint16_t generation;
    core_id owner;
    uint32_t passes;            /* made from it                                      */
    uint64_t node;              /* its name at the owner                             */
    handle_t import;
    uint64_t deadline_ns;
};

struct caps_pass {              /* who passed a copy on that another core owns       */
    uint8_t state;              /* enum pass_state                                   */
    uint8_t owed;
    uint16_t generation;
    core_id owner;
    uint64_t node;              /* 0: not known yet                                  */
    handle_t proxy;
    uint16_t op;                /* index + 1                                         */
    uint32_t hold;              /* index + 1 of the hold it came from                */
    uint64_t deadline_ns;
};

struct caps_op {                /* a request that is not finished                    */
    uint8_t kind, state;        /* enum op_kind, enum op_state                       */
    bool own;                   /* revoke: of this core's own memory                 */
    uint16_t generation;
    core_id to;                 /* whom it waits for                                 */
    uint64_t client;            /* who is answered; of another core's request 0      */
    core_id from;               /* OP_UNDO: who asked                                */
    uint32_t from_id;
    struct cap_at at;           /* the capability it is about                        */
    uint64_t started;           /* order of beginning                                */
    uint64_t deadline_ns;
};

struct caps_counts {            /* since the start; messages by kind - PEER_CAP_GIVE */
    uint64_t sent[16];
    uint64_t revokes, retypes, gives, aborted;
};

struct caps {
    const struct caps_env *env;
    void *world;
    core_id core, ncores;
    uint64_t now_ns;            /* as of the last caps_at()                          */
    uint64_t answer_ns;         /* a core that does not answer so long is suspected  */
    unsigned slices;            /* kernel slices of one revoke in one turn; 0: CAPS_SLICES */
    uint64_t begun;             /* ops begun so far                                  */
    uint64_t dead[CAPS_CORES / 64];
    uint64_t next_ns;           /* no deadline is before this                        */
    bool look, kick;            /* imports may be idle; revokes may go on            */
    bool full;                  /* a revoke waits for room in the witness log        */
    struct caps_node *node;     /* arrays of the caller, zeroed                      */
    struct caps_hold *hold;
    struct caps_pass *pass;
    struct caps_op *op;
    uint32_t nnodes, nholds, npasses, nops; /* their lengths                         */
    uint32_t node_top, hold_top, pass_top, op_top; /* no entry in use is at or above */
    struct caps_counts count;
};

/* The arrays and their lengths, core, ncores, env, world, answer_ns are set by the caller before. */
void caps_init(struct caps *c);
/* The time; deadlines are measured from the last one told. */
void caps_at(struct caps *c, uint64_t now_ns);
/* The kernel says that imports may be idle (EVENT_CAPS). */
void caps_look(struct caps *c);
/* Unfinished work, in bounded pieces: revokes, deadlines, idle imports. True: call again at once.
 * *next_ns: when at the latest to call if nothing happens; UINT64_MAX: need not. */
bool caps_turn(struct caps *c, uint64_t *next_ns);

/*
 * Requests of a program of this core. ST_OK: env.answer follows, once, perhaps before this returns, in a
 * bounded time. Anything else: nothing was done. ST_TABLE_FULL: too many requests are under way, or no room for
 * the node; what the kernel answers for the handles (ST_INVALID_HANDLE, ST_STALE_HANDLE, ST_FOREIGN, ST_TYPE, ST_DENIED, ST_DEPTH,
 * ST_BUSY, ST_REVOKED, ST_MAPPED, ST_STATE); ST_DEAD_CORE.
 *
 *     give      ST_INVALID: `how` is neither CAP_COPY_OF nor CAP_GIVE_AWAY
 *     make      bytes of FRAME or RAM made from `ram`, whose memory another core owns. ST_INVALID: it is ours, or a
 *               frame of more than CAPS_MAKE_MAX
 *     borrow    ST_INVALID: of ourselves, of no core, or 0 bytes
 */
MUST_CHECK status_t caps_give(struct caps *c, uint64_t client, struct cap_at src, uint8_t rights,
                              unsigned how, core_id dest, uint64_t to, uint64_t tag);
/* By the monitor alone, for a holder who moves: CAP_CARRY asks for no GRANT. Else as caps_give. */
MUST_CHECK status_t caps_carry(struct caps *c, uint64_t client, struct cap_at src, uint8_t rights,
                               core_id dest, uint64_t to, uint64_t tag);
MUST_CHECK status_t caps_revoke(struct caps *c, uint64_t client, struct cap_at at);
MUST_CHECK status_t caps_make(struct caps *c, uint64_t client, struct cap_at ram, unsigned type,
                              uint64_t bytes);
MUST_CHECK status_t caps_borrow(struct caps *c, uint64_t client, core_id from, uint64_t bytes,
                                handle_t table);

/* A message of another monitor, or of this one to itself. Anything may be in it. ST_PEER: it makes no
 * sense, and changed nothing. */
MUST_CHECK status_t caps_message(struct caps *c, core_id from, const struct caps_msg *m);

/* What a proxy or an import of the own table stands for. False: for nothing that is known. */
struct caps_about {
    core_id owner, peer;        /* peer: the holder of a proxy, the owner of an import */
    uint64_t node;
};
bool caps_about(struct caps *c, handle_t own, struct caps_about *about);

/* Entries in use now: nodes, holds, passes, ops. */
void caps_in_use(const struct caps *c, uint32_t use[4]);

/* A core has stopped, for good: what it held, owned and was asked for is settled. */
void caps_core_dead(struct caps *c, core_id core);

