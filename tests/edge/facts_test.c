//  facts: what was read is remembered for a moment, and never beyond a change.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "edge/facts.h"

static const oid_t kim = { OID_MEMBER, "kim" }, lee = { OID_MEMBER, "lee" };

static int
s_setup (void **state)
{
    *state = facts_new ();
    return 0;
}

static int
s_teardown (void **state)
{
    facts_t *facts = *state;
    facts_destroy (&facts);
    return 0;
}

static bool
s_knows (facts_t *facts, oid_t oid, int64_t now_ms)
{
    uint64_t epoch;
    node_reply_t *reply = facts_recall (facts, oid, now_ms, &epoch);
    bool known = reply != NULL;
    assert_true (!known || oid_equal (reply->aggregate, oid));
    node_reply_destroy (&reply);
    return known;
}

static uint64_t
s_epoch (facts_t *facts, oid_t oid)
{
    uint64_t epoch;
    node_reply_t *reply = facts_recall (facts, oid, 0, &epoch);
    node_reply_destroy (&reply);
    return epoch;
}

static const node_reply_t kims = { .kind = REPLY_STATE,
                                   .aggregate = { OID_MEMBER, "kim" },
                                   .version = 1 };

static void
what_was_read_is_remembered_until_its_time_is_over (void **state)
{
    assert_false (s_knows (*state, kim, 0));
    facts_keep (*state, &kims, 0, s_epoch (*state, kim));
    assert_true (s_knows (*state, kim, FACTS_TTL_MS - 1));
    assert_false (s_knows (*state, kim, FACTS_TTL_MS));
    assert_false (s_knows (*state, lee, 0));
}

static void
what_was_forgotten_is_read_again (void **state)
{
    facts_keep (*state, &kims, 0, s_epoch (*state, kim));
    facts_forget (*state, kim);
    assert_false (s_knows (*state, kim, 0));
}

static void
what_was_asked_before_it_was_forgotten_is_not_kept (void **state)
{
    uint64_t asked = s_epoch (*state, kim);
    facts_forget (*state, kim);
    facts_keep (*state, &kims, 0, asked);
    assert_false (s_knows (*state, kim, 0));
}

static void
an_object_that_is_missing_is_not_remembered (void **state)
{
    node_reply_t missing = { .kind = REPLY_STATE, .aggregate = kim };
    facts_keep (*state, &missing, 0, s_epoch (*state, kim));
    node_reply_t refused = { .kind = REPLY_OVERLOADED, .aggregate = kim, .version = 1 };
    facts_keep (*state, &refused, 0, s_epoch (*state, kim));
    assert_false (s_knows (*state, kim, 0));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (what_was_read_is_remembered_until_its_time_is_over,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (what_was_forgotten_is_read_again, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (what_was_asked_before_it_was_forgotten_is_not_kept,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (an_object_that_is_missing_is_not_remembered, s_setup,
                                         s_teardown),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
