//  recharge_scenario - a recharge in each of its steps. For the recharge's tests.

#ifndef TESTS_ACTORS_RECHARGE_SCENARIO_H
#define TESTS_ACTORS_RECHARGE_SCENARIO_H

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/recharge.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static inline oid_t
s_self (void)
{
    return scenario_oid (OID_RECHARGE, 9);
}

static inline oid_t
s_the_wallet (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static inline recharge_start_t
s_start (void)
{
    return (recharge_start_t) {
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

static inline const recharge_t *
s_recharge (const scenario_t *s)
{
    return s->state;
}

static inline void
s_when_answered (scenario_t *s, oid_t from, unsigned command, recharge_step_t step,
                 verdict_t verdict)
{
    saga_answer_t answer = { from, (uint8_t) command, step, verdict };
    when (s, RECHARGE_ANSWERED, &answer);
}

static inline void
s_when_transferred (scenario_t *s, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = {
        .transfer = s_recharge (s)->transfer,
        .status = (uint8_t) status,
        .reason = "",
    };
    if (status == BANK_TRANSFER_FAILED) {
        memcpy (outcome.reason, "account_closed", sizeof "account_closed");
    }
    when (s, RECHARGE_TRANSFERRED, &outcome);
}

static inline scenario_t *
s_expecting (void)
{
    scenario_t *s = scenario_new (s_self ());
    recharge_start_t start = s_start ();
    when (s, RECHARGE_START, &start);
    carry_on (s);
    return s;
}

static inline scenario_t *
s_charging (void)
{
    scenario_t *s = s_expecting ();
    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING, VERDICT_ACCEPTED);
    carry_on (s);
    return s;
}

static inline scenario_t *
s_crediting (void)
{
    scenario_t *s = s_charging ();
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    carry_on (s);
    return s;
}

static inline scenario_t *
s_returning (void)
{
    scenario_t *s = s_crediting ();
    s_when_answered (s, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING, VERDICT_WALLET_CLOSED);
    carry_on (s);
    return s;
}

//  What an operator decides about a return that is stuck.
static inline saga_resolve_t
s_give_up (void)
{
    return (saga_resolve_t) {
        .decision = SAGA_GIVE_UP,
        .approval = scenario_oid (OID_APPROVAL, 1),
        .operator= "kim",
        .reason = "the account is gone",
    };
}

static inline void
s_then_status (const scenario_t *s, recharge_status_t status, verdict_t verdict, bool finished)
{
    assert_int_equal (s_recharge (s)->status, status);
    assert_string_equal (verdict_code ((verdict_t) s_recharge (s)->verdict),
                         verdict_code (verdict));
    assert_true (s->type->finished (s->state) == finished);
}

#endif
