//  remittance: to a member, and what a start may say.

#include "tests/actors/remittance_scenario.h"

static void
money_goes_from_wallet_to_wallet (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    remittance_start_t start = s_start ();
    wallet_move_t credit = s_move (LEG_CREDIT), debit = s_move (LEG_DEBIT);
    (void) unused;

    when (s, REMITTANCE_START, &start);
    then_event (s, 0, 2, REMITTANCE_WAS_REQUESTED, NULL);
    then_event (s, 1, 2, REMITTANCE_WENT_ON, NULL);
    then_asked (s, s_receiver (), WALLET_EXPECT, ANSWER_ALWAYS, REMITTANCE_EXPECTING, &credit);
    then_timer (s, REMITTANCE_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    s_then_status (s, REMITTANCE_PROCESSING, VERDICT_ACCEPTED, false);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_asked (s, s_sender (), WALLET_DEBIT, ANSWER_ALWAYS, REMITTANCE_DEBITING, &debit);
    s_then_went_on (s, REMITTANCE_DEBITING);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_asked (s, s_receiver (), WALLET_CREDIT, ANSWER_ALWAYS, REMITTANCE_CREDITING, &credit);
    s_then_went_on (s, REMITTANCE_CREDITING);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REMITTANCE_WAS_SUCCEEDED, NULL);
    then_silent (s);
    then_timer (s, REMITTANCE_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, REMITTANCE_SUCCEEDED, VERDICT_ACCEPTED, true);
}

//  No account is kept that is not needed.
static void
who_has_enough_is_not_recharged (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_start ());
    (void) unused;

    assert_int_equal (s_remittance (s)->request.recharge_minor, 0);
    assert_true (oid_is_none (s_remittance (s)->request.bank_account));
    assert_int_equal (s_remittance (s)->request.source.account_number.size, 0);
    assert_int_equal (s_remittance (s)->request.memo.size, 2);
}

static void
who_is_short_and_does_not_want_a_recharge_hears_it_from_the_wallet (void **unused)
{
    remittance_start_t start = s_short (s_start ());
    (void) unused;
    start.auto_recharge = false;
    start.account_status = BANK_ACCOUNT_ABSENT;
    scoped (scenario_destroy) scenario_t *s = s_in_step (start, REMITTANCE_DEBITING);
    wallet_move_t credit = s_move (LEG_CREDIT);

    s_when_answered (s, VERDICT_INSUFFICIENT_FUNDS);
    then_event (s, 0, 1, REMITTANCE_WAS_FAILED, NULL);
    then_told (s, s_receiver (), WALLET_UNEXPECT, &credit);
    then_timer (s, REMITTANCE_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_INSUFFICIENT_FUNDS, true);
}

static void
a_receiver_whose_wallet_takes_no_more_fails_it_before_money_moves (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_start ());
    (void) unused;

    s_when_answered (s, VERDICT_BALANCE_LIMIT_EXCEEDED);
    then_event (s, 0, 1, REMITTANCE_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_BALANCE_LIMIT_EXCEEDED, true);
}

static void
a_credit_that_is_refused_returns_to_the_sender (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_in_step (s_start (), REMITTANCE_CREDITING);
    wallet_return_t back = s_back ();
    (void) unused;

    s_when_answered (s, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, REMITTANCE_TURNED_BACK, NULL);
    then_asked (s, s_sender (), WALLET_RETURN, ANSWER_ALWAYS, REMITTANCE_RETURNING, &back);
    carry_on (s);
    s_then_status (s, REMITTANCE_PROCESSING, VERDICT_ACCEPTED, false);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REMITTANCE_WAS_COMPENSATED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_COMPENSATED, VERDICT_WALLET_CLOSED, true);
}

//  Between asking and answer midnight has passed: whose day it was is not known.
static void
whose_day_it_counted_for_is_known_unless_midnight_came_between (void **unused)
{
    static const remittance_step_t takes [] = { REMITTANCE_DEBITING, REMITTANCE_RECHARGING,
                                                REMITTANCE_HOLDING };
    const int64_t midnight_ms = SCENARIO_START_MS + SCENARIO_DAY_MS;
    (void) unused;

    for (size_t index = 0; index < COUNT (takes); index++) {
        for (int64_t passed = 0; passed <= 1; passed++) {
            remittance_start_t start = index == 0 ? s_start () : s_short (s_start ());
            scoped (scenario_destroy) scenario_t *s = s_in_step (start, takes [index]);
            assert_true (s_remittance (s)->outflow_day == money_seoul_day (SCENARIO_START_MS));
            s->now_ms = midnight_ms - 1 + passed;
            while (s_remittance (s)->step != REMITTANCE_CREDITING) {
                if (s_remittance (s)->step == REMITTANCE_RECHARGING) {
                    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
                }
                else {
                    s_when_answered (s, VERDICT_ACCEPTED);
                }
                carry_on (s);
            }
            assert_true (s_remittance (s)->outflow_day
                         == (passed ? 0 : money_seoul_day (SCENARIO_START_MS)));
        }
    }
}

static void
money_that_nobody_can_take_is_set_aside_and_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_in_step (s_start (), REMITTANCE_RETURNING);
    remittance_set_aside_t set_aside = { 7000, VERDICT_WALLET_CLOSED };
    (void) unused;

    s_when_answered (s, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, REMITTANCE_WAS_SET_ASIDE, &set_aside);
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_self ()), account_single (ACCOUNT_SUSPENSE),
                 7000);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_PARKED, VERDICT_WALLET_CLOSED, true);
    s_when_answered (s, VERDICT_ACCEPTED);
    then_nothing (s);
    when (s, REMITTANCE_DEADLINE, NULL);
    then_nothing (s);
}

