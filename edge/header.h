//  header - the request header fields that mean something here, as pure functions.
//
//  Each takes the field's value (NULL: absent) and fills what it says. Sources:
//  Idempotency-Key (draft-ietf-httpapi-idempotency-key-header; RFC 8941 strings),
//  Prefer (RFC 7240), traceparent (W3C Trace Context), Bearer (RFC 6750).

#ifndef EDGE_HEADER_H
#define EDGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime/node.h"

enum {
    REQUEST_ID_SIZE = 129,          //  With the final zero
    IDEMPOTENCY_KEY_SIZE = 256,     //  With the final zero
    PREFER_WAIT_S = 5,              //  When the client says nothing
    PREFER_WAIT_MAX_S = 30
};

//  True if the client's id can be echoed and logged: 1 to 128 of [A-Za-z0-9._:/+=-].
bool header_request_id (const char *value, char ret_id [REQUEST_ID_SIZE]);

//  A raw key (1 to 255 characters 0x20 to 0x7E) or an RFC 8941 string; both forms
//  of one key give the same text. False if it is neither.
bool header_idempotency_key (const char *value, char ret_key [IDEMPOTENCY_KEY_SIZE]);

//  Seconds that the client will wait: 0 for respond-async. What cannot be read is
//  ignored, as RFC 7240 asks.
unsigned header_prefer (const char *value);

//  The trace id of a valid traceparent.
bool header_traceparent (const char *value, uint8_t ret_trace_id [16]);

//  The token behind "Bearer " (any case), or NULL.
const char *header_bearer (const char *value);

//  True for application/json, in UTF-8 if it names a charset.
bool header_is_json (const char *value);

//  True for a Content-Encoding that changes nothing: none, or identity.
bool header_is_identity (const char *value);

//  A Happypay-Sequence: "partition.sequence", several joined by commas; partitions: how
//  many there are. False if it is none. ret_places: NODE_PLACES_MAX.
bool header_sequence (const char *value, uint16_t partitions, node_place_t *ret_places,
                      size_t *ret_count);

#endif
