/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/cut - where to cut a partition: so few tasks that every way is looked at. */
#include "partition/split.h"

static uint64_t add_up(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

static uint64_t weight_of(uint64_t weight[][SPLIT_TASKS], uint32_t n, uint32_t tasks_b)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++)
            if ((tasks_b >> i & 1) != (tasks_b >> k & 1))
                sum = add_up(sum, weight[i][k]);
    return sum;
}

static uint32_t count(uint32_t bits)
{
    uint32_t n = 0;

    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

/* How far from halves. */
static uint32_t uneven(uint32_t n, uint32_t tasks_b)
{
    uint32_t b = count(tasks_b);

    return 2 * b > n ? 2 * b - n : n - 2 * b;
}

status_t split_cut(uint64_t weight[][SPLIT_TASKS], uint32_t n, uint32_t *tasks_b)
{
    uint64_t least = 0;

    if (n < 2 || n > SPLIT_TASKS)
        return ST_INVALID;
    *tasks_b = 0;
    for (uint32_t b = 2; b < 1u << n; b += 2) {
        uint64_t w = weight_of(weight, n, b);

        if (*tasks_b != 0 && (w > least || (w == least && uneven(n, b) >= uneven(n, *tasks_b))))
            continue;
        least = w;
        *tasks_b = b;
    }
    return ST_OK;
}
