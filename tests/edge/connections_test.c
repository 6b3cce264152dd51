//  connections: who is surplus, and who is late in which phase.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/connections.h"
#include "runtime/scoped.h"

static const connections_config_t config = {
    .total = 4, .per_address = 2, .idle_ms = 1000, .transfer_ms = 100
};

typedef struct {
    connections_t *all;
    int here, there;  //  The two ends of one socket
} fixture_t;

static int
s_setup (void **state)
{
    static fixture_t fixture;
    int ends [2];
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fixture = (fixture_t) { connections_new (&config), ends [0], ends [1] };
    *state = &fixture;
    return 0;
}

static int
s_teardown (void **state)
{
    fixture_t *fixture = *state;
    connections_destroy (&fixture->all);
    assert_null (fixture->all);
    connections_destroy (&fixture->all);
    close (fixture->here);
    close (fixture->there);
    return 0;
}

//  On the fixture's socket, from this address (with a dot: IPv4), at time 0.
static connection_t *
s_open (fixture_t *fixture, const char *text)
{
    struct sockaddr_in ip4 = { .sin_family = AF_INET };
    struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6 };
    if (inet_pton (AF_INET, text, &ip4.sin_addr) == 1) {
        return connections_open (fixture->all, fixture->here, (struct sockaddr *) &ip4, NULL, NULL,
                                 0);
    }
    assert_int_equal (inet_pton (AF_INET6, text, &ip6.sin6_addr), 1);
    return connections_open (fixture->all, fixture->here, (struct sockaddr *) &ip6, NULL, NULL, 0);
}

static void
s_close_all (fixture_t *fixture, connection_t **opened, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        connections_close (fixture->all, &opened [index]);
        assert_null (opened [index]);
    }
    assert_int_equal (connections_count (fixture->all), 0);
}

static bool
s_is_shut (const fixture_t *fixture)
{
    struct pollfd end = { .fd = fixture->there, .events = POLLIN };
    return poll (&end, 1, 0) == 1 && (end.revents & POLLHUP);
}

static void
those_beyond_the_limit_of_all_are_surplus (void **state)
{
    fixture_t *fixture = *state;
    static const char *const from [] = { "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4",
                                         "10.0.0.5" };
    connection_t *opened [COUNT (from)];
    for (size_t index = 0; index < COUNT (from); index++) {
        opened [index] = s_open (fixture, from [index]);
        assert_int_equal (connection_surplus (opened [index]),
                          index < 4 ? CONNECTION_WITHIN : CONNECTION_BEYOND);
    }
    assert_int_equal (connections_count (fixture->all), COUNT (from));
    connections_close (fixture->all, &opened [0]);
    connections_close (fixture->all, &opened [2]);
    opened [0] = s_open (fixture, from [0]);
    assert_int_equal (connection_surplus (opened [0]), CONNECTION_WITHIN);
    opened [2] = s_open (fixture, from [2]);
    assert_int_equal (connection_surplus (opened [2]), CONNECTION_BEYOND);
    s_close_all (fixture, opened, COUNT (opened));
}

static void
those_beyond_the_limit_of_their_address_are_surplus (void **state)
{
    fixture_t *fixture = *state;
    connection_t *opened [3] = { s_open (fixture, "10.0.0.1"), s_open (fixture, "10.0.0.1"),
                                 s_open (fixture, "10.0.0.1") };
    assert_int_equal (connection_surplus (opened [1]), CONNECTION_WITHIN);
    assert_int_equal (connection_surplus (opened [2]), CONNECTION_BEYOND_ADDRESS);
    connections_close (fixture->all, &opened [2]);
    opened [2] = s_open (fixture, "10.0.0.2");
    assert_int_equal (connection_surplus (opened [2]), CONNECTION_WITHIN);
    s_close_all (fixture, opened, COUNT (opened));
    opened [0] = s_open (fixture, "10.0.0.1");
    assert_int_equal (connection_surplus (opened [0]), CONNECTION_WITHIN);
    s_close_all (fixture, opened, 1);
}

//  What one client has: a /64 of IPv6; an IPv4 address, also if it comes within IPv6.
static void
one_client_is_one_address_however_it_is_written (void **state)
{
    fixture_t *fixture = *state;
    static const struct {
        const char *first, *second;
        bool same;
    } cases [] = {
        { "2001:db8::1", "2001:db8::ffff:2", true },
        { "2001:db8:0:1::1", "2001:db8:0:2::1", false },
        { "10.0.0.1", "::ffff:10.0.0.1", true },
        { "::ffff:10.0.0.1", "::ffff:10.0.0.2", false },
    };
    for (size_t index = 0; index < COUNT (cases); index++) {
        connection_t *opened [3] = { s_open (fixture, cases [index].first),
                                     s_open (fixture, cases [index].first),
                                     s_open (fixture, cases [index].second) };
        assert_int_equal (connection_surplus (opened [2]),
                          cases [index].same ? CONNECTION_BEYOND_ADDRESS : CONNECTION_WITHIN);
        s_close_all (fixture, opened, COUNT (opened));
    }
}

static void
a_connection_is_shut_down_when_it_is_late_in_its_phase (void **state)
{
    static const struct {
        connection_phase_t phase;
        int64_t late_ms;  //  After it was entered; 0: never
    } cases [] = {
        { CONNECTION_IDLE, 1000 },
        { CONNECTION_RECEIVING, 100 },
        { CONNECTION_ANSWERING, 100 },
        { CONNECTION_SERVED, 0 },
    };
    for (size_t index = 0; index < COUNT (cases); index++) {
        fixture_t *fixture = *state;
        connection_t *connection = s_open (fixture, "10.0.0.1");
        connection_enter (connection, cases [index].phase, 5000);
        connections_sweep (fixture->all, 5000 + cases [index].late_ms - 1);
        assert_false (s_is_shut (fixture));
        connections_sweep (fixture->all,
                           cases [index].late_ms ? 5000 + cases [index].late_ms : INT64_MAX - 1);
        assert_int_equal (s_is_shut (fixture), cases [index].late_ms != 0);
        connections_close (fixture->all, &connection);
        s_teardown (state);
        s_setup (state);
    }
}

static void
a_late_connection_counts_once_until_it_is_closed (void **state)
{
    fixture_t *fixture = *state;
    connection_t *connection = s_open (fixture, "10.0.0.1");
    connections_sweep (fixture->all, 999);
    assert_int_equal (connections_late (fixture->all), 0);
    connections_sweep (fixture->all, 1000);
    connections_sweep (fixture->all, 2000);
    assert_int_equal (connections_late (fixture->all), 1);
    assert_int_equal (connections_count (fixture->all), 1);
    connections_close (fixture->all, &connection);
    connections_sweep (fixture->all, 3000);
    assert_int_equal (connections_late (fixture->all), 1);
}

static void
a_request_that_came_by_no_connection_is_within_the_limits (void **state)
{
    (void) state;
    assert_int_equal (connection_surplus (NULL), CONNECTION_WITHIN);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (those_beyond_the_limit_of_all_are_surplus, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (those_beyond_the_limit_of_their_address_are_surplus,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (one_client_is_one_address_however_it_is_written, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (a_connection_is_shut_down_when_it_is_late_in_its_phase,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (a_late_connection_counts_once_until_it_is_closed, s_setup,
                                         s_teardown),
        cmocka_unit_test (a_request_that_came_by_no_connection_is_within_the_limits),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
