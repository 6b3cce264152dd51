//  serve_http - where `happypay serve` is reached, and with which certificate.
//
//      serve_http_open (options, &http, reason)     before anything is started
//      serve_http_reload (&http)                    SIGHUP
//      serve_http_close (&http)
//
//  An address that others can reach is served with TLS, or --insecure says that it need
//  not: a proxy in front does it, or the network is trusted.

#ifndef DEPLOY_SERVE_HTTP_H
#define DEPLOY_SERVE_HTTP_H

#include <netdb.h>
#include "deploy/options.h"
#include "edge/tls.h"

typedef struct {
    char host [NI_MAXHOST];  //  Numeric, as it is bound
    uint16_t port;
    tls_t *tls;              //  Owned; NULL: plain HTTP
} serve_http_t;

enum { SERVE_HTTP_REASON_SIZE = 256 };

//  Of --http, --tls-cert, --tls-key and --insecure. False: one line in ret_reason. Warns on
//  stderr of a certificate that clients will refuse.
bool serve_http_open (const options_t *options, serve_http_t *ret_http,
                      char ret_reason [SERVE_HTTP_REASON_SIZE]);

//  Reads the certificate again and says on stderr how it went.
void serve_http_reload (serve_http_t *self);

//  After the edge. Also one that was never opened (zeroed).
void serve_http_close (serve_http_t *self);

//  The line that says where requests are taken, on stdout.
void serve_http_say_ready (const serve_http_t *self, uint16_t port);

#endif
