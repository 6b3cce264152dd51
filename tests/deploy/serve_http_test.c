//  serve_http: which addresses are served without TLS, and what is said of the others.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "deploy/serve_http.h"
#include "deploy/serve_options.h"
#include "runtime/scoped.h"

//  With --http and up to two more words.
static bool
s_open (const char *address, const char *first, const char *second, serve_http_t *ret_http,
        char reason [SERVE_HTTP_REASON_SIZE])
{
    char *argv [] = { "serve", "--http", (char *) (uintptr_t) address, (char *) (uintptr_t) first,
                      (char *) (uintptr_t) second };
    int argc = first ? second ? 5 : 4 : 3;
    scoped (options_destroy) options_t *options = serve_options_new ();
    assert_int_equal (options_read (options, argc, argv), OPTIONS_READ);
    *ret_http = (serve_http_t) { 0 };
    *reason = 0;
    return serve_http_open (options, ret_http, reason);
}

static void
only_this_machine_is_served_without_tls (void **state)
{
    static const struct {
        const char *address, *host;
        bool loopback;
    } cases [] = {
        { "127.0.0.1:8080", "127.0.0.1", true },
        { "127.9.9.9:0", "127.9.9.9", true },
        { "[::1]:8080", "::1", true },
        { "[::ffff:127.0.0.1]:8080", "::ffff:127.0.0.1", true },
        { "0.0.0.0:8080", "0.0.0.0", false },
        { "[::]:8080", "::", false },
        { "192.0.2.1:8080", "192.0.2.1", false },
        { "126.255.255.255:8080", "126.255.255.255", false },
        { "128.0.0.1:8080", "128.0.0.1", false },
        { "[2001:db8::1]:8080", "2001:db8::1", false },
        { "[::ffff:10.0.0.1]:8080", "::ffff:10.0.0.1", false },
    };
    (void) state;
    for (size_t index = 0; index < COUNT (cases); index++) {
        serve_http_t http;
        char reason [SERVE_HTTP_REASON_SIZE];
        assert_int_equal (s_open (cases [index].address, NULL, NULL, &http, reason),
                          cases [index].loopback);
        assert_string_equal (http.host, cases [index].host);
        assert_int_equal (strstr (reason, "--insecure") != NULL, !cases [index].loopback);
        assert_true (s_open (cases [index].address, "--insecure", NULL, &http, reason));
        assert_null (http.tls);
        serve_http_close (&http);
    }
}

static void
the_port_is_read_behind_the_last_colon (void **state)
{
    (void) state;
    serve_http_t http;
    char reason [SERVE_HTTP_REASON_SIZE];
    assert_true (s_open ("[::1]:65535", NULL, NULL, &http, reason));
    assert_int_equal (http.port, 65535);
    assert_true (s_open ("127.0.0.1:0", NULL, NULL, &http, reason));
    assert_int_equal (http.port, 0);
}

static void
a_certificate_and_its_key_come_together (void **state)
{
    static const struct {
        const char *given, *missing;
    } cases [] = { { "--tls-cert=/nowhere", "--tls-key" }, { "--tls-key=/nowhere", "--tls-cert" } };
    (void) state;
    serve_http_t http;
    char reason [SERVE_HTTP_REASON_SIZE];
    for (size_t index = 0; index < COUNT (cases); index++) {
        assert_false (s_open ("127.0.0.1:0", cases [index].given, NULL, &http, reason));
        assert_non_null (strstr (reason, cases [index].missing));
    }
    assert_false (s_open ("127.0.0.1:0", cases [0].given, cases [1].given, &http, reason));
    assert_non_null (strstr (reason, "/nowhere"));
    assert_null (http.tls);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (only_this_machine_is_served_without_tls),
        cmocka_unit_test (the_port_is_read_behind_the_last_colon),
        cmocka_unit_test (a_certificate_and_its_key_come_together),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
