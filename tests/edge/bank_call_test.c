//  bank_call: what is asked of the bank, and that only its clear word decides.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "edge/bank_call.h"
#include "edge/personal.h"
#include "runtime/scoped.h"
#include "tests/lib/keys_fixture.h"

static const oid_t alice = { OID_MEMBER, { 1 } };
static const oid_t transfer = { OID_BANK_TRANSFER, { 9 } };
static keys_fixture_t fixture;
static keyring_t *keyring;
static member_keys_t *keys;

static int
keys_new (void **state)
{
    (void) state;
    keys_fixture_open (&fixture);
    keyring = fixture.keyring;
    keys = fixture.keys;
    return member_keys_put (keys, alice, NULL) == STATUS_OK ? 0 : -1;
}

static int
keys_done (void **state)
{
    (void) state;
    keys_fixture_close (&fixture);
    return 0;
}

static bank_party_t
party_of_alice (void)
{
    bank_party_t party = { .member = alice, .bank_code = "shinhan" };
    assert_int_equal (personal_seal (keys, alice, PERSONAL_ACCOUNT_NUMBER, "110-1/2",
                                     &party.account_number),
                      STATUS_OK);
    return party;
}

static bank_call_t *
called (uint8_t command, const void *value)
{
    const message_t head = {
        .kind = MESSAGE_COMMAND,
        .command = command,
        .to = bank_oid (),
        .from = transfer,
        .step = 3,
    };
    const char *reason = NULL;
    zmq_msg_t frame;
    message_make (&frame, &head, bank_port.commands [command].shape, value);
    bank_call_t *call = bank_call_new (&frame, "http://bank", keys, &reason);
    zmq_msg_close (&frame);
    return call;
}

static bank_call_t *
transfer_called (void)
{
    bank_order_t order = {
        .transfer = transfer,
        .from = party_of_alice (),
        .amount_minor = 5000,
        .currency = "KRW",
    };
    bank_call_t *call = called (BANK_TRANSFER, &order);
    assert_non_null (call);
    return call;
}

static bank_outcome_t
judged (bank_call_t *call, long http_status, const char *answer)
{
    bank_outcome_t outcome;
    char copy [1024];
    snprintf (copy, sizeof copy, "%s", answer);
    assert_int_equal (bank_call_receive (copy, 1, strlen (copy), call), strlen (copy));
    bank_call_judge (call, http_status, &outcome);
    bank_call_destroy (&call);
    return outcome;
}

//  Its answer is judged as the transfer's own; 404 is no failure.
static void
an_inquiry_reads_the_transfer_and_posts_nothing (void **state)
{
    bank_order_t order = { .transfer = transfer, .from = party_of_alice (), .amount_minor = 5000 };
    char id [OID_TEXT_SIZE], url [128], answer [256];
    (void) state;

    oid_format (transfer, id);
    snprintf (url, sizeof url, "http://bank/v1/transfers/%s", id);
    snprintf (answer, sizeof answer, "{\"transfer_id\":\"%s\",\"result\":\"failed\"}", id);
    bank_call_t *call = called (BANK_INQUIRY, &order);
    assert_non_null (call);
    assert_string_equal (call->url, url);
    assert_null (call->body);
    assert_string_equal (call->bank_code, "shinhan");
    bank_outcome_t outcome = judged (call, 200, answer);
    assert_int_equal (outcome.answered.result, BANK_FAILED);
    assert_int_equal (outcome.answered.step, 3);
    outcome = judged (called (BANK_INQUIRY, &order), 404, "{}");
    assert_int_equal (outcome.end, BANK_CALL_UNDECIDED);
    assert_int_equal (outcome.answered.result, BANK_UNKNOWN);
    assert_int_equal (outcome.answered.step, 3);
}

static void
a_transfer_is_posted_with_both_accounts (void **state)
{
    (void) state;
    scoped (bank_call_destroy) bank_call_t *call = transfer_called ();
    char id [OID_TEXT_SIZE];
    const char *got = NULL, *from_code, *from_number, *to_code, *to_number, *currency;
    int amount = 0;

    oid_format (transfer, id);
    assert_string_equal (call->url, "http://bank/v1/transfers");
    assert_string_equal (call->bank_code, "shinhan");
    json_t *root = json_loads (call->body, 0, NULL);
    assert_int_equal (json_unpack (root, "{s:s,s:{s:s,s:s!},s:{s:s,s:s!},s:i,s:s!}", "transfer_id",
                                   &got, "from", "bank_code", &from_code, "account_number",
                                   &from_number, "to", "bank_code", &to_code, "account_number",
                                   &to_number, "amount", &amount, "currency", &currency),
                      0);
    assert_string_equal (got, id);
    assert_string_equal (from_code, "shinhan");
    assert_string_equal (from_number, "110-1/2");
    assert_string_equal (to_code, "happy");
    assert_string_equal (to_number, "1234-1234-111");
    assert_string_equal (currency, "KRW");
    assert_int_equal (amount, 5000);
    json_decref (root);
}

