//  bank_statement: line by line against our books.

#include "edge/bank_statement.h"
#include "tests/lib/scenario.h"

typedef struct {
    statement_transfer_t ours [8];
    size_t count;
    json_t *lines;
    bank_stated_t stated;
} side_t;

static void
s_ours (side_t *self, uint8_t number, int64_t amount_minor, bool booked, bool pending,
        bool expected)
{
    self->ours [self->count++] = (statement_transfer_t) {
        .transfer = scenario_oid (OID_BANK_TRANSFER, number),
        .amount_minor = amount_minor,
        .booked = booked,
        .pending = pending,
        .expected = expected,
    };
}

static void
s_line (side_t *self, uint8_t number, int64_t amount_minor)
{
    char id [OID_TEXT_SIZE];
    oid_format (scenario_oid (OID_BANK_TRANSFER, number), id);
    json_array_append_new (
        self->lines,
        json_pack ("{s:s,s:s,s:I}", "transfer_id", id, "direction", amount_minor > 0 ? "in" : "out",
                   "amount", (json_int_t) (amount_minor > 0 ? amount_minor : -amount_minor)));
}

static side_t
s_side (void)
{
    return (side_t) { .lines = json_array () };
}

static void
s_compare (side_t *self)
{
    bank_statement_compare (self->lines, self->ours, self->count, &self->stated);
    json_decref (self->lines);
}

static void
s_then_item (const side_t *self, uint8_t number, bank_difference_kind_t kind, int64_t bank_minor,
             int64_t our_minor)
{
    char id [OID_TEXT_SIZE];
    oid_format (scenario_oid (OID_BANK_TRANSFER, number), id);
    assert_int_equal (self->stated.difference_count, 1);
    assert_int_equal (self->stated.item_count, 1);
    assert_string_equal (self->stated.items [0].transfer, id);
    assert_int_equal (self->stated.items [0].kind, kind);
    assert_true (self->stated.items [0].bank_minor == bank_minor);
    assert_true (self->stated.items [0].our_minor == our_minor);
}

static void
both_sides_the_same_is_matched (void **unused)
{
    side_t side = s_side ();
    (void) unused;
    s_ours (&side, 3, 500, true, false, true);
    s_ours (&side, 1, -200, true, false, true);
    s_ours (&side, 2, 40, true, false, false);  //  Of the day before, answered on this one
    s_line (&side, 1, -200);
    s_line (&side, 2, 40);
    s_line (&side, 3, 500);
    s_compare (&side);
    assert_int_equal (side.stated.result, BANK_SUCCEEDED);
    assert_int_equal (side.stated.matched_count, 3);
    assert_int_equal (side.stated.matched_minor, 340);
    assert_int_equal (side.stated.bank_in_minor, 540);
    assert_int_equal (side.stated.bank_out_minor, 200);
    assert_int_equal (side.stated.difference_count, 0);
}

static void
what_only_we_have_is_missing_at_the_bank (void **unused)
{
    side_t side = s_side ();
    (void) unused;
    s_ours (&side, 1, -200, true, false, true);
    s_ours (&side, 2, -200, true, false, false);  //  Another day's
    s_compare (&side);
    s_then_item (&side, 1, BANK_MISSING_THERE, 0, -200);
}

static void
what_only_the_bank_has_is_missing_with_us (void **unused)
{
    side_t unknown = s_side (), refused = s_side ();
    (void) unused;
    s_line (&unknown, 1, 200);
    s_compare (&unknown);
    s_then_item (&unknown, 1, BANK_MISSING_HERE, 200, 0);
    s_ours (&refused, 1, 200, false, false, true);  //  The bank had said that it failed
    s_line (&refused, 1, 200);
    s_compare (&refused);
    s_then_item (&refused, 1, BANK_MISSING_HERE, 200, 0);
}

static void
another_amount_or_direction_differs (void **unused)
{
    side_t amount = s_side (), direction = s_side ();
    (void) unused;
    s_ours (&amount, 1, 200, true, false, true);
    s_line (&amount, 1, 201);
    s_compare (&amount);
    s_then_item (&amount, 1, BANK_DIFFERENT_AMOUNT, 201, 200);
    s_ours (&direction, 1, 200, true, false, true);
    s_line (&direction, 1, -200);
    s_compare (&direction);
    s_then_item (&direction, 1, BANK_DIFFERENT_AMOUNT, -200, 200);
}

