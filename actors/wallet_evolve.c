//  wallet_evolve - facts into state. Nothing here can refuse: a stored event happened.

#include "actors/wallet_evolve.h"

uint32_t
wallet_find_hold (const wallet_t *self, reference_t reference)
{
    uint32_t index = 0;
    while (index < self->hold_count
           && !reference_equal (self->holds [index].reference, reference)) {
        index++;
    }
    return index;
}

uint32_t
wallet_find_expect (const wallet_t *self, reference_t reference)
{
    uint32_t index = 0;
    while (index < self->expect_count
           && !reference_equal (self->expects [index].reference, reference)) {
        index++;
    }
    return index;
}

static void
s_drop_expect (wallet_t *wallet, reference_t reference)
{
    uint32_t index = wallet_find_expect (wallet, reference);
    if (index < wallet->expect_count) {
        wallet->expected_minor -= wallet->expects [index].amount_minor;
        wallet->expects [index] = wallet->expects [--wallet->expect_count];
    }
}

static void
s_count_outflow (wallet_t *wallet, int64_t day, int64_t amount_minor)
{
    if (wallet->outflow_day != day) {
        wallet->outflow_day = day;
        wallet->outflow_minor = 0;
    }
    wallet->outflow_minor += amount_minor;
}

void
wallet_evolve_opened (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const wallet_opened_t *opened = event;
    (void) at_ms;

    wallet->status = WALLET_ACTIVE;
    wallet->member = opened->member;
    wallet->opener = opened->opener;
    memcpy (wallet->currency, opened->currency, sizeof wallet->currency);
}

void
wallet_evolve_expected (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const movement_t *expected = event;
    (void) at_ms;

    assert (wallet->expect_count < WALLET_EXPECTS_MAX);
    wallet->expects [wallet->expect_count++] = *expected;
    wallet->expected_minor += expected->amount_minor;
}

void
wallet_evolve_unexpected (void *state, const void *event, int64_t at_ms)
{
    const movement_t *unexpected = event;
    (void) at_ms;
    s_drop_expect (state, unexpected->reference);
}

void
wallet_evolve_credited (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const wallet_moved_t *credited = event;
    (void) at_ms;

    s_drop_expect (wallet, credited->reference);
    wallet->available_minor += credited->amount_minor;
    movements_remember (&wallet->movements, credited->reference, credited->amount_minor);
}

void
wallet_evolve_debited (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const wallet_moved_t *debited = event;

    wallet->available_minor -= debited->amount_minor;
    s_count_outflow (wallet, money_seoul_day (at_ms), debited->amount_minor);
    movements_remember (&wallet->movements, debited->reference, debited->amount_minor);
}

void
wallet_evolve_held (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const movement_t *held = event;
    int64_t day = money_seoul_day (at_ms);

    assert (wallet->hold_count < WALLET_HOLDS_MAX);
    wallet->holds [wallet->hold_count++] =
        (wallet_hold_t) { held->reference, held->amount_minor, day };
    wallet->available_minor -= held->amount_minor;
    wallet->held_minor += held->amount_minor;
    s_count_outflow (wallet, day, held->amount_minor);
    movements_remember (&wallet->movements, held->reference, held->amount_minor);
}

void
wallet_evolve_captured (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const wallet_captured_t *captured = event;
    uint32_t index = wallet_find_hold (wallet, captured->hold);
    (void) at_ms;

    assert (index < wallet->hold_count);
    wallet->held_minor -= captured->amount_minor;
    wallet->holds [index].amount_minor -= captured->amount_minor;
    if (wallet->holds [index].amount_minor == 0) {
        wallet->holds [index] = wallet->holds [--wallet->hold_count];
    }
    movements_remember (&wallet->movements, captured->reference, captured->amount_minor);
}

//  Money that did not leave gives its share of the day back, if it is still that day.
void
wallet_evolve_released (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const movement_t *released = event;
    uint32_t index = wallet_find_hold (wallet, released->reference);
    (void) at_ms;

    assert (index < wallet->hold_count);
    if (wallet->holds [index].day == wallet->outflow_day) {
        wallet->outflow_minor -= released->amount_minor;
    }
    wallet->held_minor -= released->amount_minor;
    wallet->available_minor += released->amount_minor;
    wallet->holds [index] = wallet->holds [--wallet->hold_count];
}

void
wallet_evolve_suspended (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    (void) event, (void) at_ms;
    wallet->status = WALLET_SUSPENDED;
}

void
wallet_evolve_activated (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    (void) event, (void) at_ms;
    wallet->status = WALLET_ACTIVE;
}

void
wallet_evolve_closed (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    (void) event, (void) at_ms;
    wallet->status = WALLET_CLOSED;
    wallet->expect_count = 0;
    wallet->expected_minor = 0;
}

