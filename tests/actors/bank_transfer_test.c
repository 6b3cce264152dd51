//  bank_transfer: three outcomes, in every order, and what the books say.

#include "actors/bank_transfer.h"
#include "actors/recharge.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_BANK_TRANSFER, 1);
}

static oid_t
s_saga (void)
{
    return scenario_oid (OID_RECHARGE, 1);
}

static bank_transfer_request_t
s_request (bank_transfer_direction_t direction)
{
    return (bank_transfer_request_t) {
        .direction = (uint8_t) direction,
        .saga = s_saga (),
        .notify = RECHARGE_TRANSFERRED,
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
        .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        .amount_minor = 5000,
        .currency = "KRW",
    };
}

static scenario_t *
s_requested (bank_transfer_direction_t direction)
{
    scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = s_request (direction);
    given (s, BANK_TRANSFER_WAS_REQUESTED, &request);
    return s;
}

static void
s_when_answered (scenario_t *s, uint32_t step, bank_result_t result)
{
    bank_answered_t answer = {
        .step = step,
        .result = (uint8_t) result,
        .bank_reference = "B-1",
    };
    if (result == BANK_FAILED) {
        memcpy (answer.reason, "insufficient_funds", sizeof "insufficient_funds");
    }
    when (s, BANK_TRANSFER_ANSWERED, &answer);
}

static void
s_then_outcome (const scenario_t *s, bank_transfer_status_t status, const char *reason)
{
    bank_transfer_outcome_t outcome = { .transfer = s_self (), .status = (uint8_t) status };
    memcpy (outcome.reason, reason, strlen (reason));
    then_told (s, s_saga (), RECHARGE_TRANSFERRED, &outcome);
}

static account_t
s_bank (void)
{
    return account_single (ACCOUNT_BANK);
}

static account_t
s_in_transit (void)
{
    return account_of (ACCOUNT_BANK_TRANSIT, s_self ());
}

static void
a_request_asks_the_bank_and_money_out_is_in_transit (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = s_request (BANK_TRANSFER_OUT);
    bank_order_t order = {
        .transfer = s_self (), .to = request.party, .amount_minor = 5000, .currency = "KRW"
    };
    (void) unused;

    when (s, BANK_TRANSFER_REQUEST, &request);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_REQUESTED, &request);
    then_posted (s, 0, s_in_transit (), s_bank (), 5000);
    then_asked (s, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, 1, &order);
}

static void
a_request_in_moves_nothing_yet (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = s_request (BANK_TRANSFER_IN);
    bank_order_t order = {
        .transfer = s_self (), .from = request.party, .amount_minor = 5000, .currency = "KRW"
    };
    (void) unused;

    when (s, BANK_TRANSFER_REQUEST, &request);
    then_not_posted (s, 0);
    then_asked (s, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, 1, &order);
}

static void
a_request_repeated_is_one_transfer (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_IN);
    bank_transfer_request_t request = s_request (BANK_TRANSFER_IN);
    (void) unused;

    when (s, BANK_TRANSFER_REQUEST, &request);
    then_nothing (s);
    request.amount_minor++;
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    request = s_request (BANK_TRANSFER_OUT);
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    request = s_request (BANK_TRANSFER_IN);
    request.saga.bytes [0]++;
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    request = s_request (BANK_TRANSFER_IN);
    request.notify++;
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    request = s_request (BANK_TRANSFER_IN);
    request.currency [0] = 'U';
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    request = s_request (BANK_TRANSFER_IN);
    request.bank_account.bytes [0]++;
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
an_amount_out_of_range_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = s_request (BANK_TRANSFER_IN);
    (void) unused;

    request.amount_minor = 0;
    when (s, BANK_TRANSFER_REQUEST, &request);
    then_refused (s, VERDICT_AMOUNT_INVALID);
}

static void
success_in_credits_the_sagas_transit_and_is_told_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_IN);
    (void) unused;

    s_when_answered (s, 1, BANK_SUCCEEDED);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_SUCCEEDED, NULL);
    then_posted (s, 0, s_bank (), account_of (ACCOUNT_TRANSIT, s_saga ()), 5000);
    s_then_outcome (s, BANK_TRANSFER_SUCCEEDED, "");
    then_timer (s, BANK_TRANSFER_INQUIRE, 0);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_answered (s, 0, BANK_SUCCEEDED);
    then_nothing (s);
    s_when_answered (s, 1, BANK_UNKNOWN);
    then_nothing (s);
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_nothing (s);
}

