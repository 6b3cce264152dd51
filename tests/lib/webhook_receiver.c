#include "tests/lib/webhook_receiver.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void
s_copy_header (struct MHD_Connection *connection, const char *name, char *ret_text, size_t size)
{
    const char *text = MHD_lookup_connection_value (connection, MHD_HEADER_KIND, name);
    snprintf (ret_text, size, "%s", text ? text : "");
}

static enum MHD_Result
s_take (void *context, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *bytes, size_t *size, void **state)
{
    static char answer [WEBHOOK_RECEIVER_ANSWER_MAX];
    webhook_receiver_t *self = context;
    (void) url;
    (void) method;
    (void) version;
    if (!*state) {
        *state = self;
        self->body_size = 0;
        return MHD_YES;
    }
    if (*size > 0) {
        assert_true (self->body_size + *size < WEBHOOK_RECEIVER_BODY_MAX);
        memcpy (self->body + self->body_size, bytes, *size);
        self->body_size += *size;
        *size = 0;
        return MHD_YES;
    }
    s_copy_header (connection, "webhook-id", self->id, sizeof self->id);
    s_copy_header (connection, "webhook-timestamp", self->stamp, sizeof self->stamp);
    s_copy_header (connection, "webhook-signature", self->signature, sizeof self->signature);
    s_copy_header (connection, "Content-Type", self->type, sizeof self->type);
    struct MHD_Response *response =
        MHD_create_response_from_buffer (self->answer_size, answer, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header (response, "Location", "/elsewhere");
    enum MHD_Result result = MHD_queue_response (connection, self->status, response);
    MHD_destroy_response (response);
    self->count++;
    return result;
}

void
webhook_receiver_open (webhook_receiver_t *self)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    self->status = 200;
    self->daemon = MHD_start_daemon (MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, s_take, self,
                                     MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    assert_non_null (self->daemon);
    self->port = MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void
webhook_receiver_close (webhook_receiver_t *self)
{
    MHD_stop_daemon (self->daemon);
}