//  A credit, and then a hold.
void
wallet_evolve_funded (void *state, const void *event, int64_t at_ms)
{
    const wallet_funded_t *funded = event;
    wallet_moved_t credited = { funded->reference, funded->amount_minor,
                                funded->balance_after_minor };
    movement_t held = { funded->hold, funded->hold_minor };

    wallet_evolve_credited (state, &credited, at_ms);
    wallet_evolve_held (state, &held, at_ms);
}

void
wallet_evolve_adjusted (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const wallet_adjusted_t *adjusted = event;
    (void) at_ms;

    wallet->available_minor +=
        adjusted->increase ? adjusted->amount_minor : -adjusted->amount_minor;
    movements_remember (&wallet->movements, adjusted->reference, adjusted->amount_minor);
}

void
wallet_evolve_given_back (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    const wallet_given_back_t *given_back = event;
    (void) at_ms;
    wallet->outflow_minor -= given_back->amount_minor;
}

//  ---------------------------------------------------------------------------
//  The books

void
wallet_post_credited (oid_t self, const void *event, postings_t *postings)
{
    const wallet_moved_t *credited = event;
    postings_move (postings, account_of (ACCOUNT_TRANSIT, credited->reference.saga),
                   account_of (ACCOUNT_WALLET, self), credited->amount_minor);
}

void
wallet_post_debited (oid_t self, const void *event, postings_t *postings)
{
    const wallet_moved_t *debited = event;
    postings_move (postings, account_of (ACCOUNT_WALLET, self),
                   account_of (ACCOUNT_TRANSIT, debited->reference.saga), debited->amount_minor);
}

void
wallet_post_held (oid_t self, const void *event, postings_t *postings)
{
    const movement_t *held = event;
    postings_move (postings, account_of (ACCOUNT_WALLET, self),
                   account_of (ACCOUNT_HOLD, held->reference.saga), held->amount_minor);
}

void
wallet_post_captured (oid_t self, const void *event, postings_t *postings)
{
    const wallet_captured_t *captured = event;
    (void) self;
    postings_move (postings, account_of (ACCOUNT_HOLD, captured->hold.saga),
                   account_of (ACCOUNT_TRANSIT, captured->reference.saga), captured->amount_minor);
}

void
wallet_post_released (oid_t self, const void *event, postings_t *postings)
{
    const movement_t *released = event;
    postings_move (postings, account_of (ACCOUNT_HOLD, released->reference.saga),
                   account_of (ACCOUNT_WALLET, self), released->amount_minor);
}

void
wallet_post_funded (oid_t self, const void *event, postings_t *postings)
{
    const wallet_funded_t *funded = event;
    postings_move (postings, account_of (ACCOUNT_TRANSIT, funded->reference.saga),
                   account_of (ACCOUNT_WALLET, self), funded->amount_minor);
    postings_move (postings, account_of (ACCOUNT_WALLET, self),
                   account_of (ACCOUNT_HOLD, funded->hold.saga), funded->hold_minor);
}

void
wallet_post_adjusted (oid_t self, const void *event, postings_t *postings)
{
    const wallet_adjusted_t *adjusted = event;
    account_t wallet = account_of (ACCOUNT_WALLET, self);
    account_t other = account_single (adjusted->suspense ? ACCOUNT_SUSPENSE : ACCOUNT_ADJUSTMENTS);
    if (adjusted->increase) {
        postings_move (postings, other, wallet, adjusted->amount_minor);
    }
    else {
        postings_move (postings, wallet, other, adjusted->amount_minor);
    }
}

bool
wallet_invariant (const void *state)
{
    const wallet_t *wallet = state;
    int64_t held_minor = 0;
    int64_t expected_minor = 0;

    for (uint32_t index = 0; index < wallet->hold_count; index++) {
        if (wallet->holds [index].amount_minor <= 0) {
            return false;
        }
        held_minor += wallet->holds [index].amount_minor;
    }
    for (uint32_t index = 0; index < wallet->expect_count; index++) {
        if (wallet->expects [index].amount_minor <= 0) {
            return false;
        }
        expected_minor += wallet->expects [index].amount_minor;
    }
    if (wallet->status == WALLET_ABSENT || wallet->status == WALLET_CLOSED) {
        return wallet_balance_minor (wallet) == 0 && wallet->hold_count == 0
               && wallet->expect_count == 0;
    }
    return wallet->status <= WALLET_CLOSED && wallet->member.kind == OID_MEMBER
           && wallet->available_minor >= 0 && wallet->outflow_minor >= 0
           && wallet->held_minor == held_minor && wallet->expected_minor == expected_minor;
}
