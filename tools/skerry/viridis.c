/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/viridis.h"

#include <math.h>

static const uint8_t stop[VIRIDIS_STOPS][3] = {
    {68, 1, 84},    {71, 45, 123}, {59, 82, 139},  {44, 114, 142}, {33, 145, 140},
    {40, 174, 128}, {94, 201, 98}, {173, 220, 48}, {253, 231, 37},
};

uint32_t viridis(double at)
{
    double place = fmin(fmax(at, 0), 1) * (VIRIDIS_STOPS - 1);
    int i = place >= VIRIDIS_STOPS - 1 ? VIRIDIS_STOPS - 2 : (int)place;
    uint32_t rgb = 0;

    for (int c = 0; c < 3; c++)
        rgb = rgb << 8 | (uint32_t)lround(stop[i][c] + (stop[i + 1][c] - stop[i][c]) * (place - i));
    return rgb;
}

static double luminance(uint32_t rgb)
{
    static const double weight[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int c = 0; c < 3; c++) {
        double v = (double)(rgb >> (16 - 8 * c) & 255) / 255;

        sum += weight[c] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a), y = luminance(b);

    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

bool ink_white(uint32_t colour)
{
    return contrast(colour, 0xffffff) > contrast(colour, 0x000000);
}

struct scale scale_for(double min, double max)
{
    return (struct scale){.low = min,
                          .high = max,
                          .log = min > 0 && max > 10 * min,
                          .flat = max - min <= 0.05 * fabs(max)};
}

double scale_at(const struct scale *s, double v)
{
    if (s->flat)
        return 0.5;
    if (s->log)
        return log(v / s->low) / log(s->high / s->low);
    return (v - s->low) / (s->high - s->low);
}

double scale_value(const struct scale *s, double at)
{
    if (s->log)
        return s->low * pow(s->high / s->low, at);
    return s->low + (s->high - s->low) * at;
}
