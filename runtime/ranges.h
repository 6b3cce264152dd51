//  ranges - which numbers of a source have been taken: a low watermark and the
//  ranges above it. Deduplication needs no memory of ids.
//
//  Numbers count from 1. All up to the watermark are taken; those above it are
//  kept as sorted ranges, which merge away as the gaps fill. Age never refuses a
//  number that was not taken. Pure; used for messages between partitions.

#ifndef RUNTIME_RANGES_H
#define RUNTIME_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


typedef struct {
    uint64_t from, to;              //  Inclusive
} range_t;

typedef struct {
    uint64_t low;                   //  1 … low are taken
    uint32_t count, capacity;
    range_t *items;                 //  Above low, sorted, disjoint, not touching
} ranges_t;

void ranges_clear (ranges_t *self);

bool ranges_has (const ranges_t *self, uint64_t number);

//  Never refused: what is committed is committed. Who hands out work bounds the gaps, by
//  not letting a number run further ahead of the watermark than RANGES_WINDOW.
void ranges_add (ranges_t *self, uint64_t number);

enum { RANGES_WINDOW = 4096 };

//  As bytes: low, then from and to of each range, 8 bytes each, little endian.
//  Returns the size; the buffer must hold 8 + 16 × count.
size_t ranges_write (const ranges_t *self, uint8_t *buffer);

//  False, and empty, if the bytes are not ranges.
bool ranges_read (ranges_t *self, const uint8_t *bytes, size_t size);

#endif
