//  bank_fuzz - whatever the bank answers: only a whole 200 that names our transfer
//  decides, and no answer breaks anything.
//
//      byte 0    which (the table at the end)
//      byte 1    the HTTP status, of a few
//      byte 2    in how many pieces it arrives
//      rest      the answer's body; {id} in it stands for our transfer's id

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/bank_call.h"
#include "edge/bank_statement.h"
#include "edge/holders.h"
#include "edge/personal.h"
#include "tests/fuzz/fuzz.h"

enum { ANSWER_MAX = 80 * 1024, OURS = 3, STEP = 3 };

static const long s_statuses [] = { 200, 200, 200, 200, 0, 404, 409, 400, 302, 503, 999, -1 };

static bank_party_t
s_party (void)
{
    bank_party_t party = { .member = fuzz_oid (OID_MEMBER), .bank_code = "shinhan" };
    status_t status = personal_seal (fuzz_member_keys (), party.member, PERSONAL_ACCOUNT_NUMBER,
                                     "110-1234-5678", &party.account_number);
    assert (status == STATUS_OK);
    return party;
}

static bank_call_t *
s_call (uint8_t command)
{
    static bank_order_t order;
    static bank_lookup_t lookup;
    static const bank_statement_t statement = { .day = 20000 };
    if (!order.amount_minor) {
        order = (bank_order_t) { .transfer = fuzz_oid (OID_BANK_TRANSFER),
                                 .from = s_party (),
                                 .amount_minor = 5000,
                                 .currency = "KRW" };
        lookup.party = s_party ();
        status_t status = personal_seal (fuzz_member_keys (), fuzz_oid (OID_MEMBER), PERSONAL_NAME,
                                         "Hong Gildong", &lookup.holder_name);
        assert (status == STATUS_OK);
    }
    const void *values [] = { [BANK_TRANSFER] = &order,
                              [BANK_INQUIRY] = &order,
                              [BANK_LOOKUP] = &lookup,
                              [BANK_STATEMENT] = &statement };
    const message_t head = { .kind = MESSAGE_COMMAND,
                             .command = command,
                             .to = bank_oid (),
                             .from = fuzz_oid (OID_BANK_TRANSFER),
                             .step = STEP };
    const char *reason = NULL;
    zmq_msg_t frame;
    message_make (&frame, &head, bank_port.commands [command].shape, values [command]);
    bank_call_t *call = bank_call_new (&frame, "http://bank", fuzz_member_keys (), &reason);
    zmq_msg_close (&frame);
    assert (call);
    return call;
}

//  The body with {id} replaced; owned.
static char *
s_answer (fuzz_input_t *input, size_t *ret_size)
{
    char *text = malloc (ANSWER_MAX), id [OID_TEXT_SIZE];
    size_t used = 0;
    assert (text);
    oid_format (fuzz_oid (OID_BANK_TRANSFER), id);
    while (fuzz_left (input) > 0 && used + OID_TEXT_SIZE < ANSWER_MAX) {
        const uint8_t *at = input->bytes + input->at;
        if (fuzz_left (input) >= 4 && memcmp (at, "{id}", 4) == 0) {
            memcpy (text + used, id, strlen (id));
            used += strlen (id);
            input->at += 4;
        }
        else {
            text [used++] = (char) fuzz_byte (input);
        }
    }
    *ret_size = used;
    return text;
}

//  Shown to people later: ended, and UTF-8.
static void
s_assert_text (const char *text, size_t size)
{
    assert (memchr (text, 0, size));
    json_t *json = json_string (text);
    assert (json);
    json_decref (json);
}

