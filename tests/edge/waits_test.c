//  waits: who waits for a saga, how long, and who may not wait any more.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "edge/waits.h"

enum { SLOTS = 8, LONG_MAX_COUNT = 2 };

static unsigned ended [SLOTS], abandoned [SLOTS];

static void
s_note (void *context, uint32_t slot, const wait_t *wait, wait_event_t event)
{
    (void) context;
    assert_int_equal (wait->token, slot + 100);
    (event == WAIT_ENDS ? ended : abandoned) [slot]++;
}

static void
s_wait (waits_t *waits, uint32_t slot, wait_kind_t kind, int64_t deadline_ms)
{
    wait_t wait = { kind, 0, deadline_ms, deadline_ms + 5000, .token = slot + 100 };
    waits_set (waits, slot, &wait);
}

static int
s_setup (void **state)
{
    memset (ended, 0, sizeof ended);
    memset (abandoned, 0, sizeof abandoned);
    *state = waits_new (SLOTS, LONG_MAX_COUNT);
    return 0;
}

static int
s_teardown (void **state)
{
    waits_t *waits = *state;
    waits_destroy (&waits);
    return 0;
}

static void
a_wait_ends_at_its_deadline_and_is_asked_for_again (void **state)
{
    s_wait (*state, 3, WAIT_SAGA, 1000);
    waits_visit (*state, 999, false, s_note, NULL);
    assert_int_equal (ended [3], 0);
    waits_visit (*state, 1000, false, s_note, NULL);
    waits_visit (*state, 1020, false, s_note, NULL);
    assert_int_equal (ended [3], 1);
    waits_visit (*state, 2000, false, s_note, NULL);
    assert_int_equal (ended [3], 2);
    assert_int_equal (abandoned [3], 0);
    waits_visit (*state, 6000, false, s_note, NULL);
    assert_int_equal (abandoned [3], 1);
}

static void
a_cleared_wait_is_not_visited (void **state)
{
    s_wait (*state, 0, WAIT_SAGA, 10);
    waits_clear (*state, 0);
    waits_visit (*state, 100000, false, s_note, NULL);
    assert_int_equal (ended [0] + abandoned [0], 0);
}

static void
a_reply_is_only_given_up (void **state)
{
    s_wait (*state, 1, WAIT_REPLY, 0);
    waits_visit (*state, 4999, true, s_note, NULL);
    assert_int_equal (ended [1] + abandoned [1], 0);
    waits_visit (*state, 5000, false, s_note, NULL);
    assert_int_equal (abandoned [1], 1);
}

static void
too_many_long_waiters_are_asked_for_at_once (void **state)
{
    for (uint32_t slot = 0; slot < 5; slot++) {
        s_wait (*state, slot, WAIT_SAGA, 30000);
    }
    waits_visit (*state, WAITS_LONG_MS - 1, false, s_note, NULL);
    assert_int_equal (ended [0] + ended [1] + ended [2] + ended [3] + ended [4], 0);
    waits_visit (*state, WAITS_LONG_MS, false, s_note, NULL);
    assert_int_equal (ended [0] + ended [1], 0);
    assert_int_equal (ended [2], 1);
    assert_int_equal (ended [3], 1);
    assert_int_equal (ended [4], 1);
}

static void
when_the_node_stops_all_waits_end (void **state)
{
    s_wait (*state, 7, WAIT_SAGA, 30000);
    waits_visit (*state, 1, true, s_note, NULL);
    assert_int_equal (ended [7], 1);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (a_wait_ends_at_its_deadline_and_is_asked_for_again,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (a_cleared_wait_is_not_visited, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (a_reply_is_only_given_up, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (too_many_long_waiters_are_asked_for_at_once, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (when_the_node_stops_all_waits_end, s_setup, s_teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
