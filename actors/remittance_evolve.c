//  remittance_evolve - facts into state. Nothing here can refuse: a stored event happened.

#include "actors/remittance_evolve.h"

//  A remittance_request_t named `request` inside a struct.
#define FIELDS_REQUEST(type)                                                                       \
    FIELD (OID, type, request.sender), FIELD (OID, type, request.receiver),                        \
        FIELDS_BANK_PARTY (type, request.to), FIELD (I64, type, request.amount_minor),             \
        FIELD (TEXT, type, request.currency), FIELD (BYTES, type, request.memo),                   \
        FIELD (I64, type, request.recharge_minor), FIELD (OID, type, request.bank_account),        \
        FIELDS_BANK_PARTY (type, request.source)

static const field_t state_fields [] = {
    FIELD (U8, remittance_t, status),      FIELD (U8, remittance_t, step),
    FIELD (OID, remittance_t, recharge),   FIELD (OID, remittance_t, transfer),
    FIELD (U32, remittance_t, verdict),    FIELD (U32, remittance_t, cause),
    FIELD (TEXT, remittance_t, reason),    FIELDS_REQUEST (remittance_t),
    FIELD (U32, remittance_t, retries),    FIELD (I64, remittance_t, outflow_day),
    FIELD (BOOL, remittance_t, recharged), FIELD (BOOL, remittance_t, departed),
};

const shape_t remittance_state_shape = SHAPE (remittance_t, state_fields);

static const field_t start_fields [] = {
    FIELDS_REQUEST (remittance_start_t),
    FIELD (BOOL, remittance_start_t, auto_recharge),
    FIELD (I64, remittance_start_t, available_minor),
    FIELD (U8, remittance_start_t, sender_status),
    FIELD (U8, remittance_start_t, receiver_status),
    FIELD (U8, remittance_start_t, account_status),
    FIELD (OID, remittance_start_t, account_member),
};

const shape_t remittance_start_shape = SHAPE (remittance_start_t, start_fields);

static const field_t requested_fields [] = {
    FIELDS_REQUEST (remittance_requested_t),
};

const shape_t remittance_requested_shape = SHAPE (remittance_requested_t, requested_fields);

static const field_t step_fields [] = {
    FIELD (U8, remittance_step_asked_t, step),
    FIELD (OID, remittance_step_asked_t, child),
};

const shape_t remittance_step_shape = SHAPE (remittance_step_asked_t, step_fields);

static const field_t turn_fields [] = {
    FIELD (U8, remittance_turn_t, step),
    FIELD (U32, remittance_turn_t, verdict),
    FIELD (TEXT, remittance_turn_t, reason),
};

const shape_t remittance_turn_shape = SHAPE (remittance_turn_t, turn_fields);

static const field_t failure_fields [] = {
    FIELD (U32, remittance_failure_t, verdict),
    FIELD (TEXT, remittance_failure_t, reason),
};

const shape_t remittance_failure_shape = SHAPE (remittance_failure_t, failure_fields);

static const field_t set_aside_fields [] = {
    FIELD (I64, remittance_set_aside_t, amount_minor),
    FIELD (U32, remittance_set_aside_t, verdict),
};

const shape_t remittance_set_aside_shape = SHAPE (remittance_set_aside_t, set_aside_fields);

static const field_t retried_fields [] = {
    FIELD (U8, remittance_retried_t, step),
    FIELD (U32, remittance_retried_t, ordinal),
    FIELD (I64, remittance_retried_t, amount_minor),
};

const shape_t remittance_retried_shape = SHAPE (remittance_retried_t, retried_fields);

//  ---------------------------------------------------------------------------

//  A step begins: whatever parked the saga before is over.
static void
s_step (remittance_t *remittance, remittance_status_t status, uint8_t step)
{
    remittance->status = (uint8_t) status;
    remittance->step = step;
    remittance->verdict = VERDICT_ACCEPTED;
}

//  The account that is charged from is the recharge's business alone.
static void
s_forget_source (remittance_t *remittance)
{
    memset (&remittance->request.source, 0, sizeof remittance->request.source);
}

static void
s_end (remittance_t *remittance, remittance_status_t status)
{
    s_step (remittance, status, REMITTANCE_ENDED);
    s_forget_source (remittance);
}

void
remittance_evolve_requested (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    const remittance_requested_t *requested = event;
    (void) at_ms;

    remittance->request = requested->request;
    s_step (remittance, REMITTANCE_REQUESTED, REMITTANCE_BEFORE);
}

//  The money leaves the sender's wallet in one of these.
static bool
s_takes (uint8_t step)
{
    return step == REMITTANCE_RECHARGING || step == REMITTANCE_DEBITING
           || step == REMITTANCE_HOLDING;
}

//  The wallet counted it between the asking and the answer: whose day is known if both
//  are of one.
static void
s_date_outflow (remittance_t *remittance, uint8_t next, int64_t day)
{
    bool takes = s_takes (next);
    bool took = s_takes (remittance->step);
    if (takes && !took) {
        remittance->outflow_day = day;
    }
    else if (took && !takes && remittance->outflow_day != day) {
        remittance->outflow_day = 0;
    }
}

