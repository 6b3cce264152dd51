//  merchant: which window an item is in, what closes it, and what that comes to.

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/money.h"
#include "actors/settlement.h"
#include "actors/settlement_run.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_MERCHANT, 1);
}

static scenario_t *
s_merchant (uint32_t fee_bps)
{
    scenario_t *s = scenario_new (s_self ());
    merchant_registered_t registered = {
        .member = scenario_oid (OID_MEMBER, 1),
        .name = "Seoul Books",
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
        .fee_bps = fee_bps,
        .party = { .member = scenario_oid (OID_MEMBER, 1), .bank_code = "orange" },
    };
    given (s, MERCHANT_REGISTERED, &registered);
    return s;
}

static oid_t
s_settlement (const scenario_t *s, uint32_t window)
{
    return decision_derive (&s->decision, OID_SETTLEMENT, s_self (), "settlement", window);
}

static void
s_capture (scenario_t *s, uint8_t payment, int64_t amount_minor)
{
    movement_t capture = { { scenario_oid (OID_PAYMENT, payment), LEG_CAPTURE, 1 }, amount_minor };
    when (s, MERCHANT_CAPTURE, &capture);
}

static void
s_refund (scenario_t *s, uint8_t refund, int64_t amount_minor, int64_t fee_back_minor)
{
    merchant_refund_t asked = {
        .reference = { scenario_oid (OID_REFUND, refund), LEG_REFUND, 1 },
        .payment = scenario_oid (OID_PAYMENT, 1),
        .amount_minor = amount_minor,
        .fee_back_minor = fee_back_minor,
    };
    when (s, MERCHANT_REFUND, &asked);
}

static void
s_then_started (const scenario_t *s, oid_t run, int64_t opened_at_ms,
                merchant_window_closed_t window)
{
    settlement_start_t start = {
        .merchant = s_self (),
        .run = run,
        .window = window,
        .opened_at_ms = opened_at_ms,
        .closed_at_ms = s->now_ms,
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
        .party = { .member = scenario_oid (OID_MEMBER, 1), .bank_code = "orange" },
    };
    then_told (s, window.settlement, SETTLEMENT_START, &start);
}

static void
s_when_from (scenario_t *s, oid_t asker, unsigned command, const void *payload)
{
    s->asker = asker;
    when (s, command, payload);
    s->asker = (oid_t) { 0 };
}

static void
the_first_item_fixes_the_cutoff_and_sets_the_timer (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    int64_t midnight_ms = SCENARIO_START_MS + SCENARIO_DAY_MS;
    (void) unused;

    s->now_ms += SCENARIO_DAY_MS / 2;
    s_capture (s, 1, 10000);
    then_timer (s, MERCHANT_WINDOW_DUE, midnight_ms);
    carry_on (s);
    s_capture (s, 2, 10000);
    assert_int_equal (s->decision.timer_count, 0);
    carry_on (s);
    const merchant_t *merchant = s->state;
    assert_int_equal (merchant->window.cutoff_ms, midnight_ms);
    assert_int_equal (merchant->window.opened_at_ms, s->now_ms);
    assert_int_equal (merchant->window.item_count, 2);
}

static void
cutoffs_are_where_the_limits_say (void **unused)
{
    limits_t limits = limits_default;
    (void) unused;

    assert_int_equal (merchant_cutoff_ms (&limits, SCENARIO_START_MS),
                      SCENARIO_START_MS + SCENARIO_DAY_MS);
    assert_int_equal (merchant_cutoff_ms (&limits, SCENARIO_START_MS - 1), SCENARIO_START_MS);
    limits.settlement_cutoff_s = 4 * 3600;
    assert_int_equal (merchant_cutoff_ms (&limits, SCENARIO_START_MS),
                      SCENARIO_START_MS + SCENARIO_DAY_MS / 6);
    limits.settlement_cutoff_s = 0;
    limits.settlement_window_s = 60;
    assert_int_equal (merchant_cutoff_ms (&limits, SCENARIO_START_MS + 59999),
                      SCENARIO_START_MS + 60000);
    assert_int_equal (merchant_cutoff_ms (&limits, SCENARIO_START_MS + 60000),
                      SCENARIO_START_MS + 120000);
}

