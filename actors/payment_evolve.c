//  payment_evolve - facts into state. Nothing here can refuse: a stored event happened.

#include "actors/payment_evolve.h"

//  ---------------------------------------------------------------------------
//  What the state says

uint32_t
payment_find_capturing (const payment_t *self, uint32_t ordinal)
{
    uint32_t index = 0;
    while (index < self->capturing_count && self->capturing [index].ordinal != ordinal) {
        index++;
    }
    return index;
}

uint32_t
payment_find_refunding (const payment_t *self, oid_t refund)
{
    uint32_t index = 0;
    while (index < self->refunding_count && !oid_equal (self->refunding [index].refund, refund)) {
        index++;
    }
    return index;
}

static int64_t
s_capturing_minor (const payment_t *self)
{
    int64_t sum_minor = 0;
    for (uint32_t index = 0; index < self->capturing_count; index++) {
        sum_minor += self->capturing [index].amount_minor;
    }
    return sum_minor;
}

static int64_t
s_refunding_minor (const payment_t *self)
{
    int64_t sum_minor = 0;
    for (uint32_t index = 0; index < self->refunding_count; index++) {
        sum_minor += self->refunding [index].amount_minor;
    }
    return sum_minor;
}

int64_t
payment_capturable_minor (const payment_t *self)
{
    return self->ending == PAYMENT_STAYS ? self->held_minor : 0;
}

int64_t
payment_refundable_minor (const payment_t *self)
{
    return self->captured_minor - self->refunded_minor - s_refunding_minor (self);
}

//  Amounts go up to 2^53 and shares to 10,000: their product needs more than 64 bits.
int64_t
payment_share_minor (int64_t amount_minor, int64_t part, int64_t whole)
{
    return (int64_t) ((__int128) amount_minor * part / whole);
}

//  Of a payment that was authorized or captured, from its amounts alone. `over` is what
//  it is called when its hold is gone and nothing was captured.
static payment_status_t
s_status (const payment_t *self, payment_status_t over)
{
    if (self->held_minor > 0 || self->capturing_count > 0) {
        return self->captured_minor > 0 ? PAYMENT_PARTIALLY_CAPTURED : PAYMENT_AUTHORIZED;
    }
    if (self->captured_minor == 0) {
        return over;
    }
    if (self->refunded_minor == 0) {
        return PAYMENT_CAPTURED;
    }
    return self->refunded_minor < self->captured_minor ? PAYMENT_PARTIALLY_REFUNDED
                                                       : PAYMENT_REFUNDED;
}

//  Something went on: no operator need look any more.
static void
s_go_on (payment_t *self, payment_status_t status)
{
    self->version++;
    self->delayed = false;
    self->status = (uint8_t) status;
}

//  ---------------------------------------------------------------------------
//  Until the money is there

void
payment_evolve_requested (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_requested_t *requested = event;
    (void) at_ms;

    s_go_on (payment,
             requested->expires_at_ms > 0 ? PAYMENT_REQUIRES_CONFIRMATION : PAYMENT_REQUESTED);
    payment->attempt = requested->attempt;
    payment->member = requested->member;
    payment->merchant = requested->merchant;
    payment->amount_minor = requested->amount_minor;
    payment->verdict = VERDICT_ACCEPTED;
    payment->authorizes = requested->authorizes;
    payment->expires_at_ms = requested->expires_at_ms;
    memcpy (payment->currency, requested->currency, sizeof payment->currency);
    memcpy (payment->order_id, requested->order_id, sizeof payment->order_id);
}

void
payment_evolve_confirmed (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    (void) event, (void) at_ms;

    s_go_on (payment, PAYMENT_REQUESTED);
    payment->expires_at_ms = 0;
}

void
payment_evolve_recharging (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_go_on (state, PAYMENT_RECHARGING);
}

void
payment_evolve_recharged (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_go_on (state, PAYMENT_REQUESTED);
}

//  A journal from before the limit may hold more attempts: those are not kept.
void
payment_evolve_failed (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_failed_t *failed = event;

    s_go_on (payment, PAYMENT_FAILED);
    payment->verdict = failed->verdict;
    payment->expires_at_ms = 0;
    if (payment->failed_count < PAYMENT_ATTEMPTS_MAX) {
        payment->failed [payment->failed_count++] = (payment_attempt_t) {
            .member = payment->member,
            .amount_minor = payment->amount_minor,
            .verdict = failed->verdict,
            .version = payment->version,
            .failed_at_ms = at_ms,
        };
    }
}

void
payment_evolve_delayed (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    (void) event, (void) at_ms;
    payment->version++;
    payment->delayed = true;
}

//  ---------------------------------------------------------------------------
//  Out of the hold

void
payment_evolve_authorized (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_authorized_t *authorized = event;

    s_go_on (payment, PAYMENT_AUTHORIZED);
    payment->approved_at_ms = at_ms;
    payment->expires_at_ms = authorized->expires_at_ms;
    payment->held_minor = payment->amount_minor;
}

void
payment_evolve_capture_started (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_capture_started_t *started = event;
    (void) at_ms;

    s_go_on (payment, (payment_status_t) payment->status);
    payment->held_minor -= started->amount_minor;
    payment->capture_count++;
    payment->capturing [payment->capturing_count++] = (payment_capturing_t) {
        .ordinal = started->ordinal,
        .amount_minor = started->amount_minor,
        .version = payment->version,
    };
}

