//  merchant_evolve - never refuses: it records what was decided.

#include "actors/merchant_evolve.h"

//  ---------------------------------------------------------------------------
//  Its life

static void
s_take (merchant_t *merchant, const merchant_registered_t *registered)
{
    merchant->member = registered->member;
    merchant->bank_account = registered->bank_account;
    merchant->fee_bps = registered->fee_bps;
    merchant->party = registered->party;
    memcpy (merchant->name, registered->name, sizeof merchant->name);
}

void
merchant_evolve_registered (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    (void) at_ms;
    merchant->status = MERCHANT_ACTIVE;
    s_take (merchant, event);
}

void
merchant_evolve_changed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_take (state, event);
}

void
merchant_evolve_suspended (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    (void) event, (void) at_ms;
    merchant->status = MERCHANT_SUSPENDED;
}

void
merchant_evolve_activated (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    (void) event, (void) at_ms;
    merchant->status = MERCHANT_ACTIVE;
}

void
merchant_evolve_listed (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_follow_t *follow = event;
    (void) at_ms;
    merchant->listed = true;
    merchant->follows = follow->follows;
}

//  ---------------------------------------------------------------------------
//  Windows

//  Items of the oldest journals have no cutoff: their window has been over since 1970,
//  so the next item or run closes it.
static void
s_add_item (merchant_window_t *window, int64_t cutoff_ms, int64_t at_ms)
{
    if (window->item_count++ == 0) {
        window->opened_at_ms = at_ms;
        window->cutoff_ms = cutoff_ms;
    }
}

void
merchant_evolve_captured (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_captured_t *captured = event;

    merchant->captured_minor += captured->amount_minor;
    merchant->capture_count++;
    movements_remember (&merchant->movements, captured->reference, captured->amount_minor);
    s_add_item (&merchant->window, captured->cutoff_ms, at_ms);
    merchant->window.gross_minor += captured->amount_minor;
    merchant->window.fee_minor += captured->fee_minor;
}

void
merchant_evolve_refunded (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_refunded_t *refunded = event;
    const merchant_refund_t *refund = &refunded->refund;

    merchant->refunded_minor += refund->amount_minor;
    merchant->refund_count++;
    movements_remember (&merchant->movements, refund->reference, refund->amount_minor);
    s_add_item (&merchant->window, refunded->cutoff_ms, at_ms);
    merchant->window.refunds_minor += refund->amount_minor;
    merchant->window.fee_minor -= refund->fee_back_minor;
}

void
merchant_evolve_window_closed (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_window_closed_t *closed = event;
    (void) at_ms;

    merchant->windows = closed->window;
    merchant->window = (merchant_window_t) { 0 };
    merchant->carried_minor = closed->net_minor > 0 ? 0 : closed->net_minor;
}

//  ---------------------------------------------------------------------------
//  The books

void
merchant_postings_captured (oid_t self, const void *event, postings_t *postings)
{
    const merchant_captured_t *captured = event;
    postings_move (postings, account_of (ACCOUNT_TRANSIT, captured->reference.saga),
                   account_of (ACCOUNT_MERCHANT, self), captured->amount_minor);
}

void
merchant_postings_refunded (oid_t self, const void *event, postings_t *postings)
{
    const merchant_refund_t *refund = &((const merchant_refunded_t *) event)->refund;
    postings_move (postings, account_of (ACCOUNT_MERCHANT, self),
                   account_of (ACCOUNT_TRANSIT, refund->reference.saga), refund->amount_minor);
}

void
merchant_postings_window_closed (oid_t self, const void *event, postings_t *postings)
{
    const merchant_window_closed_t *closed = event;
    account_t merchant = account_of (ACCOUNT_MERCHANT, self);
    account_t fees = account_single (ACCOUNT_FEES);

    if (closed->net_minor > 0) {
        postings_move (postings, merchant, account_of (ACCOUNT_TRANSIT, closed->settlement),
                       closed->net_minor);
    }
    if (closed->fee_minor > 0) {
        postings_move (postings, merchant, fees, closed->fee_minor);
    }
    else if (closed->fee_minor < 0) {
        postings_move (postings, fees, merchant, -closed->fee_minor);
    }
}

//  ---------------------------------------------------------------------------

static bool
s_window_sound (const merchant_window_t *window)
{
    if (window->item_count == 0) {
        return window->gross_minor == 0 && window->refunds_minor == 0 && window->fee_minor == 0;
    }
    return window->item_count > 0 && window->gross_minor >= 0 && window->refunds_minor >= 0
           && window->fee_minor <= window->gross_minor
           && window->fee_minor >= -window->refunds_minor;
}

bool
merchant_invariant (const void *state)
{
    const merchant_t *merchant = state;
    if (merchant->status == MERCHANT_ABSENT) {
        return merchant->capture_count == 0 && merchant->refund_count == 0;
    }
    return merchant->status <= MERCHANT_SUSPENDED && merchant->fee_bps <= MERCHANT_FEE_BPS_MAX
           && merchant->captured_minor >= merchant->capture_count
           && merchant->refunded_minor >= merchant->refund_count
           && merchant->capture_count + merchant->refund_count >= merchant->movements.count
           && merchant->carried_minor <= 0 && s_window_sound (&merchant->window);
}