//  What the money may hang on is said in so many words.
static void
s_assert_says (const char *answer, size_t size, const char *name, const char *value)
{
    json_t *root = json_loadb (answer, size, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value (json_object_get (root, name));
    assert (text && strcmp (text, value) == 0);
    json_decref (root);
}

static void
s_assert_transfer (const bank_outcome_t *outcome, long status, const char *answer, size_t size)
{
    char id [OID_TEXT_SIZE];
    const bank_answered_t *answered = &outcome->answered;
    assert (answered->step == STEP);
    s_assert_text (answered->reason, sizeof answered->reason);
    s_assert_text (answered->bank_reference, sizeof answered->bank_reference);
    if (answered->result == BANK_UNKNOWN) {
        assert (outcome->end != BANK_CALL_SUCCEEDED && outcome->end != BANK_CALL_FAILED);
        return;
    }
    assert (status == 200);
    oid_format (fuzz_oid (OID_BANK_TRANSFER), id);
    s_assert_says (answer, size, "transfer_id", id);
    s_assert_says (answer, size, "result",
                   answered->result == BANK_SUCCEEDED ? "succeeded" : "failed");
}

static void
s_fuzz_call (fuzz_input_t *input, uint8_t command)
{
    long status = s_statuses [fuzz_byte (input) % COUNT (s_statuses)];
    size_t pieces = 1 + fuzz_byte (input) % 8, size, sent = 0;
    char *answer = s_answer (input, &size);
    bank_call_t *call = s_call (command);
    bank_outcome_t outcome;
    for (size_t piece = 0; piece < pieces; piece++) {
        size_t more = piece + 1 == pieces ? size - sent : (size - sent) / 2;
        sent += bank_call_receive (answer + sent, 1, more, call);
    }
    bank_call_judge (call, call->overflown ? 0 : status, &outcome);
    if (command == BANK_TRANSFER || command == BANK_INQUIRY) {
        s_assert_transfer (&outcome, call->overflown ? 0 : status, answer, size);
    }
    bank_call_destroy (&call);
    free (answer);
}

static void
s_transfer (fuzz_input_t *input)
{
    s_fuzz_call (input, BANK_TRANSFER);
}

static void
s_inquiry (fuzz_input_t *input)
{
    s_fuzz_call (input, BANK_INQUIRY);
}

static void
s_lookup (fuzz_input_t *input)
{
    s_fuzz_call (input, BANK_LOOKUP);
}

//  Every line and every transfer of ours is counted once, or nothing is known.
static void
s_statement (fuzz_input_t *input)
{
    uint8_t flags = fuzz_byte (input);
    (void) fuzz_byte (input);
    size_t size;
    char *answer = s_answer (input, &size);
    statement_transfer_t ours [OURS] = { { .transfer = fuzz_oid (OID_BANK_TRANSFER) } };
    bank_stated_t stated = { .step = STEP };
    for (uint8_t index = 0; index < OURS; index++) {
        ours [index].transfer = fuzz_oid (OID_BANK_TRANSFER);
        ours [index].transfer.bytes [OID_BYTES - 1] = index;
        ours [index].amount_minor = index == 1 ? -1000 : 1000;
        ours [index].booked = flags & 1 << index;
        ours [index].pending = !ours [index].booked && flags & 8;
        ours [index].expected = flags & 16;
        ours [index].late = flags & 32;
    }
    json_t *root = json_loadb (answer, size, JSON_REJECT_DUPLICATES, NULL);
    json_t *lines = json_object_get (root, "lines");
    bank_statement_compare (lines, ours, OURS, &stated);
    assert (stated.step == STEP && stated.item_count <= RECONCILIATION_ITEMS
            && stated.item_count <= stated.difference_count);
    if (stated.result == BANK_SUCCEEDED) {
        assert ((size_t) (stated.matched_count + stated.pending_count + stated.difference_count)
                >= json_array_size (lines));
    }
    else {
        assert (stated.result == BANK_UNKNOWN && stated.difference_count == 0);
    }
    for (uint32_t index = 0; index < stated.item_count; index++) {
        s_assert_text (stated.items [index].transfer, sizeof stated.items [index].transfer);
    }
    json_decref (root);
    free (answer);
}

static void
s_holder (fuzz_input_t *input)
{
    long status = s_statuses [fuzz_byte (input) % COUNT (s_statuses)];
    (void) fuzz_byte (input);
    size_t size;
    char *answer = s_answer (input, &size), name [PERSONAL_TEXT_SIZE], masked [PERSONAL_TEXT_SIZE];
    holder_result_t result = holders_judge (status, answer, size, name, sizeof name);
    assert ((result == HOLDER_FOUND) == (*name != 0));
    personal_mask_name (name, masked);
    s_assert_text (masked, sizeof masked);
    free (answer);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    static void (*const ways []) (fuzz_input_t *) = { s_transfer, s_inquiry, s_lookup, s_statement,
                                                      s_holder };
    fuzz_input_t input = { bytes, size, 0 };
    ways [fuzz_byte (&input) % (sizeof ways / sizeof ways [0])](&input);
    return 0;
}
