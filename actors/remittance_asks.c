//  remittance_asks - the messages of a remittance. Pure: no I/O, clock or allocation here.

#include "actors/remittance_asks.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/wallet.h"

//  The steps that ask a wallet to move this amount: whose, what, under which leg.
typedef struct {
    uint8_t command;
    uint8_t leg;
    bool receiver;
} wallet_ask_t;

static const wallet_ask_t wallet_asks [REMITTANCE_ENDED] = {
    [REMITTANCE_EXPECTING] = { WALLET_EXPECT, LEG_CREDIT, true },
    [REMITTANCE_DEBITING] = { WALLET_DEBIT, LEG_DEBIT, false },
    [REMITTANCE_HOLDING] = { WALLET_HOLD, LEG_HOLD, false },
    [REMITTANCE_CREDITING] = { WALLET_CREDIT, LEG_CREDIT, true },
};

static wallet_move_t
s_move_of (const remittance_request_t *request, reference_t reference)
{
    wallet_move_t move = {
        .reference = reference,
        .amount_minor = request->amount_minor,
    };
    memcpy (move.currency, request->currency, sizeof move.currency);
    return move;
}

static void
s_deadline (decision_t *decision)
{
    decision_timer (decision, REMITTANCE_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

void
remittance_ask_wallet (decision_t *decision, const remittance_request_t *request,
                       remittance_step_t step, uint32_t ordinal)
{
    oid_t self = decision->self;
    oid_t sender = oid_as (request->sender, OID_WALLET);
    reference_t hold = { self, LEG_HOLD, 1 };

    if (step == REMITTANCE_CAPTURING) {
        wallet_capture_t capture = {
            { self, LEG_CAPTURE, ordinal }, hold, request->amount_minor, { 0 }
        };
        decision_ask (decision, sender, WALLET_CAPTURE, &capture, ANSWER_ALWAYS,
                      REMITTANCE_ANSWERED, step);
    }
    else if (step == REMITTANCE_RELEASING) {
        decision_ask (decision, sender, WALLET_RELEASE, &(wallet_release_t) { hold }, ANSWER_ALWAYS,
                      REMITTANCE_ANSWERED, step);
    }
    else {
        const wallet_ask_t *ask = &wallet_asks [step];
        wallet_move_t move = s_move_of (request, (reference_t) { self, ask->leg, ordinal });
        decision_ask (decision, ask->receiver ? oid_as (request->receiver, OID_WALLET) : sender,
                      ask->command, &move, ANSWER_ALWAYS, REMITTANCE_ANSWERED, step);
    }
    s_deadline (decision);
}

void
remittance_ask_return (decision_t *decision, const remittance_t *remittance, uint32_t ordinal)
{
    const remittance_request_t *request = &remittance->request;
    wallet_return_t returned = {
        .reference = { decision->self, LEG_RETURN, ordinal },
        .amount_minor = request->amount_minor,
        .outflow_day = remittance->outflow_day,
    };
    memcpy (returned.currency, request->currency, sizeof returned.currency);
    decision_ask (decision, oid_as (request->sender, OID_WALLET), WALLET_RETURN, &returned,
                  ANSWER_ALWAYS, REMITTANCE_ANSWERED, REMITTANCE_RETURNING);
    s_deadline (decision);
}

//  The facts about the account were checked at the start. Only a refusal is an answer:
//  each end of the recharge is told by itself.
oid_t
remittance_ask_recharge (decision_t *decision, const remittance_request_t *request)
{
    oid_t recharge = decision_derive (decision, OID_RECHARGE, decision->self, "recharge", 1);
    recharge_start_t start = {
        .request = {
            .wallet = oid_as (request->sender, OID_WALLET),
            .member = request->sender,
            .bank_account = request->bank_account,
            .amount_minor = request->recharge_minor,
            .party = request->source,
        },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = request->sender,
        .parent = {
            .saga = decision->self,
            .notify = REMITTANCE_RECHARGED,
            .hold = { decision->self, LEG_HOLD, 1 },
            .hold_minor = request->amount_minor,
        },
    };
    memcpy (start.request.currency, request->currency, sizeof start.request.currency);
    decision_ask (decision, recharge, RECHARGE_START, &start, ANSWER_REFUSAL, REMITTANCE_ANSWERED,
                  REMITTANCE_RECHARGING);
    return recharge;
}

//  Of a transfer too: the outcome is told by itself.
oid_t
remittance_ask_transfer (decision_t *decision, const remittance_request_t *request)
{
    oid_t transfer = decision_derive (decision, OID_BANK_TRANSFER, decision->self, "remittance", 1);
    bank_transfer_request_t order = {
        .direction = BANK_TRANSFER_OUT,
        .saga = decision->self,
        .notify = REMITTANCE_TRANSFERRED,
        .party = request->to,
        .amount_minor = request->amount_minor,
        .attempt = 1,
    };
    memcpy (order.currency, request->currency, sizeof order.currency);
    decision_ask (decision, transfer, BANK_TRANSFER_REQUEST, &order, ANSWER_REFUSAL,
                  REMITTANCE_ANSWERED, REMITTANCE_TRANSFERRING);
    return transfer;
}

void
remittance_unexpect (decision_t *decision, const remittance_request_t *request)
{
    wallet_move_t move = s_move_of (request, (reference_t) { decision->self, LEG_CREDIT, 1 });
    decision_tell (decision, oid_as (request->receiver, OID_WALLET), WALLET_UNEXPECT, &move);
}
