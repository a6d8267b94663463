/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/caps.h"
#include "lib/base/check.h"
#include "monitor/caps_priv.h"
#include <string.h>

/* ---- small things ---- */

void caps_send(struct caps *c, core_id to, enum peer_kind kind, const void *payload, size_t bytes)
{
    struct caps_msg m = { .kind = kind };

    CHECK(bytes <= sizeof m.word);
    memcpy(m.word, payload, bytes);
    c->count.sent[(kind - PEER_CAP_GIVE) % 16]++;
    c->env->send(c->world, to, &m);
}

void caps_wake_at(struct caps *c, uint64_t ns)
{
    if (ns < c->next_ns)
        c->next_ns = ns;
}

uint64_t caps_deadline(struct caps *c, unsigned times)
{
    uint64_t ns = c->now_ns + times * c->answer_ns;

    caps_wake_at(c, ns);
    return ns;
}

bool caps_is_dead(const struct caps *c, core_id core)
{
    return core < CAPS_CORES && (c->dead[core / 64] >> (core % 64) & 1);
}

void caps_kick(struct caps *c)
{
    c->kick = true;
}

void caps_at(struct caps *c, uint64_t now_ns)
{
    c->now_ns = now_ns;
}

void caps_look(struct caps *c)
{
    c->look = true;
}

void caps_init(struct caps *c)
{
    CHECK(c->ncores <= CAPS_CORES && c->nholds <= 0xffff && c->npasses <= 0xffff &&
          c->nops > 1 && c->nops <= 0xffff);
    if (c->slices == 0)
        c->slices = CAPS_SLICES;
    c->next_ns = UINT64_MAX;
    c->node_top = c->hold_top = c->pass_top = c->op_top = 0;
}

/* ---- tables. The lowest free entry is taken, so that a search ends where use ends ---- */

#define TAKE(c, table, n, top, FREE)                                                               \
    for (uint32_t i = 0; i < (n); i++) {                                                           \
        if ((c)->table[i].state != (FREE))                                                         \
            continue;                                                                              \
        if (i >= (c)->top)                                                                         \
            (c)->top = i + 1;                                                                      \
        return &(c)->table[i];                                                                     \
    }                                                                                              \
    return NULL

struct caps_node *node_new(struct caps *c)
{
    TAKE(c, node, c->nnodes, node_top, NODE_FREE);
}

struct caps_hold *hold_new(struct caps *c)
{
    TAKE(c, hold, c->nholds, hold_top, HOLD_FREE);
}

struct caps_pass *pass_new(struct caps *c)
{
    TAKE(c, pass, c->npasses, pass_top, PASS_FREE);
}

/* The last is for CAP_UNDO of what is gone: revokes that fill the table may wait for its answer, and it
 * waits for none that does. */
static struct caps_op *op_take(struct caps *c, enum op_kind kind)
{
    uint32_t n = c->nops - (kind != OP_UNDO);

    TAKE(c, op, n, op_top, OP_FREE);
}

uint64_t node_id(const struct caps *c, const struct caps_node *n)
{
    return (uint64_t)(n - c->node) | (uint64_t)(n->generation + 1) << 32;
}

struct caps_node *node_find(struct caps *c, uint64_t node)
{
    struct caps_node *n = (uint32_t)node < c->nnodes ? &c->node[(uint32_t)node] : NULL;

    return n != NULL && n->state != NODE_FREE && node_id(c, n) == node ? n : NULL;
}

struct caps_node *node_of_proxy(struct caps *c, handle_t proxy)
{
    for (uint32_t i = 0; i < c->node_top; i++)
        if (c->node[i].state != NODE_FREE && c->node[i].proxy == proxy)
            return &c->node[i];
    return NULL;
}

struct caps_hold *hold_find(struct caps *c, core_id owner, uint64_t node)
{
    for (uint32_t i = 0; i < c->hold_top; i++)
        if (c->hold[i].state != HOLD_FREE && c->hold[i].owner == owner && c->hold[i].node == node)
            return &c->hold[i];
    return NULL;
}

struct caps_hold *hold_of_import(struct caps *c, handle_t import)
{
    for (uint32_t i = 0; i < c->hold_top; i++)
        if (c->hold[i].state != HOLD_FREE && c->hold[i].import == import)
            return &c->hold[i];
    return NULL;
}

uint32_t hold_id(const struct caps *c, const struct caps_hold *h)
{
    return ID(ID_HOLD, h - c->hold, h->generation);
}

struct caps_hold *hold_of_id(struct caps *c, uint32_t id)
{
    struct caps_hold *h = ID_INDEX(id) < c->nholds ? &c->hold[ID_INDEX(id)] : NULL;

