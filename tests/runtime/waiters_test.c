//  waiters: each is told once, or leaves.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/scoped.h"
#include "runtime/waiters.h"

static const oid_t saga = { .kind = OID_PAYMENT, .bytes = { 1 } };
static const oid_t other_saga = { .kind = OID_PAYMENT, .bytes = { 2 } };

static void
all_who_wait_for_an_object_are_popped_once (void **unused)
{
    scoped (waiters_destroy) waiters_t *waiters = waiters_new ();
    uint64_t token, sum = 0;
    (void) unused;
    for (uint64_t number = 1; number <= 100; number++) {
        waiters_add (waiters, saga, number);
    }
    waiters_add (waiters, other_saga, 1000);
    while (waiters_pop (waiters, saga, &token)) {
        sum += token;
    }
    assert_int_equal (sum, 5050);
    assert_true (waiters_pop (waiters, other_saga, &token));
    assert_int_equal (token, 1000);
    assert_false (waiters_pop (waiters, other_saga, &token));
}

static void
one_who_left_is_not_told (void **unused)
{
    scoped (waiters_destroy) waiters_t *waiters = waiters_new ();
    uint64_t token;
    (void) unused;
    assert_false (waiters_remove (waiters, saga, 1));
    for (uint64_t number = 1; number <= 3; number++) {
        waiters_add (waiters, saga, number);
    }
    assert_false (waiters_remove (waiters, other_saga, 2));
    assert_true (waiters_remove (waiters, saga, 2));  //  From the middle
    assert_false (waiters_remove (waiters, saga, 2));
    assert_true (waiters_remove (waiters, saga, 3));  //  From an end
    assert_true (waiters_pop (waiters, saga, &token));
    assert_int_equal (token, 1);
    assert_false (waiters_pop (waiters, saga, &token));
    waiters_add (waiters, saga, 9);
    assert_true (waiters_remove (waiters, saga, 9));  //  The only one
    assert_false (waiters_pop (waiters, saga, &token));
}

static void
those_who_still_wait_are_freed_with_it (void **unused)
{
    waiters_t *waiters = waiters_new ();
    (void) unused;
    waiters_add (waiters, saga, 1);
    waiters_add (waiters, saga, 2);
    waiters_destroy (&waiters);
    assert_null (waiters);
    waiters_destroy (&waiters);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (all_who_wait_for_an_object_are_popped_once),
        cmocka_unit_test (one_who_left_is_not_told),
        cmocka_unit_test (those_who_still_wait_are_freed_with_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
