//  adjustment: one operator for a little, two for much.

#include "actors/adjustment.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_ADJUSTMENT, 1);
}

static oid_t
s_the_wallet (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static adjustment_request_t
s_request (int64_t amount_minor)
{
    return (adjustment_request_t) {
        .wallet = s_the_wallet (),
        .amount_minor = amount_minor,
        .increase = true,
        .currency = "KRW",
        .operator= "kim",
        .reason = "a refund that the old system lost",
    };
}

static const adjustment_t *
s_adjustment (const scenario_t *s)
{
    return s->state;
}

static scenario_t *
s_proposed (int64_t amount_minor)
{
    scenario_t *s = scenario_new (s_self ());
    adjustment_request_t request = s_request (amount_minor);
    when (s, ADJUSTMENT_PROPOSE, &request);
    carry_on (s);
    return s;
}

static void
s_when_decided (scenario_t *s, unsigned command, oid_t approval, const char *operator)
{
    approval_decided_t decided = { .approval = approval, .reason = "I have looked" };
    memcpy (decided.operator, operator, strlen (operator));
    when (s, command, &decided);
}

static void
s_when_answered (scenario_t *s, uint32_t step, verdict_t verdict)
{
    saga_answer_t answer = { s_the_wallet (), WALLET_ADJUST, step, verdict };
    when (s, ADJUSTMENT_ANSWERED, &answer);
}

static void
s_then_asked_wallet (const scenario_t *s, int64_t amount_minor)
{
    wallet_adjust_t adjust = { { s_self (), LEG_ADJUST, 1 }, amount_minor, true, "KRW" };
    then_asked (s, s_the_wallet (), WALLET_ADJUST, ANSWER_ALWAYS, 1, &adjust);
    then_timer (s, ADJUSTMENT_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
}

static void
s_then_status (const scenario_t *s, adjustment_status_t status, verdict_t verdict, bool finished)
{
    assert_int_equal (s_adjustment (s)->status, status);
    assert_string_equal (verdict_code ((verdict_t) s_adjustment (s)->verdict),
                         verdict_code (verdict));
    assert_true (s->type->finished (s->state) == finished);
    assert_true (s->type->parked (s->state) == (status == ADJUSTMENT_PARKED));
}

static void
a_small_one_is_applied_at_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    adjustment_request_t request = s_request (1000000);
    (void) unused;

    when (s, ADJUSTMENT_PROPOSE, &request);
    then_event (s, 0, 1, ADJUSTMENT_WAS_PROPOSED, NULL);
    then_not_posted (s, 0);
    s_then_asked_wallet (s, 1000000);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_PROCESSING, VERDICT_ACCEPTED, false);
    s_when_answered (s, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, ADJUSTMENT_WAS_SUCCEEDED, NULL);
    then_timer (s, ADJUSTMENT_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_SUCCEEDED, VERDICT_ACCEPTED, true);
    s_when_answered (s, 1, VERDICT_WALLET_CLOSED);
    then_nothing (s);
    when (s, ADJUSTMENT_DEADLINE, NULL);
    then_nothing (s);
}

static void
one_against_suspense_says_so_to_the_wallet_and_is_no_other (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    adjustment_request_t request = s_request (1000);
    wallet_adjust_t adjust = { { s_self (), LEG_ADJUST, 1 }, 1000, true, "KRW", true };
    (void) unused;

    request.suspense = true;
    when (s, ADJUSTMENT_PROPOSE, &request);
    then_asked (s, s_the_wallet (), WALLET_ADJUST, ANSWER_ALWAYS, 1, &adjust);
    carry_on (s);
    when (s, ADJUSTMENT_PROPOSE, &request);
    then_nothing (s);
    request.suspense = false;
    when (s, ADJUSTMENT_PROPOSE, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
a_large_one_waits_for_another_operator (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    adjustment_request_t request = s_request (1000001);
    (void) unused;

    when (s, ADJUSTMENT_PROPOSE, &request);
    then_event (s, 0, 1, ADJUSTMENT_WAS_PROPOSED, NULL);
    assert_int_equal (s->decision.message_count, 1);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_AWAITING_APPROVAL, VERDICT_ACCEPTED, true);
    oid_t approval = s_adjustment (s)->approval;
    approval_request_t proposed = {
        .subject = s_self (),
        .command = ADJUSTMENT_APPROVE,
        .reject_command = ADJUSTMENT_REJECT,
        .amount_minor = 1000001,
        .proposer = "kim",
        .reason = "a refund that the old system lost",
    };
    assert_int_equal (approval.kind, OID_APPROVAL);
    then_told (s, approval, APPROVAL_PROPOSE, &proposed);

    s_when_decided (s, ADJUSTMENT_APPROVE, scenario_oid (OID_APPROVAL, 7), "lee");
    then_nothing (s);
    s_when_decided (s, ADJUSTMENT_APPROVE, approval, "lee");
    then_event (s, 0, 1, ADJUSTMENT_WAS_APPROVED, NULL);
    s_then_asked_wallet (s, 1000001);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_PROCESSING, VERDICT_ACCEPTED, false);
    assert_string_equal (s_adjustment (s)->decider, "lee");
    s_when_decided (s, ADJUSTMENT_APPROVE, approval, "lee");
    then_nothing (s);
    s_when_decided (s, ADJUSTMENT_REJECT, approval, "lee");
    then_nothing (s);
    s_when_answered (s, 1, VERDICT_ACCEPTED);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_SUCCEEDED, VERDICT_ACCEPTED, true);
}

