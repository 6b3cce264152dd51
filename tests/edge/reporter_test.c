//  reporter: one report at a time, a few that wait, and none for ever. The requests are the
//  test's own; they have no connections but a pair of sockets (see CMakeLists.txt, --wrap).

#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "edge/edge_self.h"
#include "edge/reporter.h"
#include "edge/route.h"

enum { SHORT_MS = 30, LONG_MS = 3600 * 1000 };

typedef struct {
    reporter_t *reporter;
    int sockets [2];  //  The client's, the connection's
    sem_t begun, resumed;
    _Atomic bool holds;  //  A report goes on until it is cleared or patience is over
    _Atomic unsigned ended;
    _Atomic bool late;
} fixture_t;

static fixture_t *s_fixture;

//  ---------------------------------------------------------------------------
//  What the reporter knows of requests

void __wrap_request_resume (request_t *self);
const union MHD_ConnectionInfo *__wrap_MHD_get_connection_info (struct MHD_Connection *connection,
                                                                enum MHD_ConnectionInfoType type,
                                                                ...);

void
__wrap_request_resume (request_t *self)
{
    self->suspended = false;
    sem_post (&s_fixture->resumed);
}

const union MHD_ConnectionInfo *
__wrap_MHD_get_connection_info (struct MHD_Connection *connection, enum MHD_ConnectionInfoType type,
                                ...)
{
    static union MHD_ConnectionInfo info;
    assert_null (connection);
    assert_int_equal (type, MHD_CONNECTION_INFO_CONNECTION_FD);
    info.connect_fd = s_fixture->sockets [1];
    return &info;
}

static void
s_report (request_t *self)
{
    patience_t patience = reporter_patience (s_fixture->reporter);
    (void) self;
    sem_post (&s_fixture->begun);
    while (atomic_load (&s_fixture->holds) && !patience.over (patience.context)) {
        sched_yield ();
    }
    atomic_store (&s_fixture->late, reporter_took_too_long (s_fixture->reporter));
    atomic_fetch_add (&s_fixture->ended, 1);
}

static const route_t route = { .report = s_report };

//  ---------------------------------------------------------------------------

static fixture_t *
s_new (int64_t timeout_ms)
{
    fixture_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    s_fixture = self;
    assert_int_equal (socketpair (AF_UNIX, SOCK_STREAM, 0, self->sockets), 0);
    sem_init (&self->begun, 0, 0);
    sem_init (&self->resumed, 0, 0);
    self->reporter = reporter_new (timeout_ms);
    assert_non_null (self->reporter);
    return self;
}

static void
s_destroy (fixture_t **self_p)
{
    fixture_t *self = *self_p;
    reporter_destroy (&self->reporter);
    close (self->sockets [0]);
    close (self->sockets [1]);
    sem_destroy (&self->begun);
    sem_destroy (&self->resumed);
    free (self);
    *self_p = NULL;
}

static request_t *
s_requests (size_t count)
{
    request_t *requests = calloc (count, sizeof *requests);
    assert_non_null (requests);
    for (size_t index = 0; index < count; index++) {
        requests [index].route = &route;
        requests [index].suspended = true;
    }
    return requests;
}

static void
reports_are_written_in_turn_and_their_requests_resumed (void **unused)
{
    scoped (s_destroy) fixture_t *self = s_new (LONG_MS);
    request_t *requests = s_requests (3);
    (void) unused;

    for (size_t index = 0; index < 3; index++) {
        assert_true (reporter_take (self->reporter, &requests [index]));
    }
    for (size_t index = 0; index < 3; index++) {
        sem_wait (&self->resumed);
        assert_false (requests [index].suspended);
        assert_int_equal (requests [index].problem.http, 0);
    }
    assert_int_equal (self->ended, 3);
    assert_false (self->late);
    free (requests);
}

