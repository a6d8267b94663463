/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/part_merge - whether two become one, and how. */
#include "lib/base/check.h"
#include "monitor/fail.h"
#include "monitor/part_shape_priv.h"
#include "witness/record.h"

static struct merge_cap caps[2][PART_CAPS];

/* What the table does not know. */
static status_t look(const struct shape_members *a, const struct shape_members *b, bool proved,
                     const struct feed_SCORES *s, struct merge_facts *f)
{
    struct part_caps *c = &shape_caps;
    status_t st;

    c->n = c->nmaps[0] = c->nmaps[1] = 0;
    if ((st = part_caps_list(a->prog, a->n, 0, c)) != ST_OK ||
        (st = part_caps_list(b->prog, b->n, 1, c)) != ST_OK)
        return st;
    objects_number(c->cap, c->n);
    *f = (struct merge_facts){.weight_ab = s->between, /* as a counts it, and as b does */
                              .weight_ba = s->between,
                              .total_a = s->total_a,
                              .total_b = s->total_b,
                              .cap_a = caps[0],
                              .cap_b = caps[1],
                              .ncaps_a = objects_merge(c->cap, c->n, 0, caps[0]),
                              .ncaps_b = objects_merge(c->cap, c->n, 1, caps[1]),
                              .proof = proved,
                              .map_a = c->map[0],
                              .map_b = c->map[1],
                              .nmaps_a = c->nmaps[0],
                              .nmaps_b = c->nmaps[1]};
    return ST_OK;
}

/* The record first: without it nothing has happened. */
static status_t commit(partition_id a, partition_id b, partition_id one)
{
    const struct note first = {
        .kind = WITNESS_PARTITION_MERGE, .flags = WITNESS_F_COMMIT, .target = a, .payload = one};
    struct partition_do todo[3];
    status_t st;

    fail_point(0, "merge");
    st = note_begun(&first);
    if (st != ST_OK) {
        CHECK(partition_merge_abort(home_table(), one, todo) == ST_OK);
        shape_note(todo, 3);
        return st;
    }
    CHECK(partition_merge_done(home_table(), one, todo) == ST_OK);
    CHECK(todo[0].record == first.kind && todo[0].flags == first.flags && todo[0].target == a &&
          todo[0].payload == one && todo[1].target == b);
    shape_note(todo + 1, 2);
    return ST_OK;
}

static void become_one(const struct shape_members *m, partition_id was, partition_id one)
{
    for (unsigned i = 0; i < m->n; i++)
        shape_rename(m->prog[i], one);
    shape_tell_all(was, one);
}

/* It runs if either ran. */
static void awake(const struct shape_members *m, bool runs)
{
    for (unsigned i = 0; i < m->n && runs; i++)
        m->prog[i]->suspended = false;
}

static status_t decide(const struct shape_members m[2], partition_id a, partition_id b, bool proved,
                       const struct feed_SCORES *s, struct rt_msg *said)
{
    struct partitions *t = home_table();
    const struct partition *is;
    struct merge_facts facts;
    struct partition_do todo;
    uint32_t missing = 0;
    partition_id one;
    status_t st;

    if ((st = look(&m[0], &m[1], proved, s, &facts)) != ST_OK ||
        (st = partition_set_coherence(t, a, s->score_a)) != ST_OK ||
        (st = partition_set_coherence(t, b, s->score_b)) != ST_OK)
        return st;
    st = partition_merge(t, a, b, &facts, &missing, &one, &todo);
    said->w[2] = missing;
    if (missing != 0)
        shape_note(&todo, 1);
    if (st != ST_OK || (st = commit(a, b, one)) != ST_OK)
        return st;
    become_one(&m[0], a, one);
    become_one(&m[1], b, one);
    CHECK(partition_find(t, one, &is) == ST_OK);
    awake(&m[0], is->state == LIFE_RUNNING);
    awake(&m[1], is->state == LIFE_RUNNING);
    said->w[1] = one;
    return ST_OK;
}

/* Nobody knows how coherent they are: refused by that name, and recorded. */
static status_t refuse_blind(partition_id a, partition_id b)
{
    const struct note n = {.kind = WITNESS_PARTITION_MERGE,
                           .flags = WITNESS_F_CANCEL,
                           .target = a,
                           .payload = b | (uint64_t)(1u << MERGE_COHERENCE) << 32};
    status_t st = note_begun(&n);

    return st != ST_OK ? st : ST_STATE;
}

status_t merge_perform(partition_id a, partition_id b, bool proved,
                       const struct feed_SCORES *scores, struct rt_msg *said)
{
    struct shape_members m[2];
    const struct partition *is;
    status_t st;

    if (a == b)
        return ST_INVALID;
    if ((st = partition_find(home_table(), a, &is)) != ST_OK ||
        (st = partition_find(home_table(), b, &is)) != ST_OK ||
        (st = shape_members(a, &m[0])) != ST_OK || (st = shape_members(b, &m[1])) != ST_OK)
        return st;
    if ((st = note_room_for(8 + 2 * (m[0].n + m[1].n))) != ST_OK)
        return st;
    if (scores == NULL)
        return refuse_blind(a, b);
    if ((st = shape_stop(&m[0])) != ST_OK)
        return st;
    if ((st = shape_stop(&m[1])) == ST_OK) {
        st = decide(m, a, b, proved, scores, said);
        shape_go_on(&m[1]);
    }
    shape_go_on(&m[0]);
    return st;
}
