//  chance - random numbers from a seed that is printed, so that a failure can be
//  replayed with --seed.

#ifndef TESTS_LIB_CHANCE_H
#define TESTS_LIB_CHANCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} chance_t;

//  The seed of --seed NUMBER, else one from the clock; prints it.
uint64_t chance_seed (int argc, char **argv);

chance_t chance_new (uint64_t seed);

//  A number below `below`, which is not 0.
uint64_t chance_below (chance_t *self, uint64_t below);

void chance_fill (chance_t *self, void *buffer, size_t size);

#endif