    return h != NULL && h->state != HOLD_FREE && hold_id(c, h) == id ? h : NULL;
}

uint32_t pass_id(const struct caps *c, const struct caps_pass *p)
{
    return ID(ID_PASS, p - c->pass, p->generation);
}

struct caps_pass *pass_of_id(struct caps *c, uint32_t id)
{
    struct caps_pass *p = ID_INDEX(id) < c->npasses ? &c->pass[ID_INDEX(id)] : NULL;

    return p != NULL && p->state != PASS_FREE && pass_id(c, p) == id ? p : NULL;
}

struct caps_pass *pass_of_proxy(struct caps *c, handle_t proxy)
{
    for (uint32_t i = 0; i < c->pass_top; i++)
        if (c->pass[i].state != PASS_FREE && c->pass[i].proxy == proxy)
            return &c->pass[i];
    return NULL;
}

struct caps_pass *pass_find(struct caps *c, core_id owner, uint64_t node)
{
    for (uint32_t i = 0; i < c->pass_top; i++)
        if (c->pass[i].state != PASS_FREE && c->pass[i].owner == owner && c->pass[i].node == node)
            return &c->pass[i];
    return NULL;
}

struct caps_op *op_new(struct caps *c, enum op_kind kind, uint64_t client)
{
    struct caps_op *o = op_take(c, kind);
    uint16_t generation;

    if (o == NULL)
        return NULL;
    generation = (uint16_t)(o->generation + 1);
    *o = (struct caps_op){ .kind = (uint8_t)kind,
                           .state = OP_ASKED,
                           .generation = generation,
                           .client = client,
                           .started = ++c->begun,
                           .to = CAPS_NO_CORE,
                           .from = CAPS_NO_CORE };
    return o;
}

uint32_t op_id(const struct caps *c, const struct caps_op *o)
{
    return ID(ID_OP, o - c->op, o->generation);
}

struct caps_op *op_of_id(struct caps *c, uint32_t id)
{
    struct caps_op *o = ID_INDEX(id) < c->nops ? &c->op[ID_INDEX(id)] : NULL;

    return ID_TAG(id) == ID_OP && o != NULL && o->state != OP_FREE && op_id(c, o) == id ? o : NULL;
}

struct caps_op *op_at(struct caps *c, uint16_t index_plus_1)
{
    return index_plus_1 ? &c->op[index_plus_1 - 1] : NULL;
}

uint16_t op_link(const struct caps *c, const struct caps_op *o)
{
    return (uint16_t)(o - c->op + 1);
}

/* ---- time ---- */

/* The entry's deadline, if it has passed; else the clock is told of it. */
static bool is_late(struct caps *c, uint64_t deadline_ns)
{
    if (deadline_ns == 0)
        return false;
    if (deadline_ns <= c->now_ns)
        return true;
    caps_wake_at(c, deadline_ns);
    return false;
}

static void look_at_deadlines(struct caps *c)
{
    if (c->now_ns < c->next_ns)
        return;
    c->next_ns = UINT64_MAX;
    for (uint32_t i = 0; i < c->node_top; i++)
        if (is_late(c, c->node[i].deadline_ns))
            (void)node_event(c, &c->node[i], NODE_EV_TIMEOUT, ST_TIMEOUT);
    for (uint32_t i = 0; i < c->hold_top; i++)
        if (is_late(c, c->hold[i].deadline_ns))
            (void)hold_event(c, &c->hold[i], HOLD_EV_TIMEOUT);
    for (uint32_t i = 0; i < c->pass_top; i++)
        if (is_late(c, c->pass[i].deadline_ns))
            (void)pass_event(c, &c->pass[i], PASS_EV_TIMEOUT, ST_TIMEOUT);
    for (uint32_t i = 0; i < c->op_top; i++)
        if (is_late(c, c->op[i].deadline_ns))
            op_timeout(c, &c->op[i]);
}

static bool look_at_idle(struct caps *c)
{
    for (unsigned i = 0; i < c->slices; i++) {
        struct caps_hold *h;
        handle_t import;

        if (c->env->next_idle(c->world, &import) != ST_OK) {
            c->look = false;
            return false;
        }
        h = hold_of_import(c, import);
        if (h != NULL)
            (void)hold_event(c, h, HOLD_EV_IDLE);
    }
    return true;
}

