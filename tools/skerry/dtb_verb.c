/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry dtb - what boot finds in a device tree, and whether it can boot from it. */
#include "tools/skerry/dtb_facts.h"
#include "tools/skerry/dtb_print.h"
#include "tools/skerry/subverbs.h"
#include "tools/skerry/verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct asked {
    struct common common;
    char **ram, *core, *el;
    struct dtb_facts facts;
};

static const struct verb verb_show, verb_check;
static const struct verb *const subs[] = {&verb_show, &verb_check};

/* "4G" or "4G@0x40000000". */
static bool ram_from(const char *typed, struct range *r, struct complaint *bad)
{
    char *end;
    unsigned long long n;
    uint64_t unit = 1;

    errno = 0;
    n = strtoull(typed, &end, 0);
    if (end != typed && *end && strchr("KMG", *end)) {
        unit = *end == 'K' ? KIB : *end == 'M' ? MIB : GIB;
        end++;
    }
    *r = (struct range){0, n * unit};
    if (*typed >= '0' && *typed <= '9' && *end == '@' && end[1] >= '0' && end[1] <= '9')
        r->base = strtoull(end + 1, &end, 0);
    if (*typed < '0' || *typed > '9' || *end || errno || n == 0 || n > UINT64_MAX / unit)
        return refuse(bad, ERR_VALUE,
                      "--ram %s: the value must be SIZE or SIZE@ADDRESS, for example 4G or "
                      "512M@0x40000000",
                      typed);
    return true;
}

static bool read_options(const struct asked *a, struct dtb_ask *ask, struct complaint *bad)
{
    char *end;

    for (char **r = a->ram; r && *r; r++) {
        if (ask->nram == ARRAY_LEN(ask->ram))
            return refuse(bad, ERR_VALUE, "--ram: at most %zu pieces", ARRAY_LEN(ask->ram));
        if (!ram_from(*r, &ask->ram[ask->nram++], bad))
            return false;
    }
    if (a->core) {
        ask->core = strtoull(a->core, &end, 0);
        ask->core_given = true;
        if (*a->core < '0' || *a->core > '9' || *end || ask->core & ~MPIDR_AFFINITY)
            return refuse(bad, ERR_VALUE, "--core %s: the value must be an affinity such as 0x100",
                          a->core);
    }
    if (a->el && strcmp(a->el, "1") != 0 && strcmp(a->el, "2") != 0)
        return refuse(bad, ERR_VALUE, "--el %s: the value must be 1 or 2", a->el);
    ask->el = a->el ? (unsigned)(*a->el - '0') : 0;
    return true;
}

static bool read_tree(struct asked *a, const char *path, struct complaint *bad)
{
    struct dtb_ask ask = {0};
    char *tree;
    size_t n;
    bool ok;

    if (!read_options(a, &ask, bad))
        return false;
    tree = file_read(path, &n);
    if (!tree) {
        refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", path, strerror(errno));
        SAY(bad->hint, "`make pi-dtbs` fetches those of the Raspberry Pis into build/pi-dtbs");
        return false;
    }
    ok = dtb_facts_read(tree, n, &ask, &a->facts, bad);
    if (!ok && !*bad->at)
        SAY(bad->at, "%.250s", path);
    free(tree);
    return ok;
}

static int tell(struct asked *a, const char *path, bool verdict)
{
    struct complaint bad = {0};

    if (!read_tree(a, path, &bad))
        return complain(&a->common, &bad);
    if (a->common.json)
        json_print(dtb_json(&a->facts, path));
    else if (verdict)
        dtb_print_verdict(&a->facts, &a->common.term, a->common.quiet);
    else
        dtb_print(&a->facts, &a->common.term);
    return verdict && a->facts.nreasons ? complaint_exit(ERR_TREE) : EXIT_OK;
}

static int show(void *asked, const struct parsed *p)
{
    return tell(asked, p->args[0], false);
}

static int check(void *asked, const struct parsed *p)
{
    return tell(asked, p->args[0], true);
}

static int sub_main(const struct verb *v, int argc, const char **argv,
                    int (*doing)(void *asked, const struct parsed *p))
{
    struct asked *a = must(calloc(1, sizeof *a));
    struct poptOption table[] = {
        {"ram", 0, POPT_ARG_ARGV, &a->ram, 0,
         "the memory that firmware writes into the tree, from address 0 or another",
         "SIZE[@ADDRESS]"},
        {"core", 0, POPT_ARG_STRING, &a->core, 0,
         "affinity of the core that boots; default: the first of the tree", "AFFINITY"},
        {"el", 0, POPT_ARG_STRING, &a->el, 0, "exception level boot is entered at", "1|2"},
        OPTIONS_COMMON(&a->common),
        OPTION_END};
    int status = options_run(v, &a->common, table, argc, argv, doing, a);

    free(a);
    return status;
}

static int show_main(int argc, const char **argv)
{
    return sub_main(&verb_show, argc, argv, show);
}

static int check_main(int argc, const char **argv)
{
    return sub_main(&verb_check, argc, argv, check);
}

static int dtb_main(int argc, const char **argv)
{
    return subverbs_main(&verb_dtb, subs, ARRAY_LEN(subs), argc, argv);
}

static const char more[] = "EXIT STATUS\n"
                           "  0 Skerry can boot from it             2 wrong usage\n"
                           "  1 it cannot, or it is no device tree  3 the file cannot be read\n";

static const struct verb verb_show = {
    "dtb show",
    "cores, memory, interrupt controller, timer, console as boot finds them",
    "[options] FILE.dtb",
    "  skerry dtb show build/pi-dtbs/bcm2712-rpi-5-b.dtb\n"
    "  skerry dtb show --ram 4G --json build/pi-dtbs/bcm2711-rpi-4-b.dtb\n",
    more,
    show_main,
    1,
    1,
    "one device tree"};
static const struct verb verb_check = {
    "dtb check",
    "can Skerry boot from this tree, and if not, why",
    "[options] FILE.dtb",
    "  skerry dtb check build/pi-dtbs/bcm2712-rpi-5-b.dtb\n"
    "  skerry dtb check --ram 2G --el 2 build/pi-dtbs/bcm2711-rpi-4-b.dtb\n"
    "  qemu-system-aarch64 -M virt,dumpdtb=virt.dtb -nographic && skerry dtb check virt.dtb\n",
    more,
    check_main,
    1,
    1,
    "one device tree"};

const struct verb verb_dtb = {
    "dtb",
    "what boot finds in a device tree, and can it boot from it",
    "show|check [options] FILE.dtb",
    "  skerry dtb show build/pi-dtbs/bcm2712-rpi-5-b.dtb\n"
    "  skerry dtb check --ram 4G board.dtb\n",
    "The reading is that of the boot image itself, run on this machine.\n",
    dtb_main,
    0,
    0,
    NULL};
