//  recharge: declined, parked, sent back.

#include "actors/approval.h"
#include "actors/payment.h"
#include "tests/actors/recharge_scenario.h"

static void
a_declined_transfer_fails_it_and_gives_the_expect_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    wallet_move_t move = { { s_self (), LEG_CREDIT, 1 }, 7000, "KRW" };
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, RECHARGE_WAS_FAILED,
                &(recharge_failure_t) { VERDICT_BANK_DECLINED, "account_closed" });
    then_told (s, s_the_wallet (), WALLET_UNEXPECT, &move);
    carry_on (s);
    s_then_status (s, RECHARGE_FAILED, VERDICT_BANK_DECLINED, true);
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_nothing (s);
}

//  The transfer has put the money into suspense; see bank_transfer.h, contradicted.
static void
a_success_after_the_bank_declined_is_sent_back_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    oid_t charged = s_recharge (s)->transfer;
    bank_transfer_outcome_t late = { .transfer = charged, .status = BANK_TRANSFER_SUCCEEDED };
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_FAILED);
    carry_on (s);
    when (s, RECHARGE_TRANSFERRED, &late);
    then_event (s, 0, 2, RECHARGE_RECEIVED_LATE, &(recharge_late_t) { charged, 7000 });
    then_posted (s, 0, account_single (ACCOUNT_SUSPENSE), account_of (ACCOUNT_TRANSIT, s_self ()),
                 7000);
    then_event (s, 1, 2, RECHARGE_RETURNED, NULL);
    then_not_posted (s, 1);
    carry_on (s);
    s_then_status (s, RECHARGE_PROCESSING, VERDICT_BANK_DECLINED, false);
    assert_false (oid_equal (s_recharge (s)->transfer, charged));
    const bank_transfer_request_t *order = s->decision.messages [0].payload;
    assert_int_equal (order->direction, BANK_TRANSFER_OUT);
    assert_int_equal (order->party.account_number.size, 3);

    when (s, RECHARGE_TRANSFERRED, &late);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_COMPENSATED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_COMPENSATED, VERDICT_BANK_DECLINED, true);
    when (s, RECHARGE_TRANSFERRED, &late);
    then_nothing (s);
}

//  Messages keep no order: the money is in suspense although no failure is known here.
static void
a_late_success_that_overtakes_its_failure_is_sent_back_too (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    oid_t charged = s_recharge (s)->transfer;
    bank_transfer_outcome_t late = {
        .transfer = charged,
        .status = BANK_TRANSFER_SUCCEEDED,
        .late = true,
    };
    bank_transfer_outcome_t failed = { .transfer = charged, .status = BANK_TRANSFER_FAILED };
    wallet_move_t move = { { s_self (), LEG_CREDIT, 1 }, 7000, "KRW" };
    (void) unused;

    when (s, RECHARGE_TRANSFERRED, &late);
    then_event (s, 0, 2, RECHARGE_RECEIVED_LATE, &(recharge_late_t) { charged, 7000 });
    then_posted (s, 0, account_single (ACCOUNT_SUSPENSE), account_of (ACCOUNT_TRANSIT, s_self ()),
                 7000);
    then_event (s, 1, 2, RECHARGE_RETURNED, NULL);
    then_told (s, s_the_wallet (), WALLET_UNEXPECT, &move);
    carry_on (s);
    when (s, RECHARGE_TRANSFERRED, &failed);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_COMPENSATED, NULL);
}

static void
no_success_counts_for_what_failed_before_the_bank_was_asked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting ();
    (void) unused;

    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING,
                     VERDICT_WALLET_SUSPENDED);
    carry_on (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
}

static void
only_a_declined_recharge_keeps_the_customers_account (void **unused)
{
    scoped (scenario_destroy) scenario_t *succeeded = s_crediting ();
    scoped (scenario_destroy) scenario_t *returned = s_returning ();
    scoped (scenario_destroy) scenario_t *declined = s_charging ();
    scoped (scenario_destroy) scenario_t *refused = s_expecting ();
    (void) unused;

    s_when_answered (succeeded, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING,
                     VERDICT_ACCEPTED);
    carry_on (succeeded);
    assert_int_equal (s_recharge (succeeded)->request.party.account_number.size, 0);
    s_when_transferred (returned, BANK_TRANSFER_SUCCEEDED);
    carry_on (returned);
    assert_int_equal (s_recharge (returned)->request.party.account_number.size, 0);
    s_when_transferred (declined, BANK_TRANSFER_FAILED);
    carry_on (declined);
    assert_int_equal (s_recharge (declined)->request.party.account_number.size, 3);
    s_when_answered (refused, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING,
                     VERDICT_WALLET_SUSPENDED);
    carry_on (refused);
    assert_int_equal (s_recharge (refused)->request.party.account_number.size, 0);
}

