//  webhook_table - the webhook endpoints there are, in memory: who wants which event.
//
//  Loaded once, then kept by the endpoints' own events. Each row is the endpoint's state,
//  evolved by its aggregate; a record at or below a row's version changes nothing, so that
//  records may be read again. Deleted ones stay as rows, small in number, until the node ends.
//
//  Belongs to one thread.

#ifndef EDGE_WEBHOOK_TABLE_H
#define EDGE_WEBHOOK_TABLE_H

#include "actors/webhook_endpoint.h"
#include "runtime/journal_view.h"
#include "runtime/node.h"

typedef struct {
    oid_t oid;
    uint64_t version;
    int64_t since_ms;               //  What happened before was not meant for it
    webhook_endpoint_t endpoint;
} webhook_row_t;

typedef struct {
    size_t count, capacity;
    webhook_row_t **rows;
    size_t enabled;                 //  Of the rows
} webhook_table_t;

//  All that are not deleted, as the lists have them.
status_t webhook_table_load (webhook_table_t *self, node_t *node) must_check;
void webhook_table_clear (webhook_table_t *self);

//  The record of an endpoint that is open in the view, its events not yet taken. True if one
//  more is enabled now.
bool webhook_table_take (webhook_table_t *self, journal_view_t *view);

#endif
