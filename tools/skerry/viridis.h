/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/viridis - the one colour scale: even steps for every eye, also in grey.
 *
 * Scales are linear unless the largest value is over ten times the smallest.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define VIRIDIS_STOPS 9

/* 0xrrggbb at `at` in [0, 1]. */
uint32_t viridis(double at);
/* Is white the better ink on this colour, by the contrast formula of WCAG? */
bool ink_white(uint32_t colour);
double contrast(uint32_t a, uint32_t b);

struct scale {
    double low, high;
    bool log, flat; /* flat: all values are within 5 %, one colour says so */
};

struct scale scale_for(double min, double max);
double scale_at(const struct scale *s, double v);
/* The value at a place on the scale, for the legend. */
double scale_value(const struct scale *s, double at);
