/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/names.h"
#include <string.h>

bool name_valid(const char name[SERVICE_NAME_BYTES])
{
    size_t n = 0;

    while (n < SERVICE_NAME_BYTES && name[n] > ' ' && name[n] < 0x7f)
        n++;
    if (n == 0 || n == SERVICE_NAME_BYTES)
        return false;
    for (size_t i = n; i < SERVICE_NAME_BYTES; i++)
        if (name[i] != '\0')
            return false;
    return true;
}

static bool same(const char *a, const char *b)
{
    return memcmp(a, b, SERVICE_NAME_BYTES) == 0;
}

static struct service *find(struct names *n, const char *name)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (same(n->service[i].name, name))
            return &n->service[i];
    return NULL;
}

static const char free_name[SERVICE_NAME_BYTES];

status_t names_register(struct names *n, const char *name, core_id core, uint64_t id)
{
    struct service *s;

    if (!name_valid(name))
        return ST_INVALID;
    if (find(n, name) != NULL)
        return ST_EXISTS;
    if ((s = find(n, free_name)) == NULL)
        return ST_TABLE_FULL;
    memcpy(s->name, name, SERVICE_NAME_BYTES);
    s->core = core;
    s->id = id;
    return ST_OK;
}

void names_unregister(struct names *n, core_id core, uint64_t id)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (n->service[i].core == core && n->service[i].id == id)
            memset(&n->service[i], 0, sizeof n->service[i]);
}

void names_move(struct names *n, core_id from, uint64_t was, core_id core, uint64_t id)
{
    for (size_t i = 0; i < NAMES_MAX; i++) {
        struct service *s = &n->service[i];

        if (s->name[0] == '\0' || s->core != from || s->id != was)
            continue;
        s->core = core;
        s->id = id;
    }
}

void names_drop_core(struct names *n, core_id core)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (n->service[i].core == core)
            memset(&n->service[i], 0, sizeof n->service[i]);
    for (size_t i = 0; i < LOOKUPS_MAX; i++)
        if (n->lookup[i].core == core)
            memset(&n->lookup[i], 0, sizeof n->lookup[i]);
}

status_t names_lookup(struct names *n, const char *name, core_id core, uint64_t ticket,
                      const struct service **found)
{
    if (!name_valid(name))
        return ST_INVALID;
    if ((*found = find(n, name)) != NULL)
        return ST_OK;
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        struct lookup *l = &n->lookup[i];

        if (l->name[0] != '\0')
            continue;
        memcpy(l->name, name, SERVICE_NAME_BYTES);
        l->core = core;
        l->ticket = ticket;
        return ST_AGAIN;
    }
    return ST_TABLE_FULL;
}

void names_cancel(struct names *n, core_id core, uint64_t ticket)
{
    for (size_t i = 0; i < LOOKUPS_MAX; i++)
        if (n->lookup[i].core == core && n->lookup[i].ticket == ticket)
            memset(&n->lookup[i], 0, sizeof n->lookup[i]);
}

bool names_next_answer(struct names *n, struct lookup *lookup, const struct service **found)
{
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        struct lookup *l = &n->lookup[i];

        if (l->name[0] == '\0' || (*found = find(n, l->name)) == NULL)
            continue;
        *lookup = *l;
        memset(l, 0, sizeof *l);
        return true;
    }
    return false;
}
