/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/caps_priv - what the files of monitor/caps share.
 *
 *     caps.c       tables, time, the death of a core
 *     caps_node.c  the owner's side: what others hold of ours
 *     caps_hold.c  the holder's side: holds and passes
 *     caps_op.c    requests, and revokes slice by slice
 *     caps_msg.c   messages
 *     caps_sm.c    the tables of states
 */
#pragma once
#include "monitor/caps.h"
#include "monitor/peer.h"

/* A name for an entry that another core gives back to us: index, generation, and which table. */
#define ID_OP 0u
#define ID_PASS 1u
#define ID_HOLD 2u
#define ID(tag, index, generation)                                                                 \
    ((uint32_t)(tag) << 30 | ((uint32_t)(generation) & 0x3fffu) << 16 | ((uint32_t)(index) & 0xffffu))
#define ID_TAG(id) ((id) >> 30)
#define ID_INDEX(id) ((id) & 0xffffu)
#define ID_GENERATION(id) ((id) >> 16 & 0x3fffu)

#define CAPS_RETRY_NS 1000000u

void caps_send(struct caps *c, core_id to, enum peer_kind kind, const void *payload, size_t bytes);
#define CAPS_SEND(c, to, NAME, ...)                                                                \
    caps_send((c), (to), PEER_##NAME, &(const struct peer_##NAME){ __VA_ARGS__ },                  \
              sizeof(struct peer_##NAME))
uint64_t caps_deadline(struct caps *c, unsigned times); /* of answer_ns; told to the clock */
void caps_wake_at(struct caps *c, uint64_t ns);
bool caps_is_dead(const struct caps *c, core_id core);
/* Somebody else's revoke may go on. */
void caps_kick(struct caps *c);

/* ---- tables: NULL when full, or not there ---- */
struct caps_node *node_new(struct caps *c);
struct caps_node *node_find(struct caps *c, uint64_t node);
struct caps_node *node_of_proxy(struct caps *c, handle_t proxy);
uint64_t node_id(const struct caps *c, const struct caps_node *n);

struct caps_hold *hold_new(struct caps *c);
struct caps_hold *hold_find(struct caps *c, core_id owner, uint64_t node);
struct caps_hold *hold_of_import(struct caps *c, handle_t import);
struct caps_hold *hold_of_id(struct caps *c, uint32_t id);
uint32_t hold_id(const struct caps *c, const struct caps_hold *h);

struct caps_pass *pass_new(struct caps *c);
struct caps_pass *pass_of_id(struct caps *c, uint32_t id);
struct caps_pass *pass_of_proxy(struct caps *c, handle_t proxy);
struct caps_pass *pass_find(struct caps *c, core_id owner, uint64_t node);
uint32_t pass_id(const struct caps *c, const struct caps_pass *p);

struct caps_op *op_new(struct caps *c, enum op_kind kind, uint64_t client);
struct caps_op *op_of_id(struct caps *c, uint32_t id);
struct caps_op *op_at(struct caps *c, uint16_t index_plus_1);
uint32_t op_id(const struct caps *c, const struct caps_op *o);
uint16_t op_link(const struct caps *c, const struct caps_op *o);

/* ---- the owner ---- */
struct offer {
    struct cap_desc d;
    uint64_t to, tag;
};
/* A node with its proxy made; the offer goes out. */
void node_offer(struct caps *c, struct caps_node *n, core_id holder, handle_t proxy,
                const struct offer *offer);
/* False: the protocol does not allow it. `st`: why it ends, for who is owed an answer. */
bool node_event(struct caps *c, struct caps_node *n, enum node_event ev, status_t st);
/* It was given back, or its holder died: which event that is. */
enum node_event node_back_event(const struct caps_node *n, bool dead);
bool node_undo(struct caps *c, struct caps_node *n, core_id from, uint32_t id);
bool node_run(struct caps *c, struct caps_node *n); /* slices of an undo; true: there is more */

/* ---- the holder ---- */
void pass_ask(struct caps *c, struct caps_pass *p, struct caps_hold *h, core_id dest,
              const struct offer *offer);
bool pass_event(struct caps *c, struct caps_pass *p, enum pass_event ev, status_t st);
bool hold_event(struct caps *c, struct caps_hold *h, enum hold_event ev);
bool hold_run(struct caps *c, struct caps_hold *h);
bool hold_is_sliced(const struct caps_hold *h);

/* ---- requests ---- */
void op_finish(struct caps *c, struct caps_op *o, status_t st, handle_t given,
               const struct cap_desc *d);
bool op_run(struct caps *c, struct caps_op *o);
/* A revoke came upon this proxy or import. */
void caps_met(struct caps *c, handle_t met);
/* UNDO of a node that is gone: answered when no revoke is under way that may have taken it. */
void op_undo_gone(struct caps *c, core_id from, uint32_t id);
void op_timeout(struct caps *c, struct caps_op *o);
