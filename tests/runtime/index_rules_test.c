//  index: where an object is by its state, and which rows are read for what is asked.

#include "tests/lib/index_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include "actors/bank_transfer.h"
#include "actors/delivery.h"
#include "actors/member.h"
#include "actors/payment.h"
#include "actors/remittance.h"
#include "actors/webhook_endpoint.h"

static void
a_payment_that_runs_is_among_the_open_ones (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    payment_t payment = { .status = PAYMENT_REQUESTED,
                          .member = index_fixture_oid (OID_MEMBER, 1),
                          .merchant = index_fixture_oid (OID_MERCHANT, 2) };
    (void) unused;
    size_t count = index_fixture_rows (index_fixture_oid (OID_PAYMENT, 3), &payment, rows);
    oid_t both = index_both (payment.member, payment.merchant);
    assert_true (
        index_fixture_has (rows, count, LIST_SAGAS, (oid_t) { .kind = OID_PAYMENT }, SAGA_OPEN));
    assert_true (index_fixture_has (rows, count, LIST_PAYMENTS, (oid_t) { 0 }, PAYMENT_REQUESTED));
    assert_true (
        index_fixture_has (rows, count, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_REQUESTED));
    assert_true (index_fixture_has (rows, count, LIST_MERCHANT_PAYMENTS, payment.merchant,
                                    PAYMENT_REQUESTED));
    assert_true (index_fixture_has (rows, count, LIST_BOTH_PAYMENTS, both, PAYMENT_REQUESTED));
    assert_int_equal (count, 5);

    payment.status = PAYMENT_FAILED;
    count = index_fixture_rows (index_fixture_oid (OID_PAYMENT, 3), &payment, rows);
    assert_true (
        index_fixture_has (rows, count, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_FAILED));
    assert_int_equal (count, 4);
}

static void
a_payment_on_its_way_to_a_capture_is_no_authorization_that_waits (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    payment_t payment = { .status = PAYMENT_AUTHORIZED,
                          .member = index_fixture_oid (OID_MEMBER, 1) };
    (void) unused;
    size_t count = index_fixture_rows (index_fixture_oid (OID_PAYMENT, 3), &payment, rows);
    assert_true (index_fixture_has (rows, count, LIST_PAYMENTS, (oid_t) { 0 }, PAYMENT_REQUESTED));
    payment.authorizes = true;
    count = index_fixture_rows (index_fixture_oid (OID_PAYMENT, 3), &payment, rows);
    assert_true (index_fixture_has (rows, count, LIST_PAYMENTS, (oid_t) { 0 }, PAYMENT_AUTHORIZED));
}

static void
what_is_parked_is_not_open (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    bank_transfer_t transfer = {
        .status = BANK_TRANSFER_PARKED,
        .request = { .party.member = index_fixture_oid (OID_MEMBER, 1),
                     .bank_account = index_fixture_oid (OID_BANK_ACCOUNT, 2) },
    };
    oid_t oid = index_fixture_oid (OID_BANK_TRANSFER, 3);
    (void) unused;
    size_t count = index_fixture_rows (oid, &transfer, rows);
    oid_t transfers = { .kind = OID_BANK_TRANSFER };
    assert_true (index_fixture_has (rows, count, LIST_SAGAS, transfers, SAGA_PARKED));
    assert_false (index_fixture_has (rows, count, LIST_SAGAS, transfers, SAGA_OPEN));
    assert_true (index_fixture_has (rows, count, LIST_MEMBER_TRANSFERS,
                                    transfer.request.party.member, BANK_TRANSFER_PARKED));
    assert_true (index_fixture_has (rows, count, LIST_ACCOUNT_TRANSFERS,
                                    transfer.request.bank_account, BANK_TRANSFER_PARKED));
    assert_true (
        index_fixture_has (rows, count, LIST_TRANSFERS, (oid_t) { 0 }, BANK_TRANSFER_PARKED));

    transfer.request.bank_account = transfer.request.party.member = (oid_t) { 0 };
    transfer.status = BANK_TRANSFER_SUCCEEDED;
    assert_int_equal (index_fixture_rows (oid, &transfer, rows), 1);  //  Nobody's, among all
}

static void
a_remittance_is_with_sender_and_receiver_by_direction_and_status (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    remittance_t remittance = { .status = REMITTANCE_PROCESSING,
                                .departed = true,
                                .request = { .sender = index_fixture_oid (OID_MEMBER, 1),
                                             .receiver = index_fixture_oid (OID_MEMBER, 2) } };
    oid_t oid = index_fixture_oid (OID_REMITTANCE, 3);
    oid_t sender = remittance.request.sender, receiver = remittance.request.receiver;
    list_t list = LIST_MEMBER_REMITTANCES;
    (void) unused;
    size_t count = index_fixture_rows (oid, &remittance, rows);
    assert_int_equal (count, 4);  //  It is open, too
    assert_true (
        index_fixture_has (rows, count, list, sender, REMITTANCES_SENT + REMITTANCE_PROCESSING));
    assert_true (index_fixture_has (rows, count, list, receiver,
                                    REMITTANCES_RECEIVED + REMITTANCE_PROCESSING));
    assert_true (index_fixture_has (rows, count, LIST_REMITTANCES, (oid_t) { 0 },
                                    REMITTANCES_RECEIVED + REMITTANCE_PROCESSING));

    remittance.departed = false;  //  Not yet, or to a bank account
    remittance.status = REMITTANCE_SUCCEEDED;
    count = index_fixture_rows (oid, &remittance, rows);
    assert_int_equal (count, 2);
    assert_true (
        index_fixture_has (rows, count, list, sender, REMITTANCES_SENT + REMITTANCE_SUCCEEDED));
    assert_true (index_fixture_has (rows, count, LIST_REMITTANCES, (oid_t) { 0 },
                                    REMITTANCES_SENT + REMITTANCE_SUCCEEDED));
}

