//  connections - who is connected, how many from each address, and how long each one takes.
//
//  libmicrohttpd ends connections on which nothing moves; one that brings or takes a byte
//  now and then would stay for ever. So each has a phase, and a time by which it must have
//  left it:
//
//      phase      entered when                                must be left within
//      IDLE       it is connected; an answer has left whole   idle_ms (the handshake of TLS
//                                                             and the request's line belong to it)
//      RECEIVING  the request's line is there                 transfer_ms
//      SERVED     the request is there whole                  no time: edge/waits.h watches it
//      ANSWERING  the answer is queued                        transfer_ms
//
//  An answer without an end is SERVED while it has nothing to send, and enters ANSWERING anew
//  with each piece.
//
//  One that is late is shut down by whoever sweeps; libmicrohttpd then finds it ended, as
//  if the client had left. Closing is libmicrohttpd's alone, after connections_close, so a
//  descriptor that is shut down is never another's.
//
//  An address is an IPv4 address or the /64 network of an IPv6 one: that is what one client
//  has of each.
//
//  Any thread; a connection's phases come from the worker that serves it.

#ifndef EDGE_CONNECTIONS_H
#define EDGE_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include "edge/tls.h"

typedef struct connections connections_t;
typedef struct connection connection_t;

typedef enum {
    CONNECTION_IDLE,
    CONNECTION_RECEIVING,
    CONNECTION_SERVED,
    CONNECTION_ANSWERING
} connection_phase_t;

typedef enum {
    CONNECTION_WITHIN,          //  The limits
    CONNECTION_BEYOND,          //  The limit of all
    CONNECTION_BEYOND_ADDRESS   //  That of its address
} connection_surplus_t;

typedef struct {
    int64_t total, per_address;    //  Those beyond are surplus: told so, and closed
    int64_t idle_ms, transfer_ms;
} connections_config_t;

connections_t *connections_new (const connections_config_t *config);

//  All must be closed. NULL-safe.
void connections_destroy (connections_t **self_p);

//  A connection on this socket, which is borrowed until it is closed. Of TLS: `tls` and
//  its session, before the handshake; else NULL.
connection_t *connections_open (connections_t *self, int socket, const struct sockaddr *address,
                                tls_t *tls, gnutls_session_t session, int64_t now_ms);

//  Takes it.
void connections_close (connections_t *self, connection_t **connection_p);

//  NULL (a request that came by none): within.
connection_surplus_t connection_surplus (const connection_t *connection);

void connection_enter (connection_t *connection, connection_phase_t phase, int64_t now_ms);

//  Shuts down those that are late; a few times a second.
void connections_sweep (connections_t *self, int64_t now_ms);

//  Open ones, and those that were shut down since the start.
uint32_t connections_count (connections_t *self);
uint64_t connections_late (connections_t *self);

#endif