static void
a_rejected_one_touches_no_wallet (void **unused)
{
    scoped (scenario_destroy) scenario_t *rejected = s_proposed (1000001);
    scoped (scenario_destroy) scenario_t *expired = s_proposed (1000001);
    (void) unused;

    s_when_decided (rejected, ADJUSTMENT_REJECT, s_adjustment (rejected)->approval, "lee");
    then_event (rejected, 0, 1, ADJUSTMENT_WAS_REJECTED, NULL);
    then_silent (rejected);
    carry_on (rejected);
    s_then_status (rejected, ADJUSTMENT_FAILED, VERDICT_APPROVAL_REJECTED, true);
    s_when_decided (rejected, ADJUSTMENT_APPROVE, s_adjustment (rejected)->approval, "park");
    then_nothing (rejected);
    s_when_answered (rejected, 1, VERDICT_ACCEPTED);
    then_nothing (rejected);

    s_when_decided (expired, ADJUSTMENT_REJECT, s_adjustment (expired)->approval, "");
    then_silent (expired);
    carry_on (expired);
    s_then_status (expired, ADJUSTMENT_FAILED, VERDICT_APPROVAL_EXPIRED, true);
}

static void
what_the_wallet_refuses_fails_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed (5);
    (void) unused;

    s_when_answered (s, 2, VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_answered (s, 1, VERDICT_INSUFFICIENT_FUNDS);
    then_event (s, 0, 1, ADJUSTMENT_WAS_FAILED,
                &(adjustment_verdict_t) { VERDICT_INSUFFICIENT_FUNDS });
    carry_on (s);
    s_then_status (s, ADJUSTMENT_FAILED, VERDICT_INSUFFICIENT_FUNDS, true);
}

static void
a_deadline_parks_it_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed (5);
    (void) unused;

    when (s, ADJUSTMENT_DEADLINE, NULL);
    then_event (s, 0, 1, ADJUSTMENT_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_PARKED, VERDICT_DEADLINE_EXCEEDED, true);
    when (s, ADJUSTMENT_DEADLINE, NULL);
    then_nothing (s);
    s_when_answered (s, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, ADJUSTMENT_WAS_SUCCEEDED, NULL);
    carry_on (s);
    s_then_status (s, ADJUSTMENT_SUCCEEDED, VERDICT_ACCEPTED, true);
}

static void
what_waits_for_an_operator_has_no_deadline (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed (1000001);
    (void) unused;

    when (s, ADJUSTMENT_DEADLINE, NULL);
    then_nothing (s);
}

static void
a_proposal_repeated_is_one_adjustment (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed (5);
    adjustment_request_t request = s_request (5);
    (void) unused;

    when (s, ADJUSTMENT_PROPOSE, &request);
    then_nothing (s);
    request.increase = false;
    when (s, ADJUSTMENT_PROPOSE, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    request = s_request (5);
    request.operator[0] = 'x';
    when (s, ADJUSTMENT_PROPOSE, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    request = s_request (6);
    when (s, ADJUSTMENT_PROPOSE, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);

    scoped (scenario_destroy) scenario_t *none = scenario_new (s_self ());
    request = s_request (0);
    when (none, ADJUSTMENT_PROPOSE, &request);
    then_refused (none, VERDICT_AMOUNT_INVALID);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_proposed (1000001);
    adjustment_t *adjustment = s->state;
    adjustment_t sound = *adjustment;
    (void) unused;

    adjustment->approval = (oid_t) { 0 };
    assert_false (s->type->invariant (adjustment));
    *adjustment = sound;
    adjustment->status = ADJUSTMENT_FAILED;
    assert_false (s->type->invariant (adjustment));
    adjustment->status = ADJUSTMENT_NONE;
    assert_false (s->type->invariant (adjustment));
    adjustment->status = 77;
    assert_false (s->type->invariant (adjustment));
    *adjustment = sound;
    memcpy (adjustment->decider, "kim", sizeof "kim");
    assert_false (s->type->invariant (adjustment));
    *adjustment = sound;
    adjustment->request.wallet = scenario_oid (OID_MEMBER, 1);
    assert_false (s->type->invariant (adjustment));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_small_one_is_applied_at_once),
        cmocka_unit_test (one_against_suspense_says_so_to_the_wallet_and_is_no_other),
        cmocka_unit_test (a_large_one_waits_for_another_operator),
        cmocka_unit_test (a_rejected_one_touches_no_wallet),
        cmocka_unit_test (what_the_wallet_refuses_fails_it),
        cmocka_unit_test (a_deadline_parks_it_and_a_late_answer_goes_on),
        cmocka_unit_test (what_waits_for_an_operator_has_no_deadline),
        cmocka_unit_test (a_proposal_repeated_is_one_adjustment),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