//  On the fast road the capture is the first that the payment hears of the money.
void
payment_evolve_captured (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_captured_t *captured = event;
    uint32_t index = payment_find_capturing (payment, captured->reference.ordinal);

    if (index < payment->capturing_count) {
        payment->capturing [index] = payment->capturing [--payment->capturing_count];
    }
    else {
        payment->capture_count++;
        payment->approved_at_ms = at_ms;
    }
    payment->captured_minor += captured->amount_minor;
    payment->fee_minor += payment_share_minor (captured->amount_minor, captured->fee_bps, 10000);
    s_go_on (payment, s_status (payment, PAYMENT_CAPTURED));
    if (payment->held_minor == 0) {
        payment->expires_at_ms = 0;
    }
}

static void
s_end (payment_t *payment, payment_ending_t ending)
{
    s_go_on (payment, (payment_status_t) payment->status);
    payment->ending = (uint8_t) ending;
    payment->ending_version = payment->version;
}

void
payment_evolve_cancel_started (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_end (state, PAYMENT_CANCELING);
}

void
payment_evolve_expiry_started (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_end (state, PAYMENT_EXPIRING);
}

static void
s_released (payment_t *payment, const payment_released_t *released, payment_status_t over)
{
    payment->held_minor = 0;
    payment->canceled_minor += released->amount_minor;
    payment->ending = PAYMENT_STAYS;
    payment->expires_at_ms = 0;
    s_go_on (payment, s_status (payment, over));
}

void
payment_evolve_canceled (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_released (state, event, PAYMENT_CANCELED);
}

void
payment_evolve_expired (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_released (state, event, PAYMENT_EXPIRED);
}

//  ---------------------------------------------------------------------------
//  Back to the payer

void
payment_evolve_refund_started (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_refunding_t *refunding = event;
    (void) at_ms;

    payment->version++;
    payment->refund_count++;
    payment->fee_back_minor += refunding->fee_back_minor;
    payment->refunding [payment->refunding_count++] = *refunding;
}

static void
s_forget_refunding (payment_t *payment, oid_t refund)
{
    uint32_t index = payment_find_refunding (payment, refund);
    payment->version++;
    if (index < payment->refunding_count) {
        payment->refunding [index] = payment->refunding [--payment->refunding_count];
    }
}

void
payment_evolve_refunded (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_refunding_t *refunded = event;
    (void) at_ms;

    s_forget_refunding (payment, refunded->refund);
    payment->refunded_minor += refunded->amount_minor;
    payment->status = (uint8_t) s_status (payment, PAYMENT_CAPTURED);
}

void
payment_evolve_refund_failed (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_refunding_t *failed = event;
    (void) at_ms;

    s_forget_refunding (payment, failed->refund);
    payment->fee_back_minor -= failed->fee_back_minor;
}

//  ---------------------------------------------------------------------------

const payment_attempt_t *
payment_attempt_at (const payment_t *self, uint64_t version)
{
    for (size_t index = 0; index < self->failed_count; index++) {
        if (version <= self->failed [index].version) {
            return &self->failed [index];
        }
    }
    return NULL;
}

//  Whether the attempt's money was never held, or no more.
static bool
s_is_before_money (const payment_t *payment)
{
    return payment->status == PAYMENT_REQUESTED || payment->status == PAYMENT_FAILED
           || payment->status == PAYMENT_REQUIRES_CONFIRMATION
           || payment->status == PAYMENT_RECHARGING;
}

static bool
s_amounts_agree (const payment_t *payment)
{
    int64_t wanted_minor = s_is_before_money (payment) ? 0 : payment->amount_minor;
    return payment->captured_minor >= 0 && payment->held_minor >= 0 && payment->canceled_minor >= 0
           && payment->refunded_minor >= 0
           && payment->captured_minor + s_capturing_minor (payment) + payment->held_minor
                      + payment->canceled_minor
                  == wanted_minor
           && payment_refundable_minor (payment) >= 0 && payment->fee_back_minor >= 0
           && payment->fee_back_minor <= payment->fee_minor
           && payment->fee_minor <= payment->captured_minor;
}

bool
payment_invariant (const void *state)
{
    const payment_t *payment = state;
    if (payment->status == PAYMENT_ABSENT) {
        return payment->attempt == 0;
    }
    uint32_t failed = payment->attempt - (payment->status != PAYMENT_FAILED);
    if (failed > PAYMENT_ATTEMPTS_MAX) {
        failed = PAYMENT_ATTEMPTS_MAX;
    }
    payment_status_t over = payment->status == PAYMENT_EXPIRED ? PAYMENT_EXPIRED : PAYMENT_CANCELED;
    return payment->status < PAYMENT_STATUS_COUNT && payment->attempt > 0
           && payment->failed_count == failed && payment->version >= payment->attempt
           && money_valid (payment->amount_minor) && s_amounts_agree (payment)
           && payment->capture_count + payment->refund_count <= PAYMENT_OPERATIONS_MAX
           && payment->capturing_count <= payment->capture_count
           && payment->refunding_count <= payment->refund_count
           && payment->ending <= PAYMENT_EXPIRING
           && (payment->ending == PAYMENT_STAYS || payment->held_minor > 0)
           && (s_is_before_money (payment) || payment->status == s_status (payment, over));
}

//  An authorization that waits for captures is at rest.
bool
payment_finished (const void *state)
{
    const payment_t *payment = state;
    return payment->status != PAYMENT_REQUESTED && payment->status != PAYMENT_RECHARGING
           && payment->capturing_count == 0 && payment->refunding_count == 0
           && payment->ending == PAYMENT_STAYS;
}

bool
payment_parked (const void *state)
{
    return ((const payment_t *) state)->delayed;
}
