/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/island - the system calls with which a monitor agrees about capabilities, as functions
 * of struct caps_env (monitor/caps.h). What is done in slices is done whole here, except recall.
 */
#pragma once
#include "lib/rt/syscall.h"
#include "monitor/caps.h"

status_t island_export(void *w, struct cap_at src, uint8_t rights, unsigned how, handle_t *proxy,
                       struct cap_desc *d, handle_t *import);
status_t island_derive(void *w, handle_t proxy, const struct cap_desc *d, handle_t *made,
                       struct cap_desc *out);
status_t island_settle(void *w, handle_t proxy, bool commit);
status_t island_origin(void *w, struct cap_at at, struct cap_desc *d, handle_t *import);
status_t island_import(void *w, handle_t table, const struct cap_desc *d, struct cap_at parent,
                       handle_t *import, handle_t *given);
status_t island_recall(void *w, struct cap_at at, bool forced, handle_t *met);
status_t island_make(void *w, handle_t proxy, unsigned type, uint64_t bytes, handle_t *made,
                     struct cap_desc *d);
status_t island_next_idle(void *w, handle_t *import);
status_t island_pass(void *w, struct cap_at src, handle_t table, uint8_t rights, unsigned how,
                     handle_t *given);

/* Not of caps_env: a capability of the own table becomes a proxy; CAP_WALK. */
status_t island_mark(handle_t own);
/* m->w[0] index of the slot, m->w[1] ref told last; the answer replaces it. */
status_t island_walk(struct rt_msg *m);

/* CAP_LIST: m->w[0] the table, m->w[1] the index of a slot; the answer replaces it, and *from what it was made from. */
status_t island_list(struct rt_msg *m, handle_t *from);
/* CAP_TABLE_AS, CAP_PLACE (own 0: the slot stays free), CAP_REPLACE, CAP_UNPLACE, done whole. */
status_t island_table_as(handle_t table, core_id core);
status_t island_place(handle_t table, handle_t there, handle_t own);
status_t island_replace(handle_t table, handle_t there, handle_t own);
status_t island_unplace(handle_t table, handle_t there, bool unseen);
/* CAP_ATTENUATE, to the last page. The program must not run meanwhile. */
status_t island_attenuate(handle_t table, handle_t there, uint8_t rights);
