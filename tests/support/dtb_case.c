/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/dtb_case.h"
#include "lib/fdt/tree.h"
#include <check.h>
#include <stdlib.h>

const struct tree_spec tree_eight = {.cores = 8, .gic = 3, .clusters = 2, .ram = 512 * MIB};
struct machine m;
char why_buf[320];
struct text why;

status_t dtb_read_tree(void *fdt)
{
    status_t st;

    text_init(&why, why_buf, sizeof why_buf);
    st = tree_check(fdt, TREE_ROOM, &why);
    if (st == ST_OK)
        st = dtb_read(fdt, 0, &m, &why);
    free(fdt);
    return st;
}

void dtb_must_read(void *fdt)
{
    const char *bad;
    status_t st = dtb_read_tree(fdt);

    ck_assert_msg(st == ST_OK, "%s", why_buf);
    bad = machine_unsound(&m, 0);
    ck_assert_msg(!bad, "%s", bad ? bad : "");
}
