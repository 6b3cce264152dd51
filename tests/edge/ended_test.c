//  ended: sessions whose access tokens are refused, for as long as they live.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "edge/ended.h"

//  The numbered session of a set: the first two bytes choose it.
static oid_t
session (uint16_t set, uint32_t number)
{
    oid_t oid = { .kind = OID_SESSION };
    memcpy (oid.bytes, &set, sizeof set);
    memcpy (oid.bytes + 8, &number, sizeof number);
    return oid;
}

static void
a_session_is_known_to_have_ended_until_its_tokens_have_expired (void **state)
{
    ended_t *ended = ended_new ();
    (void) state;

    assert_false (ended_has (ended, session (1, 1), 100));
    ended_add (ended, session (1, 1), 1000, 100);
    assert_true (ended_has (ended, session (1, 1), 100));
    assert_true (ended_has (ended, session (1, 1), 999));
    assert_false (ended_has (ended, session (1, 1), 1000));
    assert_false (ended_has (ended, session (1, 2), 100));
    assert_false (ended_has (ended, session (2, 1), 100));
    ended_destroy (&ended);
    assert_null (ended);
}

static void
an_end_that_is_told_twice_takes_one_place (void **state)
{
    ended_t *ended = ended_new ();
    (void) state;

    for (uint32_t number = 1; number <= 4; number++) {
        ended_add (ended, session (1, number), 1000 + number, 100);
        ended_add (ended, session (1, number), 1000 + number, 100);
    }
    for (uint32_t number = 1; number <= 4; number++) {
        assert_true (ended_has (ended, session (1, number), 100));
    }
    ended_destroy (&ended);
}

static void
of_too_many_the_one_that_expires_first_is_forgotten (void **state)
{
    ended_t *ended = ended_new ();
    (void) state;

    for (uint32_t number = 1; number <= 5; number++) {
        ended_add (ended, session (1, number), number == 3 ? 500 : 1000 + number, 100);
    }
    for (uint32_t number = 1; number <= 5; number++) {
        assert_int_equal (ended_has (ended, session (1, number), 100), number != 3);
    }
    ended_destroy (&ended);
}

static void
what_has_expired_takes_no_place (void **state)
{
    ended_t *ended = ended_new ();
    (void) state;

    ended_add (ended, session (1, 1), 1000, 100);
    ended_add (ended, session (1, 2), 100, 100);
    assert_false (ended_has (ended, session (1, 2), 50));
    assert_true (ended_has (ended, session (1, 1), 100));
    ended_destroy (&ended);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_session_is_known_to_have_ended_until_its_tokens_have_expired),
        cmocka_unit_test (an_end_that_is_told_twice_takes_one_place),
        cmocka_unit_test (of_too_many_the_one_that_expires_first_is_forgotten),
        cmocka_unit_test (what_has_expired_takes_no_place),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
