//  bench_client - a socket, two buffers and a few flags per connection.
//
//      idle ──post──▶ busy ──whole answer──▶ idle
//                      │ broken: answer of status 0, or once more (see header)
//
//  Sockets are registered once, edge-triggered for both directions, so there is no
//  epoll_ctl in the hot loop. A read that fills less than was asked for has emptied
//  the socket (epoll (7)), which saves the second recv.

#include "deploy/bench_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_MAX = 256, HEAD_MAX = 4096 };

#define SECOND_NS INT64_C (1000000000)

typedef struct {
    int fd;              //  -1: none
    bool busy;           //  A request is out
    bool used;           //  This socket has carried a whole answer before
    bool retried;        //  This request was sent again already
    const char *broken;  //  To be told at the next wait, or NULL
    int64_t posted_ns;
    size_t out_size, out_done, in_size;
    char out [BENCH_REQUEST_MAX];
    char in [BENCH_ANSWER_MAX];
} connection_t;

struct bench_client {
    int epoll_fd;
    uint32_t count, busy;
    uint32_t broken;  //  Connections with trouble to be told
    struct sockaddr_storage address;
    socklen_t address_size;
    char head [HEAD_MAX];  //  Fields that all requests share
    int64_t swept_ns;      //  When late ones were last looked for
    bench_client_answer_fn *answer;
    void *context;
    connection_t connections [];
};

int64_t
bench_now_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * SECOND_NS + now.tv_nsec;
}

//  ---------------------------------------------------------------------------
//  Making and freeing

//  Host and port out of the URL, looked up.
static bool
s_resolve (bench_client_t *self, const char *url, const char *token, char *ret_reason)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    struct addrinfo *found = NULL, hints = { .ai_socktype = SOCK_STREAM };
    CURLU *parts = curl_url ();
    assert (parts);
    bool usable = curl_url_set (parts, CURLUPART_URL, url, 0) == CURLUE_OK
                  && curl_url_get (parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
                  && strcmp (scheme, "http") == 0
                  && curl_url_get (parts, CURLUPART_HOST, &host, 0) == CURLUE_OK
                  && curl_url_get (parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    if (!usable) {
        snprintf (ret_reason, 256, "%.150s is not http://HOST[:PORT]", url);
    }
    else {
        //  An IPv6 host has its brackets in a URL and in Host, not for the resolver
        bool bracketed = host [0] == '[';
        char *bare = strndup (host + bracketed, strlen (host) - (bracketed ? 2 : 0));
        assert (bare);
        int error = getaddrinfo (bare, port, &hints, &found);
        free (bare);
        if (error) {
            snprintf (ret_reason, 256, "%.100s: %s", host, gai_strerror (error));
            usable = false;
        }
    }
    if (usable) {
        memcpy (&self->address, found->ai_addr, found->ai_addrlen);
        self->address_size = found->ai_addrlen;
        int size = snprintf (self->head, sizeof self->head,
                             "Host: %s:%s\r\nContent-Type: application/json\r\n"
                             "Prefer: wait=30\r\n%s%s%s",
                             host, port, token ? "Authorization: Bearer " : "", token ? token : "",
                             token ? "\r\n" : "");
        if (size >= (int) sizeof self->head) {
            snprintf (ret_reason, 256, "the token is too long");
            usable = false;
        }
    }
    if (found) {
        freeaddrinfo (found);
    }
    curl_free (scheme);
    curl_free (host);
    curl_free (port);
    curl_url_cleanup (parts);
    return usable;
}

//  One descriptor each, and some for the rest of the process.
static bool
s_enough_descriptors (uint32_t connections, char *ret_reason)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= (rlim_t) connections + 64) {
        return true;
    }
    snprintf (ret_reason, 256, "%u connections need more than the %ju descriptors allowed here",
              connections, (uintmax_t) limit.rlim_cur);
    return false;
}

