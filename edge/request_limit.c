//  request_limit - counts a request for whoever sends it; 429 if that is too many.
//
//      caller          counted for                   quota
//      no valid token  the client's address          rate_address
//      member          the member                    rate_member
//      merchant        the merchant                  rate_merchant
//      operator        the operator's name           rate_operator
//
//  Whatever else is wrong with the request: who asks for what does not exist asks too, and
//  a token that is not valid is none. Only /healthz, /readyz and /metrics are not counted,
//  so that nobody's flood blinds those who watch the node.

#include "edge/edge_self.h"
#include "edge/route.h"

static int64_t
s_quota (const limits_t *limits, role_t role)
{
    switch (role) {
    case ROLE_MEMBER: return limits->rate_member;
    case ROLE_MERCHANT: return limits->rate_merchant;
    case ROLE_OPERATOR: return limits->rate_operator;
    default: return limits->rate_address;
    }
}

static uint64_t
s_name (const request_t *self)
{
    if (self->caller.role != ROLE_NONE) {
        return rates_name_caller (self->edge->rates, self->caller.oid);
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info (self->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return rates_name_address (self->edge->rates, info ? info->client_addr : NULL);
}

void
request_limit (request_t *self)
{
    int64_t quota = s_quota (&self->edge->limits, self->caller.role);
    if (quota == 0 || (self->route && self->route->unlimited)) {
        return;
    }
    self->rate = rates_take (self->edge->rates, s_name (self), quota, monotonic_ns ());
    if (self->rate.retry_s) {
        request_fail (self, PROBLEM_RATE_LIMITED, NULL);
        self->problem.retry_after_s = (unsigned) self->rate.retry_s;
    }
}