//  Which of the buckets are read when `asked` is: bits.
static uint32_t
s_asked (list_t list, oid_t owner, uint8_t asked)
{
    uint8_t prefixes [INDEX_RANGES_MAX][ROW_PREFIX_SIZE];
    size_t count = index_ranges (list, owner, asked, prefixes);
    uint32_t buckets = 0;
    for (size_t index = 0; index < count; index++) {
        uint8_t expected [ROW_PREFIX_SIZE], bucket = prefixes [index][ROW_PREFIX_SIZE - 1];
        projection_prefix (list, owner, bucket, expected);
        assert_memory_equal (prefixes [index], expected, ROW_PREFIX_SIZE);
        assert_false (buckets & 1u << bucket);
        buckets |= 1u << bucket;
    }
    return buckets;
}

static void
the_whole_of_a_list_is_all_of_its_statuses (void **unused)
{
    oid_t member = index_fixture_oid (OID_MEMBER, 1), none = { 0 };
    const uint32_t statuses = (1u << (REMITTANCE_PARKED + 1)) - 2;
    (void) unused;
    uint32_t payments = s_asked (LIST_MEMBER_PAYMENTS, member, 0);
    for (uint8_t status = PAYMENT_REQUESTED; status < PAYMENT_STATUS_COUNT; status++) {
        assert_true (payments & 1u << status);
        assert_int_equal (s_asked (LIST_MEMBER_PAYMENTS, member, status), 1u << status);
    }
    assert_int_equal (s_asked (LIST_WALLET_ENTRIES, index_fixture_oid (OID_WALLET, 1), 0), 1);

    list_t list = LIST_MEMBER_REMITTANCES;
    uint32_t sent = s_asked (list, member, REMITTANCES_SENT);
    uint32_t received = s_asked (list, member, REMITTANCES_RECEIVED);
    assert_int_equal (sent >> REMITTANCES_SENT & statuses, statuses);
    assert_int_equal (received >> REMITTANCES_RECEIVED & statuses, statuses);
    assert_int_equal (sent & received, 0);
    assert_int_equal (s_asked (list, member, 0), sent | received);
    assert_int_equal (s_asked (list, member, REMITTANCE_FAILED),
                      1u << (REMITTANCES_SENT + REMITTANCE_FAILED)
                          | 1u << (REMITTANCES_RECEIVED + REMITTANCE_FAILED));
    assert_int_equal (s_asked (list, member, REMITTANCES_SENT + REMITTANCE_FAILED),
                      1u << (REMITTANCES_SENT + REMITTANCE_FAILED));
    //  Among all, each was sent by somebody
    assert_int_equal (s_asked (LIST_REMITTANCES, none, REMITTANCES_SENT),
                      s_asked (LIST_REMITTANCES, none, 0));
    assert_int_equal (s_asked (LIST_REMITTANCES, none, REMITTANCES_RECEIVED), received);
}

static void
sagas_of_all_types_are_those_of_each (void **unused)
{
    uint8_t prefixes [INDEX_RANGES_MAX][ROW_PREFIX_SIZE];
    size_t type_count, sagas = 0;
    const aggregate_type_t *const *types = registry_all (&type_count);
    oid_t payments = { .kind = OID_PAYMENT };
    (void) unused;
    for (size_t index = 0; index < type_count; index++) {
        sagas += types [index]->finished != NULL;
    }
    assert_true (sagas > 1);
    assert_int_equal (index_ranges (LIST_SAGAS, (oid_t) { 0 }, 0, prefixes), 2 * sagas);
    assert_int_equal (s_asked (LIST_SAGAS, payments, 0), 1u << SAGA_OPEN | 1u << SAGA_PARKED);
    assert_int_equal (index_ranges (LIST_SAGAS, (oid_t) { 0 }, SAGA_PARKED, prefixes), sagas);
    assert_int_equal (index_ranges (LIST_SAGAS, payments, SAGA_PARKED, prefixes), 1);
}

