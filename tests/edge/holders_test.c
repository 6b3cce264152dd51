//  holders: what an answer means, and that everybody who asks is told once.

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <poll.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/holders.h"
#include "runtime/scoped.h"

static void
s_judges (long http_status, const char *body, holder_result_t result, const char *name)
{
    char text [64] = "before";
    assert_int_equal (holders_judge (http_status, body, strlen (body), text, sizeof text), result);
    assert_string_equal (text, name);
}

static void
only_an_open_account_has_a_holder (void **state)
{
    (void) state;
    s_judges (200, "{\"status\":\"open\",\"holder_name\":\"Kim\"}", HOLDER_FOUND, "Kim");
    s_judges (200, "{\"status\":\"closed\",\"holder_name\":\"Kim\"}", HOLDER_SHUT, "");
    s_judges (404, "{}", HOLDER_MISSING, "");
}

static void
whatever_cannot_be_trusted_is_unknown (void **state)
{
    char name [4];
    static const char body [] = "{\"status\":\"open\",\"holder_name\":\"Kim Y\"}";
    (void) state;
    s_judges (200, "", HOLDER_UNKNOWN, "");
    s_judges (200, "{\"status\":\"open\"}", HOLDER_UNKNOWN, "");
    s_judges (200, "{\"status\":\"open\",\"holder_name\":\"\"}", HOLDER_UNKNOWN, "");
    s_judges (200, "{\"status\":\"strange\",\"holder_name\":\"Kim\"}", HOLDER_UNKNOWN, "");
    s_judges (200, "[\"open\"]", HOLDER_UNKNOWN, "");
    s_judges (500, "{\"status\":\"open\",\"holder_name\":\"Kim\"}", HOLDER_UNKNOWN, "");
    s_judges (0, "{\"status\":\"open\",\"holder_name\":\"Kim\"}", HOLDER_UNKNOWN, "");
    assert_int_equal (holders_judge (200, NULL, 0, name, sizeof name), HOLDER_UNKNOWN);
    assert_int_equal (holders_judge (200, body, strlen (body), name, sizeof name), HOLDER_UNKNOWN);
    assert_string_equal (name, "");
}

//  ---------------------------------------------------------------------------
//  A bank that takes connections and says nothing

typedef struct {
    _Atomic int told, unknown;
} count_t;

static void
s_told (void *context, holder_result_t result, const char *name)
{
    count_t *count = context;
    count->unknown += result == HOLDER_UNKNOWN && *name == '\0';
    count->told++;
}

static int
s_listen (char ret_url [64])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;
    int listening = socket (AF_INET, SOCK_STREAM, 0);
    assert_int_equal (bind (listening, (struct sockaddr *) &address, size), 0);
    assert_int_equal (listen (listening, 128), 0);
    assert_int_equal (getsockname (listening, (struct sockaddr *) &address, &size), 0);
    snprintf (ret_url, 64, "http://127.0.0.1:%u/", ntohs (address.sin_port));
    return listening;
}

static void
s_wait_for (const count_t *count, int told)
{
    for (int waited_ms = 0; count->told < told && waited_ms < 20000; waited_ms++) {
        poll (NULL, 0, 1);
    }
    assert_int_equal (count->told, told);
}

static void
a_silent_bank_is_unknown_after_the_timeout (void **state)
{
    char url [64];
    int listening = s_listen (url);
    count_t count = { 0 };
    (void) state;
    scoped (holders_destroy) holders_t *holders = holders_new (url, 50, s_told);
    assert_non_null (holders);
    assert_true (holders_ask (holders, "apple", "110-1", &count));
    s_wait_for (&count, 1);
    assert_int_equal (count.unknown, 1);
    close (listening);
}

//  Who waits for a place as long as a call may take is not made to wait again.
static void
as_many_may_ask_as_there_are_places_and_each_is_told (void **state)
{
    char url [64];
    int listening = s_listen (url), asked = 0;
    count_t count = { 0 };
    (void) state;
    scoped (holders_destroy) holders_t *holders = holders_new (url, 2000, s_told);
    while (holders_ask (holders, "apple", "110-1", &count)) {
        assert_true (++asked <= HOLDERS_CALLS + HOLDERS_WAITING);
    }
    assert_true (asked >= HOLDERS_WAITING);
    s_wait_for (&count, asked);
    assert_int_equal (count.unknown, asked);
    assert_true (holders_ask (holders, "apple", "110-1", &count));
    close (listening);
}

static void
at_the_end_everybody_is_told (void **state)
{
    char url [64];
    int listening = s_listen (url), asked = 0;
    count_t count = { 0 };
    (void) state;
    holders_t *holders = holders_new (url, 60000, s_told);
    while (asked < HOLDERS_CALLS + HOLDERS_WAITING / 2) {
        asked += holders_ask (holders, "apple", "110-1", &count);
    }
    holders_end (holders);
    assert_int_equal (count.told, asked);
    assert_false (holders_ask (holders, "apple", "110-1", &count));
    holders_destroy (&holders);
    assert_null (holders);
    assert_int_equal (count.told, asked);
    assert_int_equal (count.unknown, asked);
    close (listening);
}

int
main (void)
{
    curl_global_init (CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (only_an_open_account_has_a_holder),
        cmocka_unit_test (whatever_cannot_be_trusted_is_unknown),
        cmocka_unit_test (a_silent_bank_is_unknown_after_the_timeout),
        cmocka_unit_test (as_many_may_ask_as_there_are_places_and_each_is_told),
        cmocka_unit_test (at_the_end_everybody_is_told),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