bench_client_t *
bench_client_new (const char *url, const char *token, uint32_t connections,
                  bench_client_answer_fn *answer, void *context, char ret_reason [256])
{
    assert (connections > 0);
    bench_client_t *self = calloc (1, sizeof *self + connections * sizeof (connection_t));
    assert (self);
    self->count = connections;
    self->answer = answer;
    self->context = context;
    self->epoll_fd = -1;
    for (uint32_t index = 0; index < connections; index++) {
        self->connections [index].fd = -1;
    }
    if (!s_resolve (self, url, token, ret_reason)
        || !s_enough_descriptors (connections, ret_reason)) {
        bench_client_destroy (&self);
        return NULL;
    }
    self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    assert (self->epoll_fd >= 0);
    self->swept_ns = bench_now_ns ();
    return self;
}

void
bench_client_destroy (bench_client_t **self_p)
{
    if (self_p && *self_p) {
        bench_client_t *self = *self_p;
        for (uint32_t index = 0; index < self->count; index++) {
            if (self->connections [index].fd >= 0) {
                close (self->connections [index].fd);
            }
        }
        if (self->epoll_fd >= 0) {
            close (self->epoll_fd);
        }
        free (self);
        *self_p = NULL;
    }
}

//  ---------------------------------------------------------------------------
//  Sending

static void
s_close (connection_t *connection)
{
    if (connection->fd >= 0) {
        close (connection->fd);  //  Leaves the epoll set with it
        connection->fd = -1;
    }
    connection->used = false;
}

//  Notes trouble; it is told by the next wait, never from within a post, so that an
//  answer function that posts again cannot recurse.
static void
s_break (bench_client_t *self, connection_t *connection, const char *failure)
{
    s_close (connection);
    if (connection->busy && !connection->broken) {
        connection->broken = failure;
        self->broken++;
    }
}

static const char *
s_error_text (int error)
{
    return error == ECONNREFUSED ? "the connection was refused"
           : error == ECONNRESET ? "the connection was reset"
                                 : "the connection failed";
}

static void
s_send (connection_t *connection)
{
    while (connection->out_done < connection->out_size) {
        ssize_t size =
            send (connection->fd, connection->out + connection->out_done,
                  connection->out_size - connection->out_done, MSG_NOSIGNAL | MSG_DONTWAIT);
        //  Full, or still connecting; or broken, but then reading meets that too (its
        //  event is on the way), after an answer that came early
        if (size < 0) {
            return;
        }
        connection->out_done += (size_t) size;
    }
}

//  Connecting goes on in the background; what is to be sent goes when it is done.
static void
s_open (bench_client_t *self, connection_t *connection)
{
    int on = 1;
    connection->in_size = connection->out_done = 0;
    connection->fd =
        socket (self->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        s_break (self, connection, "no socket could be made");
        return;
    }
    setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                 .data.u32 = (uint32_t) (connection - self->connections) };
    if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        s_break (self, connection, "the socket could not be watched");
        return;
    }
    if (connect (connection->fd, (struct sockaddr *) &self->address, self->address_size) != 0
        && errno != EINPROGRESS) {
        s_break (self, connection, s_error_text (errno));
    }
}

void
bench_client_post (bench_client_t *self, uint32_t index, const char *path, const char *key,
                   const char *body)
{
    assert (index < self->count);
    connection_t *connection = &self->connections [index];
    assert (!connection->busy);
    int size =
        snprintf (connection->out, sizeof connection->out,
                  "POST %s HTTP/1.1\r\n%sIdempotency-Key: %s\r\nContent-Length: %zu\r\n\r\n%s",
                  path, self->head, key, strlen (body), body);
    assert (size > 0 && size < (int) sizeof connection->out);
    connection->out_size = (size_t) size;
    connection->out_done = connection->in_size = 0;
    connection->busy = true;
    connection->retried = false;
    connection->posted_ns = bench_now_ns ();
    self->busy++;
    if (connection->fd < 0) {
        s_open (self, connection);
    }
    else {
        s_send (connection);
    }
}

//  ---------------------------------------------------------------------------
//  Receiving

