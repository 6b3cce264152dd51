//  routes_http - libmicrohttpd, as far as a request calls it. See routes_play.h.

#include <jansson.h>
#include <strings.h>
#include "tests/fuzz/routes_play.h"

const char *__wrap_MHD_lookup_connection_value (struct MHD_Connection *connection,
                                                enum MHD_ValueKind kind, const char *key);
int __wrap_MHD_get_connection_values (struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                      MHD_KeyValueIterator iterator, void *context);
int __wrap_MHD_get_connection_values_n (struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                        MHD_KeyValueIteratorN iterator, void *context);
const union MHD_ConnectionInfo *__wrap_MHD_get_connection_info (struct MHD_Connection *connection,
                                                                enum MHD_ConnectionInfoType type,
                                                                ...);
struct MHD_Response *__real_MHD_create_response_from_buffer (size_t size, void *bytes,
                                                             enum MHD_ResponseMemoryMode mode);
struct MHD_Response *__wrap_MHD_create_response_from_buffer (size_t size, void *bytes,
                                                             enum MHD_ResponseMemoryMode mode);
void __wrap_MHD_suspend_connection (struct MHD_Connection *connection);
void __wrap_MHD_resume_connection (struct MHD_Connection *connection);
enum MHD_Result __wrap_MHD_queue_response (struct MHD_Connection *connection, unsigned status,
                                           struct MHD_Response *response);

const char *
__wrap_MHD_lookup_connection_value (struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                    const char *key)
{
    (void) connection, (void) kind;
    for (size_t index = 0; index < g_play.field_count; index++) {
        if (strcasecmp (g_play.fields [index].name, key) == 0) {
            return g_play.fields [index].value;
        }
    }
    return NULL;
}

int
__wrap_MHD_get_connection_values (struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                  MHD_KeyValueIterator iterator, void *context)
{
    (void) connection;
    for (size_t index = 0; index < g_play.field_count; index++) {
        iterator (context, kind, g_play.fields [index].name, g_play.fields [index].value);
    }
    return (int) g_play.field_count;
}

int
__wrap_MHD_get_connection_values_n (struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                    MHD_KeyValueIteratorN iterator, void *context)
{
    (void) connection;
    for (size_t index = 0; index < g_play.field_count; index++) {
        const header_field_t *field = &g_play.fields [index];
        iterator (context, kind, field->name, strlen (field->name), field->value,
                  strlen (field->value));
    }
    return (int) g_play.field_count;
}

const union MHD_ConnectionInfo *
__wrap_MHD_get_connection_info (struct MHD_Connection *connection, enum MHD_ConnectionInfoType type,
                                ...)
{
    (void) connection, (void) type;
    return NULL;
}

void
__wrap_MHD_suspend_connection (struct MHD_Connection *connection)
{
    (void) connection;
}

void
__wrap_MHD_resume_connection (struct MHD_Connection *connection)
{
    (void) connection;
}

//  What says that it is JSON is, and a problem has a code.
struct MHD_Response *
__wrap_MHD_create_response_from_buffer (size_t size, void *bytes, enum MHD_ResponseMemoryMode mode)
{
    const request_t *request = &g_play.request;
    if (request->http != MHD_HTTP_NO_CONTENT && strstr (request->content_type, "json")) {
        json_t *root = json_loadb (bytes, size, JSON_REJECT_DUPLICATES, NULL);
        assert (json_is_object (root));
        assert (request->http < 400 || json_string_value (json_object_get (root, "code")));
        json_decref (root);
    }
    return __real_MHD_create_response_from_buffer (size, bytes, mode);
}

enum MHD_Result
__wrap_MHD_queue_response (struct MHD_Connection *connection, unsigned status,
                           struct MHD_Response *response)
{
    (void) connection, (void) response;
    assert (status >= 200 && (status < 500 || status == 503));
    g_play.responded = true;
    return MHD_YES;
}
