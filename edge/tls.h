//  tls - the certificate that HTTPS is served with, and its exchange while it is served.
//
//  libmicrohttpd speaks TLS by GnuTLS and asks, for each handshake, tls_retrieve for chain
//  and key. A reload puts another pair in its place: connections that are open keep the one
//  that they began with, each holds it until it ends; new ones get the new one. A pair that
//  cannot be used is refused whole, and the one before it stays.
//
//      tls_new (chain_path, key_path, &tls, reason)
//      ... MHD_OPTION_HTTPS_CERT_CALLBACK2, tls_retrieve, MHD_OPTION_HTTPS_PRIORITIES,
//          TLS_PRIORITIES
//      tls_seat_take (&seat, tls, session);         a connection begins, before its handshake
//      tls_seat_leave (&seat);                      it has ended
//      tls_reload (tls, reason);                    any time
//
//  The chain is PEM, the server's certificate first (others are sorted behind it); the key
//  is PEM without a passphrase in a file of its owner alone (edge/secret_file.h).
//
//  Any thread, but one at a time for a seat.

#ifndef EDGE_TLS_H
#define EDGE_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include "runtime/node.h"

//  TLS 1.2 and 1.3, forward secrecy and authenticated ciphers only (RFC 9325).
#define TLS_PRIORITIES                                                                             \
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-MAC-ALL:+AEAD" \
    ":%SERVER_PRECEDENCE"

enum { TLS_CHAIN_MAX = 16, TLS_REASON_SIZE = 256 };

typedef struct tls tls_t;
typedef struct tls_pair tls_pair_t;

//  What a connection holds. Zeroed: nothing.
typedef struct {
    tls_t *tls;        //  Borrowed
    tls_pair_t *pair;  //  Counted; from the handshake on
} tls_seat_t;

//  Reads both files. NOT_FOUND, NO_ACCESS, IO_ERROR, TOO_LARGE of a file; INVALID: not a
//  chain, not a key, a key of another certificate, a key file that others may read.
//  ret_reason gets one line.
status_t tls_new (const char *chain_path, const char *key_path, tls_t **ret_tls,
                  char ret_reason [TLS_REASON_SIZE]) must_check;

//  Seats must have been left. NULL-safe.
void tls_destroy (tls_t **self_p);

//  Reads both files again. Anything but OK: what was served goes on.
status_t tls_reload (tls_t *self, char ret_reason [TLS_REASON_SIZE]) must_check;

//  True if clients will refuse the certificate by its dates; ret_line says so.
bool tls_is_out_of_date (tls_t *self, char ret_line [TLS_REASON_SIZE]);

//  When the server's certificate ends, in seconds since 1970.
int64_t tls_expires_s (tls_t *self);

void tls_seat_take (tls_seat_t *seat, tls_t *tls, gnutls_session_t session);

//  Also a seat that nobody took.
void tls_seat_leave (tls_seat_t *seat);

//  GnuTLS's question in a handshake: the pair of the session's seat.
gnutls_certificate_retrieve_function3 tls_retrieve;

#endif