static void
success_out_empties_both_transits (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_OUT);
    (void) unused;

    s_when_answered (s, 1, BANK_SUCCEEDED);
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_saga ()), s_in_transit (), 5000);
    s_then_outcome (s, BANK_TRANSFER_SUCCEEDED, "");
}

static void
failure_gives_back_what_was_in_transit (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = s_requested (BANK_TRANSFER_IN);
    scoped (scenario_destroy) scenario_t *out = s_requested (BANK_TRANSFER_OUT);
    (void) unused;

    s_when_answered (in, 1, BANK_FAILED);
    then_event (in, 0, 1, BANK_TRANSFER_WAS_FAILED, NULL);
    then_not_posted (in, 0);
    s_then_outcome (in, BANK_TRANSFER_FAILED, "insufficient_funds");
    carry_on (in);
    s_when_answered (in, 1, BANK_FAILED);
    then_nothing (in);

    s_when_answered (out, 1, BANK_FAILED);
    then_posted (out, 0, s_bank (), s_in_transit (), 5000);
}

static void
an_unknown_outcome_is_asked_for_again_ever_more_slowly (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_OUT);
    const int64_t waits_ms [] = { 1000,  2000,   4000,   8000,   16000, 32000,
                                  64000, 128000, 256000, 300000, 300000 };
    (void) unused;

    for (uint32_t attempt = 1; attempt <= COUNT (waits_ms); attempt++) {
        s_when_answered (s, attempt, BANK_UNKNOWN);
        then_event (s, 0, 1, BANK_TRANSFER_WAS_UNKNOWN, &(bank_transfer_attempt_t) { attempt });
        then_not_posted (s, 0);
        then_silent (s);
        then_timer (s, BANK_TRANSFER_INQUIRE, s->now_ms + waits_ms [attempt - 1]);
        carry_on (s);
        assert_false (s->type->finished (s->state));
        s->now_ms += waits_ms [attempt - 1];
        when (s, BANK_TRANSFER_INQUIRE, NULL);
        then_event (s, 0, 1, BANK_TRANSFER_INQUIRED, &(bank_transfer_attempt_t) { attempt + 1 });
        then_asked (s, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, attempt + 1, NULL);
        carry_on (s);
    }
    s_when_answered (s, 3, BANK_UNKNOWN);  //  Late, and followed up long ago
    then_nothing (s);
    s_when_answered (s, 3, (bank_result_t) 77);
    then_nothing (s);
    s_when_answered (s, 3, BANK_SUCCEEDED);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_SUCCEEDED, NULL);
}

static void
after_a_day_of_unknowns_it_is_parked_and_a_late_answer_still_settles (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_OUT);
    (void) unused;

    s->now_ms += SCENARIO_DAY_MS - 1;
    s_when_answered (s, 1, BANK_UNKNOWN);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_UNKNOWN, NULL);
    carry_on (s);
    s->now_ms += 1;
    s_when_answered (s, 1, BANK_UNKNOWN);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_PARKED, NULL);
    s_then_outcome (s, BANK_TRANSFER_PARKED, "");
    then_timer (s, BANK_TRANSFER_INQUIRE, 0);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_answered (s, 1, BANK_UNKNOWN);
    then_nothing (s);
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_event (s, 0, 1, BANK_TRANSFER_INQUIRED, NULL);
    carry_on (s);
    s_when_answered (s, 0, BANK_FAILED);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_FAILED, NULL);
    s_then_outcome (s, BANK_TRANSFER_FAILED, "insufficient_funds");
}

static void
a_success_after_a_failure_goes_to_suspense_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = s_requested (BANK_TRANSFER_IN);
    scoped (scenario_destroy) scenario_t *out = s_requested (BANK_TRANSFER_OUT);
    (void) unused;

    s_when_answered (in, 1, BANK_FAILED);
    carry_on (in);
    s_when_answered (in, 1, BANK_SUCCEEDED);
    then_event (in, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
    then_posted (in, 0, s_bank (), account_single (ACCOUNT_SUSPENSE), 5000);
    then_told (in, s_saga (), RECHARGE_TRANSFERRED,
               &(bank_transfer_outcome_t) { s_self (), BANK_TRANSFER_SUCCEEDED, "", true });
    carry_on (in);
    assert_int_equal (((bank_transfer_t *) in->state)->status, BANK_TRANSFER_FAILED);
    s_when_answered (in, 1, BANK_SUCCEEDED);
    then_nothing (in);

    s_when_answered (out, 1, BANK_FAILED);
    carry_on (out);
    s_when_answered (out, 1, BANK_SUCCEEDED);
    then_posted (out, 0, account_single (ACCOUNT_SUSPENSE), s_bank (), 5000);
    then_silent (out);
}

