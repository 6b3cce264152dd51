//  waiters - a map from object to a list of tokens.

#include <assert.h>
#include <stdlib.h>
#include "runtime/map.h"
#include "runtime/waiters.h"

typedef struct waiter waiter_t;

struct waiter {
    uint64_t token;
    waiter_t *next;
};

struct waiters {
    map_t *lists;  //  Oid -> first waiter_t *
};

waiters_t *
waiters_new (void)
{
    waiters_t *self = calloc (1, sizeof *self);
    assert (self);
    self->lists = map_new (OID_PACKED_SIZE);
    return self;
}

static waiter_t *
s_first (const waiters_t *self, oid_t oid)
{
    uint64_t value = 0;
    return map_get (self->lists, &oid, &value) ? (waiter_t *) (uintptr_t) value : NULL;
}

static void
s_set_first (waiters_t *self, oid_t oid, waiter_t *first)
{
    if (first) {
        map_put (self->lists, &oid, (uintptr_t) first);
    }
    else {
        map_remove (self->lists, &oid);
    }
}

void
waiters_destroy (waiters_t **self_p)
{
    waiters_t *self = *self_p;
    if (self) {
        size_t cursor = 0;
        const uint8_t *key;
        uint64_t value;
        while (map_next (self->lists, &cursor, &key, &value)) {
            waiter_t *waiter = (waiter_t *) (uintptr_t) value;
            while (waiter) {
                waiter_t *next = waiter->next;
                free (waiter);
                waiter = next;
            }
        }
        map_destroy (&self->lists);
        free (self);
        *self_p = NULL;
    }
}

void
waiters_add (waiters_t *self, oid_t oid, uint64_t token)
{
    waiter_t *waiter = calloc (1, sizeof *waiter);
    assert (waiter);
    waiter->token = token;
    waiter->next = s_first (self, oid);
    s_set_first (self, oid, waiter);
}

bool
waiters_pop (waiters_t *self, oid_t oid, uint64_t *ret_token)
{
    waiter_t *waiter = s_first (self, oid);
    if (!waiter) {
        return false;
    }
    *ret_token = waiter->token;
    s_set_first (self, oid, waiter->next);
    free (waiter);
    return true;
}

bool
waiters_remove (waiters_t *self, oid_t oid, uint64_t token)
{
    waiter_t *first = s_first (self, oid);
    for (waiter_t **link = &first; *link; link = &(*link)->next) {
        if ((*link)->token == token) {
            waiter_t *removed = *link;
            *link = removed->next;
            free (removed);
            s_set_first (self, oid, first);
            return true;
        }
    }
    return false;
}
