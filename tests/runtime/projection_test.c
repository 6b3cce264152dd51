//  projection: which events become rows, whose they are, and how they are sorted.

#include "tests/lib/resident_fixture.h"

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/remittance.h"
#include "actors/wallet.h"
#include "runtime/index.h"
#include "runtime/projection.h"

//  The rows of the index-th event of what `command` decides.
static size_t
s_rows (resident_t *resident, uint8_t command, const void *payload, size_t index,
        row_t rows [ROWS_PER_EVENT_MAX])
{
    zmq_msg_t frame;
    record_event_t event = { 0 };
    draft_t *draft = fixture_tell (resident, command, payload, &frame);
    record_reader_t reader = fixture_read (draft);
    for (size_t at = 0; at <= index; at++) {
        assert_true (record_reader_event (&reader, &event));
    }
    size_t count = projection_rows (&reader.head, &event, draft->version_before + index + 1, rows);
    zmq_msg_close (&frame);
    return count;
}

static wallet_move_t
s_move (saga_leg_t leg, int64_t amount_minor)
{
    return (wallet_move_t) { { fixture_oid (OID_REMITTANCE, 3), (uint8_t) leg, 1 },
                             amount_minor,
                             "KRW" };
}

static void
s_is_of (const row_t *row, list_t list, oid_t owner)
{
    uint8_t prefix [ROW_PREFIX_SIZE];
    size_t size = projection_prefix (list, owner, 0, prefix);
    assert_int_equal (size, sizeof prefix);
    assert_memory_equal (row->key, prefix, size);
}

static void
a_debit_is_an_entry_of_its_wallet (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    oid_t wallet = fixture_oid (OID_WALLET, 1);
    wallet_move_t debit = s_move (LEG_DEBIT, 300);
    row_t rows [ROWS_PER_EVENT_MAX];
    entry_t entry;
    static const uint8_t place [] = { 0, 0, 0, 0, 0, 0x0f, 0x42, 0x40, 0, 0, 0, 0, 0, 0, 0, 4 };
    (void) unused;
    fixture_open_wallet (resident, wallet, 1000);
    assert_int_equal (s_rows (resident, WALLET_DEBIT, &debit, 0, rows), 1);
    s_is_of (&rows [0], LIST_WALLET_ENTRIES, wallet);
    assert_int_equal (rows [0].key_size, ROW_PREFIX_SIZE + sizeof place);
    assert_memory_equal (rows [0].key + ROW_PREFIX_SIZE, place,
                         sizeof place);  //  1,000,000 ms; version 4
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.incoming, 0);
    assert_int_equal (entry.amount_minor, 300);
    assert_int_equal (entry.balance_after_minor, 700);
    assert_int_equal (entry.at_ms, FIXTURE_NOW_MS);
    assert_string_equal (entry.reference, "rem_03000000000000000000000003/debit/1");
}

static void
a_hold_is_no_entry_until_it_is_captured (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    wallet_move_t hold = s_move (LEG_HOLD, 300);
    wallet_capture_t capture = { .reference = s_move (LEG_CAPTURE, 1).reference,
                                 .hold = hold.reference,
                                 .amount_minor = 100 };
    row_t rows [ROWS_PER_EVENT_MAX];
    entry_t entry;
    (void) unused;
    fixture_open_wallet (resident, fixture_oid (OID_WALLET, 1), 1000);
    assert_int_equal (s_rows (resident, WALLET_HOLD, &hold, 0, rows), 0);
    assert_int_equal (s_rows (resident, WALLET_CAPTURE, &capture, 0, rows), 1);
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.amount_minor, 100);
    assert_int_equal (entry.balance_after_minor, 900);
}

static void
a_funded_wallet_has_an_entry_of_the_credit_and_none_of_the_hold (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    wallet_move_t expect = { { fixture_oid (OID_RECHARGE, 4), LEG_CREDIT, 1 }, 500, "KRW" };
    wallet_fund_t fund = { expect.reference, 500, "KRW", s_move (LEG_HOLD, 1).reference, 1200 };
    row_t rows [ROWS_PER_EVENT_MAX];
    entry_t entry;
    (void) unused;
    fixture_open_wallet (resident, fixture_oid (OID_WALLET, 1), 1000);
    assert_int_equal (s_rows (resident, WALLET_EXPECT, &expect, 0, rows), 0);
    assert_int_equal (s_rows (resident, WALLET_FUND, &fund, 0, rows), 1);
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.incoming, 1);
    assert_int_equal (entry.amount_minor, 500);
    assert_int_equal (entry.balance_after_minor, 1500);
    assert_string_equal (entry.reference, "rch_04000000000000000000000004/credit/1");
}

static void
an_adjustment_is_an_entry_in_its_direction (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    reference_t reference = { fixture_oid (OID_ADJUSTMENT, 3), LEG_ADJUST, 1 };
    wallet_adjust_t adjust = { reference, 300, true, "KRW" };
    row_t rows [ROWS_PER_EVENT_MAX];
    entry_t entry;
    (void) unused;
    fixture_open_wallet (resident, fixture_oid (OID_WALLET, 1), 1000);
    assert_int_equal (s_rows (resident, WALLET_ADJUST, &adjust, 0, rows), 1);
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.incoming, 1);
    assert_int_equal (entry.balance_after_minor, 1300);
    adjust.reference.saga = fixture_oid (OID_ADJUSTMENT, 4);
    adjust.increase = false;
    assert_int_equal (s_rows (resident, WALLET_ADJUST, &adjust, 0, rows), 1);
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.incoming, 0);
    assert_int_equal (entry.amount_minor, 300);
    assert_int_equal (entry.balance_after_minor, 1000);
}