static void lower_tops(struct caps *c)
{
    while (c->node_top > 0 && c->node[c->node_top - 1].state == NODE_FREE)
        c->node_top--;
    while (c->hold_top > 0 && c->hold[c->hold_top - 1].state == HOLD_FREE)
        c->hold_top--;
    while (c->pass_top > 0 && c->pass[c->pass_top - 1].state == PASS_FREE)
        c->pass_top--;
    while (c->op_top > 0 && c->op[c->op_top - 1].state == OP_FREE)
        c->op_top--;
}

static void kick_all(struct caps *c)
{
    c->kick = false;
    for (uint32_t i = 0; i < c->op_top; i++) {
        struct caps_op *o = &c->op[i];

        if (o->state != OP_FREE)
            o->state = op_step((enum op_state)o->state, OP_EV_KICK).next;
    }
    for (uint32_t i = 0; i < c->node_top; i++)
        c->node[i].runs = c->node[i].state == NODE_UNDOING || c->node[i].state == NODE_EMPTY;
}

bool caps_turn(struct caps *c, uint64_t *next_ns)
{
    bool more = false;

    c->full = false;
    if (c->look)
        more = look_at_idle(c);
    if (c->kick)
        kick_all(c);
    for (uint32_t i = 0; i < c->hold_top; i++)
        if (hold_is_sliced(&c->hold[i]))
            more = hold_run(c, &c->hold[i]) || more;
    for (uint32_t i = 0; i < c->node_top; i++)
        if (c->node[i].runs)
            more = node_run(c, &c->node[i]) || more;
    for (uint32_t i = 0; i < c->op_top; i++)
        if (c->op[i].state == OP_RUNNING || c->op[i].state == OP_OUTLIVED)
            more = op_run(c, &c->op[i]) || more;
    look_at_deadlines(c);
    if (c->full)
        caps_wake_at(c, c->now_ns + CAPS_RETRY_NS);
    lower_tops(c);
    *next_ns = c->next_ns;
    return more || c->kick || c->look;
}

bool caps_about(struct caps *c, handle_t own, struct caps_about *about)
{
    const struct caps_node *n = node_of_proxy(c, own);
    const struct caps_hold *h = hold_of_import(c, own);
    const struct caps_pass *p = pass_of_proxy(c, own);

    if (n != NULL)
        *about = (struct caps_about){ c->core, n->holder, node_id(c, n) };
    else if (h != NULL)
        *about = (struct caps_about){ h->owner, h->owner, h->node };
    else if (p != NULL)
        *about = (struct caps_about){ p->owner, p->owner, p->node };
    return n != NULL || h != NULL || p != NULL;
}

void caps_in_use(const struct caps *c, uint32_t use[4])
{
    use[0] = use[1] = use[2] = use[3] = 0;
    for (uint32_t i = 0; i < c->node_top; i++)
        use[0] += c->node[i].state != NODE_FREE;
    for (uint32_t i = 0; i < c->hold_top; i++)
        use[1] += c->hold[i].state != HOLD_FREE;
    for (uint32_t i = 0; i < c->pass_top; i++)
        use[2] += c->pass[i].state != PASS_FREE;
    for (uint32_t i = 0; i < c->op_top; i++)
        use[3] += c->op[i].state != OP_FREE;
}

/* ---- the death of a core ---- */

/*
 * What it owned goes first, so that no answer to its requests finds it again. What was passed on of it goes
 * with the hold it came from: until then a revoke must not find that nothing is below.
 */
void caps_core_dead(struct caps *c, core_id core)
{
    if (core >= CAPS_CORES || caps_is_dead(c, core))
        return;
    c->dead[core / 64] |= 1ull << (core % 64);
    for (uint32_t i = 0; i < c->hold_top; i++)
        if (c->hold[i].state != HOLD_FREE && c->hold[i].owner == core)
            (void)hold_event(c, &c->hold[i], HOLD_EV_DEAD);
    for (uint32_t i = 0; i < c->pass_top; i++)
        if (c->pass[i].state != PASS_FREE && c->pass[i].owner == core && c->pass[i].hold == 0)
            (void)pass_event(c, &c->pass[i], PASS_EV_DEAD, ST_DEAD_CORE);
    for (uint32_t i = 0; i < c->node_top; i++)
        if (c->node[i].state != NODE_FREE && c->node[i].holder == core)
            (void)node_event(c, &c->node[i], node_back_event(&c->node[i], true), ST_DEAD_CORE);
    for (uint32_t i = 0; i < c->op_top; i++) {
        struct caps_op *o = &c->op[i];

        if (o->state == OP_ASKED && o->to == core)
            op_finish(c, o, ST_DEAD_CORE, 0, NULL);
    }
    caps_kick(c);
}
