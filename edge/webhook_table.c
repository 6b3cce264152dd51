#include "edge/webhook_table.h"

#include <stdlib.h>
#include <string.h>
#include "runtime/lists.h"

enum { PAGE = 100 };

static bool
s_is_enabled (const webhook_row_t *row)
{
    return row->endpoint.status == WEBHOOK_ENDPOINT_ENABLED;
}

static webhook_row_t *
s_row (webhook_table_t *self, oid_t oid)
{
    for (size_t index = 0; index < self->count; index++) {
        if (oid_equal (self->rows [index]->oid, oid)) {
            return self->rows [index];
        }
    }
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 16;
        self->rows = realloc (self->rows, self->capacity * sizeof *self->rows);
        assert (self->rows);
    }
    webhook_row_t *row = calloc (1, sizeof *row);
    assert (row);
    row->oid = oid;
    self->rows [self->count++] = row;
    return row;
}

//  Since it was made: when it was enabled last is not in its state. So what happened while
//  it was disabled, and was not looked at before a crash, is delivered to it after all.
static void
s_load_row (void *context, const list_row_t *found)
{
    webhook_table_t *self = context;
    webhook_row_t *row = s_row (self, found->object);
    if (shape_unpack (webhook_endpoint_aggregate.state, found->state, found->state_size,
                      &row->endpoint)) {
        row->version = found->version;
        row->since_ms = found->created_at_ms;
        self->enabled += s_is_enabled (row);
    }
}

status_t
webhook_table_load (webhook_table_t *self, node_t *node)
{
    list_cursor_t cursor = { 0 };
    status_t status = STATUS_OK;
    bool more = true;
    webhook_table_clear (self);
    while (more && status == STATUS_OK) {
        status = list_read (node, LIST_WEBHOOK_ENDPOINTS, (oid_t) { .kind = OID_NONE }, &cursor,
                            PAGE, s_load_row, self, &more);
    }
    return status;
}

void
webhook_table_clear (webhook_table_t *self)
{
    for (size_t index = 0; index < self->count; index++) {
        free (self->rows [index]);
    }
    free (self->rows);
    *self = (webhook_table_t) { 0 };
}

static void
s_evolve (webhook_endpoint_t *endpoint, const journal_event_t *event, int64_t at_ms)
{
    const aggregate_type_t *type = &webhook_endpoint_aggregate;
    for (uint8_t number = 0; number < type->event_count; number++) {
        if (strcmp (type->events [number].name, event->name) == 0) {
            type->events [number].evolve (endpoint, event->payload, at_ms);
        }
    }
}

bool
webhook_table_take (webhook_table_t *self, journal_view_t *view)
{
    webhook_row_t *row = s_row (self, journal_view_aggregate (view));
    bool before = s_is_enabled (row);
    journal_event_t event;
    if (journal_view_version (view) <= row->version) {
        return false;
    }
    while (journal_view_event (view, &event)) {
        s_evolve (&row->endpoint, &event, journal_view_at_ms (view));
    }
    row->version = journal_view_version (view);
    bool after = s_is_enabled (row);
    if (after && !before) {
        row->since_ms = journal_view_at_ms (view);
    }
    self->enabled = self->enabled + after - before;
    return after && !before;
}
