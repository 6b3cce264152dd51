//  bench_client - against a server that says what it is told to, byte by byte.
//
//  The server is one thread with one listening socket. For each connection it takes
//  the next lines of a script: wait for a request, send these bytes, close.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "deploy/bench_client.h"
#include "runtime/scoped.h"

typedef enum { END, READ, SAY, CLOSE, RESET } act_t;

typedef struct {
    act_t act;
    const char *bytes;
} line_t;

typedef struct {
    const line_t *script;
    int listen_fd;
    uint16_t port;
    pthread_t thread;
    atomic_int requests, connections;
    char last_request [BENCH_REQUEST_MAX];
} server_t;

//  Reads one request to the end of its body, which is "{}" in these tests.
static bool
s_read_request (server_t *server, int fd)
{
    size_t size = 0;
    char request [BENCH_REQUEST_MAX] = "";
    while (!strstr (request, "\r\n\r\n{}")) {
        ssize_t got = recv (fd, request + size, sizeof request - 1 - size, 0);
        if (got <= 0) {
            return false;
        }
        size += (size_t) got;
        request [size] = 0;
    }
    memcpy (server->last_request, request, sizeof request);
    atomic_fetch_add (&server->requests, 1);
    return true;
}

static void *
s_serve (void *argument)
{
    server_t *server = argument;
    const line_t *line = server->script;
    while (line->act != END) {
        int fd = accept (server->listen_fd, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        atomic_fetch_add (&server->connections, 1);
        bool open = true;
        while (open && line->act != END) {
            struct linger at_once = { .l_onoff = 1 };
            switch (line->act) {
            case READ: open = s_read_request (server, fd); break;
            case SAY: send (fd, line->bytes, strlen (line->bytes), MSG_NOSIGNAL); break;
            case RESET: setsockopt (fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            //  fall through
            default: open = false;
            }
            line++;
        }
        close (fd);
    }
    return NULL;
}

static void
s_start (server_t *server, const line_t *script)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    *server = (server_t) { .script = script };
    server->listen_fd = socket (AF_INET, SOCK_STREAM, 0);
    assert_int_equal (bind (server->listen_fd, (struct sockaddr *) &address, sizeof address), 0);
    assert_int_equal (listen (server->listen_fd, 16), 0);
    assert_int_equal (getsockname (server->listen_fd, (struct sockaddr *) &address, &size), 0);
    server->port = ntohs (address.sin_port);
    assert_int_equal (pthread_create (&server->thread, NULL, s_serve, server), 0);
}

static void
s_stop (server_t *server)
{
    shutdown (server->listen_fd, SHUT_RDWR);
    pthread_join (server->thread, NULL);
    close (server->listen_fd);
}

//  What came back, as text: "201 {…}" or "0 why", one line each.
typedef struct {
    char text [4096];
    unsigned count;
} heard_t;

static void
s_hear (void *context, uint32_t connection, const bench_answer_t *answer)
{
    heard_t *heard = context;
    size_t used = strlen (heard->text);
    assert_int_equal (connection, 0);
    snprintf (heard->text + used, sizeof heard->text - used, "%u %.*s%s\n", answer->status,
              (int) answer->body_size, answer->body ? answer->body : "",
              answer->failure ? answer->failure : "");
    heard->count++;
}

//  Sends so many requests one after the other on one connection.
static void
s_talk (uint16_t port, unsigned requests, heard_t *heard)
{
    char url [64], reason [256] = "";
    snprintf (url, sizeof url, "http://127.0.0.1:%u", port);
    *heard = (heard_t) { .count = 0 };
    bench_client_t *client = bench_client_new (url, "TOKEN", 1, s_hear, heard, reason);
    assert_non_null (client);
    for (unsigned sent = 1; sent <= requests; sent++) {
        bench_client_post (client, 0, "/v1/payments", "key-1", "{}");
        while (heard->count < sent) {
            bench_client_wait (client, bench_now_ns () + 100000000);
        }
        assert_int_equal (bench_client_busy (client), 0);
    }
    bench_client_destroy (&client);
    assert_null (client);
}

static void
s_expect (const line_t *script, unsigned requests, const char *expected, int connections)
{
    server_t server;
    heard_t heard;
    s_start (&server, script);
    s_talk (server.port, requests, &heard);
    s_stop (&server);
    assert_string_equal (heard.text, expected);
    assert_int_equal (server.connections, connections);
}

#define HEAD "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"

static void
a_request_carries_its_fields_and_its_body (void **state)
{
    (void) state;
    static const line_t script [] = { { READ },
                                      { SAY, HEAD "Content-Length: 2\r\n\r\nok" },
                                      { END } };
    server_t server;
    heard_t heard;
    s_start (&server, script);
    s_talk (server.port, 1, &heard);
    s_stop (&server);
    assert_non_null (strstr (server.last_request, "POST /v1/payments HTTP/1.1\r\n"));
    assert_non_null (strstr (server.last_request, "\r\nHost: 127.0.0.1:"));
    assert_non_null (strstr (server.last_request, "\r\nAuthorization: Bearer TOKEN\r\n"));
    assert_non_null (strstr (server.last_request, "\r\nIdempotency-Key: key-1\r\n"));
    assert_non_null (strstr (server.last_request, "\r\nContent-Length: 2\r\n\r\n{}"));
}

static void
requests_share_a_connection (void **state)
{
    (void) state;
    static const line_t script [] = { { READ }, { SAY, HEAD "Content-Length: 3\r\n\r\none" },
                                      { READ }, { SAY, HEAD "content-length:  3 \r\n\r\ntwo" },
                                      { READ }, { SAY, "HTTP/1.1 204 No Content\r\n\r\n" },
                                      { END } };
    s_expect (script, 3, "201 one\n201 two\n204 \n", 1);
}

static void
an_answer_may_come_in_pieces (void **state)
{
    (void) state;
    static const line_t script [] = { { READ },
                                      { SAY, "HTT" },
                                      { SAY, "P/1.1 20" },
                                      { SAY, "0 OK\r\nContent-Le" },
                                      { SAY, "ngth: 10\r\n\r" },
                                      { SAY, "\n01234" },
                                      { SAY, "56789" },
                                      { END } };
    s_expect (script, 1, "200 0123456789\n", 1);
}

static void
chunks_are_joined_whatever_their_pieces (void **state)
{
    (void) state;
    static const line_t script [] = { { READ },
                                      { SAY, HEAD "Transfer-Encoding: chunked\r\n\r\n4\r\nwal_" },
                                      { SAY, "\r\nA;note=x\r\n01234" },
                                      { SAY, "56789\r\n0\r\nTrailer: yes\r\n" },
                                      { SAY, "\r\n" },
                                      { READ },
                                      { SAY, HEAD "Content-Length: 4\r\n\r\nnext" },
                                      { END } };
    s_expect (script, 2, "201 wal_0123456789\n201 next\n", 1);
}

static void
an_interim_answer_is_skipped (void **state)
{
    (void) state;
    static const line_t script [] = { { READ },
                                      { SAY, "HTTP/1.1 100 Continue\r\n\r\n" HEAD
                                             "Content-Length: 2\r\n\r\nok" },
                                      { END } };
    s_expect (script, 1, "201 ok\n", 1);
}

static void
a_connection_closed_within_an_answer_is_a_failure (void **state)
{
    (void) state;
    static const line_t script [] = {
        { READ }, { SAY, HEAD "Content-Length: 10\r\n\r\nhalf" }, { CLOSE },
        { READ }, { SAY, HEAD "Content-Length: 4\r\n\r\nback" },  { END }
    };
    s_expect (script, 2, "0 the connection was closed within an answer\n201 back\n", 2);
}

static void
a_fresh_connection_closed_without_an_answer_is_a_failure (void **state)
{
    (void) state;
    static const line_t script [] = { { READ }, { CLOSE }, { END } };
    s_expect (script, 1, "0 the connection was closed without an answer\n", 1);
}

//  The server closes idle connections when it likes; the key makes once more safe.
static void
a_used_connection_closed_without_an_answer_is_tried_once_more (void **state)
{
    (void) state;
    static const line_t script [] = { { READ }, { SAY, HEAD "Content-Length: 3\r\n\r\none" },
                                      { READ }, { CLOSE },
                                      { READ }, { SAY, HEAD "Content-Length: 3\r\n\r\ntwo" },
                                      { END } };
    s_expect (script, 2, "201 one\n201 two\n", 2);
}

static void
it_is_tried_no_more_than_once (void **state)
{
    (void) state;
    static const line_t script [] = { { READ }, { SAY, HEAD "Content-Length: 3\r\n\r\none" },
                                      { READ }, { RESET },
                                      { READ }, { CLOSE },
                                      { END } };
    s_expect (script, 2, "201 one\n0 the connection was closed without an answer\n", 2);
}

static void
an_answer_that_closes_ends_its_connection (void **state)
{
    (void) state;
    static const line_t script [] = { { READ },
                                      { SAY,
                                        HEAD "Connection: close\r\nContent-Length: 3\r\n\r\none" },
                                      { CLOSE },
                                      { READ },
                                      { SAY, HEAD "Content-Length: 3\r\n\r\ntwo" },
                                      { END } };
    s_expect (script, 2, "201 one\n201 two\n", 2);
}

static void
what_is_not_http_or_has_no_measure_is_a_failure (void **state)
{
    (void) state;
    static const char *const answers [] = {
        "SSH-2.0-OpenSSH_9\r\n\r\n",
        "HTTP/1.1 2x1 Created\r\nContent-Length: 0\r\n\r\n",
        HEAD "\r\n",
        HEAD "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        HEAD "Content-Length: -1\r\n\r\n",
        HEAD "Content-Length: 99999999999999999999\r\n\r\n",
        HEAD "Content-Length: 16384\r\n\r\n",
        HEAD "Transfer-Encoding: gzip\r\n\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        HEAD "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabcd\r\n",
    };
    for (size_t index = 0; index < COUNT (answers); index++) {
        line_t script [] = { { READ }, { SAY, answers [index] }, { READ }, { END } };
        s_expect (script, 1, "0 the answer was not HTTP as expected, or too long\n", 1);
    }
}

static void
a_refused_connection_is_a_failure_each_time (void **state)
{
    (void) state;
    server_t server;
    heard_t heard;
    s_start (&server, (const line_t []) { { END } });
    s_stop (&server);
    s_talk (server.port, 3, &heard);
    assert_string_equal (heard.text, "0 the connection was refused\n"
                                     "0 the connection was refused\n"
                                     "0 the connection was refused\n");
}

static void
an_unusable_url_is_said (void **state)
{
    (void) state;
    static const char *const urls [] = { "https://127.0.0.1", "ftp://x", "127.0.0.1:99999", "" };
    for (size_t index = 0; index < COUNT (urls); index++) {
        char reason [256] = "";
        heard_t heard;
        assert_null (bench_client_new (urls [index], NULL, 1, s_hear, &heard, reason));
        assert_non_null (strstr (reason, "is not http://HOST[:PORT]"));
    }
}

//  The parser never says WHOLE of a beginning, wherever the bytes are cut.
static void
no_beginning_of_an_answer_is_taken_for_all_of_it (void **state)
{
    (void) state;
    static const char *const answers [] = {
        HEAD "Content-Length: 5\r\n\r\nhello",
        HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    };
    for (size_t index = 0; index < COUNT (answers); index++) {
        size_t whole = strlen (answers [index]);
        for (size_t size = 0; size <= whole; size++) {
            char *bytes = malloc (size ? size : 1);  //  Exactly, so that sanitizers see it
            bench_answer_t answer = { 0 };
            memcpy (bytes, answers [index], size);
            assert_int_equal (bench_answer_read (bytes, size, BENCH_ANSWER_MAX, &answer),
                              size == whole ? BENCH_ANSWER_WHOLE : BENCH_ANSWER_PARTIAL);
            if (size == whole) {
                assert_int_equal (answer.size, whole);
                assert_int_equal (answer.body_size, 5);
                assert_memory_equal (answer.body, "hello", 5);
            }
            free (bytes);
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_request_carries_its_fields_and_its_body),
        cmocka_unit_test (requests_share_a_connection),
        cmocka_unit_test (an_answer_may_come_in_pieces),
        cmocka_unit_test (chunks_are_joined_whatever_their_pieces),
        cmocka_unit_test (an_interim_answer_is_skipped),
        cmocka_unit_test (a_connection_closed_within_an_answer_is_a_failure),
        cmocka_unit_test (a_fresh_connection_closed_without_an_answer_is_a_failure),
        cmocka_unit_test (a_used_connection_closed_without_an_answer_is_tried_once_more),
        cmocka_unit_test (it_is_tried_no_more_than_once),
        cmocka_unit_test (an_answer_that_closes_ends_its_connection),
        cmocka_unit_test (what_is_not_http_or_has_no_measure_is_a_failure),
        cmocka_unit_test (a_refused_connection_is_a_failure_each_time),
        cmocka_unit_test (an_unusable_url_is_said),
        cmocka_unit_test (no_beginning_of_an_answer_is_taken_for_all_of_it),
    };
    return cmocka_run_group_tests_name ("bench_client", tests, NULL, NULL);
}
