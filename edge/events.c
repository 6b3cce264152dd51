//  events - GET events and aggregates/{type}/{id}/events: what the journal says, for
//  operators; with who among them asked for it, which makes it the audit log.
//
//  Partition by partition, each from its oldest: the order of one aggregate's events is
//  that of its partition. A page reads SCAN_RECORDS at most, on the reporter's thread;
//  where a filter finds little among many it is short, and there is more.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/answer.h"
#include "edge/edge_self.h"
#include "edge/reporter.h"
#include "edge/tap_event.h"

enum {
    LABEL_EVENTS = 3000,  //  Of cursors: beyond every list_t, and the reports'
    SCAN_RECORDS = 20000,
    READ_RECORDS = 256,
    PLACE_SIZE = 11  //  Of a cursor: partition, sequence, event of that record
};

//  In the request's input.
typedef struct {
    oid_t aggregate;  //  NONE: any
} input_t;

//  Where the next event would stand.
typedef struct {
    uint16_t partition;
    uint64_t sequence;
    uint8_t event;
} place_t;

typedef struct {
    request_t *request;
    journal_view_t *view;
    oid_t aggregate;
    const char *type;
    size_t seen_count;
    node_place_t seen [NODE_PLACES_MAX];  //  As `from` says
    size_t left;                          //  Of the page
    size_t scanned;                       //  Records
    bool full;                            //  And there is another
    place_t next;
} scan_t;

static input_t *
s_input (request_t *self)
{
    _Static_assert(sizeof (input_t) <= sizeof self->input, "queries fit the input");
    return (input_t *) self->input;
}

//  ---------------------------------------------------------------------------
//  Preparing

static void
s_read_from (request_t *self)
{
    const char *from = target_value (&self->target, "from");
    node_place_t places [NODE_PLACES_MAX];
    size_t count;
    if (from && *from
        && !header_sequence (from, node_partitions (self->edge->config.node), places, &count)) {
        problem_field (&self->problem, "", "from", FAULT_MALFORMED,
                       "The value must be a Happypay-Sequence");
    }
    self->reports = true;
}

static void
s_events_prepare (request_t *self)
{
    const char *aggregate = target_value (&self->target, "aggregate");
    if (aggregate && !oid_parse (aggregate, &s_input (self)->aggregate)) {
        problem_field (&self->problem, "", "aggregate", FAULT_MALFORMED, "The value must be an id");
    }
    s_read_from (self);
}

//  "aggregates/wallet/wal_…": the type must be the id's.
static void
s_aggregate_prepare (request_t *self)
{
    const aggregate_type_t *type = registry_find (self->path_oid.kind);
    if (!type || strcmp (type->name, self->target.segments [2]) != 0) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    s_input (self)->aggregate = self->path_oid;
    s_read_from (self);
}

//  ---------------------------------------------------------------------------
//  Reading

static void
s_write_event (scan_t *scan, const journal_event_t *event, const char *topic)
{
    char sequence [TAP_SEQUENCE_SIZE];
    snprintf (sequence, sizeof sequence, "%u.%" PRIu64, scan->next.partition, scan->next.sequence);
    tap_place_t place = {
        .topic = topic,
        .source = "happypay",
        .sequence = sequence,
        .index = scan->next.event,
        .operator= journal_view_operator (scan->view),
    };
    char *json = tap_event_json (scan->view, event, &place, /* as_task= */ false);
    out_json (&scan->request->out, NULL, json);
    free (json);
}

//  "wallet.credited", "wallet", or nothing asked.
static bool
s_is_wanted (const char *type, const char *name)
{
    size_t size = type ? strlen (type) : 0;
    return strncmp (type ? type : "", name, size) == 0
           && (size == 0 || name [size] == 0 || name [size] == '.');
}

//  False once there is an event that is not on the page any more: the place is its.
static bool
s_read_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *record,
               size_t size)
{
    scan_t *scan = context;
    journal_event_t event;
    char topic [TAP_TOPIC_SIZE];
    uint8_t from = sequence == scan->next.sequence ? scan->next.event : 0;
    scan->next = (place_t) { partition, sequence, 0 };
    bool mine = journal_view_open (scan->view, record, size)
                && (oid_is_none (scan->aggregate)
                    || oid_equal (scan->aggregate, journal_view_aggregate (scan->view)));
    for (; mine && journal_view_event (scan->view, &event); scan->next.event++) {
        if (scan->next.event < from || !s_is_wanted (scan->type, event.name)) {
            continue;
        }
        if (scan->left == 0) {
            scan->full = true;
            return false;
        }
        tap_event_topic (&event, topic);
        s_write_event (scan, &event, topic);
        scan->left--;
    }
    scan->next = (place_t) { partition, sequence + 1, 0 };
    scan->scanned++;
    return true;
}

