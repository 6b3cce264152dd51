//  bank_transfer: one that is parked, what operators may do about it, and when they may not.

#include "actors/recharge.h"
#include "tests/actors/bank_transfer_scenario.h"

//  A saga's.
static scenario_t *
s_requested (bank_transfer_direction_t direction, int64_t amount_minor)
{
    scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = {
        .direction = (uint8_t) direction,
        .saga = scenario_oid (OID_RECHARGE, 1),
        .notify = RECHARGE_TRANSFERRED,
        .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        .amount_minor = amount_minor,
        .currency = "KRW",
    };
    given (s, BANK_TRANSFER_WAS_REQUESTED, &request);
    return s;
}

//  One that the bank has not decided in a day.
static scenario_t *
s_parked (bank_transfer_direction_t direction, int64_t amount_minor)
{
    scenario_t *s = s_requested (direction, amount_minor);
    given (s, BANK_TRANSFER_WAS_PARKED, &(bank_transfer_attempt_t) { 1 });
    return s;
}

static saga_resolve_t
s_resolve (saga_decision_t decision)
{
    return (saga_resolve_t) {
        .decision = (uint8_t) decision,
        .approval = scenario_oid (OID_APPROVAL, 4),
        .operator= "kim",
        .reason = "as the statement says",
        .bank_reference = "B-7",
    };
}

static void
s_then_told_the_saga (const scenario_t *s, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = { .transfer = s_self (), .status = (uint8_t) status };
    then_told (s, scenario_oid (OID_RECHARGE, 1), RECHARGE_TRANSFERRED, &outcome);
}

static void
a_parked_transfer_is_resolved_either_way_and_its_saga_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = s_parked (BANK_TRANSFER_IN, SMALL);
    scoped (scenario_destroy) scenario_t *out = s_parked (BANK_TRANSFER_OUT, SMALL);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED);
    (void) unused;

    when (in, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (in, 0, 2, BANK_TRANSFER_WAS_RESOLVED, &resolve);
    then_event (in, 1, 2, BANK_TRANSFER_WAS_SUCCEEDED, NULL);
    then_posted (in, 1, s_bank (), account_of (ACCOUNT_TRANSIT, scenario_oid (OID_RECHARGE, 1)),
                 SMALL);
    s_then_told_the_saga (in, BANK_TRANSFER_SUCCEEDED);
    carry_on (in);
    assert_string_equal (s_transfer (in)->bank_reference, "B-7");

    resolve.decision = SAGA_FAILED;
    when (out, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (out, 1, 2, BANK_TRANSFER_WAS_FAILED, NULL);
    then_posted (out, 1, s_bank (), s_in_transit (), SMALL);
    s_then_told_the_saga (out, BANK_TRANSFER_FAILED);
    carry_on (out);
    assert_int_equal (s_transfer (out)->resolved, SAGA_FAILED);
    when (out, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (out, VERDICT_STATE_CONFLICT);
}

//  Whoever inquired waits for the answer; the saga is not told again that it is parked.
static void
a_parked_transfer_that_is_inquired_in_vain_stays_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked (BANK_TRANSFER_OUT, SMALL);
    bank_answered_t stale = { .step = 1 };
    (void) unused;

    when (s, BANK_TRANSFER_INQUIRE, NULL);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    assert_true (s->type->parked (s->state));
    when (s, BANK_TRANSFER_ANSWERED, &stale);
    then_nothing (s);
    s_when_answered (s, BANK_UNKNOWN);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_PARKED, &(bank_transfer_attempt_t) { 2 });
    then_silent (s);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_answered (s, BANK_UNKNOWN);
    then_nothing (s);
}

static void
only_a_parked_transfer_can_be_resolved_and_only_as_an_outcome (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *running = s_requested (BANK_TRANSFER_OUT, SMALL);
    scoped (scenario_destroy) scenario_t *parked = s_parked (BANK_TRANSFER_OUT, SMALL);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED), give_up = s_resolve (SAGA_GIVE_UP);
    (void) unused;

    when (absent, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (running, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (running, VERDICT_STATE_CONFLICT);
    when (parked, BANK_TRANSFER_RESOLVE, &give_up);
    then_refused (parked, VERDICT_STATE_CONFLICT);
}

static void
a_large_resolve_takes_two_operators (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked (BANK_TRANSFER_OUT, LARGE);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED);
    (void) unused;

    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    assert_int_equal (s->verdict, VERDICT_ACCEPTED);
    then_event (s, 0, 1, BANK_TRANSFER_RESOLVE_PROPOSED, NULL);
    then_told (s, resolve.approval, APPROVAL_PROPOSE, NULL);
    assert_true (oid_equal (s->decision.object, resolve.approval));
    carry_on (s);
    assert_true (oid_equal (s_transfer (s)->approval, resolve.approval));
    memcpy (resolve.confirmed_by, "lee", sizeof "lee");
    when (s, BANK_TRANSFER_RESOLVE, &resolve);  //  Not the approval says so
    then_event (s, 0, 1, BANK_TRANSFER_RESOLVE_PROPOSED, NULL);
    s->asker = resolve.approval;
    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (s, 0, 2, BANK_TRANSFER_WAS_RESOLVED, &resolve);
    then_posted (s, 1, account_of (ACCOUNT_TRANSIT, scenario_oid (OID_RECHARGE, 1)),
                 s_in_transit (), LARGE);
}