static void
a_payment_is_in_the_list_of_its_order_once (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    oid_t payment = fixture_oid (OID_PAYMENT, 7);
    payment_create_t order = { .member = fixture_oid (OID_MEMBER, 1),
                               .merchant = fixture_oid (OID_MERCHANT, 2),
                               .order_id = "order",
                               .amount_minor = 5,
                               .currency = "KRW",
                               .merchant_status = 1 };  //  No member: fails at once
    row_t rows [ROWS_PER_EVENT_MAX];
    (void) unused;
    assert_true (resident_bind (resident, payment, NULL, 0));
    assert_int_equal (s_rows (resident, PAYMENT_CREATE, &order, 0, rows), 1);
    s_is_of (&rows [0], LIST_ORDER_PAYMENTS, index_order ("order"));
    assert_int_equal (rows [0].key_size, ROW_KEY_MAX);
    assert_memory_equal (rows [0].key + ROW_PREFIX_SIZE + 8, &payment, sizeof payment);
    assert_int_equal (rows [0].value_size, 0);
    //  The next attempt of the same order is the same object
    assert_int_equal (s_rows (resident, PAYMENT_CREATE, &order, 0, rows), 0);
    assert_int_equal (s_rows (resident, PAYMENT_CREATE, &order, 1, rows), 0);
}

//  In the list of the settlement to be, while its window is still open.
static void
captures_and_refunds_are_items_of_their_window (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    oid_t merchant = fixture_oid (OID_MERCHANT, 2);
    merchant_register_t shop = { .member = fixture_oid (OID_MEMBER, 1),
                                 .name = "shop",
                                 .fee_bps = 250,
                                 .member_status = MEMBER_ACTIVE,
                                 .member_corporate = true,
                                 .account_status = BANK_ACCOUNT_LINKED,
                                 .account_member = fixture_oid (OID_MEMBER, 1) };
    movement_t capture = { { fixture_oid (OID_PAYMENT, 7), LEG_CAPTURE, 1 }, 1000 };
    merchant_refund_t refund = { .reference = { fixture_oid (OID_REFUND, 7), LEG_REFUND, 1 },
                                 .amount_minor = 400,
                                 .fee_back_minor = 10 };
    row_t rows [ROWS_PER_EVENT_MAX];
    entry_t entry;
    (void) unused;
    assert_true (resident_bind (resident, merchant, NULL, 0));
    assert_int_equal (s_rows (resident, MERCHANT_REGISTER, &shop, 0, rows), 2);
    assert_int_equal (s_rows (resident, MERCHANT_CAPTURE, &capture, 0, rows), 1);
    assert_int_equal (rows [0].key [0], LIST_SETTLEMENT_ITEMS);
    assert_int_equal (rows [0].key [1], OID_SETTLEMENT);
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.incoming, 1);
    assert_int_equal (entry.amount_minor, 1000);
    assert_int_equal (entry.fee_minor, 25);
    row_t first = rows [0];
    assert_int_equal (s_rows (resident, MERCHANT_REFUND, &refund, 0, rows), 1);
    assert_memory_equal (rows [0].key, first.key, ROW_PREFIX_SIZE);  //  The same window
    assert_true (shape_unpack (&entry_shape, rows [0].value, rows [0].value_size, &entry));
    assert_int_equal (entry.incoming, 0);
    assert_int_equal (entry.amount_minor, 400);
    assert_int_equal (entry.fee_minor, -10);
}

static void
owners_lists_and_buckets_have_ranges_of_their_own (void **unused)
{
    uint8_t one [ROW_PREFIX_SIZE], other [ROW_PREFIX_SIZE];
    (void) unused;
    projection_prefix (LIST_MEMBER_PAYMENTS, fixture_oid (OID_MEMBER, 1), 0, one);
    projection_prefix (LIST_MEMBER_PAYMENTS, fixture_oid (OID_MEMBER, 2), 0, other);
    assert_memory_not_equal (one, other, sizeof one);
    projection_prefix (LIST_MEMBER_PAYMENTS, fixture_oid (OID_MEMBER, 1), 1, other);
    assert_memory_not_equal (one, other, sizeof one);
    projection_prefix (LIST_MEMBER_TRANSFERS, fixture_oid (OID_MEMBER, 1), 0, other);
    assert_memory_not_equal (one, other, sizeof one);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_debit_is_an_entry_of_its_wallet),
        cmocka_unit_test (a_hold_is_no_entry_until_it_is_captured),
        cmocka_unit_test (a_funded_wallet_has_an_entry_of_the_credit_and_none_of_the_hold),
        cmocka_unit_test (an_adjustment_is_an_entry_in_its_direction),
        cmocka_unit_test (a_payment_is_in_the_list_of_its_order_once),
        cmocka_unit_test (captures_and_refunds_are_items_of_their_window),
        cmocka_unit_test (owners_lists_and_buckets_have_ranges_of_their_own),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