static void
an_owner_that_is_no_object_is_that_of_one_pair_or_order (void **unused)
{
    oid_t kim = index_fixture_oid (OID_MEMBER, 1), shop = index_fixture_oid (OID_MERCHANT, 2);
    oid_t both = index_both (kim, shop),
          other = index_both (index_fixture_oid (OID_MEMBER, 3), shop);
    oid_t one = index_order ("1001"), two = index_order ("1002"), again = index_order ("1001");
    (void) unused;
    assert_memory_not_equal (&both, &other, sizeof both);
    assert_memory_not_equal (&both, &kim, sizeof both);
    assert_memory_not_equal (&one, &two, sizeof one);
    assert_memory_equal (&one, &again, sizeof one);
}

static void
a_member_without_an_address_is_at_none (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    member_t member = { .status = MEMBER_SUSPENDED };
    oid_t oid = index_fixture_oid (OID_MEMBER, 3);
    (void) unused;
    assert_int_equal (index_fixture_rows (oid, &member, rows), 1);
    assert_true (index_fixture_has (rows, 1, LIST_MEMBERS, (oid_t) { 0 }, MEMBER_SUSPENDED));

    member.address_hash = (address_hash_t) { ADDRESS_HASH_SIZE, { 5, 6, 7 } };
    oid_t address = index_address (member.address_hash.bytes, member.address_hash.size);
    size_t count = index_fixture_rows (oid, &member, rows);
    assert_int_equal (count, 2);
    assert_true (index_fixture_has (rows, count, LIST_ADDRESS_MEMBERS, address, MEMBER_SUSPENDED));
    assert_memory_equal (rows [0].key + ROW_PREFIX_SIZE + 8, &oid, sizeof oid);
}

static void
a_webhook_endpoint_is_with_its_owner_until_it_is_deleted (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    webhook_endpoint_t endpoint = { .status = WEBHOOK_ENDPOINT_DISABLED,
                                    .owner = index_fixture_oid (OID_MERCHANT, 2) };
    oid_t oid = index_fixture_oid (OID_WEBHOOK_ENDPOINT, 1), none = { 0 };
    uint8_t status = endpoint.status;
    (void) unused;
    assert_int_equal (index_fixture_rows (oid, &endpoint, rows), 2);
    assert_true (index_fixture_has (rows, 2, LIST_WEBHOOK_ENDPOINTS, none, status));
    assert_true (index_fixture_has (rows, 2, LIST_MERCHANT_WEBHOOKS, endpoint.owner, status));

    endpoint.owner = none;
    assert_int_equal (index_fixture_rows (oid, &endpoint, rows), 2);
    assert_true (index_fixture_has (rows, 2, LIST_WEBHOOK_ENDPOINTS, none, status));
    assert_true (index_fixture_has (rows, 2, LIST_OPERATOR_WEBHOOKS, none, status));

    endpoint.status = WEBHOOK_ENDPOINT_DELETED;
    assert_int_equal (index_fixture_rows (oid, &endpoint, rows), 0);
}

static void
a_delivery_is_with_its_endpoint_by_status (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    delivery_t delivery = { .status = DELIVERY_FAILED,
                            .endpoint = index_fixture_oid (OID_WEBHOOK_ENDPOINT, 1) };
    (void) unused;
    assert_int_equal (index_fixture_rows (index_fixture_oid (OID_DELIVERY, 3), &delivery, rows), 1);
    assert_true (
        index_fixture_has (rows, 1, LIST_ENDPOINT_DELIVERIES, delivery.endpoint, DELIVERY_FAILED));
    assert_int_equal (s_asked (LIST_ENDPOINT_DELIVERIES, delivery.endpoint, 0),
                      1 << DELIVERY_PENDING | 1 << DELIVERY_SUCCEEDED | 1 << DELIVERY_FAILED
                          | 1 << DELIVERY_DISCARDED);
}

static void
wallets_and_merchants_which_are_hot_have_no_rows_to_move (void **unused)
{
    (void) unused;
    assert_false (index_has (OID_WALLET));
    assert_false (index_has (OID_LOGIN));
    assert_false (index_has (OID_BANK));
    assert_true (index_has (OID_REGISTRATION));
    assert_true (index_has (OID_PAYMENT));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_payment_that_runs_is_among_the_open_ones),
        cmocka_unit_test (a_payment_on_its_way_to_a_capture_is_no_authorization_that_waits),
        cmocka_unit_test (what_is_parked_is_not_open),
        cmocka_unit_test (a_remittance_is_with_sender_and_receiver_by_direction_and_status),
        cmocka_unit_test (the_whole_of_a_list_is_all_of_its_statuses),
        cmocka_unit_test (sagas_of_all_types_are_those_of_each),
        cmocka_unit_test (an_owner_that_is_no_object_is_that_of_one_pair_or_order),
        cmocka_unit_test (a_member_without_an_address_is_at_none),
        cmocka_unit_test (a_webhook_endpoint_is_with_its_owner_until_it_is_deleted),
        cmocka_unit_test (a_delivery_is_with_its_endpoint_by_status),
        cmocka_unit_test (wallets_and_merchants_which_are_hot_have_no_rows_to_move),
    };
    return cmocka_run_group_tests_name ("index_rules", tests, NULL, NULL);
}