//  One millisecond before the cutoff it is still in; at the cutoff it is the next one's.
static void
an_item_at_the_cutoff_closes_the_window_in_its_own_record (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    int64_t opened_at_ms = s->now_ms;
    (void) unused;

    s_capture (s, 1, 10000);
    carry_on (s);
    s->now_ms = SCENARIO_START_MS + SCENARIO_DAY_MS - 1;
    s_capture (s, 2, 20000);
    then_event (s, 0, 1, MERCHANT_CAPTURED, NULL);
    carry_on (s);
    s->now_ms++;
    s_capture (s, 3, 5000);
    merchant_window_closed_t closed = { 1, s_settlement (s, 1), 2, 30000, 0, 750, 0, 29250 };
    then_event (s, 0, 2, MERCHANT_WINDOW_CLOSED, &closed);
    then_event (s, 1, 2, MERCHANT_CAPTURED,
                &(merchant_captured_t) { { scenario_oid (OID_PAYMENT, 3), LEG_CAPTURE, 1 },
                                         5000,
                                         250,
                                         125,
                                         s->now_ms + SCENARIO_DAY_MS,
                                         s_settlement (s, 2) });
    then_timer (s, MERCHANT_WINDOW_DUE, s->now_ms + SCENARIO_DAY_MS);
    s_then_started (s, (oid_t) { 0 }, opened_at_ms, closed);
    carry_on (s);
    const merchant_t *merchant = s->state;
    assert_int_equal (merchant->windows, 1);
    assert_int_equal (merchant->window.gross_minor, 5000);
    assert_int_equal (merchant->window.fee_minor, 125);
    assert_int_equal (merchant->window.opened_at_ms, s->now_ms);
}

static void
the_timer_closes_a_window_that_is_due_and_no_other (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    (void) unused;

    when (s, MERCHANT_WINDOW_DUE, NULL);
    then_nothing (s);
    s_capture (s, 1, 10000);
    carry_on (s);
    s->now_ms = SCENARIO_START_MS + SCENARIO_DAY_MS - 1;
    when (s, MERCHANT_WINDOW_DUE, NULL);
    then_nothing (s);  //  Stale: the timer that is set stays
    assert_int_equal (s->decision.timer_count, 0);
    s->now_ms++;
    when (s, MERCHANT_WINDOW_DUE, NULL);
    then_event (s, 0, 1, MERCHANT_WINDOW_CLOSED, NULL);
    carry_on (s);
    when (s, MERCHANT_WINDOW_DUE, NULL);
    then_nothing (s);
}

static void
a_run_cuts_now_and_hears_what_it_cut (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    oid_t run = scenario_oid (OID_SETTLEMENT_RUN, 1);
    int64_t opened_at_ms = s->now_ms;
    scoped (scenario_destroy) scenario_t *nobody = scenario_new (s_self ());
    (void) unused;

    s_when_from (nobody, run, MERCHANT_CLOSE_WINDOW, NULL);
    then_refused (nobody, VERDICT_MERCHANT_NOT_FOUND);
    s_capture (s, 1, 10000);
    carry_on (s);
    s->now_ms += 1000;
    s_when_from (s, run, MERCHANT_CLOSE_WINDOW, NULL);
    merchant_window_closed_t closed = { 1, s_settlement (s, 1), 1, 10000, 0, 250, 0, 9750 };
    then_event (s, 0, 1, MERCHANT_WINDOW_CLOSED, &closed);
    then_timer (s, MERCHANT_WINDOW_DUE, 0);
    s_then_started (s, run, opened_at_ms, closed);
    then_told (s, run, SETTLEMENT_RUN_CLOSED,
               &(settlement_run_closed_t) { s_self (), closed.settlement });
    carry_on (s);

    s_when_from (s, run, MERCHANT_CLOSE_WINDOW, NULL);
    assert_int_equal (s->decision.event_count, 0);
    then_told (s, run, SETTLEMENT_RUN_CLOSED, &(settlement_run_closed_t) { s_self () });
}

