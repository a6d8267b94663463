/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skb/client - asking the system knowledge base, from any core.
 *
 *     struct skb_client skb;
 *     if ((st = skb_open(&skb, deadline)) == ST_OK)
 *         st = skb_distance(&skb, 0, 3, &ns);
 *
 * Each call is one request and its reply, at most SKB_PATIENCE_NS. ST_GONE when the SKB died
 * (skb_open again), ST_TIMEOUT, and what the function itself says.
 */
#pragma once
#include "lib/rt/chan.h"
#include "skb/fact.h"
#include "skb/plan.h"
#include "urpc/call.h"

#define SKB_PATIENCE_NS 2000000000ull

struct skb_client {
    struct rt_chan chan;
    struct urpc_calls calls;
    struct urpc_call call[1];
};

MUST_CHECK status_t skb_open(struct skb_client *c, uint64_t deadline_ns);
void skb_close(struct skb_client *c);

MUST_CHECK status_t skb_put(struct skb_client *c, const struct fact *f);
/* ST_NOT_FOUND: not known. */
MUST_CHECK status_t skb_get(struct skb_client *c, enum fact_kind kind, uint16_t a, uint16_t b,
                            struct fact *out);
/* Go through all facts of a kind (0: all). *at is 0 at first. ST_NOT_FOUND: no more. */
MUST_CHECK status_t skb_next(struct skb_client *c, unsigned kind, uint16_t *at, struct fact *out);
MUST_CHECK status_t skb_distance(struct skb_client *c, core_id from, core_id to, uint64_t *ns);
/* Up to *n cores, at most SKB_NEAREST_MAX. */
MUST_CHECK status_t skb_nearest(struct skb_client *c, core_id from, unsigned *n, core_id *out);
/* ST_AGAIN: what is known kept changing while it was asked. As query_tree (skb/query.h) says. */
MUST_CHECK status_t skb_tree(struct skb_client *c, core_id root, uint64_t mask,
                             struct tree_plan *out);
MUST_CHECK status_t skb_owner(struct skb_client *c, const char *name, unsigned index,
                              struct fact *device);
/* The device whose registers hold this address. */
MUST_CHECK status_t skb_owner_at(struct skb_client *c, uint64_t address, struct fact *device);
/* How many facts there are; *version (may be NULL) rises when one changes. */
MUST_CHECK status_t skb_count(struct skb_client *c, uint32_t *facts, uint64_t *version);
/* The SKB writes its facts of a kind (0: all) to the console, as records. */
MUST_CHECK status_t skb_print(struct skb_client *c, unsigned kind, unsigned *n);
