//  breaker: the table of breaker.h, row by row.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "edge/breaker.h"

enum { FAILURES = 3, OPEN_MS = 1000 };

static breaker_t
broken_at (int64_t now_ms)
{
    breaker_t breaker;
    breaker_init (&breaker, FAILURES, OPEN_MS);
    for (int failure = 0; failure < FAILURES; failure++) {
        breaker_failure (&breaker, now_ms);
    }
    return breaker;
}

static void
failures_in_a_row_open_it (void **state)
{
    (void) state;
    breaker_t breaker;
    breaker_init (&breaker, FAILURES, OPEN_MS);
    for (int failure = 0; failure < FAILURES; failure++) {
        assert_int_equal (breaker.state, BREAKER_CLOSED);
        assert_true (breaker_allow (&breaker, 0));
        breaker_failure (&breaker, 0);
    }
    assert_int_equal (breaker.state, BREAKER_OPEN);
    assert_false (breaker_allow (&breaker, 0));
}

static void
a_success_between_failures_keeps_it_closed (void **state)
{
    (void) state;
    breaker_t breaker;
    breaker_init (&breaker, FAILURES, OPEN_MS);
    for (int round = 0; round < 100; round++) {
        breaker_failure (&breaker, 0);
        breaker_failure (&breaker, 0);
        breaker_success (&breaker);
    }
    assert_int_equal (breaker.state, BREAKER_CLOSED);
}

static void
when_its_time_is_over_one_call_may_try (void **state)
{
    (void) state;
    breaker_t breaker = broken_at (500);
    assert_false (breaker_allow (&breaker, 500 + OPEN_MS - 1));
    assert_int_equal (breaker_wait_ms (&breaker, 500 + OPEN_MS - 1), 1);
    assert_true (breaker_allow (&breaker, 500 + OPEN_MS));
    assert_int_equal (breaker.state, BREAKER_HALF_OPEN);
    assert_false (breaker_allow (&breaker, 500 + OPEN_MS));
}

static void
the_try_that_succeeds_closes_it (void **state)
{
    (void) state;
    breaker_t breaker = broken_at (0);
    assert_true (breaker_allow (&breaker, OPEN_MS));
    breaker_success (&breaker);
    assert_int_equal (breaker.state, BREAKER_CLOSED);
    breaker_failure (&breaker, OPEN_MS);
    assert_int_equal (breaker.state, BREAKER_CLOSED);
}

static void
the_try_that_fails_opens_it_for_as_long_again (void **state)
{
    (void) state;
    breaker_t breaker = broken_at (0);
    assert_true (breaker_allow (&breaker, OPEN_MS + 200));
    breaker_failure (&breaker, OPEN_MS + 300);
    assert_int_equal (breaker.state, BREAKER_OPEN);
    assert_int_equal (breaker_wait_ms (&breaker, OPEN_MS + 300), OPEN_MS);
}

static void
late_failures_do_not_prolong_it (void **state)
{
    (void) state;
    breaker_t breaker = broken_at (0);
    breaker_failure (&breaker, OPEN_MS - 1);
    assert_true (breaker_allow (&breaker, OPEN_MS));
}

static void
a_sounding_closes_it_on_probation (void **state)
{
    (void) state;
    breaker_t breaker = broken_at (0);
    assert_true (breaker_allow (&breaker, OPEN_MS));
    breaker_sounding (&breaker, true, OPEN_MS);
    assert_int_equal (breaker.state, BREAKER_CLOSED);
    breaker_failure (&breaker, OPEN_MS + 1);
    assert_int_equal (breaker.state, BREAKER_OPEN);
    assert_true (breaker_allow (&breaker, 2 * OPEN_MS + 1));
    breaker_sounding (&breaker, false, 2 * OPEN_MS + 2);
    assert_int_equal (breaker_wait_ms (&breaker, 2 * OPEN_MS + 2), OPEN_MS);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (failures_in_a_row_open_it),
        cmocka_unit_test (a_success_between_failures_keeps_it_closed),
        cmocka_unit_test (when_its_time_is_over_one_call_may_try),
        cmocka_unit_test (the_try_that_succeeds_closes_it),
        cmocka_unit_test (the_try_that_fails_opens_it_for_as_long_again),
        cmocka_unit_test (late_failures_do_not_prolong_it),
        cmocka_unit_test (a_sounding_closes_it_on_probation),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
