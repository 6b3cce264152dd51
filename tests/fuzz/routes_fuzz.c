//  routes_fuzz - a whole request, from its target and header to the command: every route
//  of the table, any body, as any caller; and the answer that it gets.
//
//      byte 0    which route, and byte 1 which method's, if the target is "~"
//      byte 2    who calls: nobody, an operator, the member, the merchant (a good token)
//      byte 3    what the node answers to a command; 4: whether objects exist
//      then      lines: the target, header fields "Name: value", an empty line; the body
//
//  The node is played here (CMakeLists.txt, --wrap): what is asked for is there, in a
//  state with the caller's ids and the input's numbers, or is not. libmicrohttpd is
//  played too: it has parsed the header already. Promised: a command fits its shape, an
//  answer below 500 or 503 always comes, and a problem is JSON with a code.

#include <stdio.h>
#include <stdlib.h>
#include "edge/route.h"
#include "tests/fuzz/routes_play.h"

enum { TOKEN_TTL_S = 86400, TURNS_MAX = 64 };

//  ---------------------------------------------------------------------------
//  One request

static void
s_start (void)
{
    edge_t *edge = &g_play.edge;
    const connections_config_t connections = { 8, 8, 60000, 60000 };
    edge->limits = limits_default;
    edge->limits.rate_address = edge->limits.rate_member = 0;  //  Nobody asks too often
    edge->config = (edge_config_t) {
        .keyring = fuzz_keyring (),
        .member_keys = fuzz_member_keys (),
        .limits = &edge->limits,
    };
    edge->tokens = token_check_new (edge->config.keyring, 64);
    edge->guesses = guesses_new (INT32_MAX, INT32_MAX, 1);
    edge->rates = rates_new (edge->limits.rate_window_s);
    edge->connections = connections_new (&connections);
    edge->ended = ended_new ();
    edge->facts = facts_new ();
    edge->waits = waits_new (1, 1);
    edge->metrics = metrics_new ();
    assert (edge->connections && edge->tokens && edge->guesses && edge->rates && edge->ended
            && edge->facts && edge->waits && edge->metrics);
}

static void
s_add_field (char *text, const char *name, const char *value)
{
    g_play.fields [g_play.field_count++] = (header_field_t) { text, name, value };
}

//  "Name: value" in a text that is given over.
static void
s_read_field (char *text)
{
    char *colon = strstr (text, ": ");
    const char *value = colon ? colon + 2 : text + strlen (text);
    if (colon) {
        *colon = 0;
    }
    s_add_field (text, text, value);
}

//  "Authorization" of the caller that the input names; made once.
static const char *
s_bearer (uint8_t caller)
{
    static char *texts [3];
    static const role_t roles [] = { ROLE_OPERATOR, ROLE_MEMBER, ROLE_MERCHANT };
    char subject [OID_TEXT_SIZE] = "alice";
    size_t index = caller % 4u - 1;
    if (!texts [index]) {
        if (roles [index] != ROLE_OPERATOR) {
            oid_format (fuzz_oid (roles [index] == ROLE_MEMBER ? OID_MEMBER : OID_MERCHANT),
                        subject);
        }
        char *token = token_make (fuzz_keyring (), roles [index], subject, wall_ms () / 1000,
                                  TOKEN_TTL_S, NULL);
        int size = asprintf (&texts [index], "Bearer %s", token);
        assert (token && size > 0);
        free (token);
    }
    return texts [index];
}

//  "~" is a route's own path, with an id of its kind, and what stands behind the "~".
static void
s_read_target (request_t *request, uint8_t number)
{
    char *line = fuzz_text (&g_play.input, '\n'), path [256] = "", id [OID_TEXT_SIZE];
    if (*line != '~') {
        request->target_status = target_read (&request->target, line);
        free (line);
        return;
    }
    const route_t *route = route_at (number % route_count ());
    const char *brace = strchr (route->path, '{');
    oid_format (fuzz_oid (route->path_kind ? route->path_kind : OID_PAYMENT), id);
    int used = brace ? snprintf (path, sizeof path, "%.*s%s%s", (int) (brace - route->path),
                                 route->path, id, strchr (brace, '}') + 1)
                     : snprintf (path, sizeof path, "%s", route->path);
    assert (used > 0);
    char *whole = NULL;
    used = asprintf (&whole, "%s%s", path, line + 1);
    assert (used > 0);
    request->target_status = target_read (&request->target, whole);
    free (whole);
    free (line);
}

static void
s_read_header (uint8_t caller)
{
    if (caller % 4 > 0) {
        s_add_field (NULL, "Authorization", s_bearer (caller));
    }
    while (fuzz_left (&g_play.input) > 0 && g_play.field_count < FIELDS_MAX) {
        char *line = fuzz_text (&g_play.input, '\n');
        if (!*line) {
            free (line);
            return;
        }
        s_read_field (line);
    }
}

//  As http.c keeps it.
static void
s_read_body (request_t *request)
{
    size_t size = fuzz_left (&g_play.input);
    if (size > 0) {
        request->body = malloc (size);
        assert (request->body);
        fuzz_fill (&g_play.input, request->body, size);
        request->body_size = request->body_capacity = size;
    }
}

static void
s_end (void)
{
    request_end (&g_play.request);
    for (size_t index = 0; index < g_play.field_count; index++) {
        free (g_play.fields [index].text);
    }
    g_play.field_count = 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    static const char *const methods [] = { "GET", "POST", "PATCH", "DELETE", "PUT", "get" };
    request_t *request = &g_play.request;
    if (!g_play.edge.tokens) {
        s_start ();
    }
    g_play.input = (fuzz_input_t) { bytes, size, 0 };
    uint8_t number = fuzz_byte (&g_play.input), method = fuzz_byte (&g_play.input);
    uint8_t caller = fuzz_byte (&g_play.input);
    g_play.answer = fuzz_byte (&g_play.input) & 15;
    g_play.exists = fuzz_byte (&g_play.input);
    g_play.asked = 0;
    g_play.commanded = g_play.responded = false;
    memset (request, 0, sizeof *request);
    request->edge = &g_play.edge;
    const char *named = method & 0x80 ? methods [method % COUNT (methods)]
                                      : route_at (number % route_count ())->method;
    snprintf (request->method, sizeof request->method, "%s", named);
    s_read_target (request, number);
    s_read_header (caller);
    s_read_body (request);

    request_begin (request);
    for (unsigned turns = 0; request->stage != STAGE_ANSWERED; turns++) {
        assert (turns < TURNS_MAX);
        (void) request_drive (request, NULL);
    }
    request_respond (request);
    assert (g_play.responded);
    s_end ();
    return 0;
}
