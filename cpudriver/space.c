/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/space.h"
#include "cpudriver/aarch64/pte.h"
#include "cpudriver/aarch64/tlb.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"

status_t space_init(struct kcb *k, struct space *s, uint32_t pages)
{
    uint16_t i = 0;

    if (k->nspaces >= SPACES_MAX)
        return ST_TABLE_FULL;
    while (k->spaces[i].space) /* at most SPACES_MAX steps; there is a free one */
        i++;
    k->nspaces++;
    k->spaces[i].space = s;
    object_init(&s->object, CAP_SPACE);
    list_init(&s->tasks);
    list_init(&s->lru);
    s->root = kpa(s) - SPACE_HEADER_OFFSET;
    s->npages = pages;
    s->used = 1;
    s->index = i;
    s->serial = k->spaces[i].serial;
    return ST_OK;
}

void space_dies(struct kcb *k, struct space *s)
{
    if (k->active == s)
        space_enter(k, NULL);
    if (s->asid) {
        tlb_forget_asid(s->asid);
        tlb_sync();
        list_remove(&s->lru);
        k->free_asid[k->nfree_asids++] = s->asid; /* at most one a space: it fits */
    }
    k->spaces[s->index].space = NULL;
    k->spaces[s->index].serial++;
    k->nspaces--;
}

/* --- page tables ----------------------------------------------------------------------- */

static uint64_t *table_at(paddr_t pa)
{
    return (uint64_t *)kva(pa);
}

/* The level-3 entry for `va`; NULL if a table is missing. */
static uint64_t *walk(const struct space *s, vaddr_t va)
{
    uint64_t pte = table_at(s->root)[pte_index(va, 1)];

    if (!(pte & PTE_VALID))
        return NULL;
    pte = table_at(pte & PTE_ADDRESS)[pte_index(va, 2)];
    if (!(pte & PTE_VALID))
        return NULL;
    return &table_at(pte & PTE_ADDRESS)[pte_index(va, 3)];
}

static bool grow(struct space *s, uint64_t *entry)
{
    if (*entry & PTE_VALID)
        return true;
    if (s->used == s->npages)
        return false;
    *entry = pte_table(s->root + s->used++ * PAGE_BYTES); /* its memory is zero from the start */
    return true;
}

/* As walk, but makes what is missing from the pages the space brought; NULL: used up. */
static uint64_t *walk_grow(struct space *s, vaddr_t va)
{
    uint64_t *entry = &table_at(s->root)[pte_index(va, 1)];

    if (!grow(s, entry))
        return NULL;
    entry = &table_at(*entry & PTE_ADDRESS)[pte_index(va, 2)];
    if (!grow(s, entry))
        return NULL;
    return &table_at(*entry & PTE_ADDRESS)[pte_index(va, 3)];
}

struct space *space_mapped(const struct kcb *k, const struct cap *c)
{
    const struct space_slot *slot;

    if (c->space == 0)
        return NULL;
    slot = &k->spaces[c->space - 1];
    return slot->serial == c->serial ? slot->space : NULL;
}

/* The entries are written; afterwards no access of this core uses what was there before. */
static void forget_pages(const struct space *s, vaddr_t va, uint64_t count)
{
    if (!s->asid)
        return; /* it was never entered since its id was taken away: nothing is cached */
    dsb_nsh();
    for (uint64_t i = 0; i < count; i++)
        tlb_forget_page(s->asid, va + i * PAGE_BYTES);
    tlb_sync();
}

static status_t check_perm(const struct cap *c, uint32_t perm)
{
    if (!(perm & PERM_READ) || (perm & ~(uint32_t)(PERM_READ | PERM_WRITE | PERM_EXECUTE)))
        return ST_INVALID;
    if ((perm & PERM_WRITE) && (perm & PERM_EXECUTE))
        return ST_DENIED;
    if (!(c->rights & RIGHT_READ) || ((perm & PERM_WRITE) && !(c->rights & RIGHT_WRITE)) ||
        ((perm & PERM_EXECUTE) && (!(c->rights & RIGHT_EXECUTE) || c->type == CAP_DEVICE)))
        return ST_DENIED;
    return ST_OK;
}

static status_t check_range(const struct cap *c, uint64_t first, uint64_t count)
{
    uint64_t pages = c->value / PAGE_BYTES;

    return count == 0 || count > MAP_SLICE || first >= pages || count > pages - first ? ST_INVALID
                                                                                      : ST_OK;
}

