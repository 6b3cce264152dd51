//  serve_http - the address, resolved; the rule of TLS; the certificate.

#include "deploy/serve_http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  Splits and resolves HOST:PORT to the first numeric address it stands for.
static bool
s_resolve (serve_http_t *self, const char *address, char reason [SERVE_HTTP_REASON_SIZE])
{
    char host [256];
    const char *colon = strrchr (address, ':');
    assert (colon);  //  The option was checked
    bool bracketed = *address == '[';
    snprintf (host, sizeof host, "%.*s", (int) (colon - address) - 2 * bracketed,
              address + bracketed);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *found = NULL;
    int error = getaddrinfo (host, colon + 1, &hints, &found);
    if (!error) {
        error = getnameinfo (found->ai_addr, found->ai_addrlen, self->host, sizeof self->host, NULL,
                             0, NI_NUMERICHOST);
        freeaddrinfo (found);
    }
    if (error) {
        snprintf (reason, SERVE_HTTP_REASON_SIZE, "--http: \"%.100s\" cannot be resolved: %s", host,
                  gai_strerror (error));
        return false;
    }
    self->port = (uint16_t) strtoul (colon + 1, NULL, 10);
    return true;
}

//  Only this machine reaches it: 127/8, ::1, and the former within IPv6.
static bool
s_is_loopback (const char *host)
{
    struct in_addr ip4;
    struct in6_addr ip6;
    if (inet_pton (AF_INET, host, &ip4) == 1) {
        return ntohl (ip4.s_addr) >> 24 == 127;
    }
    return inet_pton (AF_INET6, host, &ip6) == 1
           && (IN6_IS_ADDR_LOOPBACK (&ip6)
               || (IN6_IS_ADDR_V4MAPPED (&ip6) && ip6.s6_addr [12] == 127));
}

static void
s_warn_of_dates (const serve_http_t *self)
{
    char line [TLS_REASON_SIZE];
    if (tls_is_out_of_date (self->tls, line)) {
        fprintf (stderr, "happypay serve: warning: %s\n", line);
    }
}

bool
serve_http_open (const options_t *options, serve_http_t *ret_http,
                 char ret_reason [SERVE_HTTP_REASON_SIZE])
{
    const char *chain = options_text (options, "tls-cert");
    const char *key = options_text (options, "tls-key");
    if (!s_resolve (ret_http, options_text (options, "http"), ret_reason)) {
        return false;
    }
    if (!chain != !key) {
        snprintf (ret_reason, SERVE_HTTP_REASON_SIZE, "--%s: it needs --%s beside it",
                  chain ? "tls-cert" : "tls-key", chain ? "tls-key" : "tls-cert");
        return false;
    }
    if (chain) {
        if (tls_new (chain, key, &ret_http->tls, ret_reason) != STATUS_OK) {
            return false;
        }
        s_warn_of_dates (ret_http);
        return true;
    }
    if (!s_is_loopback (ret_http->host) && !options_flag (options, "insecure")) {
        snprintf (ret_reason, SERVE_HTTP_REASON_SIZE,
                  "--http: others can reach %.64s; give --tls-cert and --tls-key, or --insecure if "
                  "a proxy in front speaks TLS",
                  ret_http->host);
        return false;
    }
    return true;
}

void
serve_http_reload (serve_http_t *self)
{
    char reason [TLS_REASON_SIZE];
    if (tls_reload (self->tls, reason) != STATUS_OK) {
        fprintf (stderr,
                 "happypay serve: the certificate was not exchanged, the one before it "
                 "stays: %s\n",
                 reason);
        return;
    }
    fprintf (stderr, "happypay serve: the certificate was exchanged\n");
    s_warn_of_dates (self);
}

void
serve_http_close (serve_http_t *self)
{
    tls_destroy (&self->tls);
}

void
serve_http_say_ready (const serve_http_t *self, uint16_t port)
{
    bool v6 = strchr (self->host, ':') != NULL;
    printf ("ready %s://%s%s%s:%u\n", self->tls ? "https" : "http", v6 ? "[" : "", self->host,
            v6 ? "]" : "", (unsigned) port);
    fflush (stdout);
}
