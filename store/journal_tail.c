//  journal_tail - see journal_tail.h. The writer adds behind `count`, where no
//  reader looks; publishing only moves the counts.

#include "store/journal_tail.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 16 };

typedef struct {
    uint64_t indexed;     //  Last sequence in the index
    uint64_t *positions;  //  Of the sequences after it
    size_t count;         //  Committed
    size_t added;         //  With the open batch; the writer's
    size_t capacity;
} places_t;

struct journal_tail {
    uint16_t partitions;
    places_t *places;      //  One per partition
    size_t count;          //  Of all partitions, with the open batch; the writer's
    pthread_mutex_t lock;  //  Guards indexed, positions, count of all places
};

journal_tail_t *
journal_tail_new (uint16_t partitions)
{
    journal_tail_t *self = calloc (1, sizeof *self);
    if (!self) {
        return NULL;
    }
    self->places = calloc (partitions, sizeof *self->places);
    if (!self->places) {
        free (self);
        return NULL;
    }
    self->partitions = partitions;
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

void
journal_tail_destroy (journal_tail_t **self_p)
{
    journal_tail_t *self = *self_p;
    if (self) {
        for (uint16_t partition = 0; partition < self->partitions; partition++) {
            free (self->places [partition].positions);
        }
        pthread_mutex_destroy (&self->lock);
        free (self->places);
        free (self);
        *self_p = NULL;
    }
}

void
journal_tail_look (journal_tail_t *self, uint16_t partition, uint64_t from, size_t count_max,
                   journal_view_t *ret_view)
{
    assert (partition < self->partitions && from > 0);
    pthread_mutex_lock (&self->lock);
    const places_t *places = &self->places [partition];
    size_t skip = from > places->indexed ? (size_t) (from - places->indexed - 1) : 0;
    size_t count = places->count > skip ? places->count - skip : 0;
    if (count > count_max) {
        count = count_max;
    }
    if (count > JOURNAL_VIEW_RECORDS) {
        count = JOURNAL_VIEW_RECORDS;
    }
    if (count) {
        memcpy (ret_view->positions, places->positions + skip, count * sizeof *places->positions);
    }
    ret_view->indexed = places->indexed;
    ret_view->last = places->indexed + places->count;
    ret_view->count = count;
    pthread_mutex_unlock (&self->lock);
}

void
journal_tail_look_last (journal_tail_t *self, uint16_t partition, journal_view_t *ret_view)
{
    assert (partition < self->partitions);
    pthread_mutex_lock (&self->lock);
    const places_t *places = &self->places [partition];
    ret_view->indexed = places->indexed;
    ret_view->last = places->indexed + places->count;
    ret_view->count = places->count ? 1 : 0;
    if (places->count) {
        ret_view->positions [0] = places->positions [places->count - 1];
    }
    pthread_mutex_unlock (&self->lock);
}

void
journal_tail_start (journal_tail_t *self, uint16_t partition, uint64_t indexed)
{
    assert (partition < self->partitions && !self->places [partition].added);
    pthread_mutex_lock (&self->lock);
    self->places [partition].indexed = indexed;
    pthread_mutex_unlock (&self->lock);
}

//  Readers may be copying from the old array: it is replaced under the lock.
static status_t
s_grow (journal_tail_t *self, places_t *places)
{
    size_t capacity = places->capacity ? places->capacity * 2 : CAPACITY_MIN;
    pthread_mutex_lock (&self->lock);
    uint64_t *positions = realloc (places->positions, capacity * sizeof *positions);
    if (positions) {
        places->positions = positions;
        places->capacity = capacity;
    }
    pthread_mutex_unlock (&self->lock);
    return positions ? STATUS_OK : STATUS_LIMIT;
}

status_t
journal_tail_add (journal_tail_t *self, uint16_t partition, uint64_t sequence, uint64_t position)
{
    assert (partition < self->partitions);
    places_t *places = &self->places [partition];
    assert (sequence == places->indexed + places->added + 1);
    assert (!places->added || position > places->positions [places->added - 1]);

    status_t status = places->added < places->capacity ? STATUS_OK : s_grow (self, places);
    if (status == STATUS_OK) {
        places->positions [places->added++] = position;
        self->count++;
    }
    return status;
}

void
journal_tail_drop (journal_tail_t *self)
{
    self->count = 0;
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        places_t *places = &self->places [partition];
        places->added = places->count;
        self->count += places->count;
    }
}

void
journal_tail_publish (journal_tail_t *self, bool indexed)
{
    pthread_mutex_lock (&self->lock);
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        places_t *places = &self->places [partition];
        if (indexed) {
            places->indexed += places->added;
            places->added = 0;
        }
        places->count = places->added;
    }
    pthread_mutex_unlock (&self->lock);
    if (indexed) {
        self->count = 0;
    }
}

uint64_t
journal_tail_last (const journal_tail_t *self, uint16_t partition)
{
    const places_t *places = &self->places [partition];
    return places->indexed + places->added;
}

size_t
journal_tail_count (const journal_tail_t *self)
{
    return self->count;
}

const uint64_t *
journal_tail_positions (const journal_tail_t *self, uint16_t partition, uint64_t *ret_first,
                        size_t *ret_count)
{
    const places_t *places = &self->places [partition];
    *ret_first = places->indexed + 1;
    *ret_count = places->added;
    return places->positions;
}