static void
a_transfer_that_is_refused_counts_as_failed (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    (void) unused;

    s_when_answered (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, RECHARGE_CHARGING,
                     VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_answered (s, s_self (), BANK_TRANSFER_REQUEST, RECHARGE_CHARGING,
                     VERDICT_INVARIANT_BROKEN);
    then_nothing (s);
    s_when_answered (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, RECHARGE_CHARGING,
                     VERDICT_INVARIANT_BROKEN);
    then_event (s, 0, 1, RECHARGE_WAS_FAILED, NULL);
}

static void
a_parked_transfer_parks_it_and_a_late_success_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_PARKED);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE, true);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_RECEIVED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_PROCESSING, VERDICT_ACCEPTED, false);
}

static void
a_deadline_parks_it_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting ();
    (void) unused;

    when (s, RECHARGE_DEADLINE, NULL);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_DEADLINE_EXCEEDED, true);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, RECHARGE_CHARGED, NULL);
    carry_on (s);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    carry_on (s);
    when (s, RECHARGE_DEADLINE, NULL);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
}

static void
a_refused_credit_sends_the_money_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_crediting ();
    oid_t charged = s_recharge (s)->transfer;
    (void) unused;

    s_when_answered (s, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
    carry_on (s);
    assert_false (oid_equal (charged, s_recharge (s)->transfer));
    then_asked (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, ANSWER_REFUSAL,
                RECHARGE_RETURNING, NULL);
    s_when_transferred (s, BANK_TRANSFER_PARKED);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE, true);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_COMPENSATED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_COMPENSATED, VERDICT_WALLET_CLOSED, true);
}

static void
a_return_is_tried_three_times_and_then_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_returning ();
    (void) unused;

    for (uint32_t attempt = 1; attempt < RECHARGE_RETURNS_MAX; attempt++) {
        oid_t before = s_recharge (s)->transfer;
        s_when_transferred (s, BANK_TRANSFER_FAILED);
        then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
        carry_on (s);
        assert_false (oid_equal (before, s_recharge (s)->transfer));
        assert_int_equal (s_recharge (s)->attempt, attempt + 1);
    }
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_DECLINED, true);
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_nothing (s);
}

//  Messages keep no order: else nobody could move it any more, the transfer is final.
static void
a_last_return_that_fails_stays_retriable_whatever_comes_late (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_returning ();
    (void) unused;

    for (uint32_t attempt = 1; attempt <= RECHARGE_RETURNS_MAX; attempt++) {
        s_when_transferred (s, BANK_TRANSFER_FAILED);
        carry_on (s);
    }
    s_when_transferred (s, BANK_TRANSFER_PARKED);
    then_nothing (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_DECLINED, true);
    when (s, RECHARGE_RETRY, NULL);
    then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
}

//  All returns were refused for good.
static scenario_t *
s_stuck (int64_t amount_minor)
{
    scenario_t *s = s_returning ();
    recharge_failure_t failure = { VERDICT_BANK_DECLINED, "account_closed" };
    ((recharge_t *) s->state)->request.amount_minor = amount_minor;
    ((recharge_t *) s->state)->attempt = RECHARGE_RETURNS_MAX;
    given (s, RECHARGE_WAS_PARKED, &failure);
    return s;
}

static void
a_retried_return_is_the_next_attempt (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_stuck (7000);
    oid_t before = s_recharge (s)->transfer;
    (void) unused;

    when (s, RECHARGE_RETRY, NULL);
    then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
    carry_on (s);
    assert_int_equal (s_recharge (s)->attempt, RECHARGE_RETURNS_MAX + 1);
    assert_false (oid_equal (before, s_recharge (s)->transfer));
    assert_false (s->type->finished (s->state));
    when (s, RECHARGE_RETRY, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    carry_on (s);
    when (s, RECHARGE_RETRY, NULL);
    carry_on (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_COMPENSATED, NULL);
}

static void
a_recharge_that_is_given_up_leaves_its_money_in_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_stuck (7000);
    saga_resolve_t resolve = s_give_up ();
    (void) unused;

    when (s, RECHARGE_RESOLVE, &resolve);
    then_event (s, 0, 1, RECHARGE_WAS_GIVEN_UP,
                &(saga_given_up_t) { 7000, "kim", "the account is gone", "" });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_self ()), account_single (ACCOUNT_SUSPENSE),
                 7000);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_COMPENSATED, VERDICT_KEPT_IN_SUSPENSE, true);
    when (s, RECHARGE_RESOLVE, &resolve);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, RECHARGE_RETRY, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
