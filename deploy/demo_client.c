//  demo_client - one easy handle, which keeps its connections.

#include "deploy/demo_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/scoped.h"

enum { TIMEOUT_S = 40, ANSWER_MAX = 4 * 1024 * 1024, HEADER_SIZE = 2048 };

struct demo_client {
    CURL *curl;
    char *answer;  //  Body of the last one
    size_t size;
};

demo_client_t *
demo_client_new (void)
{
    demo_client_t *self = calloc (1, sizeof *self);
    assert (self);
    curl_global_init (CURL_GLOBAL_DEFAULT);
    self->curl = curl_easy_init ();
    assert (self->curl);
    return self;
}

void
demo_client_destroy (demo_client_t **self_p)
{
    if (self_p && *self_p) {
        curl_easy_cleanup ((*self_p)->curl);
        free ((*self_p)->answer);
        free (*self_p);
        *self_p = NULL;
        curl_global_cleanup ();
    }
}

static size_t
s_take_body (char *bytes, size_t one, size_t count, void *context)
{
    demo_client_t *self = context;
    assert (one == 1);
    if (self->size + count > ANSWER_MAX) {
        return 0;  //  libcurl fails the transfer
    }
    self->answer = realloc (self->answer, self->size + count + 1);
    assert (self->answer);
    memcpy (self->answer + self->size, bytes, count);
    self->size += count;
    return count;
}

static size_t
s_take_header (char *bytes, size_t one, size_t count, void *context)
{
    static const char replayed [] = "idempotent-replayed: true";
    bool *seen = context;
    *seen |= count >= strlen (replayed) && strncasecmp (bytes, replayed, strlen (replayed)) == 0;
    return one * count;
}

static void
s_add_header (struct curl_slist **list, const char *name, const char *value)
{
    char line [HEADER_SIZE];
    if (value) {
        snprintf (line, sizeof line, "%s: %s", name, value);
        *list = curl_slist_append (*list, line);
        assert (*list);
    }
}

demo_answer_t
demo_client_call (demo_client_t *self, const demo_request_t *request)
{
    demo_answer_t answer = { 0 };
    char bearer [HEADER_SIZE - 32];
    snprintf (bearer, sizeof bearer, "Bearer %s", request->token ? request->token : "");
    struct curl_slist *headers = NULL;
    s_add_header (&headers, "Content-Type", request->body ? "application/json" : NULL);
    s_add_header (&headers, "Authorization", request->token ? bearer : NULL);
    s_add_header (&headers, "Idempotency-Key", request->key);
    s_add_header (&headers, "Prefer", request->prefer);
    char *body = request->body ? json_dumps (request->body, JSON_COMPACT) : NULL;
    json_decref (request->body);

    self->size = 0;
    curl_easy_reset (self->curl);
    curl_easy_setopt (self->curl, CURLOPT_URL, request->url);
    curl_easy_setopt (self->curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt (self->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt (self->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt (self->curl, CURLOPT_PROXY, "");
    curl_easy_setopt (self->curl, CURLOPT_TIMEOUT, (long) TIMEOUT_S);
    curl_easy_setopt (self->curl, CURLOPT_WRITEFUNCTION, s_take_body);
    curl_easy_setopt (self->curl, CURLOPT_WRITEDATA, self);
    curl_easy_setopt (self->curl, CURLOPT_HEADERFUNCTION, s_take_header);
    curl_easy_setopt (self->curl, CURLOPT_HEADERDATA, &answer.replayed);
    if (body) {
        curl_easy_setopt (self->curl, CURLOPT_POSTFIELDS, body);
    }
    if (curl_easy_perform (self->curl) == CURLE_OK) {
        curl_easy_getinfo (self->curl, CURLINFO_RESPONSE_CODE, &answer.status);
        answer.body = self->size ? json_loadb (self->answer, self->size, 0, NULL) : NULL;
    }
    curl_slist_free_all (headers);
    free (body);
    return answer;
}

void
demo_answer_done (demo_answer_t *self)
{
    json_decref (self->body);
    self->body = NULL;
}

const char *
demo_answer_text (const demo_answer_t *self, const char *name)
{
    const char *text = json_string_value (json_object_get (self->body, name));
    return text ? text : "";
}

int64_t
demo_answer_number (const demo_answer_t *self, const char *name)
{
    return json_integer_value (json_object_get (self->body, name));
}