static void
beyond_a_few_that_wait_it_takes_no_more (void **unused)
{
    scoped (s_destroy) fixture_t *self = s_new (LONG_MS);
    request_t *requests = s_requests (REPORTER_WAITING_MAX + 2);
    (void) unused;

    self->holds = true;
    assert_true (reporter_take (self->reporter, &requests [0]));
    sem_wait (&self->begun);  //  It waits no more
    for (size_t index = 1; index <= REPORTER_WAITING_MAX; index++) {
        assert_true (reporter_take (self->reporter, &requests [index]));
    }
    assert_false (reporter_take (self->reporter, &requests [REPORTER_WAITING_MAX + 1]));
    assert_true (requests [REPORTER_WAITING_MAX + 1].suspended);
    self->holds = false;
    for (size_t index = 0; index <= REPORTER_WAITING_MAX; index++) {
        sem_wait (&self->resumed);
    }
    assert_true (reporter_take (self->reporter, &requests [REPORTER_WAITING_MAX + 1]));
    sem_wait (&self->resumed);
    assert_int_equal (self->ended, REPORTER_WAITING_MAX + 2);
    free (requests);
}

static void
a_report_that_takes_longer_than_it_may_is_given_up (void **unused)
{
    scoped (s_destroy) fixture_t *self = s_new (SHORT_MS);
    request_t *requests = s_requests (2);
    (void) unused;

    self->holds = true;
    assert_true (reporter_take (self->reporter, &requests [0]));
    sem_wait (&self->resumed);
    assert_true (self->late);
    self->holds = false;
    assert_true (reporter_take (self->reporter, &requests [1]));  //  Its time is its own
    sem_wait (&self->resumed);
    assert_false (self->late);
    assert_int_equal (self->ended, 2);
    free (requests);
}

static void
a_report_whose_client_has_gone_is_given_up (void **unused)
{
    scoped (s_destroy) fixture_t *self = s_new (LONG_MS);
    request_t *requests = s_requests (2);
    (void) unused;

    self->holds = true;
    assert_true (reporter_take (self->reporter, &requests [0]));
    sem_wait (&self->begun);
    //  Another request behind this one is no reason to think that the client has gone
    assert_int_equal (write (self->sockets [0], "G", 1), 1);
    char byte;
    assert_int_equal (read (self->sockets [1], &byte, 1), 1);
    assert_int_equal (self->ended, 0);
    shutdown (self->sockets [0], SHUT_RDWR);
    sem_wait (&self->resumed);
    assert_int_equal (self->ended, 1);
    assert_false (self->late);
    assert_true (reporter_take (self->reporter, &requests [1]));  //  Not even begun
    sem_wait (&self->resumed);
    assert_int_equal (self->ended, 1);
    assert_int_equal (requests [1].problem.http, 503);
    free (requests);
}

static void
at_the_end_what_waits_is_answered_and_nothing_is_taken (void **unused)
{
    scoped (s_destroy) fixture_t *self = s_new (LONG_MS);
    request_t *requests = s_requests (3);
    (void) unused;

    self->holds = true;
    assert_true (reporter_take (self->reporter, &requests [0]));
    sem_wait (&self->begun);
    assert_true (reporter_take (self->reporter, &requests [1]));
    reporter_end (self->reporter);
    assert_int_equal (self->ended, 1);
    assert_false (self->late);
    assert_false (requests [0].suspended || requests [1].suspended);
    assert_int_equal (requests [1].problem.http, 503);
    assert_false (reporter_take (self->reporter, &requests [2]));
    free (requests);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (reports_are_written_in_turn_and_their_requests_resumed),
        cmocka_unit_test (beyond_a_few_that_wait_it_takes_no_more),
        cmocka_unit_test (a_report_that_takes_longer_than_it_may_is_given_up),
        cmocka_unit_test (a_report_whose_client_has_gone_is_given_up),
        cmocka_unit_test (at_the_end_what_waits_is_answered_and_nothing_is_taken),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
