//  wallet_scenario - a wallet to try things on. For the wallet's tests.

#ifndef TESTS_ACTORS_WALLET_SCENARIO_H
#define TESTS_ACTORS_WALLET_SCENARIO_H

#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static const int64_t movement_max = 1000000;

static inline oid_t
s_saga (uint8_t number)
{
    return scenario_oid (OID_PAYMENT, number);
}

static inline oid_t
s_self (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static inline wallet_move_t
s_move (uint8_t saga, saga_leg_t leg, int64_t amount_minor)
{
    return (wallet_move_t) { { s_saga (saga), (uint8_t) leg, 1 }, amount_minor, "KRW" };
}

static inline wallet_open_t
s_open (void)
{
    return (wallet_open_t) {
        .member = scenario_oid (OID_MEMBER, 1),
        .opener = scenario_oid (OID_REGISTRATION, 1),
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
    };
}

static inline scenario_t *
s_wallet_with (int64_t amount_minor)
{
    scenario_t *s = scenario_new (s_self ());
    wallet_opened_t opened = { .member = s_open ().member,
                               .opener = s_open ().opener,
                               .currency = "KRW" };
    given (s, WALLET_OPENED, &opened);
    if (amount_minor > 0) {
        wallet_moved_t credited = { { s_saga (99), LEG_CREDIT, 1 }, amount_minor, amount_minor };
        given (s, WALLET_CREDITED, &credited);
    }
    return s;
}

static inline void
s_when_moved (scenario_t *s, wallet_command_t command, uint8_t saga, saga_leg_t leg,
              int64_t amount_minor)
{
    wallet_move_t move = s_move (saga, leg, amount_minor);
    when (s, command, &move);
}

static inline void
s_suspend (scenario_t *s)
{
    reason_t reason = { "told to" };
    given (s, WALLET_WAS_SUSPENDED, &reason);
}

static inline void
s_close (scenario_t *s)
{
    wallet_closed_t closed = { .reason = "told to" };
    given (s, WALLET_WAS_CLOSED, &closed);
}

static inline const wallet_t *
s_wallet (const scenario_t *s)
{
    return s->state;
}

#endif