static void
only_a_clear_200_about_our_transfer_decides (void **state)
{
    (void) state;
    char id [OID_TEXT_SIZE], text [512];
    oid_format (transfer, id);

    snprintf (text, sizeof text,
              "{\"transfer_id\":\"%s\",\"result\":\"succeeded\",\"reason\":null,"
              "\"bank_reference\":\"B1\",\"at\":\"x\"}",
              id);
    bank_outcome_t outcome = judged (transfer_called (), 200, text);
    assert_int_equal (outcome.end, BANK_CALL_SUCCEEDED);
    assert_int_equal (outcome.answered.result, BANK_SUCCEEDED);
    assert_int_equal (outcome.answered.step, 3);
    assert_string_equal (outcome.answered.bank_reference, "B1");

    snprintf (text, sizeof text,
              "{\"transfer_id\":\"%s\",\"result\":\"failed\",\"reason\":\"insufficient_funds\"}",
              id);
    outcome = judged (transfer_called (), 200, text);
    assert_int_equal (outcome.answered.result, BANK_FAILED);
    assert_string_equal (outcome.answered.reason, "insufficient_funds");
}

static void
everything_else_is_unknown_and_never_failed (void **state)
{
    (void) state;
    static const struct {
        long http_status;
        const char *answer;
        bank_call_end_t end;
    } cases [] = {
        { 0, "", BANK_CALL_UNANSWERED },
        { 200, "", BANK_CALL_UNANSWERED },
        { 200, "{", BANK_CALL_UNANSWERED },
        { 200, "[]", BANK_CALL_UNANSWERED },
        { 200, "{\"result\":\"failed\"}", BANK_CALL_UNANSWERED },
        { 200, "{\"transfer_id\":\"btr_other\",\"result\":\"failed\"}", BANK_CALL_UNANSWERED },
        { 200, "{\"transfer_id\":1,\"result\":\"failed\"}", BANK_CALL_UNANSWERED },
        { 201, "{}", BANK_CALL_UNANSWERED },
        { 302, "", BANK_CALL_UNANSWERED },
        { 400, "{}", BANK_CALL_UNDECIDED },
        { 404, "{}", BANK_CALL_UNDECIDED },
        { 409, "{}", BANK_CALL_CONFLICT },
        { 429, "", BANK_CALL_UNDECIDED },
        { 500, "{\"result\":\"failed\"}", BANK_CALL_UNANSWERED },
        { 503, "", BANK_CALL_UNANSWERED },
    };
    for (size_t index = 0; index < COUNT (cases); index++) {
        bank_outcome_t outcome =
            judged (transfer_called (), cases [index].http_status, cases [index].answer);
        assert_int_equal (outcome.end, cases [index].end);
        assert_int_equal (outcome.answered.result, BANK_UNKNOWN);
        assert_int_equal (outcome.answered.step, 3);
    }
}

static bank_outcome_t
looked_up (const char *name, long http_status, const char *answer)
{
    bank_lookup_t lookup = { .party = party_of_alice () };
    assert_int_equal (personal_seal (keys, alice, PERSONAL_NAME, name, &lookup.holder_name),
                      STATUS_OK);
    bank_call_t *call = called (BANK_LOOKUP, &lookup);
    assert_non_null (call);
    assert_string_equal (call->url, "http://bank/v1/accounts/shinhan/110-1%2F2");
    assert_null (call->body);
    return judged (call, http_status, answer);
}

static void
a_lookup_compares_the_holder_s_name (void **state)
{
    (void) state;
    const char *open = "{\"holder_name\":\"Hong  Gildong\",\"status\":\"open\"}";
    const char *closed = "{\"holder_name\":\"Hong Gildong\",\"status\":\"closed\"}";

    assert_int_equal (looked_up (" hong gildong", 200, open).looked_up.result, BANK_OPEN_AND_HELD);
    assert_int_equal (looked_up ("hong", 200, open).looked_up.result, BANK_HOLDER_MISMATCH);
    assert_int_equal (looked_up ("hong gildong", 200, closed).looked_up.result, BANK_ACCOUNT_SHUT);
    assert_int_equal (looked_up ("hong", 404, "{}").looked_up.result, BANK_ACCOUNT_MISSING);
    assert_int_equal (looked_up ("hong", 500, "{}").looked_up.result, BANK_LOOKUP_UNKNOWN);
    assert_int_equal (looked_up ("hong", 200, "{}").looked_up.result, BANK_LOOKUP_UNKNOWN);
    assert_int_equal (looked_up ("hong", 0, "").looked_up.result, BANK_LOOKUP_UNKNOWN);
}

static void
an_answer_without_end_is_cut_off (void **state)
{
    (void) state;
    scoped (bank_call_destroy) bank_call_t *call = transfer_called ();
    char block [4096];
    size_t taken = 0;

    memset (block, ' ', sizeof block);
    while (bank_call_receive (block, 1, sizeof block, call) > 0) {
        taken += sizeof block;
    }
    assert_int_equal (taken, BANK_ANSWER_MAX);
}

static void
a_number_that_cannot_be_opened_is_not_called (void **state)
{
    (void) state;
    bank_order_t order = { .transfer = transfer, .from = party_of_alice (), .currency = "KRW" };
    order.from.account_number.bytes [30] ^= 1;
    assert_null (called (BANK_TRANSFER, &order));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_inquiry_reads_the_transfer_and_posts_nothing),
        cmocka_unit_test (a_transfer_is_posted_with_both_accounts),
        cmocka_unit_test (only_a_clear_200_about_our_transfer_decides),
        cmocka_unit_test (everything_else_is_unknown_and_never_failed),
        cmocka_unit_test (a_lookup_compares_the_holder_s_name),
        cmocka_unit_test (an_answer_without_end_is_cut_off),
        cmocka_unit_test (a_number_that_cannot_be_opened_is_not_called),
    };
    return cmocka_run_group_tests (tests, keys_new, keys_done);
}
