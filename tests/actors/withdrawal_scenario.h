//  withdrawal_scenario - a withdrawal in each of its steps. For the withdrawal's tests.

#ifndef TESTS_ACTORS_WITHDRAWAL_SCENARIO_H
#define TESTS_ACTORS_WITHDRAWAL_SCENARIO_H

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/wallet.h"
#include "actors/withdrawal.h"
#include "tests/lib/scenario.h"

static inline oid_t
s_self (void)
{
    return scenario_oid (OID_WITHDRAWAL, 9);
}

static inline oid_t
s_the_wallet (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static inline withdrawal_start_t
s_start (void)
{
    return (withdrawal_start_t) {
        .request = {
            .wallet = s_the_wallet (),
            .member = scenario_oid (OID_MEMBER, 1),
            .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
            .amount_minor = 7000,
            .currency = "KRW",
            .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 1),
    };
}

static inline const withdrawal_t *
s_withdrawal (const scenario_t *s)
{
    return s->state;
}

static inline reference_t
s_hold (void)
{
    return (reference_t) { s_self (), LEG_HOLD, 1 };
}

static inline void
s_when_answered (scenario_t *s, oid_t from, unsigned command, withdrawal_step_t step,
                 verdict_t verdict)
{
    saga_answer_t answer = { from, (uint8_t) command, step, verdict };
    when (s, WITHDRAWAL_ANSWERED, &answer);
}

static inline void
s_when_wallet_answered (scenario_t *s, unsigned command, withdrawal_step_t step, verdict_t verdict)
{
    s_when_answered (s, s_the_wallet (), command, step, verdict);
}

static inline void
s_when_transferred (scenario_t *s, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = {
        .transfer = s_withdrawal (s)->transfer,
        .status = (uint8_t) status,
    };
    if (status == BANK_TRANSFER_FAILED) {
        memcpy (outcome.reason, "account_closed", sizeof "account_closed");
    }
    when (s, WITHDRAWAL_TRANSFERRED, &outcome);
}

static inline scenario_t *
s_holding (void)
{
    scenario_t *s = scenario_new (s_self ());
    withdrawal_start_t start = s_start ();
    when (s, WITHDRAWAL_START, &start);
    carry_on (s);
    return s;
}

static inline scenario_t *
s_transferring (void)
{
    scenario_t *s = s_holding ();
    s_when_wallet_answered (s, WALLET_HOLD, WITHDRAWAL_HOLDING, VERDICT_ACCEPTED);
    carry_on (s);
    return s;
}

static inline scenario_t *
s_settled (bank_transfer_status_t status)
{
    scenario_t *s = s_transferring ();
    s_when_transferred (s, status);
    carry_on (s);
    return s;
}

static inline void
s_then_status (const scenario_t *s, withdrawal_status_t status, verdict_t verdict, bool finished)
{
    assert_int_equal (s_withdrawal (s)->status, status);
    assert_string_equal (verdict_code ((verdict_t) s_withdrawal (s)->verdict),
                         verdict_code (verdict));
    assert_true (s->type->finished (s->state) == finished);
    assert_true (s->type->parked (s->state) == (status == WITHDRAWAL_PARKED));
}

#endif
