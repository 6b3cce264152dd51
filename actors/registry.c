//  registry - every kind of object that can be sent a command, in the order of kinds.
//
//  To add an aggregate: its line here, its header above.

#include "actors/adjustment.h"
#include "actors/approval.h"
#include "actors/bank.h"
#include "actors/bank_account.h"
#include "actors/bank_transfer.h"
#include "actors/closing.h"
#include "actors/delivery.h"
#include "actors/email_change.h"
#include "actors/keys.h"
#include "actors/login.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/merchant_roll.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/reconciliation.h"
#include "actors/reconciliation_daily.h"
#include "actors/refund.h"
#include "actors/registration.h"
#include "actors/remittance.h"
#include "actors/settlement.h"
#include "actors/settlement_run.h"
#include "actors/wallet.h"
#include "actors/webhook.h"
#include "actors/webhook_endpoint.h"
#include "actors/webhook_feed.h"
#include "actors/withdrawal.h"

// clang-format off
static const aggregate_type_t *const types [] = {
    &member_aggregate,         &login_aggregate,
    &bank_account_aggregate,   &bank_transfer_aggregate,
    &wallet_aggregate,         &recharge_aggregate,
    &withdrawal_aggregate,     &remittance_aggregate,
    &merchant_aggregate,       &payment_aggregate,
    &refund_aggregate,         &settlement_aggregate,
    &registration_aggregate,   &bank_port,
    &adjustment_aggregate,     &approval_aggregate,
    &reconciliation_aggregate, &closing_aggregate,
    &email_change_aggregate,   &settlement_run_aggregate,
    &merchant_roll_aggregate,  &keys_port,
    &reconciliation_daily_aggregate,
    &webhook_endpoint_aggregate, &delivery_aggregate,
    &webhook_port,             &webhook_feed_aggregate,
};
// clang-format on

static const aggregate_type_t *const by_kind [OID_KIND_COUNT] = {
    [OID_MEMBER] = &member_aggregate,
    [OID_LOGIN] = &login_aggregate,
    [OID_BANK_ACCOUNT] = &bank_account_aggregate,
    [OID_BANK_TRANSFER] = &bank_transfer_aggregate,
    [OID_WALLET] = &wallet_aggregate,
    [OID_RECHARGE] = &recharge_aggregate,
    [OID_WITHDRAWAL] = &withdrawal_aggregate,
    [OID_REMITTANCE] = &remittance_aggregate,
    [OID_MERCHANT] = &merchant_aggregate,
    [OID_PAYMENT] = &payment_aggregate,
    [OID_REFUND] = &refund_aggregate,
    [OID_REGISTRATION] = &registration_aggregate,
    [OID_BANK] = &bank_port,
    [OID_KEYS] = &keys_port,
    [OID_CLOSING] = &closing_aggregate,
    [OID_EMAIL_CHANGE] = &email_change_aggregate,
    [OID_ADJUSTMENT] = &adjustment_aggregate,
    [OID_APPROVAL] = &approval_aggregate,
    [OID_RECONCILIATION] = &reconciliation_aggregate,
    [OID_SETTLEMENT] = &settlement_aggregate,
    [OID_SETTLEMENT_RUN] = &settlement_run_aggregate,
    [OID_MERCHANT_ROLL] = &merchant_roll_aggregate,
    [OID_RECONCILIATION_DAILY] = &reconciliation_daily_aggregate,
    [OID_WEBHOOK_ENDPOINT] = &webhook_endpoint_aggregate,
    [OID_DELIVERY] = &delivery_aggregate,
    [OID_WEBHOOK] = &webhook_port,
    [OID_WEBHOOK_FEED] = &webhook_feed_aggregate,
};

const aggregate_type_t *
registry_find (uint8_t kind)
{
    return kind < OID_KIND_COUNT ? by_kind [kind] : NULL;
}

const aggregate_type_t *const *
registry_all (size_t *ret_count)
{
    *ret_count = COUNT (types);
    return types;
}
