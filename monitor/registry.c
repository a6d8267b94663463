/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/registry.h"
#include "monitor/core.h"
#include "monitor/mon.h"
#include "monitor/names.h"
#include <string.h>

#define SERVICES_MAX 32u

struct own_service {
    uint64_t prog;          /* 0: entry not in use                    */
    uint32_t generation;
    uint64_t told;          /* its id as its program knows it, if it came from another core; or 0 */
    status_t named;         /* what the register answered             */
    bool asked;             /* the register has not answered yet      */
    bool news;              /* and the program was not told yet       */
};

static struct own_service services[SERVICES_MAX];
static struct names names;  /* first core */

static uint64_t service_id(const struct own_service *s)
{
    return (uint64_t)(s - services) | (uint64_t)s->generation << 16;
}

static struct own_service *find(uint64_t id)
{
    struct own_service *s = &services[id % 65536 % SERVICES_MAX];

    return s->prog != 0 && service_id(s) == id ? s : NULL;
}

struct prog *registry_service(uint64_t id)
{
    const struct own_service *s = find(id);

    return s != NULL ? prog_find(s->prog) : NULL;
}

static void answered(struct own_service *s, status_t st)
{
    struct prog *p = prog_find(s->prog);

    s->named = st;
    s->news = true;
    s->asked = false;
    if (p != NULL)
        prog_tell(p);
}

status_t registry_serve(struct prog *p, const char *name, uint64_t *id)
{
    struct peer_REGISTER m = { .id = 0 };

    if (!name_valid(name))
        return ST_INVALID;
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        struct own_service *s = &services[i];

        if (s->prog != 0)
            continue;
        s->prog = prog_id(p);
        s->told = 0;
        s->generation++;
        s->news = false;
        s->asked = true;
        memcpy(m.name, name, sizeof m.name); /* first: `id` may lie where the name is */
        *id = m.id = service_id(s);
        peers_send(FIRST_CORE, PEER_REGISTER, &m, sizeof m);
        if (core_is_gone(FIRST_CORE))
            answered(s, ST_DEAD_CORE);
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

void registry_on_named(core_id from, const struct peer_NAMED *m)
{
    struct own_service *s = find(m->id);

    if (from == FIRST_CORE && s != NULL)
        answered(s, (status_t)m->status);
}

bool registry_next_news(uint64_t prog, struct rt_msg *m)
{
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        struct own_service *s = &services[i];

        if (s->prog != prog || !s->news)
            continue;
        m->w[1] = NEWS_NAMED;
        m->w[2] = service_id(s);
        m->w[3] = s->named;
        s->news = false;
        if (s->named != ST_OK)
            s->prog = 0;
        return true;
    }
    return false;
}

void registry_prog_dead(uint64_t prog)
{
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        if (services[i].prog != prog)
            continue;
        PEER_SEND(FIRST_CORE, UNREGISTER, .id = service_id(&services[i]));
        services[i].prog = 0;
    }
}

/* ---- programs that change core ---- */

uint64_t registry_told(uint64_t id)
{
    const struct own_service *s = find(id);

    return s != NULL && s->told != 0 ? s->told : id;
}

status_t registry_next_service(uint64_t prog, uint64_t *id)
{
    const struct own_service *s = *id != 0 ? find(*id) + 1 : services;

    for (; s < services + SERVICES_MAX; s++) {
        if (s->prog != prog)
            continue;
        *id = service_id(s);
        return s->asked || s->news ? ST_BUSY : ST_OK;
    }
    return ST_NOT_FOUND;
}

status_t registry_arrive(uint64_t prog, uint64_t told, uint64_t *id)
{
    for (unsigned i = 0; i < SERVICES_MAX; i++) {
        struct own_service *s = &services[i];

        if (s->prog != 0)
            continue;
        *s = (struct own_service){ .prog = prog, .told = told, .generation = s->generation + 1 };
        *id = service_id(s);
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

void registry_moved(core_id from, uint64_t was, uint64_t id)
{
    PEER_SEND(FIRST_CORE, MOVE_NAME, .was = was, .id = id, .from = from);
}

void registry_forget(uint64_t prog)
{
    for (unsigned i = 0; i < SERVICES_MAX; i++)
        if (services[i].prog == prog)
            services[i].prog = 0;
}

/* ---- the register of all names: first core only ---- */

static void answer(core_id core, uint64_t ref, status_t st, const struct service *s)
{
    PEER_SEND(core, FOUND, .ref = ref, .id = s != NULL ? s->id : 0,
              .core = s != NULL ? s->core : 0, .status = (uint32_t)st);
}

void registry_on_register(core_id from, const struct peer_REGISTER *m)
{
    const struct service *s;
    struct lookup waiting;
    status_t st;

    if (!mon.first)
        return;
    st = names_register(&names, m->name, from, m->id);
    PEER_SEND(from, NAMED, .id = m->id, .status = (uint32_t)st);
    while (names_next_answer(&names, &waiting, &s))
        answer(waiting.core, waiting.ticket, ST_OK, s);
}

void registry_on_unregister(core_id from, const struct peer_UNREGISTER *m)
{
    if (mon.first)
        names_unregister(&names, from, m->id);
}

void registry_on_name(core_id from, const struct peer_MOVE_NAME *m)
{
    if (mon.first)
        names_move(&names, (core_id)m->from, m->was, from, m->id);
}

void registry_on_lookup(core_id from, const struct peer_LOOKUP *m)
{
    const struct service *s = NULL;
    status_t st;

    if (!mon.first)
        return;
    st = names_lookup(&names, m->name, from, m->ref, &s);
    if (st != ST_AGAIN)
        answer(from, m->ref, st, s);
}

void registry_on_cancel(core_id from, const struct peer_CANCEL *m)
{
    if (mon.first)
        names_cancel(&names, from, m->ref);
}

void registry_drop_core(core_id core)
{
    for (unsigned i = 0; i < SERVICES_MAX && core == FIRST_CORE; i++)
        if (services[i].prog != 0 && services[i].asked)
            answered(&services[i], ST_DEAD_CORE);
    if (mon.first)
        names_drop_core(&names, core);
}
