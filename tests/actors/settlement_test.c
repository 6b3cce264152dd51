//  settlement: a window is paid once, whatever the bank says and whoever repeats it.

#include "actors/settlement.h"
#include "actors/approval.h"
#include "actors/bank_transfer.h"
#include "actors/settlement_run.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_SETTLEMENT, 1);
}

static settlement_start_t
s_start (int64_t gross_minor, int64_t refunds_minor)
{
    return (settlement_start_t) {
        .merchant = scenario_oid (OID_MERCHANT, 1),
        .window = { 1, s_self (), 2, gross_minor, refunds_minor, 0, 0,
                    gross_minor - refunds_minor },
        .opened_at_ms = SCENARIO_START_MS,
        .closed_at_ms = SCENARIO_START_MS + SCENARIO_DAY_MS,
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
        .party = { .member = scenario_oid (OID_MEMBER, 1),
                   .bank_code = "orange",
                   .account_number = { .size = 2, .bytes = { 7, 7 } } },
    };
}

static oid_t
s_transfer (const scenario_t *s, uint32_t attempt)
{
    return decision_derive (&s->decision, OID_BANK_TRANSFER, s_self (), "payout", attempt);
}

static bank_transfer_request_t
s_order (uint32_t attempt)
{
    settlement_start_t start = s_start (1, 0);
    return (bank_transfer_request_t) {
        .direction = BANK_TRANSFER_OUT,
        .saga = s_self (),
        .notify = SETTLEMENT_TRANSFERRED,
        .bank_account = start.bank_account,
        .party = start.party,
        .amount_minor = 7500,
        .currency = "KRW",
        .attempt = attempt,
    };
}

static const settlement_t *
s_state (const scenario_t *s)
{
    return s->state;
}

static scenario_t *
s_paying (void)
{
    scenario_t *s = scenario_new (s_self ());
    settlement_start_t start = s_start (10000, 2500);
    when (s, SETTLEMENT_START, &start);
    carry_on (s);
    return s;
}

static void
s_when_told (scenario_t *s, uint32_t attempt, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = { s_transfer (s, attempt), (uint8_t) status };
    if (status == BANK_TRANSFER_FAILED) {
        strcpy (outcome.reason, "account_closed");
    }
    when (s, SETTLEMENT_TRANSFERRED, &outcome);
}

//  The bank finally failed this one, and the next is asked for in its time.
static void
s_fail_and_go_on (scenario_t *s, uint32_t attempt)
{
    s_when_told (s, attempt, BANK_TRANSFER_FAILED);
    carry_on (s);
    s->now_ms = s_state (s)->next_attempt_ms;
    when (s, SETTLEMENT_PAY_AGAIN, NULL);
    carry_on (s);
}

//  After three payouts that the bank finally failed.
static scenario_t *
s_parked (void)
{
    scenario_t *s = s_paying ();
    s_fail_and_go_on (s, 1);
    s_fail_and_go_on (s, 2);
    s_when_told (s, 3, BANK_TRANSFER_FAILED);
    carry_on (s);
    assert_int_equal (s_state (s)->status, SETTLEMENT_PARKED);
    return s;
}

