//  request_send - what a request's driver sends to the node. For request_drive.c.
//
//  Each suspends the connection, counts what it sends in `pending` and sets the clock
//  before anything is out. True: nothing is out any more, the caller drives on (what could
//  not be sent is a problem by then); false: the request is another's.

#ifndef EDGE_REQUEST_SEND_H
#define EDGE_REQUEST_SEND_H

#include "edge/request.h"

//  Facts that nobody remembered.
size_t request_facts_missing (const request_t *self);

bool request_send_queries (request_t *self, node_port_t *port, size_t missing);
bool request_send_command (request_t *self, node_port_t *port);

//  An object, for ORDINAL_REREAD or ORDINAL_SHOWN.
bool request_send_read (request_t *self, node_port_t *port, oid_t oid, unsigned ordinal);

//  The lists are to catch up: with all that is committed, and with min_sequence.
bool request_send_sync (request_t *self, node_port_t *port);

#endif
