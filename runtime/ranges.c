//  ranges - a low watermark and the ranges above it.

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/ranges.h"

void
ranges_clear (ranges_t *self)
{
    free (self->items);
    *self = (ranges_t) { 0 };
}

//  Index of the first range that ends at or after the number.
static uint32_t
s_find (const ranges_t *self, uint64_t number)
{
    uint32_t from = 0;
    uint32_t to = self->count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (self->items [middle].to < number) {
            from = middle + 1;
        }
        else {
            to = middle;
        }
    }
    return from;
}

bool
ranges_has (const ranges_t *self, uint64_t number)
{
    if (number <= self->low) {
        return true;
    }
    uint32_t index = s_find (self, number);
    return index < self->count && self->items [index].from <= number;
}

static void
s_remove (ranges_t *self, uint32_t index)
{
    memmove (self->items + index, self->items + index + 1,
             (self->count - index - 1) * sizeof (range_t));
    self->count--;
}

//  The lowest range joins the watermark when it touches it.
static void
s_raise (ranges_t *self)
{
    if (self->count > 0 && self->items [0].from == self->low + 1) {
        self->low = self->items [0].to;
        s_remove (self, 0);
    }
}

static void
s_insert (ranges_t *self, uint32_t index, uint64_t number)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 4;
        self->items = realloc (self->items, self->capacity * sizeof (range_t));
        assert (self->items);
    }
    memmove (self->items + index + 1, self->items + index,
             (self->count - index) * sizeof (range_t));
    self->items [index] = (range_t) { number, number };
    self->count++;
}

void
ranges_add (ranges_t *self, uint64_t number)
{
    if (ranges_has (self, number)) {
        return;
    }
    if (number == self->low + 1) {
        self->low++;
        s_raise (self);
        return;
    }
    uint32_t index = s_find (self, number);
    bool before = index > 0 && self->items [index - 1].to + 1 == number;
    bool after = index < self->count && self->items [index].from == number + 1;
    if (before && after) {
        self->items [index - 1].to = self->items [index].to;
        s_remove (self, index);
    }
    else if (before) {
        self->items [index - 1].to = number;
    }
    else if (after) {
        self->items [index].from = number;
    }
    else {
        s_insert (self, index, number);
    }
}

size_t
ranges_write (const ranges_t *self, uint8_t *buffer)
{
    memcpy (buffer, &self->low, 8);
    if (self->count > 0) {
        memcpy (buffer + 8, self->items, self->count * sizeof (range_t));
    }
    return 8 + self->count * sizeof (range_t);
}

//  Above low, sorted, disjoint, not touching.
static bool
s_is_sound (const ranges_t *self)
{
    uint64_t before = self->low;
    for (uint32_t index = 0; index < self->count; index++) {
        const range_t *range = &self->items [index];
        if (range->from <= before || range->from - before == 1 || range->to < range->from) {
            return false;
        }
        before = range->to;
    }
    return true;
}

bool
ranges_read (ranges_t *self, const uint8_t *bytes, size_t size)
{
    ranges_clear (self);
    if (size < 8 || (size - 8) % sizeof (range_t) != 0
        || (size - 8) / sizeof (range_t) > UINT32_MAX) {
        return false;
    }
    memcpy (&self->low, bytes, 8);
    self->count = (uint32_t) ((size - 8) / sizeof (range_t));
    self->capacity = self->count;
    if (self->count > 0) {
        self->items = malloc (size - 8);
        assert (self->items);
        memcpy (self->items, bytes + 8, size - 8);
    }
    if (!s_is_sound (self)) {
        ranges_clear (self);
        return false;
    }
    return true;
}