//  Reads on in the partition at hand. *ret_more: there is more in it, or may be.
static status_t
s_read_partition (scan_t *scan, bool *ret_more)
{
    edge_t *edge = scan->request->edge;
    patience_t patience = reporter_patience (edge->reporter);
    *ret_more = true;
    while (!scan->full && scan->scanned < SCAN_RECORDS) {
        uint64_t from = scan->next.sequence, end;
        status_t status = node_read_journal (edge->config.node, scan->next.partition, from,
                                             READ_RECORDS, s_read_record, scan, &end);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            return status;
        }
        if (patience.over (patience.context)) {
            return STATUS_BUSY;
        }
        if (!scan->full && scan->next.sequence == from) {
            *ret_more = false;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

//  The first place of a partition that was not seen yet.
static place_t
s_first_of (const scan_t *scan, uint16_t partition)
{
    place_t place = { .partition = partition, .sequence = 1 };
    for (size_t index = 0; index < scan->seen_count; index++) {
        if (scan->seen [index].partition == partition) {
            place.sequence = scan->seen [index].sequence + 1;
        }
    }
    return place;
}

//  From where it stands to the last partition. *ret_more: the page ended before.
static status_t
s_read_all (scan_t *scan, bool *ret_more)
{
    uint16_t partitions = node_partitions (scan->request->edge->config.node);
    uint16_t last = (uint16_t) (partitions - 1);
    if (!oid_is_none (scan->aggregate)) {
        last = oid_partition (scan->aggregate, partitions);
    }
    while (true) {
        status_t status = s_read_partition (scan, ret_more);
        if (status != STATUS_OK || *ret_more || scan->next.partition >= last) {
            return status;
        }
        scan->next = s_first_of (scan, (uint16_t) (scan->next.partition + 1));
    }
}

//  ---------------------------------------------------------------------------
//  Pages

static void
s_place_to_cursor (const place_t *place, list_cursor_t *ret_cursor)
{
    ret_cursor->size = PLACE_SIZE;
    memcpy (ret_cursor->bytes, &place->partition, 2);
    memcpy (ret_cursor->bytes + 2, &place->sequence, 8);
    ret_cursor->bytes [10] = place->event;
}

static place_t
s_place_of_cursor (const list_cursor_t *cursor)
{
    place_t place = { .event = cursor->bytes [10] };
    memcpy (&place.partition, cursor->bytes, 2);
    memcpy (&place.sequence, cursor->bytes + 2, 8);
    return place;
}

//  Where the page begins.
static void
s_start (scan_t *scan, const list_cursor_t *cursor)
{
    const request_t *request = scan->request;
    uint16_t partitions = node_partitions (request->edge->config.node);
    const char *from = target_value (&request->target, "from");
    bool any = oid_is_none (scan->aggregate);
    if (from && *from) {  //  It was checked before
        (void) header_sequence (from, partitions, scan->seen, &scan->seen_count);
    }
    scan->next = s_first_of (scan, any ? 0 : oid_partition (scan->aggregate, partitions));
    if (cursor->size == PLACE_SIZE) {
        scan->next = s_place_of_cursor (cursor);
    }
}

static void
s_report (request_t *self)
{
    const input_t *input = s_input (self);
    list_cursor_t cursor;
    size_t limit;
    uint32_t label = answer_label (self, LABEL_EVENTS);
    if (!answer_page (self, label, input->aggregate, 100, 20, &cursor, &limit)) {
        return;
    }
    scan_t scan = {
        .request = self,
        .view = journal_view_new (),
        .aggregate = input->aggregate,
        .type = target_value (&self->target, "type"),
        .left = limit,
    };
    s_start (&scan, &cursor);
    bool more;
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "list");
    out_array (&self->out, "data");
    status_t status = s_read_all (&scan, &more);
    out_close (&self->out, ']');
    s_place_to_cursor (&scan.next, &cursor);
    answer_page_end (self, label, input->aggregate, more, &cursor);
    out_close (&self->out, '}');
    journal_view_destroy (&scan.view);
    (void) answer_status (self, status);
}

static void
s_render (request_t *self)
{
    (void) self;  //  The reporter has written it
}

static const query_field_t s_events_queries [] = {
    { "from" }, { "type" }, { "aggregate" }, { "limit" }, { "cursor" },
};

static const query_field_t s_aggregate_queries [] = {
    { "from" }, { "type" }, { "limit" }, { "cursor" }
};

static const route_t s_routes [] = {
    { "GET", "/v1/events", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_events_queries), .syncs = true,
      .prepare = s_events_prepare, .report = s_report, .render = s_render },
    { "GET", "/v1/aggregates/{type}/{id}/events", .roles = MAY_OPERATOR,
      ROUTE_QUERIES (s_aggregate_queries), .syncs = true, .prepare = s_aggregate_prepare,
      .report = s_report, .render = s_render },
};
const route_table_t event_routes = { s_routes, COUNT (s_routes) };