giving_up_a_large_recharge_takes_two_operators (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_stuck (1000001);
    saga_resolve_t resolve = s_give_up ();
    approval_request_t proposal = {
        .subject = s_self (),
        .command = RECHARGE_RESOLVE,
        .amount_minor = 1000001,
        .proposer = "kim",
        .reason = "the account is gone",
        .decision = SAGA_GIVE_UP,
        .version = (int64_t) s->version,
    };
    (void) unused;

    when (s, RECHARGE_RESOLVE, &resolve);
    assert_int_equal (s->decision.event_count, 0);
    then_told (s, resolve.approval, APPROVAL_PROPOSE, &proposal);
    s->asker = resolve.approval;
    memcpy (resolve.confirmed_by, "lee", sizeof "lee");
    resolve.version = proposal.version - 1;
    when (s, RECHARGE_RESOLVE, &resolve);
    then_refused (s, VERDICT_PROPOSAL_STALE);
    resolve.version = proposal.version;
    when (s, RECHARGE_RESOLVE, &resolve);
    then_event (s, 0, 1, RECHARGE_WAS_GIVEN_UP, NULL);
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_self ()), account_single (ACCOUNT_SUSPENSE),
                 1000001);
}

//  Its own parent goes on without it.
static void
a_parent_is_told_that_its_recharge_was_given_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_stuck (7000);
    saga_resolve_t resolve = s_give_up ();
    recharge_outcome_t outcome = { s_self (), RECHARGE_COMPENSATED, VERDICT_KEPT_IN_SUSPENSE };
    (void) unused;

    ((recharge_t *) s->state)->parent.saga = scenario_oid (OID_PAYMENT, 8);
    ((recharge_t *) s->state)->parent.notify = PAYMENT_RECHARGED;
    when (s, RECHARGE_RESOLVE, &resolve);
    then_told (s, scenario_oid (OID_PAYMENT, 8), PAYMENT_RECHARGED, &outcome);
}

static void
what_is_still_under_way_is_not_given_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *running = s_charging ();
    scoped (scenario_destroy) scenario_t *waiting = s_returning ();
    scoped (scenario_destroy) scenario_t *other = s_stuck (7000);
    saga_resolve_t resolve = s_give_up ();
    (void) unused;

    when (absent, RECHARGE_RETRY, NULL);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (absent, RECHARGE_RESOLVE, &resolve);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (running, RECHARGE_RESOLVE, &resolve);
    then_refused (running, VERDICT_STATE_CONFLICT);
    s_when_transferred (waiting, BANK_TRANSFER_PARKED);
    carry_on (waiting);
    when (waiting, RECHARGE_RETRY, NULL);
    then_refused (waiting, VERDICT_TRANSFERS_OPEN);
    when (waiting, RECHARGE_RESOLVE, &resolve);
    then_refused (waiting, VERDICT_TRANSFERS_OPEN);
    resolve.decision = SAGA_SUCCEEDED;
    when (other, RECHARGE_RESOLVE, &resolve);
    then_refused (other, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_declined_transfer_fails_it_and_gives_the_expect_up),
        cmocka_unit_test (a_success_after_the_bank_declined_is_sent_back_once),
        cmocka_unit_test (a_late_success_that_overtakes_its_failure_is_sent_back_too),
        cmocka_unit_test (no_success_counts_for_what_failed_before_the_bank_was_asked),
        cmocka_unit_test (only_a_declined_recharge_keeps_the_customers_account),
        cmocka_unit_test (a_transfer_that_is_refused_counts_as_failed),
        cmocka_unit_test (a_parked_transfer_parks_it_and_a_late_success_goes_on),
        cmocka_unit_test (a_deadline_parks_it_and_a_late_answer_goes_on),
        cmocka_unit_test (a_refused_credit_sends_the_money_back),
        cmocka_unit_test (a_return_is_tried_three_times_and_then_parked),
        cmocka_unit_test (a_last_return_that_fails_stays_retriable_whatever_comes_late),
        cmocka_unit_test (a_retried_return_is_the_next_attempt),
        cmocka_unit_test (a_recharge_that_is_given_up_leaves_its_money_in_suspense),
        cmocka_unit_test (giving_up_a_large_recharge_takes_two_operators),
        cmocka_unit_test (a_parent_is_told_that_its_recharge_was_given_up),
        cmocka_unit_test (what_is_still_under_way_is_not_given_up),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