static void
s_finish (bench_client_t *self, connection_t *connection, const bench_answer_t *answer)
{
    connection->busy = false;
    connection->in_size = 0;
    connection->broken = NULL;
    self->busy--;
    self->answer (self->context, (uint32_t) (connection - self->connections), answer);
}

//  The socket ended or failed.
static void
s_ended (bench_client_t *self, connection_t *connection, const char *failure)
{
    bool again =
        connection->busy && connection->used && connection->in_size == 0 && !connection->retried;
    s_close (connection);
    if (again) {
        connection->retried = true;
        s_open (self, connection);
    }
    else {
        s_break (self, connection, failure);
    }
}

//  ending: the end is in the same event as the bytes before it, so read up to it.
static void
s_receive (bench_client_t *self, connection_t *connection, bool ending)
{
    bool drained = false;
    while (!drained) {
        size_t space = sizeof connection->in - connection->in_size;
        ssize_t size = recv (connection->fd, connection->in + connection->in_size, space, 0);
        if (size < 0 && errno == EAGAIN) {
            return;
        }
        if (size <= 0) {
            s_ended (self, connection,
                     size < 0                  ? s_error_text (errno)
                     : connection->in_size > 0 ? "the connection was closed within an answer"
                                               : "the connection was closed without an answer");
            return;
        }
        drained = (size_t) size < space && !ending;
        connection->in_size += (size_t) size;
        bench_answer_t answer = { 0 };
        bench_progress_t progress =
            bench_answer_read (connection->in, connection->in_size, sizeof connection->in, &answer);
        if (!connection->busy || progress == BENCH_ANSWER_BROKEN) {
            s_break (self, connection, "the answer was not HTTP as expected, or too long");
            return;
        }
        if (progress == BENCH_ANSWER_WHOLE) {
            connection->used = true;
            //  Bytes beyond it were not asked for: the connection cannot be trusted
            if (answer.closes || answer.size < connection->in_size) {
                s_close (connection);
            }
            s_finish (self, connection, &answer);
            if (connection->fd < 0) {
                return;
            }
        }
    }
}

//  Tells of broken connections; every second looks for requests that are too late.
static void
s_sweep (bench_client_t *self, int64_t now_ns)
{
    bool late = now_ns - self->swept_ns >= SECOND_NS;
    if (late) {
        self->swept_ns = now_ns;
    }
    if (!late && self->broken == 0) {
        return;
    }
    for (uint32_t index = 0; index < self->count; index++) {
        connection_t *connection = &self->connections [index];
        if (late && connection->busy && now_ns - connection->posted_ns > BENCH_TIMEOUT_NS) {
            s_break (self, connection, "there was no answer in time");
        }
        if (connection->broken) {
            self->broken--;
            s_finish (self, connection, &(bench_answer_t) { .failure = connection->broken });
        }
    }
}

void
bench_client_wait (bench_client_t *self, int64_t until_ns)
{
    struct epoll_event events [EVENTS_MAX];
    int64_t now_ns = bench_now_ns ();
    int64_t wait_ns = self->broken || until_ns < now_ns ? 0 : until_ns - now_ns;
    if (wait_ns > SECOND_NS) {
        wait_ns = SECOND_NS;  //  Late requests are looked for in between
    }
    struct timespec timeout = { .tv_sec = wait_ns / SECOND_NS, .tv_nsec = wait_ns % SECOND_NS };
    int count = epoll_pwait2 (self->epoll_fd, events, EVENTS_MAX, &timeout, NULL);
    for (int index = 0; index < count; index++) {
        connection_t *connection = &self->connections [events [index].data.u32];
        uint32_t what = events [index].events;
        //  Reading first: it learns why a connection failed, sending would only take it
        if (connection->fd >= 0 && (what & ~(uint32_t) EPOLLOUT)) {
            s_receive (self, connection, what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
        }
        if (connection->fd >= 0 && (what & EPOLLOUT)) {
            s_send (connection);
        }
    }
    s_sweep (self, now_ns);
}

uint32_t
bench_client_busy (const bench_client_t *self)
{
    return self->busy;
}
