//  http - libmicrohttpd's callbacks and the table of request slots; HTTPS if there is a
//  certificate (edge/tls.h).
//
//  Connections: libmicrohttpd takes some more than the limit (SURPLUS), so that one
//  beyond it is told 503 and closed instead of being left in the queue; health and
//  metrics answer even there. The same goes for one address. Beyond that they are closed, or
//  wait in the kernel's queue. A client that takes too long is edge/connections.h's.

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "edge/edge_self.h"

enum {
    SURPLUS = 64,
    CONNECTION_MEMORY = 64 * 1024,  //  Header, more than request_begin.c takes, so that it
                                    //  is we who refuse it; and one piece of the body
    DISCARD_MAX = 4 * 1024 * 1024,  //  Of a body that is too large; then it is cut
    STOP_MS = 2000                  //  For answers to leave when the edge ends
};

//  ---------------------------------------------------------------------------
//  Slots

request_t *
edge_slot_take (edge_t *self)
{
    pthread_mutex_lock (&self->mutex);
    request_t *request = self->free_slots;
    if (request) {
        self->free_slots = request->next_free;
    }
    pthread_mutex_unlock (&self->mutex);
    if (request) {
        uint32_t slot = request->slot;
        uint32_t generation = atomic_load_explicit (&request->generation, memory_order_relaxed);
        size_t from = offsetof (request_t, connection);
        memset ((uint8_t *) request + from, 0, sizeof *request - from);
        assert (request->slot == slot && request->generation == generation);
        request->edge = self;
        request->started_ns = monotonic_ns ();
    }
    return request;
}

void
edge_slot_give (edge_t *self, request_t *request)
{
    bool accepted = request->stage != STAGE_RECEIVING;
    request_end (request);
    pthread_mutex_lock (&self->mutex);
    request->next_free = self->free_slots;
    self->free_slots = request;
    pthread_mutex_unlock (&self->mutex);
    if (accepted) {
        atomic_fetch_sub_explicit (&self->busy, 1, memory_order_release);
    }
}

node_port_t *
edge_worker_port (edge_t *self)
{
    static _Thread_local node_port_t *port;  //  A worker serves one edge in its life
    if (!port) {
        port = node_port_new (self->config.node);
        pthread_mutex_lock (&self->mutex);
        assert (self->port_count < COUNT (self->ports));
        self->ports [self->port_count++] = port;
        pthread_mutex_unlock (&self->mutex);
    }
    return port;
}

//  ---------------------------------------------------------------------------
//  Callbacks

static int64_t
s_now_ms (void)
{
    return monotonic_ns () / 1000000;
}

