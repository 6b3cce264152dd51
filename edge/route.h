//  route - the table of resources: who may ask what, with which fields, and the
//  functions that make and render it.
//
//  To add one: a line in a resource file's table (members.c, wallets.c, …), its
//  functions, a path in openapi.json, a story in tests/e2e.

#ifndef EDGE_ROUTE_H
#define EDGE_ROUTE_H

#include "edge/request.h"

//  Who may call: bits of role_t. ANYONE: without a token too.
enum {
    MAY_ANYONE = 1 << ROLE_NONE,
    MAY_OPERATOR = 1 << ROLE_OPERATOR,
    MAY_MEMBER = 1 << ROLE_MEMBER,
    MAY_MERCHANT = 1 << ROLE_MERCHANT
};

enum { QUERY_REPEATS = 1 };         //  The parameter may come more than once

typedef struct {
    const char *name;
    unsigned flags;
} query_field_t;

struct route {
    const char *method;
    const char *path;               //  "/v1/wallets/{id}/entries"
    oid_kind_t path_kind;           //  Of {id}; NONE: the path has none, or one of any kind
    unsigned roles;
    const input_field_t *fields;    //  Of the body
    size_t field_count;
    const query_field_t *queries;
    size_t query_count;
    bool looks;                     //  Decides from lists: they catch up first
    bool syncs;                     //  Renders from lists: they catch up first
    bool unlimited;                 //  Not counted (edge/request_limit.c)
    bool batch;                     //  Its body is operations (edge/batch.h)
    bool session;                   //  A POST without a key; nobody may see what was read
    void (*prepare) (request_t *self);    //  NULL: what {id} names is read, as always
    void (*examine) (request_t *self);    //  NULL: nothing more is asked
    void (*decide) (request_t *self);     //  NULL: nothing is commanded
    void (*follow) (request_t *self);     //  After its command: which other object must be
                                          //  there, or end, before the answer (shown_oid,
                                          //  shown_wait_ms). NULL: none
    void (*render) (request_t *self);
    void (*report) (request_t *self);     //  Before it, if the request `reports`: writes
                                          //  the answer on the reporter's thread
};

typedef struct {
    const route_t *routes;
    size_t count;
} route_table_t;

//  The resource files' tables.
extern const route_table_t member_routes, bank_account_routes, wallet_routes, recharge_routes,
    merchant_routes, payment_routes, bank_transfer_routes, report_routes, operation_routes,
    session_routes, password_routes, payment_action_routes, refund_routes,
    settlement_routes, reconciliation_routes,
    bank_transfer_action_routes, approval_routes, saga_routes;

extern const route_table_t webhook_endpoint_routes, delivery_routes;
extern const route_table_t batch_routes;
extern const route_table_t withdrawal_routes, adjustment_routes;
extern const route_table_t remittance_routes, recipient_routes, event_routes, docs_routes;

typedef enum { ROUTE_FOUND, ROUTE_NOT_FOUND, ROUTE_OTHER_METHOD } route_match_t;

//  Finds the route of method and path; *ret_oid is the id in it. OTHER_METHOD: the
//  path exists, and ret_allow (ROUTE_ALLOW_SIZE) lists the methods for Allow.
enum { ROUTE_ALLOW_SIZE = 64 };
route_match_t route_find (const char *method, const target_t *target, const route_t **ret_route,
                          oid_t *ret_oid, char ret_allow [ROUTE_ALLOW_SIZE]);

//  "members" for a member: the collection that an object of this kind is in.
const char *route_collection (uint8_t kind);

//  Place of a route among all, for counters; route_count is one more than the last.
size_t route_index (const route_t *route);
size_t route_count (void);
const route_t *route_at (size_t index);

#define ROUTE_FIELDS(table)  .fields = table, .field_count = COUNT (table)
#define ROUTE_QUERIES(table) .queries = table, .query_count = COUNT (table)

#endif
