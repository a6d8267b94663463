/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The instructions urpc becomes on AArch64: tests/unit/urpc_order.sh looks and reports. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    execlp("sh", "sh", "tests/unit/urpc_order.sh", (char *)NULL);
    perror("not ok - sh");
    return 1;
}