static void
a_start_repeated_is_one_remittance (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_start ());
    remittance_start_t start = s_short (s_start ());
    (void) unused;

    when (s, REMITTANCE_START, &start);
    then_nothing (s);
    start.request.amount_minor++;
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.sender.bytes [0]++;
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.receiver.bytes [0]++;
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.currency [0] = 'U';
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start_to_bank ();
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
nobody_sends_to_oneself_or_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    remittance_start_t start = s_start ();
    (void) unused;

    start.request.receiver = start.request.sender;
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_SAME_MEMBER);
    start = s_start ();
    start.request.amount_minor = 0;
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    start.request.amount_minor = MONEY_MAX_MINOR + 1;
    when (s, REMITTANCE_START, &start);
    then_refused (s, VERDICT_AMOUNT_INVALID);
}

static void
s_check_facts (remittance_start_t start, verdict_t verdict)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());

    when (s, REMITTANCE_START, &start);
    then_event (s, 0, 2, REMITTANCE_WAS_REQUESTED, NULL);
    then_event (s, 1, 2, REMITTANCE_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, verdict, true);
    assert_int_equal (s_remittance (s)->request.source.account_number.size, 0);
}

static void
facts_that_refuse_fail_it_at_once (void **unused)
{
    remittance_start_t start = s_start ();
    (void) unused;

    start.sender_status = MEMBER_SUSPENDED;
    s_check_facts (start, VERDICT_MEMBER_SUSPENDED);
    start.sender_status = MEMBER_ABSENT;
    s_check_facts (start, VERDICT_MEMBER_NOT_FOUND);
    start = s_start ();
    start.receiver_status = MEMBER_ABSENT;
    s_check_facts (start, VERDICT_RECIPIENT_NOT_FOUND);
    start.receiver_status = MEMBER_SUSPENDED;
    s_check_facts (start, VERDICT_MEMBER_SUSPENDED);
    start.receiver_status = MEMBER_CLOSED;
    s_check_facts (start, VERDICT_MEMBER_CLOSED);
    start = s_start ();
    start.request.amount_minor = start.available_minor = limits_default.wallet_movement_minor + 1;
    s_check_facts (start, VERDICT_AMOUNT_LIMIT_EXCEEDED);
    start = s_short (s_start ());
    start.account_status = BANK_ACCOUNT_UNLINKED;
    s_check_facts (start, VERDICT_BANK_ACCOUNT_NOT_LINKED);
    start = s_short (s_start ());
    start.account_member.bytes [0]++;
    s_check_facts (start, VERDICT_BANK_ACCOUNT_NOT_OWNED);
}

//  The account is looked at only if money is to come from it.
static void
an_account_that_is_not_needed_may_be_of_any_kind (void **unused)
{
    remittance_start_t start = s_start ();
    (void) unused;
    start.account_status = BANK_ACCOUNT_ABSENT;
    scoped (scenario_destroy) scenario_t *s = s_started (start);
    assert_int_equal (s_remittance (s)->step, REMITTANCE_EXPECTING);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_in_step (s_start (), REMITTANCE_DEBITING);
    remittance_t *remittance = s->state;
    remittance_t sound = *remittance;
    (void) unused;

    assert_true (s->type->invariant (remittance));
    remittance->step = REMITTANCE_ENDED;
    assert_false (s->type->invariant (remittance));
    remittance->step = REMITTANCE_SET_ASIDE;
    assert_false (s->type->invariant (remittance));
    remittance->step = 77;
    assert_false (s->type->invariant (remittance));
    *remittance = sound;
    remittance->status = REMITTANCE_SUCCEEDED;
    assert_false (s->type->invariant (remittance));
    remittance->status = 77;
    assert_false (s->type->invariant (remittance));
    remittance->status = REMITTANCE_NONE;
    assert_false (s->type->invariant (remittance));
    *remittance = sound;
    remittance->request.receiver = remittance->request.sender;
    assert_false (s->type->invariant (remittance));
    remittance->request.receiver = (oid_t) { 0 };
    assert_false (s->type->invariant (remittance));
    *remittance = sound;
    remittance->request.amount_minor = 0;
    assert_false (s->type->invariant (remittance));
    *remittance = sound;
    remittance->status = REMITTANCE_FAILED;
    remittance->step = REMITTANCE_ENDED;
    assert_false (s->type->invariant (remittance));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (money_goes_from_wallet_to_wallet),
        cmocka_unit_test (who_has_enough_is_not_recharged),
        cmocka_unit_test (who_is_short_and_does_not_want_a_recharge_hears_it_from_the_wallet),
        cmocka_unit_test (a_receiver_whose_wallet_takes_no_more_fails_it_before_money_moves),
        cmocka_unit_test (a_credit_that_is_refused_returns_to_the_sender),
        cmocka_unit_test (whose_day_it_counted_for_is_known_unless_midnight_came_between),
        cmocka_unit_test (money_that_nobody_can_take_is_set_aside_and_parked),
        cmocka_unit_test (a_start_repeated_is_one_remittance),
        cmocka_unit_test (nobody_sends_to_oneself_or_nothing),
        cmocka_unit_test (facts_that_refuse_fail_it_at_once),
        cmocka_unit_test (an_account_that_is_not_needed_may_be_of_any_kind),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
