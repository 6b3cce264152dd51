//  journal_view - a journal record's bytes as what happened: names and structs.
//
//  For who shows events (the tap, the API) and must not know the record's bytes.
//  Payloads are unpacked by the registry's shapes; an event of an older schema
//  reads with zeros at its end.
//
//  One thread at a time. The view is large (a payload struct is inside it).

#ifndef RUNTIME_JOURNAL_VIEW_H
#define RUNTIME_JOURNAL_VIEW_H

#include "runtime/aggregate.h"

typedef struct journal_view journal_view_t;

//  One event. Everything is borrowed until the next call on the view.
typedef struct {
    const char *name;               //  "wallet.credited"
    const shape_t *shape;
    const void *payload;            //  As the shape says
} journal_event_t;

journal_view_t *journal_view_new (void);
void journal_view_destroy (journal_view_t **self_p);

//  Borrows the record until the next call. False: damaged, or of an unknown kind.
bool journal_view_open (journal_view_t *self, const uint8_t *record, size_t size);

//  Of the record that is open.
oid_t journal_view_aggregate (const journal_view_t *self);
int64_t journal_view_at_ms (const journal_view_t *self);
uint64_t journal_view_version (const journal_view_t *self);
const uint8_t *journal_view_correlation (const journal_view_t *self);    //  16 bytes

//  Which operator asked for it; "": none did. Into the view, until the next call.
const char *journal_view_operator (journal_view_t *self);

//  Its events in order; false at the end, and at one that cannot be unpacked.
bool journal_view_event (journal_view_t *self, journal_event_t *ret_event);

#endif