void
remittance_evolve_went_on (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    const remittance_step_asked_t *asked = event;

    s_date_outflow (remittance, asked->step, money_seoul_day (at_ms));
    remittance->recharged |= remittance->step == REMITTANCE_RECHARGING;
    remittance->departed |= asked->step == REMITTANCE_CREDITING;
    s_step (remittance, REMITTANCE_PROCESSING, asked->step);
    if (asked->step == REMITTANCE_RECHARGING) {
        remittance->recharge = asked->child;
        s_forget_source (remittance);
    }
    else if (asked->step == REMITTANCE_TRANSFERRING) {
        remittance->transfer = asked->child;
    }
}

void
remittance_evolve_turned_back (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    const remittance_turn_t *turn = event;
    (void) at_ms;

    s_step (remittance, REMITTANCE_PROCESSING, turn->step);
    remittance->cause = turn->verdict;
    memcpy (remittance->reason, turn->reason, sizeof remittance->reason);
}

void
remittance_evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_end (state, REMITTANCE_SUCCEEDED);
}

static void
s_failure (remittance_t *remittance, const remittance_failure_t *failure)
{
    remittance->verdict = failure->verdict;
    memcpy (remittance->reason, failure->reason, sizeof remittance->reason);
}

void
remittance_evolve_failed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_end (state, REMITTANCE_FAILED);
    s_failure (state, event);
}

void
remittance_evolve_compensated (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    (void) event, (void) at_ms;

    s_end (remittance, REMITTANCE_COMPENSATED);
    remittance->verdict = remittance->cause;
}

void
remittance_evolve_parked (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    const remittance_failure_t *failure = event;
    (void) at_ms;

    remittance->status = REMITTANCE_PARKED;
    remittance->verdict = failure->verdict;
}

void
remittance_evolve_set_aside (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    const remittance_set_aside_t *set_aside = event;
    (void) at_ms;

    s_step (remittance, REMITTANCE_PARKED, REMITTANCE_SET_ASIDE);
    remittance->verdict = set_aside->verdict;
}

void
remittance_evolve_retried (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    const remittance_retried_t *retried = event;
    (void) at_ms;

    s_step (remittance, REMITTANCE_PROCESSING, retried->step);
    remittance->retries++;
}

//  What it held is in suspense already.
void
remittance_evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    remittance_t *remittance = state;
    (void) event, (void) at_ms;

    s_end (remittance, REMITTANCE_COMPENSATED);
    remittance->verdict = VERDICT_KEPT_IN_SUSPENSE;
}

//  Whose money it is has to be decided by an operator.
void
remittance_post_set_aside (oid_t self, const void *event, postings_t *postings)
{
    const remittance_set_aside_t *set_aside = event;
    postings_move (postings, account_of (ACCOUNT_TRANSIT, self), account_single (ACCOUNT_SUSPENSE),
                   set_aside->amount_minor);
}

void
remittance_post_retried (oid_t self, const void *event, postings_t *postings)
{
    const remittance_retried_t *retried = event;
    if (retried->amount_minor > 0) {
        postings_move (postings, account_single (ACCOUNT_SUSPENSE),
                       account_of (ACCOUNT_TRANSIT, self), retried->amount_minor);
    }
}

bool
remittance_finished (const void *state)
{
    const remittance_t *remittance = state;
    return remittance->status >= REMITTANCE_SUCCEEDED;
}

bool
remittance_parked (const void *state)
{
    const remittance_t *remittance = state;
    return remittance->status == REMITTANCE_PARKED;
}

bool
remittance_stuck (const remittance_t *self)
{
    bool refused = self->verdict != VERDICT_DEADLINE_EXCEEDED;
    return self->status == REMITTANCE_PARKED
           && (self->step == REMITTANCE_SET_ASIDE
               || (self->step == REMITTANCE_CAPTURING && refused));
}

bool
remittance_invariant (const void *state)
{
    const remittance_t *remittance = state;
    const remittance_request_t *request = &remittance->request;
    bool ended = remittance->step == REMITTANCE_ENDED;
    bool set_aside = remittance->step == REMITTANCE_SET_ASIDE;
    bool to_member = request->receiver.kind == OID_MEMBER && request->to.bank_code [0] == 0;
    bool to_bank = remittance_to_bank (request) && request->to.bank_code [0]
                   && oid_equal (request->to.member, request->sender);

    if (remittance->status == REMITTANCE_NONE) {
        return remittance->step == REMITTANCE_BEFORE;
    }
    return remittance->status <= REMITTANCE_PARKED && remittance->step <= REMITTANCE_ENDED
           && request->sender.kind == OID_MEMBER && (to_member || to_bank)
           && !oid_equal (request->sender, request->receiver) && money_valid (request->amount_minor)
           && request->recharge_minor >= 0
           && ended == (remittance_finished (remittance) && !remittance_parked (remittance))
           && (!set_aside || remittance_parked (remittance))
           && (remittance->status != REMITTANCE_FAILED || remittance->verdict != VERDICT_ACCEPTED);
}