static void
a_line_that_comes_twice_is_missing_with_us_once (void **unused)
{
    side_t side = s_side ();
    (void) unused;
    s_ours (&side, 1, 200, true, false, true);
    s_line (&side, 1, 200);
    s_line (&side, 1, 200);
    s_compare (&side);
    s_then_item (&side, 1, BANK_MISSING_HERE, 200, 0);
    assert_int_equal (side.stated.matched_count, 1);
}

static void
what_is_on_its_way_is_no_difference (void **unused)
{
    side_t side = s_side ();
    (void) unused;
    s_ours (&side, 1, 200, false, true, true);
    s_ours (&side, 2, 300, false, true, true);
    s_line (&side, 2, 300);
    s_compare (&side);
    assert_int_equal (side.stated.difference_count, 0);
    assert_int_equal (side.stated.pending_count, 2);
}

static void
what_was_booked_after_the_day_is_matched_or_pending_and_never_missed (void **unused)
{
    side_t side = s_side ();
    (void) unused;
    s_ours (&side, 1, 200, true, false, true);
    s_ours (&side, 2, 300, true, false, true);
    side.ours [0].late = side.ours [1].late = true;
    s_line (&side, 2, 300);
    s_compare (&side);
    assert_int_equal (side.stated.difference_count, 0);
    assert_int_equal (side.stated.matched_count, 1);
    assert_int_equal (side.stated.pending_count, 1);
}

static void
all_differences_are_counted_and_the_first_are_kept (void **unused)
{
    side_t side = s_side ();
    (void) unused;
    for (int line = 0; line < RECONCILIATION_ITEMS + 10; line++) {
        s_line (&side, 1, 1 + line);
    }
    s_compare (&side);
    assert_int_equal (side.stated.difference_count, RECONCILIATION_ITEMS + 10);
    assert_int_equal (side.stated.item_count, RECONCILIATION_ITEMS);
}

static void
a_statement_that_is_not_understood_decides_nothing (void **unused)
{
    static const char *const texts [] = {
        "[1]",
        "[{\"transfer_id\":\"x\",\"direction\":\"in\"}]",
        "[{\"transfer_id\":\"x\",\"direction\":\"up\",\"amount\":1}]",
        "[{\"transfer_id\":\"x\",\"direction\":\"in\",\"amount\":-1}]",
        "[{\"direction\":\"in\",\"amount\":1}]",
        "{}",
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (texts); index++) {
        bank_stated_t stated = { .step = 7 };
        json_t *lines = json_loads (texts [index], 0, NULL);
        bank_statement_compare (lines, NULL, 0, &stated);
        json_decref (lines);
        assert_int_equal (stated.result, BANK_UNKNOWN);
        assert_int_equal (stated.step, 7);
        assert_int_equal (stated.item_count, 0);
    }
}

static void
the_address_names_our_account_and_the_date (void **unused)
{
    (void) unused;
    char *url = bank_statement_url ("http://bank", 20454);
    assert_string_equal (url, "http://bank/v1/statements/happy/1234-1234-111?date=2026-01-01");
    free (url);
    assert_null (bank_statement_url ("http://bank", -1));
    assert_null (bank_statement_url ("http://bank", INT64_MAX));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (both_sides_the_same_is_matched),
        cmocka_unit_test (what_only_we_have_is_missing_at_the_bank),
        cmocka_unit_test (what_only_the_bank_has_is_missing_with_us),
        cmocka_unit_test (another_amount_or_direction_differs),
        cmocka_unit_test (a_line_that_comes_twice_is_missing_with_us_once),
        cmocka_unit_test (what_is_on_its_way_is_no_difference),
        cmocka_unit_test (what_was_booked_after_the_day_is_matched_or_pending_and_never_missed),
        cmocka_unit_test (all_differences_are_counted_and_the_first_are_kept),
        cmocka_unit_test (a_statement_that_is_not_understood_decides_nothing),
        cmocka_unit_test (the_address_names_our_account_and_the_date),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