static void
a_net_that_is_positive_is_paid_at_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    settlement_start_t start = s_start (10000, 2500);
    bank_transfer_request_t order = s_order (1);
    (void) unused;

    when (s, SETTLEMENT_START, &start);
    then_event (s, 0, 2, SETTLEMENT_WAS_CLOSED, &start);
    then_event (s, 1, 2, SETTLEMENT_PAID_OUT, &(settlement_payout_t) { 1, s_transfer (s, 1) });
    then_asked (s, s_transfer (s, 1), BANK_TRANSFER_REQUEST, ANSWER_REFUSAL, 1, &order);
    then_not_posted (s, 0);
    then_not_posted (s, 1);
    carry_on (s);
    assert_int_equal (s_state (s)->status, SETTLEMENT_PAYING);
    assert_false (s->type->finished (s->state));

    when (s, SETTLEMENT_START, &start);
    then_nothing (s);
    start.window.net_minor++;
    start.window.gross_minor++;
    when (s, SETTLEMENT_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
a_net_that_is_not_positive_is_carried_and_never_paid (void **unused)
{
    const int64_t refunds_minor [] = { 10000, 10001 };
    (void) unused;

    for (size_t index = 0; index < COUNT (refunds_minor); index++) {
        scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
        settlement_start_t start = s_start (10000, refunds_minor [index]);
        when (s, SETTLEMENT_START, &start);
        then_event (s, 1, 2, SETTLEMENT_WAS_CARRIED, NULL);
        then_silent (s);
        carry_on (s);
        assert_true (s->type->finished (s->state));
        assert_int_equal (s_state (s)->start.party.account_number.size, 0);
    }
}

static void
the_run_that_cut_it_is_told_that_it_started (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    settlement_start_t start = s_start (10000, 10000);
    (void) unused;

    start.run = scenario_oid (OID_SETTLEMENT_RUN, 1);
    when (s, SETTLEMENT_START, &start);
    then_told (s, start.run, SETTLEMENT_RUN_SETTLING, NULL);
}

static void
a_payout_that_succeeded_settles_it_for_ever (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    (void) unused;

    s->now_ms += 5;
    s_when_told (s, 1, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, SETTLEMENT_WAS_SETTLED, NULL);
    then_silent (s);
    carry_on (s);
    assert_int_equal (s_state (s)->status, SETTLEMENT_SETTLED);
    assert_int_equal (s_state (s)->settled_at_ms, s->now_ms);
    assert_int_equal (s_state (s)->start.party.account_number.size, 0);
    assert_true (s->type->finished (s->state));

    s_when_told (s, 1, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
    s_when_told (s, 1, BANK_TRANSFER_FAILED);
    then_nothing (s);
    s_when_told (s, 1, BANK_TRANSFER_PARKED);
    then_nothing (s);
    settlement_start_t start = s_start (10000, 2500);
    when (s, SETTLEMENT_START, &start);
    then_nothing (s);
}

static void
the_next_attempt_starts_only_after_a_final_failure (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    bank_transfer_request_t order = s_order (2);
    (void) unused;

    s_when_told (s, 2, BANK_TRANSFER_FAILED);  //  Nobody asked for that one
    then_nothing (s);
    s_when_told (s, 1, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, SETTLEMENT_PAYOUT_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    assert_string_equal (s_state (s)->reason, "account_closed");
    s_when_told (s, 1, BANK_TRANSFER_FAILED);  //  Told again
    then_nothing (s);
    when (s, SETTLEMENT_PAY_AGAIN, NULL);
    then_event (s, 0, 1, SETTLEMENT_PAID_OUT, &(settlement_payout_t) { 2, s_transfer (s, 2) });
    then_asked (s, s_transfer (s, 2), BANK_TRANSFER_REQUEST, ANSWER_REFUSAL, 2, &order);
    carry_on (s);
    when (s, SETTLEMENT_PAY_AGAIN, NULL);  //  A timer that rang twice
    then_nothing (s);

    s_when_told (s, 1, BANK_TRANSFER_FAILED);  //  Told again
    then_nothing (s);
    s_when_told (s, 1, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
    s_when_told (s, 2, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, SETTLEMENT_WAS_SETTLED, NULL);
}

//  A minute, then ten: whatever it was, it may have passed.
static void
a_payout_that_failed_waits_before_the_next (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    const int64_t waits_ms [] = { 60 * 1000, 600 * 1000 };
    (void) unused;

    for (uint32_t attempt = 1; attempt < SETTLEMENT_ATTEMPTS_MAX; attempt++) {
        s_when_told (s, attempt, BANK_TRANSFER_FAILED);
        then_timer (s, SETTLEMENT_PAY_AGAIN, s->now_ms + waits_ms [attempt - 1]);
        carry_on (s);
        assert_int_equal (s_state (s)->next_attempt_ms, s->now_ms + waits_ms [attempt - 1]);
        assert_int_equal (s_state (s)->status, SETTLEMENT_PAYING);
        assert_false (s->type->finished (s->state));
        when (s, SETTLEMENT_PAY_AGAIN, NULL);
        carry_on (s);
        assert_int_equal (s_state (s)->next_attempt_ms, 0);
    }
}

static void
three_failures_park_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    (void) unused;

    s_fail_and_go_on (s, 1);
    s_fail_and_go_on (s, 2);
    s_when_told (s, 3, BANK_TRANSFER_FAILED);
    then_event (s, 0, 2, SETTLEMENT_PAYOUT_FAILED, NULL);
    then_event (s, 1, 2, SETTLEMENT_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    assert_int_equal (s_state (s)->verdict, VERDICT_BANK_DECLINED);
    assert_true (s->type->parked (s->state));
    assert_true (s->type->finished (s->state));
    s_when_told (s, 3, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
}

static void
an_unknown_outcome_waits_and_pays_nobody_else (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    (void) unused;

    s_when_told (s, 1, BANK_TRANSFER_PARKED);
    then_event (s, 0, 1, SETTLEMENT_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    assert_int_equal (s_state (s)->verdict, VERDICT_BANK_UNAVAILABLE);
    s_when_told (s, 1, BANK_TRANSFER_PARKED);
    then_nothing (s);
    when (s, SETTLEMENT_RETRY, NULL);
    then_refused (s, VERDICT_TRANSFERS_OPEN);
    s_when_told (s, 1, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, SETTLEMENT_WAS_SETTLED, NULL);
    s_fail_and_go_on (s, 1);
    then_event (s, 0, 1, SETTLEMENT_PAID_OUT, &(settlement_payout_t) { 2, s_transfer (s, 2) });
    assert_false (s->type->parked (s->state));
}

static void
a_transfer_that_was_refused_was_never_made (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    saga_answer_t answer = { s_transfer (s, 1), BANK_TRANSFER_REQUEST, 1,
                             VERDICT_REFERENCE_REUSED };
    (void) unused;

    when (s, SETTLEMENT_ANSWERED, &answer);
    then_event (s, 0, 1, SETTLEMENT_PAYOUT_FAILED, NULL);
    then_timer (s, SETTLEMENT_PAY_AGAIN, s->now_ms + s->limits.settlement_retry_first_ms);
    carry_on (s);
    when (s, SETTLEMENT_ANSWERED, &answer);
    then_nothing (s);
}

static void
an_operator_has_it_tried_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked ();
    scoped (scenario_destroy) scenario_t *nobody = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *paying = s_paying ();
    (void) unused;

    when (nobody, SETTLEMENT_RETRY, NULL);
    then_refused (nobody, VERDICT_NOT_FOUND);
    when (paying, SETTLEMENT_RETRY, NULL);
    then_refused (paying, VERDICT_STATE_CONFLICT);
    when (s, SETTLEMENT_RETRY, NULL);
    then_event (s, 0, 1, SETTLEMENT_PAID_OUT, &(settlement_payout_t) { 4, s_transfer (s, 4) });
    carry_on (s);
    assert_int_equal (s_state (s)->status, SETTLEMENT_PAYING);
    s_fail_and_go_on (s, 4);  //  Three more
    then_event (s, 0, 1, SETTLEMENT_PAID_OUT, &(settlement_payout_t) { 5, s_transfer (s, 5) });
}

static void
given_up_its_money_goes_to_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_parked ();
    scoped (scenario_destroy) scenario_t *paying = s_paying ();
    saga_resolve_t resolve = { .decision = SAGA_GIVE_UP, .operator= "opr_1", .reason = "gone" };
    (void) unused;

    when (paying, SETTLEMENT_RESOLVE, &resolve);
    then_refused (paying, VERDICT_STATE_CONFLICT);
    when (s, SETTLEMENT_RESOLVE, &resolve);
    then_event (s, 0, 1, SETTLEMENT_WAS_GIVEN_UP, NULL);
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_self ()), account_single (ACCOUNT_SUSPENSE),
                 7500);
    carry_on (s);
    assert_int_equal (s_state (s)->status, SETTLEMENT_FAILED);
    assert_int_equal (s_state (s)->start.party.account_number.size, 0);
    assert_true (s->type->finished (s->state));
    when (s, SETTLEMENT_RETRY, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_paying ();
    settlement_t *settlement = s->state, sound = *settlement;
    (void) unused;

    settlement->start.window.net_minor++;
    assert_false (s->type->invariant (settlement));
    *settlement = sound;
    settlement->start.window.item_count = 0;
    assert_false (s->type->invariant (settlement));
    *settlement = sound;
    settlement->attempt = 0;
    assert_false (s->type->invariant (settlement));
    *settlement = sound;
    settlement->status = SETTLEMENT_CARRIED;
    assert_false (s->type->invariant (settlement));
    *settlement = sound;
    settlement->status = 77;
    assert_false (s->type->invariant (settlement));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_net_that_is_positive_is_paid_at_once),
        cmocka_unit_test (a_net_that_is_not_positive_is_carried_and_never_paid),
        cmocka_unit_test (the_run_that_cut_it_is_told_that_it_started),
        cmocka_unit_test (a_payout_that_succeeded_settles_it_for_ever),
        cmocka_unit_test (the_next_attempt_starts_only_after_a_final_failure),
        cmocka_unit_test (a_payout_that_failed_waits_before_the_next),
        cmocka_unit_test (three_failures_park_it),
        cmocka_unit_test (an_unknown_outcome_waits_and_pays_nobody_else),
        cmocka_unit_test (a_transfer_that_was_refused_was_never_made),
        cmocka_unit_test (an_operator_has_it_tried_again),
        cmocka_unit_test (given_up_its_money_goes_to_suspense),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