status_t space_map(struct kcb *k, struct cap *c, struct space *s, vaddr_t va, uint32_t perm,
                   uint64_t first, uint64_t count)
{
    struct space *now = space_mapped(k, c);
    uint64_t *entry;
    status_t st;

    if ((st = check_perm(c, perm)) != ST_OK || (st = check_range(c, first, count)) != ST_OK)
        return st;
    if (!IS_ALIGNED(va, PAGE_BYTES))
        return ST_ALIGN;
    if (va < USER_LOWEST || va >= USER_LIMIT || c->value > USER_LIMIT - va)
        return ST_INVALID;
    if (now && (now != s || c->extra != va))
        return ST_MAPPED;

    va += first * PAGE_BYTES;
    for (uint64_t i = 0; i < count; i++) {
        if (!(entry = walk_grow(s, va + i * PAGE_BYTES)))
            return ST_NOMEM;
        if (*entry & PTE_VALID)
            return ST_MAPPED;
    }

    c->space = (uint16_t)(s->index + 1);
    c->serial = s->serial;
    c->extra = va - first * PAGE_BYTES;
    for (uint64_t i = 0; i < count; i++)
        *walk(s, va + i * PAGE_BYTES) =
            pte_page(c->object + (first + i) * PAGE_BYTES, perm, c->type == CAP_DEVICE);
    dsb_nsh(); /* the walker sees the entries before EL0 goes on (it returns by ERET) */
    return ST_OK;
}

status_t space_protect(struct kcb *k, struct cap *c, uint32_t perm, uint64_t first, uint64_t count)
{
    struct space *s = space_mapped(k, c);
    vaddr_t va = c->extra + first * PAGE_BYTES;
    status_t st;

    if ((st = check_perm(c, perm)) != ST_OK || (st = check_range(c, first, count)) != ST_OK)
        return st;
    if (!s)
        return ST_NOT_MAPPED;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t *entry = walk(s, va + i * PAGE_BYTES);

        if (!entry || !(*entry & PTE_VALID))
            return ST_NOT_MAPPED;
    }

    for (uint64_t i = 0; i < count; i++)
        *walk(s, va + i * PAGE_BYTES) =
            pte_page(c->object + (first + i) * PAGE_BYTES, perm, c->type == CAP_DEVICE);
    forget_pages(s, va, count);
    return ST_OK;
}

status_t space_query(const struct space *s, vaddr_t va, paddr_t *pa, uint32_t *perm)
{
    const uint64_t *entry;

    if (va >= USER_LIMIT)
        return ST_INVALID;
    entry = walk(s, va);
    if (!entry || !(*entry & PTE_VALID))
        return ST_NOT_MAPPED;
    *pa = (*entry & PTE_ADDRESS) + (va & (PAGE_BYTES - 1));
    *perm = pte_perm(*entry);
    return ST_OK;
}

/* Only entries that still name this frame are taken out: pages are mapped one by one. */
bool space_unmap_slice(struct kcb *k, struct cap *c, uint32_t pages)
{
    struct space *s = space_mapped(k, c);
    uint64_t npages = c->value / PAGE_BYTES, from;

    if (!s) {
        c->cursor = 0;
        c->space = 0;
        return true;
    }
    from = c->cursor;
    for (uint32_t i = 0; i < pages && c->cursor < npages; i++, c->cursor++) {
        uint64_t *entry = walk(s, c->extra + c->cursor * PAGE_BYTES);

        if (entry && (*entry & PTE_VALID) &&
            (*entry & PTE_ADDRESS) == c->object + c->cursor * PAGE_BYTES)
            *entry = 0;
    }
    forget_pages(s, c->extra + from * PAGE_BYTES, c->cursor - from);
    if (c->cursor < npages)
        return false;
    c->cursor = 0;
    c->space = 0;
    return true;
}

/* --- hardware address-space ids ---------------------------------------------------------- */

/* An id nobody uses, or that of the space entered longest ago. */
static void give_asid(struct kcb *k, struct space *s)
{
    struct list *first;
    struct space *victim;

    if (k->nfree_asids) { /* forgotten already */
        s->asid = k->free_asid[--k->nfree_asids];
        return;
    }
    if (k->next_asid <= k->nasids) {
        s->asid = (uint16_t)k->next_asid++;
        return;
    }
    first = list_first(&k->asid_lru);
    if (first == &k->epoch.mark)
        first = first->next; /* a space: all ids are in the list */
    victim = CONTAINER_OF(first, struct space, lru);
    list_remove(&victim->lru);
    s->asid = victim->asid;
    victim->asid = 0;
    tlb_forget_asid(s->asid);
    tlb_sync();
    if (++k->asid_reclaims >= k->asid_tell)
        k->log_news = 1; /* the record is written outside the switch: emit_tell */
}

void space_enter(struct kcb *k, struct space *s)
{
    k->active = s;
    if (!s) {
        cpu_space(kpa(k->no_space), 0);
        return;
    }
    if (!s->asid)
        give_asid(k, s);
    if (k->asid_lru.prev != &s->lru) {
        list_remove(&s->lru);
        list_append(&k->asid_lru, &s->lru);
    }
    cpu_space(s->root, s->asid);
}
