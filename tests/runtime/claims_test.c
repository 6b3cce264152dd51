//  claims: one scope is decided once, and what was decided is remembered.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/claims.h"
#include "runtime/scoped.h"

static const uint8_t scope [16] = "scope";
static const uint8_t other_scope [16] = "other scope";
static const uint8_t body [16] = "body";
static const uint8_t other_body [16] = "other body";

static void
a_scope_is_free_then_in_flight_then_decided_then_free (void **unused)
{
    scoped (claims_destroy) claims_t *claims = claims_new ();
    claim_outcome_t outcome = { .verdict = VERDICT_COUNT };
    oid_t object = { .kind = OID_PAYMENT, .bytes = { 7 } };
    (void) unused;
    assert_int_equal (claims_look (claims, scope, body, &outcome), CLAIM_FREE);
    claims_take (claims, scope, body);
    assert_int_equal (claims_look (claims, scope, body, &outcome), CLAIM_IN_FLIGHT);
    assert_int_equal (outcome.verdict, VERDICT_COUNT);
    claims_decided (claims, scope, (claim_outcome_t) { VERDICT_ORDER_EXISTS, object, 42 });
    assert_int_equal (claims_look (claims, scope, body, &outcome), CLAIM_DECIDED);
    assert_int_equal (outcome.verdict, VERDICT_ORDER_EXISTS);
    assert_true (oid_equal (outcome.object, object));
    assert_int_equal (outcome.version, 42);
    claims_forget (claims, scope);
    assert_int_equal (claims_look (claims, scope, body, &outcome), CLAIM_FREE);
    claims_take (claims, scope, other_body);  //  After a refused commit, say
    assert_int_equal (claims_look (claims, scope, other_body, &outcome), CLAIM_IN_FLIGHT);
}

static void
another_body_is_told_so_before_and_after_the_decision (void **unused)
{
    scoped (claims_destroy) claims_t *claims = claims_new ();
    claim_outcome_t outcome;
    (void) unused;
    claims_take (claims, scope, body);
    assert_int_equal (claims_look (claims, scope, other_body, &outcome), CLAIM_REUSED);
    claims_decided (claims, scope, (claim_outcome_t) { VERDICT_ACCEPTED, { .kind = 1 }, 1 });
    assert_int_equal (claims_look (claims, scope, other_body, &outcome), CLAIM_REUSED);
}

static void
scopes_do_not_touch_each_other (void **unused)
{
    scoped (claims_destroy) claims_t *claims = claims_new ();
    claim_outcome_t outcome;
    (void) unused;
    claims_take (claims, scope, body);
    assert_int_equal (claims_look (claims, other_scope, body, &outcome), CLAIM_FREE);
    claims_take (claims, other_scope, other_body);
    claims_forget (claims, scope);
    assert_int_equal (claims_look (claims, other_scope, other_body, &outcome), CLAIM_IN_FLIGHT);
    claims_forget (claims, scope);  //  Forgetting what is not there is harmless
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_scope_is_free_then_in_flight_then_decided_then_free),
        cmocka_unit_test (another_body_is_told_so_before_and_after_the_decision),
        cmocka_unit_test (scopes_do_not_touch_each_other),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
