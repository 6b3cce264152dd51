#include "edge/route.h"

#include <stdio.h>

//  clang-format off
static const route_table_t *const s_tables [] = {
    &payment_routes,      &payment_action_routes, &refund_routes,
    &wallet_routes,       &recharge_routes,       &member_routes,
    &bank_account_routes, &bank_transfer_routes,  &merchant_routes,
    &report_routes,       &operation_routes,      &session_routes,
    &password_routes,     &settlement_routes,     &reconciliation_routes,
    &withdrawal_routes,   &adjustment_routes,     &bank_transfer_action_routes,
    &approval_routes,     &saga_routes,           &remittance_routes,
    &recipient_routes,    &event_routes,          &webhook_endpoint_routes,
    &delivery_routes,     &batch_routes,          &docs_routes,
};
//  clang-format on

//  True if the pattern's segments are the target's; {id} must be one of the kind, or of
//  any if the route names none; another name in braces stands for any word.
static bool
s_matches (const route_t *route, const target_t *target, oid_t *ret_oid)
{
    const char *at = route->path;
    size_t index = 0;
    while (*at == '/') {
        at++;
        size_t length = strcspn (at, "/");
        if (index == target->segment_count) {
            return false;
        }
        const char *segment = target->segments [index++];
        if (*at == '{' && strncmp (at, "{id}", 4) != 0) {
            //  The route's prepare looks at it
        }
        else if (*at == '{') {
            bool any = route->path_kind == OID_NONE;
            if (!oid_parse (segment, ret_oid) || (!any && ret_oid->kind != route->path_kind)) {
                return false;
            }
        }
        else if (strlen (segment) != length || memcmp (segment, at, length) != 0) {
            return false;
        }
        at += length;
    }
    return index == target->segment_count;
}

static void
s_allow (char *allow, const char *method)
{
    size_t used = strlen (allow);
    if (!strstr (allow, method)) {
        snprintf (allow + used, ROUTE_ALLOW_SIZE - used, "%s%s", used ? ", " : "", method);
    }
}

route_match_t
route_find (const char *method, const target_t *target, const route_t **ret_route, oid_t *ret_oid,
            char ret_allow [ROUTE_ALLOW_SIZE])
{
    ret_allow [0] = 0;
    for (size_t table = 0; table < COUNT (s_tables); table++) {
        for (size_t index = 0; index < s_tables [table]->count; index++) {
            const route_t *route = &s_tables [table]->routes [index];
            oid_t oid = { 0 };
            if (!s_matches (route, target, &oid)) {
                continue;
            }
            if (strcmp (route->method, method) == 0) {
                *ret_route = route;
                *ret_oid = oid;
                return ROUTE_FOUND;
            }
            s_allow (ret_allow, route->method);
        }
    }
    return ret_allow [0] ? ROUTE_OTHER_METHOD : ROUTE_NOT_FOUND;
}

size_t
route_index (const route_t *route)
{
    size_t before = 0;
    for (size_t table = 0; table < COUNT (s_tables); table++) {
        if (route >= s_tables [table]->routes
            && route < s_tables [table]->routes + s_tables [table]->count) {
            return before + (size_t) (route - s_tables [table]->routes);
        }
        before += s_tables [table]->count;
    }
    return before;
}

size_t
route_count (void)
{
    size_t count = 0;
    for (size_t table = 0; table < COUNT (s_tables); table++) {
        count += s_tables [table]->count;
    }
    return count;
}

const route_t *
route_at (size_t index)
{
    size_t table = 0;
    while (index >= s_tables [table]->count) {
        index -= s_tables [table++]->count;
    }
    return &s_tables [table]->routes [index];
}

const char *
route_collection (uint8_t kind)
{
    static const char *const collections [OID_KIND_COUNT] = {
        [OID_WITHDRAWAL] = "withdrawals", [OID_ADJUSTMENT] = "adjustments",
        [OID_MEMBER] = "members",         [OID_BANK_ACCOUNT] = "bank-accounts",
        [OID_WALLET] = "wallets",         [OID_RECHARGE] = "recharges",
        [OID_MERCHANT] = "merchants",     [OID_PAYMENT] = "payments",
        [OID_SETTLEMENT] = "settlements", [OID_RECONCILIATION] = "reconciliations",
        [OID_REFUND] = "refunds",         [OID_BANK_TRANSFER] = "bank-transfers",
        [OID_REMITTANCE] = "remittances", [OID_WEBHOOK_ENDPOINT] = "webhook-endpoints",
        [OID_DELIVERY] = "deliveries",
    };
    assert (kind < OID_KIND_COUNT && collections [kind]);
    return collections [kind];
}