//  A second question beside it could be paid while the answer to the first releases the money.
static void
the_bank_is_asked_once_at_a_time (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_OUT, SMALL);
    (void) unused;

    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        when (s, BANK_TRANSFER_INQUIRE, NULL);
        then_refused (s, VERDICT_INQUIRY_OPEN);
        when (s, BANK_TRANSFER_ANSWERED, &(bank_answered_t) { .step = attempt - 1 });
        then_nothing (s);  //  Told twice: not the answer that is waited for
        s_when_answered (s, BANK_UNKNOWN);
        then_timer (s, BANK_TRANSFER_INQUIRE, s->now_ms + (1000 << (attempt - 1)));
        carry_on (s);
        when (s, BANK_TRANSFER_INQUIRE, NULL);
        then_asked (s, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, attempt + 1, NULL);
        carry_on (s);
    }
}

//  What the bank may yet decide is for the bank: its answer to the inquiry is waited for.
static void
a_transfer_that_the_bank_is_asked_about_cannot_be_resolved (void **unused)
{
    const saga_decision_t decisions [] = { SAGA_SUCCEEDED, SAGA_FAILED };
    const int64_t amounts_minor [] = { SMALL, LARGE };
    (void) unused;

    for (size_t index = 0; index < COUNT (decisions); index++) {
        scoped (scenario_destroy) scenario_t *s =
            s_parked (BANK_TRANSFER_OUT, amounts_minor [index]);
        saga_resolve_t resolve = s_resolve (decisions [index]);
        when (s, BANK_TRANSFER_INQUIRE, NULL);
        carry_on (s);
        when (s, BANK_TRANSFER_RESOLVE, &resolve);
        then_refused (s, VERDICT_INQUIRY_OPEN);
        s_when_answered (s, BANK_UNKNOWN);
        carry_on (s);
        when (s, BANK_TRANSFER_RESOLVE, &resolve);
        assert_int_equal (s->verdict, VERDICT_ACCEPTED);
    }
}

//  The statement that it rests on is older than what was posted meanwhile.
static void
a_resolve_that_was_proposed_before_an_inquiry_is_stale (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked (BANK_TRANSFER_OUT, LARGE);
    saga_resolve_t resolve = s_resolve (SAGA_FAILED);
    (void) unused;

    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    const approval_request_t *proposal = s->decision.messages [0].payload;
    resolve.version = proposal->version;
    carry_on (s);
    assert_int_equal (resolve.version, s->version);
    memcpy (resolve.confirmed_by, "lee", sizeof "lee");
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    carry_on (s);
    s->asker = resolve.approval;
    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (s, VERDICT_INQUIRY_OPEN);
    s->asker = (oid_t) { 0 };
    s_when_answered (s, BANK_UNKNOWN);
    carry_on (s);
    s->asker = resolve.approval;
    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    then_refused (s, VERDICT_PROPOSAL_STALE);
    resolve.version = (int64_t) s->version;  //  Proposed anew
    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    then_event (s, 1, 2, BANK_TRANSFER_WAS_FAILED, NULL);
}

static void
a_bank_that_contradicts_a_resolve_is_booked_to_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *out = s_parked (BANK_TRANSFER_OUT, SMALL);
    scoped (scenario_destroy) scenario_t *in = s_parked (BANK_TRANSFER_IN, SMALL);
    saga_resolve_t resolve = s_resolve (SAGA_SUCCEEDED);
    (void) unused;

    when (out, BANK_TRANSFER_RESOLVE, &resolve);
    carry_on (out);
    s_when_answered (out, BANK_FAILED);
    then_event (out, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
    then_posted (out, 0, s_bank (), s_suspense (), SMALL);
    then_silent (out);

    resolve.decision = SAGA_FAILED;
    when (in, BANK_TRANSFER_RESOLVE, &resolve);
    carry_on (in);
    s_when_answered (in, BANK_SUCCEEDED);
    then_posted (in, 0, s_bank (), s_suspense (), SMALL);
    carry_on (in);
    assert_true (s_transfer (in)->contradicted);
    assert_int_equal (s_transfer (in)->status, BANK_TRANSFER_FAILED);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_parked_transfer_is_resolved_either_way_and_its_saga_goes_on),
        cmocka_unit_test (a_parked_transfer_that_is_inquired_in_vain_stays_parked),
        cmocka_unit_test (the_bank_is_asked_once_at_a_time),
        cmocka_unit_test (a_transfer_that_the_bank_is_asked_about_cannot_be_resolved),
        cmocka_unit_test (only_a_parked_transfer_can_be_resolved_and_only_as_an_outcome),
        cmocka_unit_test (a_large_resolve_takes_two_operators),
        cmocka_unit_test (a_resolve_that_was_proposed_before_an_inquiry_is_stale),
        cmocka_unit_test (a_bank_that_contradicts_a_resolve_is_booked_to_suspense),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
