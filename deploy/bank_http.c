//  bank_http - the life of a call, on top of libmicrohttpd.
//
//  A call lives from its request line until libmicrohttpd says that it is over. Only
//  its connection's HTTP thread touches it, but between aside and taken up.

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "deploy/bank_http.h"
#include "deploy/bank_listen.h"

enum { CONNECTION_MEMORY = 32768, PROBLEM_DETAIL_MAX = 512 };

struct bank_http {
    bank_http_config_t config;
    char address [BANK_ADDRESS_SIZE];
    struct MHD_Daemon *daemon;
    int quiet_socket;      //  The listening one after draining began, or -1
    pthread_mutex_t lock;  //  Guards what follows
    pthread_cond_t changed;
    int64_t calls;  //  Between their first header and their end
    int64_t aside;  //  Of these, set aside
    bool draining;
};

static const struct {
    unsigned status;
    const char *name;
    const char *title;
} problems [BANK_PROBLEM_COUNT] = {
#define PROBLEM_ROW(code, status, name, title) [BANK_PROBLEM_##code] = { status, name, title },
    BANK_PROBLEMS (PROBLEM_ROW)
#undef PROBLEM_ROW
};

static void
s_count (bank_http_t *self, int calls, int aside)
{
    pthread_mutex_lock (&self->lock);
    self->calls += calls;
    self->aside += aside;
    pthread_cond_signal (&self->changed);
    pthread_mutex_unlock (&self->lock);
}

static bool
s_is_draining (bank_http_t *self)
{
    pthread_mutex_lock (&self->lock);
    bool draining = self->draining;
    pthread_mutex_unlock (&self->lock);
    return draining;
}

//  ---------------------------------------------------------------------------
//  Answering

