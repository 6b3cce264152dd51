#include "edge/webhook_owner.h"

#include "actors/payment.h"
#include "actors/refund.h"
#include "actors/settlement.h"

bool
webhook_owner (objects_t *objects, oid_t oid, oid_t *ret_merchant)
{
    union {
        payment_t payment;
        refund_t refund;
        settlement_t settlement;
    } state;
    *ret_merchant = (oid_t) { .kind = OID_NONE };
    if (oid.kind == OID_MERCHANT) {
        *ret_merchant = oid;
    }
    if (oid.kind != OID_PAYMENT && oid.kind != OID_REFUND && oid.kind != OID_SETTLEMENT) {
        return true;
    }
    if (objects_read (objects, oid, &state, NULL) != STATUS_OK) {
        return false;
    }
    *ret_merchant = oid.kind == OID_PAYMENT  ? state.payment.merchant
                    : oid.kind == OID_REFUND ? state.refund.request.merchant
                                             : state.settlement.start.merchant;
    return true;
}
