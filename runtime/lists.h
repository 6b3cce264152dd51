//  lists - reading the projections: rows of an owner, newest first, and the books.
//
//  Call node_port_sync first and read when its reply is there: then every write
//  acknowledged before is visible. Short LMDB reads on the caller's thread.

#ifndef RUNTIME_LISTS_H
#define RUNTIME_LISTS_H

#include "runtime/node.h"
#include "runtime/posting.h"

//  On disk (in the state environment only, so it can change with its version). An
//  owner's list may have buckets by status (runtime/index.h).
typedef enum {
    LIST_WALLET_ENTRIES = 1,        //  owner wallet; rows are entry_t
    LIST_WALLET_RECHARGES,          //  owner wallet; rows are objects
    LIST_MEMBER_BANK_ACCOUNTS,      //  owner member; rows are objects
    LIST_MERCHANTS,                 //  owner none
    LIST_MEMBER_PAYMENTS,           //  owner member
    LIST_MERCHANT_PAYMENTS,         //  owner merchant
    LIST_MEMBER_TRANSFERS,          //  owner member
    LIST_ACCOUNT_TRANSFERS,         //  owner bank account
    LIST_TRANSFERS,                 //  owner none
    LIST_MEMBERS,                   //  owner none
    LIST_ADDRESS_MEMBERS,           //  owner index_address (runtime/index.h)
    LIST_SAGAS,                     //  owner a kind; buckets saga_bucket_t
    LIST_PAYMENT_REFUNDS,           //  owner payment
    LIST_SETTLEMENTS,               //  owner none
    LIST_MERCHANT_SETTLEMENTS,      //  owner merchant
    LIST_RUN_SETTLEMENTS,           //  owner settlement run
    LIST_SETTLEMENT_ITEMS,          //  owner settlement; rows are entry_t
    LIST_MEMBER_REMITTANCES,        //  owner sender, and receiver; remittance_bucket_t
    LIST_WALLET_WITHDRAWALS,        //  owner wallet; rows are objects
    LIST_MEMBER_MERCHANTS,          //  owner member
    LIST_APPROVALS,                 //  owner none
    LIST_RECONCILIATIONS,           //  owner none
    LIST_PAYMENTS,                  //  owner none
    LIST_BOTH_PAYMENTS,             //  owner index_both
    LIST_ORDER_PAYMENTS,            //  owner index_order
    LIST_BANK_ACCOUNTS,             //  owner none
    LIST_REMITTANCES,               //  owner none; remittance_bucket_t
    LIST_WEBHOOK_ENDPOINTS,         //  owner none; those that are not deleted
    LIST_MERCHANT_WEBHOOKS,         //  owner merchant; those that are not deleted
    LIST_OPERATOR_WEBHOOKS,         //  owner none; the operators' own
    LIST_ENDPOINT_DELIVERIES        //  owner webhook endpoint
} list_t;

enum { LIST_CURSOR_SIZE = 40 };

typedef struct {
    uint8_t size;                   //  0: from the newest
    uint8_t bytes [LIST_CURSOR_SIZE];
} list_cursor_t;

//  What changed a wallet's balance; or a capture (in) or refund (out) of a settlement.
typedef struct {
    uint32_t incoming;              //  1 in, 0 out
    int64_t amount_minor, balance_after_minor, at_ms;
    char reference [64];
    int64_t fee_minor;              //  Of a settlement's item; below 0: given back
} entry_t;
extern const shape_t entry_shape;

//  A row: an entry, or an object whose packed state follows as in node_reply_t.
typedef struct {
    oid_t object;                   //  NONE for an entry
    entry_t entry;
    uint64_t version;
    int64_t created_at_ms, updated_at_ms;
    const uint8_t *state;           //  Borrowed for the callback
    size_t state_size;
} list_row_t;

typedef void (list_row_fn) (void *context, const list_row_t *row);

//  Has the context of list_row_fn.
typedef bool (list_keep_fn) (void *context, const list_row_t *row);

enum { LIST_LOOKED_MAX = 2000 };    //  Objects read for one page of a filtered list

typedef struct {
    list_t list;
    oid_t owner;
    uint8_t bucket;                 //  0: the whole list
    int64_t after_ms, before_ms;    //  When the rows were made, both exclusive; 0: any time
    list_keep_fn *keep;             //  Which rows are meant; NULL: all
} list_query_t;

//  Visits up to `limit` rows after `cursor`, which moves on; *ret_more says
//  whether there are others. INVALID: the cursor is not of such a list. A query that
//  keeps few looks at LIST_LOOKED_MAX rows and no more: then there may be others, and
//  fewer than `limit` were visited.
status_t list_find (node_t *node, const list_query_t *query, list_cursor_t *cursor, size_t limit,
                    list_row_fn *row, void *context, bool *ret_more) must_check;

//  The same of a whole list.
status_t list_read (node_t *node, list_t list, oid_t owner, list_cursor_t *cursor, size_t limit,
                    list_row_fn *row, void *context, bool *ret_more) must_check;

//  The books. net_minor > 0 is a debit balance. Zero accounts are left out.
typedef void (ledger_row_fn) (void *context, account_t account, int64_t net_minor);

//  Money and members at an address (its keyed hash, 16 bytes), of each day from from_day
//  to to_day (Seoul's, since 1970) on which they changed; before from_day; and now.
typedef struct {
    uint32_t day;
    int64_t change_minor;           //  What came that day, less what went
    int64_t total_minor, members;   //  At its end
} region_day_t;

typedef void (region_day_fn) (void *context, const region_day_t *day);
status_t region_read (node_t *node, const uint8_t address [16], uint32_t from_day,
                      uint32_t to_day, region_day_fn *day, void *context,
                      region_day_t *ret_before, region_day_t *ret_now) must_check;

typedef struct {
    uint64_t accounts;              //  With a balance
    int64_t debit_minor, credit_minor;    //  Sums of the accounts' nets, by side
} ledger_class_t;

//  A page of accounts, and the totals of each class (index account_class_t) in the same
//  state of the books; ret_classes may be NULL.
status_t ledger_read (node_t *node, uint8_t class_or_0, list_cursor_t *cursor, size_t limit,
                      ledger_row_fn *row, void *context, bool *ret_more,
                      ledger_class_t ret_classes [ACCOUNT_CLASS_COUNT + 1]) must_check;

#endif