void
bank_call_respond (bank_call_t *call, unsigned status, struct MHD_Response *response)
{
    assert (response && !call->is_answered && !call->is_cut);
    if (s_is_draining (call->http)) {
        MHD_add_response_header (response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    call->is_answered = MHD_queue_response (call->connection, status, response) == MHD_YES;
    call->is_cut = !call->is_answered;
    MHD_destroy_response (response);
}

static struct MHD_Response *
s_json_response (json_t *object, const char *type)
{
    char *text = json_dumps (object, JSON_COMPACT);
    assert (text);
    json_decref (object);
    struct MHD_Response *response =
        MHD_create_response_from_buffer (strlen (text), text, MHD_RESPMEM_MUST_FREE);
    assert (response);
    MHD_add_response_header (response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return response;
}

void
bank_call_answer (bank_call_t *call, unsigned status, json_t *object)
{
    bank_call_respond (call, status, s_json_response (object, "application/json"));
}

static struct MHD_Response *
s_problem_response (bank_call_t *call, bank_problem_t problem, const char *detail)
{
    json_t *object =
        json_pack ("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", "about:blank", "title",
                   problems [problem].title, "status", (int) problems [problem].status, "detail",
                   detail, "instance", call->path, "code", problems [problem].name);
    if (!object) {  //  The path is no UTF-8: without it, then
        object = json_pack ("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title",
                            problems [problem].title, "status", (int) problems [problem].status,
                            "code", problems [problem].name);
    }
    struct MHD_Response *response = s_json_response (object, "application/problem+json");
    if (problems [problem].status == MHD_HTTP_SERVICE_UNAVAILABLE) {
        MHD_add_response_header (response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    }
    return response;
}

void
bank_call_problem (bank_call_t *call, bank_problem_t problem, const char *detail, ...)
{
    char text [PROBLEM_DETAIL_MAX];
    va_list arguments;
    va_start (arguments, detail);
    vsnprintf (text, sizeof text, detail, arguments);
    va_end (arguments);
    bank_call_respond (call, problems [problem].status, s_problem_response (call, problem, text));
}

void
bank_call_cut (bank_call_t *call)
{
    assert (!call->is_answered);
    call->is_cut = true;
}

void
bank_call_set_aside (bank_call_t *call, bank_call_fn *next)
{
    assert (!call->is_aside && !call->is_answered && !call->is_cut);
    call->is_aside = true;
    call->next = next;
    s_count (call->http, 0, 1);
    MHD_suspend_connection (call->connection);
}

void
bank_call_take_up (bank_call_t *call)
{
    MHD_resume_connection (call->connection);
}

typedef struct {
    const char *name, *value, *unknown;
} query_t;

static enum MHD_Result
s_read_query (void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    query_t *query = context;
    (void) kind;
    if (query->name && strcmp (key, query->name) == 0) {
        query->value = value ? value : "";
    }
    else {
        query->unknown = key;
    }
    return MHD_YES;
}

const char *
bank_call_query (bank_call_t *call, const char *name, const char **ret_unknown)
{
    query_t query = { .name = name };
    MHD_get_connection_values (call->connection, MHD_GET_ARGUMENT_KIND, s_read_query, &query);
    *ret_unknown = query.unknown;
    return query.value;
}

//  ---------------------------------------------------------------------------
//  What libmicrohttpd calls

static void
s_refuse_method (bank_call_t *call, const char *allow)
{
    char detail [PROBLEM_DETAIL_MAX];
    snprintf (detail, sizeof detail, "allowed: %s", allow);
    struct MHD_Response *response =
        s_problem_response (call, BANK_PROBLEM_METHOD_NOT_ALLOWED, detail);
    MHD_add_response_header (response, MHD_HTTP_HEADER_ALLOW, allow);
    bank_call_respond (call, problems [BANK_PROBLEM_METHOD_NOT_ALLOWED].status, response);
}

static void
s_route (bank_call_t *call)
{
    const bank_http_config_t *config = &call->http->config;
    char allow [BANK_ALLOW_SIZE];
    const bank_route_t *route = bank_route_find (config->routes, config->route_count, call->method,
                                                 call->path, call->parts, allow);
    if (route) {
        route->handle (call);
    }
    else if (*allow) {
        s_refuse_method (call, allow);
    }
    else {
        bank_call_problem (call, BANK_PROBLEM_NOT_FOUND, "there is no such path");
    }
}

static void *
s_call_new (void *context, const char *uri, struct MHD_Connection *connection)
{
    bank_call_t *call = calloc (1, sizeof *call);
    assert (call);
    call->http = context;
    call->bank = call->http->config.bank;
    call->connection = connection;
    call->path = strndup (uri, strcspn (uri, "?"));
    assert (call->path);
    s_count (call->http, 1, 0);
    return call;
}

static void
s_call_over (void *context, struct MHD_Connection *connection, void **call_p,
             enum MHD_RequestTerminationCode how)
{
    bank_call_t *call = *call_p;
    (void) context, (void) connection, (void) how;
    if (!call) {
        return;
    }
    bank_http_t *self = call->http;
    int aside = call->is_aside;  //  Taken up, but its client had left
    for (int part = 0; part < BANK_PARTS_MAX; part++) {
        free (call->parts [part]);
    }
    free (call->path);
    free (call->body);
    free (call->errand);
    free (call);
    *call_p = NULL;
    s_count (self, -1, -aside);
}

//  False if the client sends without end.
static bool
s_read_body (bank_call_t *call, const char *bytes, size_t size)
{
    if (call->body_size + size > BANK_BODY_SWALLOWED_MAX) {
        return false;
    }
    call->too_large = call->too_large || call->body_size + size > BANK_BODY_MAX;
    if (!call->too_large) {
        call->body = realloc (call->body, call->body_size + size + 1);
        assert (call->body);
        memcpy (call->body + call->body_size, bytes, size);
        call->body [call->body_size + size] = 0;
    }
    call->body_size += size;
    return true;
}

static void
s_begin (bank_call_t *call)
{
    if (s_is_draining (call->http)) {
        bank_call_problem (call, BANK_PROBLEM_STOPPING, "try again when it is back");
        return;
    }
    if (call->too_large) {
        bank_call_problem (call, BANK_PROBLEM_BODY_TOO_LARGE, "a body has at most %d bytes",
                           BANK_BODY_MAX);
        return;
    }
    call->http->config.before (call);
    if (!call->is_answered) {
        s_route (call);
    }
}

static enum MHD_Result
s_handle (void *context, struct MHD_Connection *connection, const char *url, const char *method,
          const char *version, const char *bytes, size_t *size, void **call_p)
{
    bank_call_t *call = *call_p;
    (void) context, (void) connection, (void) url, (void) version;

    if (!call->method) {  //  The headers are there, the body is not
        call->method = strcmp (method, "HEAD") == 0 ? "GET" : method;
        return MHD_YES;
    }
    if (*size) {
        bool more = s_read_body (call, bytes, *size);
        *size = 0;
        return more ? MHD_YES : MHD_NO;
    }
    if (call->is_aside) {  //  Taken up again
        call->is_aside = false;
        s_count (call->http, 0, -1);
        call->next (call);
    }
    else {
        s_begin (call);
    }
    if (call->is_aside) {  //  From here on it is another thread's
        return MHD_YES;
    }
    assert (call->is_answered || call->is_cut);
    return call->is_cut ? MHD_NO : MHD_YES;
}

//  ---------------------------------------------------------------------------
//  Opening and closing

static struct MHD_Daemon *
s_start_daemon (bank_http_t *self, int listening)
{
    return MHD_start_daemon (MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME,
                             /* port= */ 0, /* accept policy= */ NULL, NULL, s_handle, self,  //
                             MHD_OPTION_LISTEN_SOCKET, listening,                             //
                             MHD_OPTION_THREAD_POOL_SIZE, (unsigned) BANK_HTTP_THREADS,       //
                             MHD_OPTION_CONNECTION_LIMIT, (unsigned) BANK_HTTP_CONNECTIONS,   //
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,  //
                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) BANK_IDLE_S,           //
                             MHD_OPTION_URI_LOG_CALLBACK, s_call_new, self,                   //
                             MHD_OPTION_NOTIFY_COMPLETED, s_call_over, self,                  //
                             MHD_OPTION_END);
}

bool
bank_http_open (const bank_http_config_t *config, bank_http_t **ret_http, char ret_reason [256])
{
    bank_http_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    self->quiet_socket = -1;
    pthread_mutex_init (&self->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init (&monotonic);
    pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init (&self->changed, &monotonic);
    pthread_condattr_destroy (&monotonic);

    int listening = -1;
    if (bank_listen (config->address, &listening, self->address, ret_reason)) {
        self->daemon = s_start_daemon (self, listening);
        if (!self->daemon) {
            snprintf (ret_reason, 256, "cannot start HTTP: %s", strerror (errno));
            close (listening);
        }
    }
    if (!self->daemon) {
        bank_http_destroy (&self);
        return false;
    }
    *ret_http = self;
    return true;
}

const char *
bank_http_address (const bank_http_t *self)
{
    return self->address;
}

void
bank_http_drain (bank_http_t *self, int64_t grace_s)
{
    struct timespec until;
    clock_gettime (CLOCK_MONOTONIC, &until);
    until.tv_sec += grace_s;
    self->quiet_socket = MHD_quiesce_daemon (self->daemon);
    pthread_mutex_lock (&self->lock);
    self->draining = true;
    int error = 0;
    while (self->calls > 0 && error != ETIMEDOUT) {
        error = pthread_cond_timedwait (&self->changed, &self->lock, &until);
    }
    while (self->aside > 0) {  //  libmicrohttpd must not be stopped before
        pthread_cond_wait (&self->changed, &self->lock);
    }
    pthread_mutex_unlock (&self->lock);
}

void
bank_http_destroy (bank_http_t **self_p)
{
    bank_http_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->daemon) {
        MHD_stop_daemon (self->daemon);
    }
    if (self->quiet_socket >= 0) {
        close (self->quiet_socket);
    }
    pthread_cond_destroy (&self->changed);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}
