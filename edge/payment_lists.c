//  payment_lists - GET payments: of a member, of a merchant, of both, of all; by status;
//  of an order.
//
//      asked for                   read from
//      merchant and order          the payment itself: its id is derived from them
//      order                       LIST_ORDER_PAYMENTS; the other filters leave out rows
//      member and merchant         LIST_BOTH_PAYMENTS
//      member, merchant, neither   a list of its own
//
//  A member's and a merchant's own are what they get without naming themselves; an
//  operator names whom it likes.

#include "edge/payments.h"

#include "runtime/index.h"

const query_field_t payment_list_queries [9] = {
    { "member_id" }, { "merchant_id" },  { "status" },        { "order_id" },       { "limit" },
    { "cursor" },    { "min_sequence" }, { "created_after" }, { "created_before" },
};

typedef struct {
    oid_t member, merchant;  //  NONE: not asked for
    uint8_t status;          //  0: any
    const char *order_id;    //  NULL: any
} payment_query_t;

//  What the parameter says, or who the caller is. 404: it is not the caller's to ask.
static void
s_query_oid (request_t *self, const char *name, oid_kind_t kind, role_t role, oid_t *ret_oid)
{
    bool own = self->caller.role == role;
    *ret_oid = own ? self->caller.oid : (oid_t) { 0 };
    if (target_value (&self->target, name) && request_query_id (self, name, kind, ret_oid) && own
        && !request_may (self, *ret_oid)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
    }
}

static bool
s_query (request_t *self, payment_query_t *ret_query)
{
    s_query_oid (self, "member_id", OID_MEMBER, ROLE_MEMBER, &ret_query->member);
    s_query_oid (self, "merchant_id", OID_MERCHANT, ROLE_MERCHANT, &ret_query->merchant);
    ret_query->order_id = target_value (&self->target, "order_id");
    ret_query->status = 0;
    return !request_failed (self)
           && answer_query_status (self, payment_statuses, PAYMENT_STATUS_COUNT,
                                   &ret_query->status);
}

static bool
s_is_one (const payment_query_t *query)
{
    return query->order_id && !oid_is_none (query->merchant);
}

void
payment_list_prepare (request_t *self)
{
    payment_query_t query;
    if (s_query (self, &query) && s_is_one (&query)) {
        request_read (self,
                      scope_payment (self->edge->config.keyring, query.merchant, query.order_id));
    }
}

static bool
s_matches (const payment_query_t *query, const payment_t *payment)
{
    return (oid_is_none (query->member) || oid_equal (query->member, payment->member))
           && (oid_is_none (query->merchant) || oid_equal (query->merchant, payment->merchant))
           && (query->status == 0 || query->status == index_payment_status (payment))
           && (!query->order_id || strcmp (query->order_id, payment->order_id) == 0);
}

static bool
s_wanted (request_t *self, const void *state)
{
    payment_query_t query;
    return s_query (self, &query) && s_matches (&query, state);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, payment_object);
}

static list_query_t
s_list (const payment_query_t *query)
{
    bool of_member = !oid_is_none (query->member), of_merchant = !oid_is_none (query->merchant);
    list_query_t list = { .list = LIST_PAYMENTS, .bucket = query->status };
    if (query->order_id) {
        list =
            (list_query_t) { .list = LIST_ORDER_PAYMENTS, .owner = index_order (query->order_id) };
    }
    else if (of_member && of_merchant) {
        list.list = LIST_BOTH_PAYMENTS;
        list.owner = index_both (query->member, query->merchant);
    }
    else if (of_member || of_merchant) {
        list.list = of_member ? LIST_MEMBER_PAYMENTS : LIST_MERCHANT_PAYMENTS;
        list.owner = of_member ? query->member : query->merchant;
    }
    return list;
}

void
payment_list_render (request_t *self)
{
    payment_query_t query;
    payment_t payment;
    if (!s_query (self, &query)) {
        return;
    }
    if (s_is_one (&query)) {
        bool found = request_fact (self, 0, &payment) && s_matches (&query, &payment);
        answer_list_one (self, LIST_ORDER_PAYMENTS, found ? self->facts [0] : NULL, &payment,
                         payment_object);
        return;
    }
    list_query_t list = s_list (&query);
    bool exact = list.list != LIST_ORDER_PAYMENTS && list.list != LIST_BOTH_PAYMENTS;
    answer_list_wanted (self, &list, exact ? NULL : s_wanted, s_row);
}
