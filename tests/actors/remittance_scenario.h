//  remittance_scenario - a remittance in each of its steps. For the remittance's tests.

#ifndef TESTS_ACTORS_REMITTANCE_SCENARIO_H
#define TESTS_ACTORS_REMITTANCE_SCENARIO_H

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/remittance.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static inline oid_t
s_self (void)
{
    return scenario_oid (OID_REMITTANCE, 9);
}

static inline oid_t
s_sender (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static inline oid_t
s_receiver (void)
{
    return scenario_oid (OID_WALLET, 2);
}

static inline const remittance_t *
s_remittance (const scenario_t *s)
{
    return s->state;
}

//  To a member, with enough in the wallet.
static inline remittance_start_t
s_start (void)
{
    return (remittance_start_t) {
        .request = {
            .sender = scenario_oid (OID_MEMBER, 1),
            .receiver = scenario_oid (OID_MEMBER, 2),
            .amount_minor = 7000,
            .currency = "KRW",
            .memo = { 2, { 8, 9 } },
            .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
            .source = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        },
        .auto_recharge = true,
        .available_minor = 7000,
        .sender_status = MEMBER_ACTIVE,
        .receiver_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 1),
    };
}

static inline remittance_start_t
s_start_to_bank (void)
{
    remittance_start_t start = s_start ();
    start.request.receiver = (oid_t) { 0 };
    start.request.to = (bank_party_t) { scenario_oid (OID_MEMBER, 1), "pear", { 3, { 4, 5, 6 } } };
    start.receiver_status = MEMBER_ABSENT;
    return start;
}

//  Short of 6,001 KRW: 10,000 are charged.
static inline remittance_start_t
s_short (remittance_start_t start)
{
    start.available_minor = 999;
    return start;
}

static inline scenario_t *
s_started (remittance_start_t start)
{
    scenario_t *s = scenario_new (s_self ());
    when (s, REMITTANCE_START, &start);
    carry_on (s);
    return s;
}

static inline void
s_when_answered (scenario_t *s, verdict_t verdict)
{
    saga_answer_t answer = { .step = s_remittance (s)->step, .verdict = verdict };
    when (s, REMITTANCE_ANSWERED, &answer);
}

static inline void
s_when_recharged (scenario_t *s, recharge_status_t status, verdict_t verdict)
{
    recharge_outcome_t outcome = { s_remittance (s)->recharge, (uint8_t) status, verdict };
    when (s, REMITTANCE_RECHARGED, &outcome);
}

static inline void
s_when_transferred (scenario_t *s, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = {
        .transfer = s_remittance (s)->transfer,
        .status = (uint8_t) status,
    };
    if (status == BANK_TRANSFER_FAILED) {
        memcpy (outcome.reason, "account_not_found", sizeof "account_not_found");
    }
    when (s, REMITTANCE_TRANSFERRED, &outcome);
}

//  Goes on with what is asked in every step until this one.
static inline scenario_t *
s_in_step (remittance_start_t start, remittance_step_t step)
{
    scenario_t *s = s_started (start);
    while (s_remittance (s)->step != step) {
        assert_int_not_equal (s_remittance (s)->step, REMITTANCE_ENDED);
        switch (s_remittance (s)->step) {
        case REMITTANCE_RECHARGING:
            s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
            break;
        case REMITTANCE_TRANSFERRING:
            s_when_transferred (s, step == REMITTANCE_RELEASING ? BANK_TRANSFER_FAILED
                                                                : BANK_TRANSFER_SUCCEEDED);
            break;
        case REMITTANCE_CREDITING: s_when_answered (s, VERDICT_WALLET_CLOSED); break;
        default: s_when_answered (s, VERDICT_ACCEPTED);
        }
        carry_on (s);
    }
    return s;
}

static inline void
s_then_status (const scenario_t *s, remittance_status_t status, verdict_t verdict, bool finished)
{
    assert_int_equal (s_remittance (s)->status, status);
    assert_string_equal (verdict_code ((verdict_t) s_remittance (s)->verdict),
                         verdict_code (verdict));
    assert_true (s->type->finished (s->state) == finished);
    assert_true (s->type->parked (s->state) == (status == REMITTANCE_PARKED));
}

//  Both wallets were closed: the money is in suspense.
static inline scenario_t *
s_set_aside (void)
{
    scenario_t *s = s_in_step (s_start (), REMITTANCE_RETURNING);
    s_when_answered (s, VERDICT_WALLET_CLOSED);
    carry_on (s);
    return s;
}

//  The step is asked for, and nothing else happens.
static inline void
s_then_went_on (scenario_t *s, remittance_step_t step)
{
    then_event (s, 0, 1, REMITTANCE_WENT_ON, NULL);
    carry_on (s);
    assert_int_equal (s_remittance (s)->step, step);
    s_then_status (s, REMITTANCE_PROCESSING, VERDICT_ACCEPTED, false);
}

static inline wallet_move_t
s_move (saga_leg_t leg)
{
    return (wallet_move_t) { { s_self (), (uint8_t) leg, 1 }, 7000, "KRW" };
}

//  What the sender's wallet is asked to take back, on the day of SCENARIO_START_MS.
static inline wallet_return_t
s_back (void)
{
    return (wallet_return_t) {
        { s_self (), LEG_RETURN, 1 }, 7000, "KRW", money_seoul_day (SCENARIO_START_MS)
    };
}

#endif
