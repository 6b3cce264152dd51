//  chance - SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
//  generators, 2014).

#include "tests/lib/chance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t
s_next (chance_t *self)
{
    uint64_t mixed = self->state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

uint64_t
chance_seed (int argc, char **argv)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    uint64_t seed = (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
    for (int index = 1; index + 1 < argc; index++) {
        if (strcmp (argv [index], "--seed") == 0) {
            seed = strtoull (argv [index + 1], NULL, 10);
        }
    }
    printf ("--seed %" PRIu64 "\n", seed);
    fflush (stdout);
    return seed;
}

chance_t
chance_new (uint64_t seed)
{
    return (chance_t) { seed };
}

uint64_t
chance_below (chance_t *self, uint64_t below)
{
    return s_next (self) % below;
}

void
chance_fill (chance_t *self, void *buffer, size_t size)
{
    uint8_t *bytes = buffer;
    for (size_t index = 0; index < size; index++) {
        bytes [index] = (uint8_t) s_next (self);
    }
}
