//  wallet: how it opens, rests, closes.

#include "tests/actors/wallet_scenario.h"

static void
a_wallet_opens_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    wallet_open_t open = s_open ();
    (void) unused;

    when (s, WALLET_OPEN, &open);
    then_event (s, 0, 1, WALLET_OPENED, NULL);
    carry_on (s);
    when (s, WALLET_OPEN, &open);
    then_nothing (s);
    open.opener = (oid_t) { 0 };
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_WALLET_EXISTS);
    open.opener = scenario_oid (OID_REGISTRATION, 2);
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_WALLET_EXISTS);
}

static void
a_wallet_is_not_opened_for_a_stranger_or_in_another_currency (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    wallet_open_t open = s_open ();
    (void) unused;

    open.member_status = MEMBER_ABSENT;
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_MEMBER_NOT_FOUND);
    open.member_status = MEMBER_SUSPENDED;
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_MEMBER_SUSPENDED);
    open.member_status = MEMBER_ERASED;
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_MEMBER_CLOSED);
    memcpy (open.currency, "USD", sizeof open.currency);
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_CURRENCY_MISMATCH);
}

static void
suspending_and_activating_take_turns (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    reason_t reason = { "lost phone" };
    (void) unused;

    when (s, WALLET_ACTIVATE, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, WALLET_SUSPEND, &reason);
    then_event (s, 0, 1, WALLET_WAS_SUSPENDED, &reason);
    carry_on (s);
    when (s, WALLET_SUSPEND, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1);
    then_refused (s, VERDICT_WALLET_SUSPENDED);
    when (s, WALLET_ACTIVATE, &reason);
    then_event (s, 0, 1, WALLET_ACTIVATED, &reason);
    carry_on (s);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1);
    then_event (s, 0, 1, WALLET_DEBITED, NULL);
}

static void
only_an_empty_wallet_closes (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (10);
    wallet_close_t close = { "moved away", false };
    (void) unused;

    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_WALLET_NOT_EMPTY);
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    carry_on (s);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_WALLET_NOT_EMPTY);
    wallet_capture_t capture = {
        { s_saga (1), LEG_CAPTURE, 1 }, { s_saga (1), LEG_HOLD, 1 }, 10, { 0 }
    };
    when (s, WALLET_CAPTURE, &capture);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 5);
    carry_on (s);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_WALLET_EXPECTS_CREDIT);
    close.void_expects = true;
    when (s, WALLET_CLOSE, &close);
    wallet_closed_t closed = { "moved away", 1, { { { s_saga (2), LEG_CREDIT, 1 }, 5 } } };
    then_event (s, 0, 1, WALLET_WAS_CLOSED, &closed);
    carry_on (s);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_CREDIT, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
}

static void
a_closed_wallet_takes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    wallet_open_t open = s_open ();
    reason_t reason = { "again" };
    (void) unused;

    s_close (s);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_RETURN, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    when (s, WALLET_ACTIVATE, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    open.opener = (oid_t) { 0 };
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_WALLET_EXISTS);
}

static void
a_wallet_that_does_not_exist_says_so (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    wallet_capture_t capture = {
        { s_saga (1), LEG_CAPTURE, 1 }, { s_saga (1), LEG_HOLD, 1 }, 10, { 0 }
    };
    wallet_close_t close = { "?", true };
    reason_t reason = { "?" };
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 5);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_RETURN, 5);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 5);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    when (s, WALLET_CAPTURE, &capture);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    when (s, WALLET_SUSPEND, &reason);
    then_refused (s, VERDICT_NOT_FOUND);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    wallet_t *wallet = s->state;
    wallet_t sound;
    bool (*holds) (const void *) = wallet_aggregate.invariant;
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 10);
    carry_on (s);
    sound = *wallet;
    wallet->available_minor = -1;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->holds [0].amount_minor = 0;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->expects [0].amount_minor = -1;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->held_minor++;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->expected_minor++;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->outflow_minor = -1;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->member = (oid_t) { 0 };
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->status = WALLET_CLOSED;
    assert_false (holds (wallet));
    wallet->status = 77;
    assert_false (holds (wallet));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_wallet_opens_once),
        cmocka_unit_test (a_wallet_is_not_opened_for_a_stranger_or_in_another_currency),
        cmocka_unit_test (suspending_and_activating_take_turns),
        cmocka_unit_test (only_an_empty_wallet_closes),
        cmocka_unit_test (a_closed_wallet_takes_nothing),
        cmocka_unit_test (a_wallet_that_does_not_exist_says_so),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
