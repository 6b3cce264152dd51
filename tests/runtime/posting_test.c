//  posting: what moves is debited once and credited once, or it is no movement.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "runtime/posting.h"
#include "runtime/scoped.h"

static account_t
s_wallet (void)
{
    return account_of (ACCOUNT_WALLET, (oid_t) { .kind = OID_WALLET, .bytes = { 1 } });
}

static postings_t
s_two (int64_t one_minor, int64_t other_minor)
{
    return (postings_t) {
        2, { { s_wallet (), one_minor }, { account_single (ACCOUNT_FEES), other_minor } }
    };
}

static void
a_movement_balances (void **unused)
{
    postings_t postings = { 0 };
    (void) unused;
    assert_true (postings_balance (&postings));
    for (size_t moves = 1; moves <= POSTINGS_MAX / 2; moves++) {
        postings_move (&postings, s_wallet (), account_single (ACCOUNT_BANK), INT64_MAX);
        assert_int_equal (postings.count, 2 * moves);
        assert_int_equal (postings.items [2 * moves - 2].amount_minor, INT64_MAX);
        assert_int_equal (postings.items [2 * moves - 1].amount_minor, -INT64_MAX);
        assert_true (postings_balance (&postings));
    }
}

static void
a_movement_of_nothing_does_not_balance (void **unused)
{
    postings_t postings = s_two (0, 0);
    (void) unused;
    assert_false (postings_balance (&postings));
}

static void
what_does_not_sum_to_zero_does_not_balance (void **unused)
{
    static const int64_t pairs [][2] = {
        { 1, -2 },
        { 1, 1 },
        { INT64_MAX, 1 },          //  Overflows
        { INT64_MIN, INT64_MAX },  //  No number has its opposite
        { INT64_MIN, INT64_MIN },  //  Would sum to zero if it wrapped
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (pairs); index++) {
        postings_t postings = s_two (pairs [index][0], pairs [index][1]);
        assert_false (postings_balance (&postings));
    }
    postings_t good = s_two (7, -7);
    assert_true (postings_balance (&good));
}

static void
an_account_of_no_class_does_not_balance (void **unused)
{
    static const uint8_t classes [] = { 0, ACCOUNT_CLASS_COUNT, 255 };
    (void) unused;
    for (size_t index = 0; index < COUNT (classes); index++) {
        postings_t postings = s_two (7, -7);
        postings.items [0].account.class = classes [index];
        assert_false (postings_balance (&postings));
        assert_null (account_class_name (classes [index]));
    }
}

static void
accounts_read_as_in_the_books (void **unused)
{
    char text [ACCOUNT_TEXT_SIZE];
    (void) unused;
    account_format (account_single (ACCOUNT_BANK), text);
    assert_string_equal (text, "bank:happy/1234-1234-111");
    account_format (account_single (ACCOUNT_FEES), text);
    assert_string_equal (text, "fees");
    account_format (s_wallet (), text);
    assert_string_equal (text, "wallet:wal_01000000000000000000000000");
    account_format (account_of (ACCOUNT_BANK_TRANSIT,
                                (oid_t) { .kind = OID_BANK_TRANSFER, .bytes = { 0xff } }),
                    text);
    assert_true (strncmp (text, "bank_transit:btr_7Z", 19) == 0);
    account_format ((account_t) { .class = 99 }, text);
    assert_string_equal (text, "unknown");
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_movement_balances),
        cmocka_unit_test (a_movement_of_nothing_does_not_balance),
        cmocka_unit_test (what_does_not_sum_to_zero_does_not_balance),
        cmocka_unit_test (an_account_of_no_class_does_not_balance),
        cmocka_unit_test (accounts_read_as_in_the_books),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