static int64_t
s_posted (const postings_t *postings, account_t account)
{
    int64_t net_minor = 0;
    for (size_t index = 0; index < postings->count; index++) {
        const posting_t *posting = &postings->items [index];
        if (posting->account.class == account.class
            && oid_equal (posting->account.owner, account.owner)) {
            net_minor += posting->amount_minor;
        }
    }
    return net_minor;
}

//  Debits less credits of merchant, transit and fees at the close.
static void
s_check_posted (const scenario_t *s, int64_t merchant_minor, int64_t transit_minor,
                int64_t fees_minor)
{
    const decided_event_t *event = &s->decision.events [0];
    const merchant_window_closed_t *closed = event->payload;
    postings_t postings = { 0 };

    assert_int_equal (event->number, MERCHANT_WINDOW_CLOSED);
    s->type->events [event->number].postings (s_self (), closed, &postings);
    assert_int_equal (s_posted (&postings, account_of (ACCOUNT_MERCHANT, s_self ())),
                      merchant_minor);
    assert_int_equal (s_posted (&postings, account_of (ACCOUNT_TRANSIT, closed->settlement)),
                      transit_minor);
    assert_int_equal (s_posted (&postings, account_single (ACCOUNT_FEES)), fees_minor);
}

static void
a_close_posts_net_and_fee (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    (void) unused;

    s_capture (s, 1, 10000);
    carry_on (s);
    s_refund (s, 1, 4000, 100);
    carry_on (s);
    s_when_from (s, scenario_oid (OID_SETTLEMENT_RUN, 1), MERCHANT_CLOSE_WINDOW, NULL);
    then_event (s, 0, 1, MERCHANT_WINDOW_CLOSED,
                &(merchant_window_closed_t) { 1, s_settlement (s, 1), 2, 10000, 4000, 150, 0,
                                              5850 });
    s_check_posted (s, 6000, -5850, -150);
}

//  The first window owes 6,000 - 3,900 after its fee; the second earns it back and pays
//  what is left.
static void
what_is_not_positive_is_carried_until_it_is_earned_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    oid_t run = scenario_oid (OID_SETTLEMENT_RUN, 1);
    (void) unused;

    s_capture (s, 1, 4000);
    carry_on (s);
    s_refund (s, 1, 6000, 150);
    carry_on (s);
    s_when_from (s, run, MERCHANT_CLOSE_WINDOW, NULL);
    then_event (s, 0, 1, MERCHANT_WINDOW_CLOSED,
                &(merchant_window_closed_t) { 1, s_settlement (s, 1), 2, 4000, 6000, -50, 0,
                                              -1950 });
    s_check_posted (s, -50, 0, 50);
    carry_on (s);
    assert_int_equal (((merchant_t *) s->state)->carried_minor, -1950);

    s_when_from (s, run, MERCHANT_CLOSE_WINDOW, NULL);  //  Carried money alone opens nothing
    assert_int_equal (s->decision.event_count, 0);

    s_capture (s, 2, 10000);
    carry_on (s);
    s_when_from (s, run, MERCHANT_CLOSE_WINDOW, NULL);
    then_event (s, 0, 1, MERCHANT_WINDOW_CLOSED,
                &(merchant_window_closed_t) { 2, s_settlement (s, 2), 1, 10000, 0, 250, -1950,
                                              7800 });
    s_check_posted (s, 8050, -7800, -250);
    carry_on (s);
    assert_int_equal (((merchant_t *) s->state)->carried_minor, 0);
}

static void
a_net_of_nothing_is_carried_and_posts_the_fee_only (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (MERCHANT_FEE_BPS_MAX);
    (void) unused;

    s_capture (s, 1, 4000);
    carry_on (s);
    s_when_from (s, scenario_oid (OID_SETTLEMENT_RUN, 1), MERCHANT_CLOSE_WINDOW, NULL);
    s_check_posted (s, 4000, 0, -4000);
    carry_on (s);
    assert_int_equal (((merchant_t *) s->state)->carried_minor, 0);
}