//  The saga is not told: what it did stays done. Our account follows the bank's word.
static void
a_failure_after_a_success_takes_the_money_out_of_suspense_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = s_requested (BANK_TRANSFER_IN);
    scoped (scenario_destroy) scenario_t *out = s_requested (BANK_TRANSFER_OUT);
    (void) unused;

    s_when_answered (in, 1, BANK_SUCCEEDED);
    carry_on (in);
    s_when_answered (in, 1, BANK_FAILED);
    then_event (in, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
    then_posted (in, 0, account_single (ACCOUNT_SUSPENSE), s_bank (), 5000);
    then_silent (in);
    carry_on (in);
    assert_int_equal (((bank_transfer_t *) in->state)->status, BANK_TRANSFER_SUCCEEDED);
    s_when_answered (in, 1, BANK_FAILED);
    then_nothing (in);

    s_when_answered (out, 1, BANK_SUCCEEDED);
    carry_on (out);
    s_when_answered (out, 1, BANK_FAILED);
    then_posted (out, 0, s_bank (), account_single (ACCOUNT_SUSPENSE), 5000);
}

static void
past_the_banks_horizon_it_is_inquired_and_never_posted_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_OUT);
    int64_t horizon_ms = s->limits.bank_horizon_s * 1000;
    bank_transfer_request_t request = s_request (BANK_TRANSFER_OUT);
    bank_order_t order = {
        .transfer = s_self (), .to = request.party, .amount_minor = 5000, .currency = "KRW"
    };
    (void) unused;

    s_when_answered (s, 1, BANK_UNKNOWN);
    carry_on (s);
    s->now_ms += horizon_ms - 1;
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_asked (s, bank_oid (), BANK_TRANSFER, ANSWER_ALWAYS, 2, &order);
    s->now_ms += 1;
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_asked (s, bank_oid (), BANK_INQUIRY, ANSWER_ALWAYS, 2, &order);
}

static void
a_transfer_that_was_never_requested_says_so (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    (void) unused;

    s_when_answered (s, 0, BANK_SUCCEEDED);
    then_refused (s, VERDICT_NOT_FOUND);
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested (BANK_TRANSFER_IN);
    bank_transfer_t *transfer = s->state;
    bank_transfer_t sound = *transfer;
    (void) unused;

    transfer->status = 77;
    assert_false (s->type->invariant (transfer));
    *transfer = sound;
    transfer->posts = 0;
    assert_false (s->type->invariant (transfer));
    *transfer = sound;
    transfer->request.direction = 0;
    assert_false (s->type->invariant (transfer));
    *transfer = sound;
    transfer->request.amount_minor = -1;
    assert_false (s->type->invariant (transfer));
    *transfer = sound;
    transfer->request.saga = (oid_t) { 0 };
    assert_false (s->type->invariant (transfer));
    *transfer = sound;
    transfer->contradicted = true;
    assert_false (s->type->invariant (transfer));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_request_asks_the_bank_and_money_out_is_in_transit),
        cmocka_unit_test (a_request_in_moves_nothing_yet),
        cmocka_unit_test (a_request_repeated_is_one_transfer),
        cmocka_unit_test (an_amount_out_of_range_is_refused),
        cmocka_unit_test (success_in_credits_the_sagas_transit_and_is_told_once),
        cmocka_unit_test (success_out_empties_both_transits),
        cmocka_unit_test (failure_gives_back_what_was_in_transit),
        cmocka_unit_test (an_unknown_outcome_is_asked_for_again_ever_more_slowly),
        cmocka_unit_test (after_a_day_of_unknowns_it_is_parked_and_a_late_answer_still_settles),
        cmocka_unit_test (a_success_after_a_failure_goes_to_suspense_once),
        cmocka_unit_test (a_failure_after_a_success_takes_the_money_out_of_suspense_once),
        cmocka_unit_test (past_the_banks_horizon_it_is_inquired_and_never_posted_again),
        cmocka_unit_test (a_transfer_that_was_never_requested_says_so),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