//  A connection's entry among all, or NULL before it has one.
static connection_t *
s_client_of (struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info (connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static connection_t *
s_open (edge_t *self, struct MHD_Connection *connection)
{
    tls_t *tls = self->config.tls;
    const union MHD_ConnectionInfo *socket =
        MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *session =
        tls ? MHD_get_connection_info (connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;
    assert (socket && address && (session || !tls));
    return connections_open (self->connections, socket->connect_fd, address->client_addr, tls,
                             session ? session->tls_session : NULL, s_now_ms ());
}

static void
s_connection_changed (void *context, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code)
{
    edge_t *self = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = s_open (self, connection);
    }
    else {
        connections_close (self->connections, (connection_t **) socket_context);
    }
}

//  The answer has left, or never will.
static void
s_completed (void *context, struct MHD_Connection *connection, void **request_p,
             enum MHD_RequestTerminationCode code)
{
    (void) code;
    connection_enter (s_client_of (connection), CONNECTION_IDLE, s_now_ms ());
    if (*request_p) {
        edge_slot_give (context, *request_p);
        *request_p = NULL;
    }
}

//  The first that is heard of a request: its raw target.
static void *
s_target_came (void *context, const char *uri, struct MHD_Connection *connection)
{
    edge_t *self = context;
    connection_t *client = s_client_of (connection);
    connection_enter (client, CONNECTION_RECEIVING, s_now_ms ());
    request_t *request = edge_slot_take (self);
    if (request) {
        request->connection = connection;
        request->client = client;
        request->target_status = target_read (&request->target, uri);
    }
    return request;
}

static size_t
s_body_limit (const request_t *self)
{
    const limits_t *limits = &self->edge->limits;
    return (size_t) (self->batch ? limits->batch_body_bytes : limits->http_body_bytes);
}

//  Keeps a piece of the body. False: so much too large that the connection is cut.
static bool
s_take_body (request_t *self, const char *bytes, size_t size)
{
    size_t limit = s_body_limit (self);
    if (self->body_discarded || self->body_size + size > limit) {
        self->body_discarded += size;
        return self->body_discarded <= DISCARD_MAX;
    }
    if (self->body_size + size > self->body_capacity) {
        self->body_capacity = self->body_size + size > 2048 ? limit : 2048;
        self->body = realloc (self->body, self->body_capacity);
        assert (self->body);
    }
    memcpy (self->body + self->body_size, bytes, size);
    self->body_size += size;
    return true;
}

//  A body that is announced as too large is not waited for if its client waits for 100, or if
//  it is larger than what is thrown away. Any other client would go on sending and, with the
//  connection closed, never read why.
static bool
s_refuses_body (const request_t *self, uint64_t length)
{
    const char *expects =
        MHD_lookup_connection_value (self->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
    return length > s_body_limit (self) + (expects ? 0 : DISCARD_MAX);
}

//  The header is there. True: the answer is queued already.
static bool
s_header_came (request_t *self, const char *method)
{
    snprintf (self->method, sizeof self->method, "%s", method);
    (void) request_begin_batch (self);  //  If it is one
    const char *length = MHD_lookup_connection_value (self->connection, MHD_HEADER_KIND,
                                                      MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (length && s_refuses_body (self, strtoull (length, NULL, 10))) {
        self->body_discarded = 1;
        return true;
    }
    return false;
}

static enum MHD_Result
s_go_on (request_t *self)
{
    if (self->stage == STAGE_RECEIVING) {
        atomic_fetch_add_explicit (&self->edge->busy, 1, memory_order_relaxed);
        connection_enter (self->client, CONNECTION_SERVED, s_now_ms ());
        request_begin (self);
    }
    bool answered =
        self->stage == STAGE_ANSWERED || request_drive (self, edge_worker_port (self->edge));
    if (!answered) {
        return MHD_YES;
    }
    connection_enter (self->client, CONNECTION_ANSWERING, s_now_ms ());
    return request_respond (self);
}

static enum MHD_Result
s_handle (void *context, struct MHD_Connection *connection, const char *url, const char *method,
          const char *version, const char *upload_data, size_t *upload_data_size, void **request_p)
{
    (void) context;
    (void) connection;
    (void) url;
    (void) version;
    request_t *request = *request_p;
    if (!request) {
        return MHD_NO;  //  No slot: there are more of them than connections
    }
    if (!request->begun) {
        request->begun = true;
        return s_header_came (request, method) ? s_go_on (request) : MHD_YES;
    }
    if (*upload_data_size) {
        bool taken = s_take_body (request, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return taken ? MHD_YES : MHD_NO;
    }
    return s_go_on (request);
}

//  The raw target is read by edge/target.c; what libmicrohttpd decodes is not used.
static size_t
s_no_unescape (void *context, struct MHD_Connection *connection, char *text)
{
    (void) context;
    (void) connection;
    return strlen (text);
}

//  ---------------------------------------------------------------------------
//  Start and stop

static status_t
s_address (const edge_t *self, struct sockaddr_storage *ret_address, char *ret_reason)
{
    struct sockaddr_in *ip4 = (struct sockaddr_in *) ret_address;
    struct sockaddr_in6 *ip6 = (struct sockaddr_in6 *) ret_address;
    memset (ret_address, 0, sizeof *ret_address);
    if (inet_pton (AF_INET, self->config.http_host, &ip4->sin_addr) == 1) {
        ip4->sin_family = AF_INET;
        ip4->sin_port = htons (self->config.http_port);
        return STATUS_OK;
    }
    if (inet_pton (AF_INET6, self->config.http_host, &ip6->sin6_addr) == 1) {
        ip6->sin6_family = AF_INET6;
        ip6->sin6_port = htons (self->config.http_port);
        return STATUS_OK;
    }
    snprintf (ret_reason, 256, "%s is not an address to bind", self->config.http_host);
    return STATUS_INVALID;
}

static struct MHD_Daemon *
s_start_daemon (edge_t *self, const struct sockaddr_storage *address)
{
    const limits_t *limits = &self->limits;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME
                     | (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0)
                     | (self->config.tls ? MHD_USE_TLS : 0);
    struct MHD_OptionItem secure [] = {
        { MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *) (uintptr_t) tls_retrieve },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) (uintptr_t) TLS_PRIORITIES },
        { MHD_OPTION_END, 0, NULL },
    };
    return MHD_start_daemon (
        flags, self->config.http_port, NULL, NULL, s_handle, self, MHD_OPTION_SOCK_ADDR, address,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned) limits->http_threads, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned) limits->http_connections + SURPLUS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned) limits->http_connections_per_address + SURPLUS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned) limits->http_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t) CONNECTION_MEMORY, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
        MHD_OPTION_URI_LOG_CALLBACK, s_target_came, self, MHD_OPTION_UNESCAPE_CALLBACK,
        s_no_unescape, NULL, MHD_OPTION_NOTIFY_CONNECTION, s_connection_changed, self,
        MHD_OPTION_NOTIFY_COMPLETED, s_completed, self, MHD_OPTION_ARRAY,
        self->config.tls ? secure : &secure [COUNT (secure) - 1], MHD_OPTION_END);
}

status_t
http_start (edge_t *self, char ret_reason [256])
{
    struct sockaddr_storage address;
    status_t status = s_address (self, &address, ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    errno = 0;
    self->daemon = s_start_daemon (self, &address);
    if (self->daemon) {
        return STATUS_OK;
    }
    int error = errno;
    snprintf (ret_reason, 256, "cannot listen on %s:%u: %s", self->config.http_host,
              self->config.http_port, error ? strerror (error) : "no resources");
    return error == EADDRINUSE      ? STATUS_IN_USE
           : error == EADDRNOTAVAIL ? STATUS_INVALID
           : error == EACCES        ? STATUS_NO_ACCESS
                                    : STATUS_LIMIT;
}

uint16_t
http_port (const edge_t *self)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : self->config.http_port;
}

//  The replies thread has ended, so nobody else abandons: what still waits is resumed
//  with 503, since no connection may be suspended when the daemon stops.
static void
s_end_requests (edge_t *self)
{
    int64_t until_ns = monotonic_ns () + STOP_MS * 1000000;
    while (atomic_load_explicit (&self->busy, memory_order_acquire) > 0
           && monotonic_ns () < until_ns) {
        for (uint32_t slot = 0; slot < self->slot_count; slot++) {
            request_t *request = &self->slots [slot];
            (void) request_abandon (request, request_token (request, 0));
        }
        poll (NULL, 0, 1);
    }
}

void
http_stop (edge_t *self)
{
    if (!self->daemon) {
        return;
    }
    MHD_socket listening = MHD_quiesce_daemon (self->daemon);
    s_end_requests (self);
    MHD_stop_daemon (self->daemon);
    self->daemon = NULL;
    if (listening != MHD_INVALID_SOCKET) {
        close (listening);
    }
}
