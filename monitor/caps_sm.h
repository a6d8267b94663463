/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/caps_sm - what becomes of one copy of a capability that lies on another core, as total
 * tables: a node at the owner, a hold at the holder, a pass at who passed it on.
 *
 *     node    FREE --give--> OFFERED --took--> HELD ----back----> FREE
 *                               |  `-refused-> FREE
 *                            recall          recall, undo
 *                               `-> RECALLED <-'  `-> UNDOING --back--> EMPTY --below--> FREE
 *                                      `-back-> FREE      `---below--> LAST ---back---> FREE
 *
 *             HELD --left--> GHOST --bare--> FREE    (left: given back, with nodes of others below)
 *
 *     hold    FREE --give--> HELD --idle--> FREE              (recall, orphan: one slice after
 *                             |--recall--> RECALLED --clear--> FREE      another, then `clear')
 *                             `--met-----> UNDOING --recall--> TAKEN --clear--> EMPTY --undone--> FREE
 *
 *     pass    FREE --ask--> ASKED --gave--> HELD --met--> UNDOING --undone--> FREE
 *                             `---met--> CROSSED --gave--------^
 *
 * "met": a revoke of this core came upon it. "below": nothing is below the node any more. A node that is
 * being undone is kept as the root of that revoke until nothing is below it, whoever gives it back.
 * Pure.
 */
#pragma once
#include "lib/base/types.h"

enum node_state {
    NODE_FREE,
    NODE_OFFERED,   /* CAP_GIVE is on its way                                       */
    NODE_HELD,
    NODE_RECALLED,  /* CAP_RECALL is on its way                                     */
    NODE_UNDOING,   /* the same, and what is below it goes first                    */
    NODE_EMPTY,     /* undoing, and its holder has given it back                    */
    NODE_LAST,      /* undoing, and only its holder's answer is missing             */
    NODE_GHOST,     /* given back, but who passed it on may still revoke what is below */
    NODE_STATES
};
enum node_event {
    NODE_EV_GIVE,
    NODE_EV_TOOK,
    NODE_EV_REFUSED,
    NODE_EV_RECALL, /* a revoke came upon it                                        */
    NODE_EV_BACK,   /* the holder has nothing of it any more                        */
    NODE_EV_LEFT,   /* the same, with nodes below that somebody passed on through it   */
    NODE_EV_BARE,   /* the last of those has gone                                   */
    NODE_EV_UNDO,   /* who passed it on, or holds it, revokes it                    */
    NODE_EV_BELOW,  /* nothing is below it any more                                 */
    NODE_EV_DEAD,   /* the holder stopped                                           */
    NODE_EV_TIMEOUT,
    NODE_EVENTS
};
enum node_action {
    NODE_DO_OFFER = 0x01,
    NODE_DO_GIVEN = 0x02,   /* who wanted it given is told                          */
    NODE_DO_RECALL = 0x04,
    NODE_DO_END = 0x08,     /* the proxy goes                                       */
    NODE_DO_TELL = 0x10,    /* who passed it on forgets it                          */
    NODE_DO_UNDONE = 0x20,
    NODE_DO_SUSPECT = 0x40,
    CAPS_DO_REFUSE = 0x80,  /* the protocol does not allow it: an error of the peer */
};

enum hold_state {
    HOLD_FREE,
    HOLD_HELD,
    HOLD_RECALLED,  /* being revoked, slice by slice                                */
    HOLD_UNDOING,   /* CAP_UNDO is on its way                                       */
    HOLD_TAKEN,     /* recalled and undoing                                         */
    HOLD_EMPTY,     /* undoing, and given back                                      */
    HOLD_ORPHAN,    /* its owner stopped; being revoked                             */
    HOLD_STATES
};
enum hold_event {
    HOLD_EV_GIVE,
    HOLD_EV_RECALL,
    HOLD_EV_CLEAR,  /* the last slice is done                                       */
    HOLD_EV_IDLE,
    HOLD_EV_MET,
    HOLD_EV_UNDONE,
    HOLD_EV_DEAD,   /* the owner stopped                                            */
    HOLD_EV_TIMEOUT,
    HOLD_EVENTS
};
enum hold_action {
    HOLD_DO_DELETE = 0x01,  /* the import goes                                      */
    HOLD_DO_BACK = 0x02,
    HOLD_DO_UNDO = 0x04,
    HOLD_DO_SUSPECT = 0x40,
};

enum pass_state {
    PASS_FREE,
    PASS_ASKED,     /* CAP_ASK is on its way                                        */
    PASS_HELD,
    PASS_CROSSED,   /* asked, and met by a revoke                                   */
    PASS_ADRIFT,    /* asked, and what it came from is gone                         */
    PASS_UNDOING,   /* CAP_UNDO is on its way                                       */
    PASS_RETRY,     /* the owner had no room for it: asked again later              */
    PASS_STATES
};
enum pass_event {
    PASS_EV_ASK,
    PASS_EV_GAVE,
    PASS_EV_GAVE_NO,
    PASS_EV_MET,
    PASS_EV_UNDONE,
    PASS_EV_AGAIN,
    PASS_EV_GONE,   /* the copy was given back                                      */
    PASS_EV_CUT,    /* what it came from is gone, and its proxy with it             */
    PASS_EV_DEAD,   /* the owner stopped                                            */
    PASS_EV_TIMEOUT,
    PASS_EVENTS
};
enum pass_action {
    PASS_DO_ASK = 0x01,
    PASS_DO_GIVEN = 0x02,
    PASS_DO_END = 0x04,     /* the proxy goes; who waits is told                    */
    PASS_DO_UNDO = 0x08,
    PASS_DO_SUSPECT = 0x40,
};

/* A request, and where it stands. */
enum op_kind { OP_NONE, OP_GIVE, OP_REVOKE, OP_MAKE, OP_BORROW, OP_UNDO };
enum op_state {
    OP_FREE,
    OP_ASKED,       /* give, make, borrow: waits for another core                   */
    OP_RUNNING,     /* revoke: the next slice of the kernel                         */
    OP_BLOCKED,     /* revoke: waits for other cores                                */
    OP_OUTLIVED,    /* revoke: what it was about is gone; waits for those that took it */
    OP_STATES
};
enum op_event {
    OP_EV_OK,       /* the kernel: nothing is left                                  */
    OP_EV_AGAIN,    /* a slice is done                                              */
    OP_EV_REMOTE,   /* it came upon a proxy or an import                            */
    OP_EV_BUSY,     /* only those are left                                          */
    OP_EV_STALE,    /* the capability is gone                                       */
    OP_EV_KICK,     /* something of another core has gone                           */
    OP_EV_ALONE,    /* no other revoke that may have taken it is under way          */
    OP_EV_DONE,     /* the other core has answered, or is dead                      */
    OP_EV_TIMEOUT,
    OP_EVENTS
};
enum op_action {
    OP_DO_FINISH = 0x01,    /* answered, forgotten                                  */
    OP_DO_MET = 0x02,
    OP_DO_SUSPECT = 0x40,
};

struct caps_step {
    uint8_t action, next;
};

/* Total: every event in every state. */
struct caps_step node_step(enum node_state state, enum node_event event);
struct caps_step hold_step(enum hold_state state, enum hold_event event);
struct caps_step pass_step(enum pass_state state, enum pass_event event);
struct caps_step op_step(enum op_state state, enum op_event event);

/* Does another core owe an answer in this state? */
bool node_has_deadline(enum node_state state);
bool hold_has_deadline(enum hold_state state);
bool pass_has_deadline(enum pass_state state);