static void
a_window_holds_no_more_than_one_transfer_may_carry (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (0);
    (void) unused;

    s_capture (s, 1, MONEY_MAX_MINOR);
    then_event (s, 0, 1, MERCHANT_CAPTURED, NULL);
    carry_on (s);
    s_capture (s, 2, 1);
    then_event (s, 0, 2, MERCHANT_WINDOW_CLOSED, NULL);
    then_event (s, 1, 2, MERCHANT_CAPTURED, NULL);
    carry_on (s);
    assert_int_equal (((merchant_t *) s->state)->window.gross_minor, 1);
}

static void
fees_are_cut_and_never_overflow (void **unused)
{
    (void) unused;
    assert_int_equal (merchant_fee_minor (39, 250), 0);
    assert_int_equal (merchant_fee_minor (40, 250), 1);
    assert_int_equal (merchant_fee_minor (79, 250), 1);
    assert_int_equal (merchant_fee_minor (1, 10000), 1);
    assert_int_equal (merchant_fee_minor (MONEY_MAX_MINOR, 10000), MONEY_MAX_MINOR);
    assert_int_equal (merchant_fee_minor (MONEY_MAX_MINOR, 9999),
                      MONEY_MAX_MINOR - MONEY_MAX_MINOR / 10000 - 1);
    assert_int_equal (merchant_fee_minor (MONEY_MAX_MINOR, 0), 0);
}

//  Journals from before windows have captures without a cutoff.
static void
items_of_old_journals_are_in_a_window_that_is_over (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_merchant (250);
    merchant_captured_t old = { { scenario_oid (OID_PAYMENT, 1), LEG_CAPTURE, 1 }, 10000, 250 };
    (void) unused;

    given (s, MERCHANT_CAPTURED, &old);
    s_capture (s, 2, 5000);
    then_event (s, 0, 2, MERCHANT_WINDOW_CLOSED,
                &(merchant_window_closed_t) { 1, s_settlement (s, 1), 1, 10000, 0, 0, 0, 10000 });
}

//  And merchants without the account that settlements go to.
static void
a_window_without_an_account_to_pay_to_stays_open (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    merchant_registered_t old = { .member = scenario_oid (OID_MEMBER, 1),
                                  .name = "Seoul Books",
                                  .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1) };
    merchant_change_t change = {
        .has_bank_account = true,
        .bank_account = old.bank_account,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = old.member,
        .party = { .member = old.member, .bank_code = "orange", .account_number = { 1, { 1 } } }
    };
    (void) unused;

    given (s, MERCHANT_REGISTERED, &old);
    s_capture (s, 1, 10000);
    carry_on (s);
    s->now_ms += 2 * SCENARIO_DAY_MS;
    when (s, MERCHANT_WINDOW_DUE, NULL);
    then_nothing (s);
    s_when_from (s, scenario_oid (OID_SETTLEMENT_RUN, 1), MERCHANT_CLOSE_WINDOW, NULL);
    assert_int_equal (s->decision.event_count, 0);
    s_capture (s, 2, 5000);
    then_event (s, 0, 1, MERCHANT_CAPTURED, NULL);
    carry_on (s);
    when (s, MERCHANT_CHANGE, &change);
    carry_on (s);
    when (s, MERCHANT_WINDOW_DUE, NULL);
    then_event (s, 0, 1, MERCHANT_WINDOW_CLOSED, NULL);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_first_item_fixes_the_cutoff_and_sets_the_timer),
        cmocka_unit_test (cutoffs_are_where_the_limits_say),
        cmocka_unit_test (an_item_at_the_cutoff_closes_the_window_in_its_own_record),
        cmocka_unit_test (the_timer_closes_a_window_that_is_due_and_no_other),
        cmocka_unit_test (a_run_cuts_now_and_hears_what_it_cut),
        cmocka_unit_test (a_close_posts_net_and_fee),
        cmocka_unit_test (what_is_not_positive_is_carried_until_it_is_earned_back),
        cmocka_unit_test (a_net_of_nothing_is_carried_and_posts_the_fee_only),
        cmocka_unit_test (a_window_holds_no_more_than_one_transfer_may_carry),
        cmocka_unit_test (fees_are_cut_and_never_overflow),
        cmocka_unit_test (items_of_old_journals_are_in_a_window_that_is_over),
        cmocka_unit_test (a_window_without_an_account_to_pay_to_stays_open),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
