//  bank_call - one call to the bank: the request as HTTP, and what an answer means.

#include "edge/bank_call.h"

#include <curl/curl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include "edge/bank_statement.h"
#include "edge/personal.h"

//  ---------------------------------------------------------------------------
//  The message

typedef union {
    bank_order_t order;
    bank_lookup_t lookup;
    bank_statement_t statement;
} bank_ask_t;

static bool
s_read_ask (const message_t *message, bank_ask_t *ret_ask)
{
    return message->kind == MESSAGE_COMMAND && message->to.kind == OID_BANK
           && message->command < bank_port.command_count
           && shape_unpack (bank_port.commands [message->command].shape, message->payload,
                            message->payload_size, ret_ask);
}

//  An inquiry is answered as the transfer that it is about.
static bool
s_is_transfer (const message_t *message)
{
    return message->command == BANK_TRANSFER || message->command == BANK_INQUIRY;
}

static bool
s_is_ours (const bank_party_t *party)
{
    return *party->bank_code == '\0';
}

static const char *
s_guard (const message_t *message, const bank_ask_t *ask)
{
    if (message->command == BANK_LOOKUP) {
        return ask->lookup.party.bank_code;
    }
    if (message->command == BANK_STATEMENT) {
        return BANK_OWN_CODE;
    }
    const bank_order_t *order = &ask->order;
    return s_is_ours (&order->from) ? order->to.bank_code : order->from.bank_code;
}

bool
bank_call_guard (const message_t *message, char ret_code [BANK_CODE_SIZE])
{
    bank_ask_t ask;
    if (!s_read_ask (message, &ask)) {
        return false;
    }
    snprintf (ret_code, BANK_CODE_SIZE, "%s", s_guard (message, &ask));
    return true;
}

//  ---------------------------------------------------------------------------
//  The request

//  A text with personal data goes, wiped.
static void
s_wipe (char **text_p)
{
    if (*text_p) {
        sodium_memzero (*text_p, strlen (*text_p));
        free (*text_p);
        *text_p = NULL;
    }
}

static bool
s_open_number (const bank_party_t *party, member_keys_t *keys, char ret_number [PERSONAL_TEXT_SIZE])
{
    if (s_is_ours (party)) {
        strcpy (ret_number, BANK_OWN_NUMBER);
        return true;
    }
    return personal_open (keys, party->member, PERSONAL_ACCOUNT_NUMBER, &party->account_number,
                          ret_number)
           && *ret_number;
}

static json_t *
s_party_json (const bank_party_t *party, member_keys_t *keys)
{
    char number [PERSONAL_TEXT_SIZE];
    json_t *json = NULL;
    if (s_open_number (party, keys, number)) {
        json = json_pack ("{s:s,s:s}", "bank_code",
                          s_is_ours (party) ? BANK_OWN_CODE : party->bank_code, "account_number",
                          number);
    }
    sodium_memzero (number, sizeof number);
    return json;
}

static char *
s_transfer_body (const bank_order_t *order, member_keys_t *keys)
{
    char transfer_id [OID_TEXT_SIZE], *body = NULL;
    json_t *from = s_party_json (&order->from, keys), *to = s_party_json (&order->to, keys);

    oid_format (order->transfer, transfer_id);
    if (from && to) {
        json_t *root =
            json_pack ("{s:s,s:O,s:O,s:I,s:s}", "transfer_id", transfer_id, "from", from, "to", to,
                       "amount", (json_int_t) order->amount_minor, "currency", order->currency);
        body = root ? json_dumps (root, JSON_COMPACT) : NULL;
        json_decref (root);
    }
    json_decref (from);
    json_decref (to);
    return body;
}

static char *
s_account_url (const char *base_url, const char *bank_code, const char *number)
{
    char *code_text = curl_easy_escape (NULL, bank_code, 0);
    char *number_text = curl_easy_escape (NULL, number, 0), *url = NULL;
    if (code_text && number_text
        && asprintf (&url, "%s/v1/accounts/%s/%s", base_url, code_text, number_text) < 0) {
        url = NULL;
    }
    curl_free (code_text);
    curl_free (number_text);
    return url;
}

//  The name that the account should be held under: sealed as such, or as the
//  member's own name.
static char *
s_holder_name (const bank_lookup_t *lookup, member_keys_t *keys)
{
    char name [PERSONAL_TEXT_SIZE], normalized [PERSONAL_TEXT_SIZE], *copy = NULL;
    const sealed_t *sealed = &lookup->holder_name;
    oid_t member = lookup->party.member;

    if ((personal_open (keys, member, PERSONAL_NAME, sealed, name)
         || personal_open (keys, member, PERSONAL_HOLDER_NAME, sealed, name))
        && personal_normalize (name, normalized, sizeof normalized)) {
        copy = strdup (normalized);
    }
    sodium_memzero (name, sizeof name);
    sodium_memzero (normalized, sizeof normalized);
    return copy;
}

static bool
s_prepare (bank_call_t *self, const bank_ask_t *ask, const char *base_url, member_keys_t *keys)
{
    if (self->message->command == BANK_TRANSFER) {
        self->body = s_transfer_body (&ask->order, keys);
        return self->body && asprintf (&self->url, "%s/v1/transfers", base_url) >= 0;
    }
    if (self->message->command == BANK_STATEMENT) {
        self->answer_max = STATEMENT_SIZE_MAX;
        self->url = bank_statement_url (base_url, self->day = ask->statement.day);
        return self->url != NULL;
    }
    if (self->message->command == BANK_INQUIRY) {
        char transfer_id [OID_TEXT_SIZE];
        oid_format (ask->order.transfer, transfer_id);
        return asprintf (&self->url, "%s/v1/transfers/%s", base_url, transfer_id) >= 0;
    }
    char number [PERSONAL_TEXT_SIZE];
    if (s_open_number (&ask->lookup.party, keys, number)) {
        self->url = s_account_url (base_url, ask->lookup.party.bank_code, number);
    }
    sodium_memzero (number, sizeof number);
    self->holder_name = s_holder_name (&ask->lookup, keys);
    return self->url && self->holder_name;
}

bank_call_t *
bank_call_new (zmq_msg_t *frame, const char *base_url, member_keys_t *keys, const char **ret_reason)
{
    bank_ask_t ask;
    bank_call_t *self = calloc (1, sizeof *self);
    assert (self);
    self->answer_max = BANK_ANSWER_MAX;
    zmq_msg_init (&self->frame);
    zmq_msg_move (&self->frame, frame);
    self->message = message_in (&self->frame);
    if (!self->message || !s_read_ask (self->message, &ask)) {
        *ret_reason = "not a message to the bank";
        bank_call_destroy (&self);
        return NULL;
    }
    snprintf (self->bank_code, sizeof self->bank_code, "%s", s_guard (self->message, &ask));
    if (!s_prepare (self, &ask, base_url, keys)) {
        *ret_reason = "sealed data cannot be opened";
        bank_call_destroy (&self);
    }
    return self;
}

bank_call_t *
bank_call_account (const char *base_url, const char *bank_code, const char *account_number)
{
    bank_call_t *self = calloc (1, sizeof *self);
    assert (self);
    zmq_msg_init (&self->frame);
    self->answer_max = BANK_ANSWER_MAX;
    snprintf (self->bank_code, sizeof self->bank_code, "%s", bank_code);
    self->url = s_account_url (base_url, bank_code, account_number);
    if (!self->url) {
        bank_call_destroy (&self);
    }
    return self;
}

bank_call_t *
bank_call_sounding (const char *base_url, const char *bank_code)
{
    bank_call_t *self = bank_call_account (base_url, BANK_OWN_CODE, BANK_OWN_NUMBER);
    if (self) {
        snprintf (self->bank_code, sizeof self->bank_code, "%s", bank_code);
    }
    return self;
}

void
bank_call_destroy (bank_call_t **self_p)
{
    bank_call_t *self = *self_p;
    if (!self) {
        return;
    }
    s_wipe (&self->url);
    s_wipe (&self->body);
    s_wipe (&self->holder_name);
    s_wipe (&self->answer);
    zmq_msg_close (&self->frame);
    free (self);
    *self_p = NULL;
}

//  ---------------------------------------------------------------------------
//  The answer

size_t
bank_call_receive (char *bytes, size_t size, size_t count, void *context)
{
    bank_call_t *self = context;
    size_t more = size * count;

    if (self->overflown || more > self->answer_max - self->answer_size) {
        self->overflown = true;
        return 0;  //  libcurl ends the call
    }
    char *grown = realloc (self->answer, self->answer_size + more + 1);
    assert (grown);
    self->answer = grown;
    memcpy (self->answer + self->answer_size, bytes, more);
    self->answer_size += more;
    self->answer [self->answer_size] = '\0';
    return more;
}

void
bank_call_unknown (const message_t *message, bank_outcome_t *ret_outcome)
{
    memset (ret_outcome, 0, sizeof *ret_outcome);
    ret_outcome->end = BANK_CALL_UNANSWERED;
    _Static_assert(BANK_UNKNOWN == 0 && BANK_LOOKUP_UNKNOWN == 0, "zero is unknown");
    if (message && s_is_transfer (message)) {
        ret_outcome->answered.step = message->step;
    }
    else if (message && message->command == BANK_STATEMENT) {
        ret_outcome->stated.step = message->step;
    }
    else if (message) {
        ret_outcome->looked_up.step = message->step;
    }
}

//  What fits of a text of the bank's, cut between characters: it is shown to people
//  as JSON later, and half a character would not be UTF-8.
static void
s_copy_text (char ret_text [BANK_TEXT_SIZE], const char *text)
{
    size_t size = text ? strlen (text) : 0;
    if (size >= BANK_TEXT_SIZE) {
        size = BANK_TEXT_SIZE - 1;
        while (size > 0 && ((unsigned char) text [size] & 0xc0) == 0x80) {
            size--;
        }
    }
    memcpy (ret_text, text ? text : "", size);
    ret_text [size] = 0;
}

//  Succeeded or failed only if the bank says so about this very transfer.
static void
s_judge_transfer (const bank_call_t *self, const json_t *root, bank_outcome_t *outcome)
{
    const char *id = json_string_value (json_object_get (root, "transfer_id"));
    const char *result = json_string_value (json_object_get (root, "result"));
    const char *reason = json_string_value (json_object_get (root, "reason"));
    const char *reference = json_string_value (json_object_get (root, "bank_reference"));
    char transfer_id [OID_TEXT_SIZE];
    bank_ask_t ask;

    if (!id || !result || !s_read_ask (self->message, &ask)) {
        return;
    }
    oid_format (ask.order.transfer, transfer_id);
    if (strcmp (id, transfer_id) != 0) {
        return;
    }
    if (strcmp (result, "succeeded") == 0) {
        outcome->end = BANK_CALL_SUCCEEDED;
        outcome->answered.result = BANK_SUCCEEDED;
    }
    else if (strcmp (result, "failed") == 0) {
        outcome->end = BANK_CALL_FAILED;
        outcome->answered.result = BANK_FAILED;
        s_copy_text (outcome->answered.reason, reason);
    }
    s_copy_text (outcome->answered.bank_reference, reference);
}

static void
s_judge_lookup (const bank_call_t *self, const json_t *root, bank_outcome_t *outcome)
{
    const char *status = json_string_value (json_object_get (root, "status"));
    const char *name = json_string_value (json_object_get (root, "holder_name"));
    char normalized [PERSONAL_TEXT_SIZE];

    if (!status || !name) {
        return;
    }
    bool fits = personal_normalize (name, normalized, sizeof normalized);
    if (strcmp (status, "closed") == 0) {
        outcome->end = BANK_CALL_FAILED;
        outcome->looked_up.result = BANK_ACCOUNT_SHUT;
    }
    else if (strcmp (status, "open") == 0) {
        bool held = fits && strcmp (normalized, self->holder_name) == 0;
        outcome->end = held ? BANK_CALL_SUCCEEDED : BANK_CALL_FAILED;
        outcome->looked_up.result = held ? BANK_OPEN_AND_HELD : BANK_HOLDER_MISMATCH;
    }
    sodium_memzero (normalized, sizeof normalized);
}

//  What else than 200 with a result came from a bank that is there.
static void
s_judge_status (const bank_call_t *self, long http_status, bank_outcome_t *outcome)
{
    bool transfer = s_is_transfer (self->message);

    if (http_status == 404 && self->message->command == BANK_LOOKUP) {
        outcome->end = BANK_CALL_FAILED;
        outcome->looked_up.result = BANK_ACCOUNT_MISSING;
    }
    else if (http_status == 409 && transfer) {
        outcome->end = BANK_CALL_CONFLICT;
    }
    else if (http_status >= 400 && http_status < 500) {
        outcome->end = BANK_CALL_UNDECIDED;
    }
}

void
bank_call_judge (const bank_call_t *self, long http_status, bank_outcome_t *ret_outcome)
{
    bank_call_unknown (self->message, ret_outcome);
    if (!self->message) {  //  A sounding: any answer of a bank will do
        bool there = http_status >= 200 && http_status < 500;
        ret_outcome->end = there ? BANK_CALL_SUCCEEDED : BANK_CALL_UNANSWERED;
        return;
    }
    if (http_status != 200) {
        s_judge_status (self, http_status, ret_outcome);
        return;
    }
    json_t *root = self->answer
                       ? json_loadb (self->answer, self->answer_size, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    if (json_is_object (root)) {
        switch (self->message->command) {
        case BANK_STATEMENT: ret_outcome->end = BANK_CALL_SUCCEEDED; break;  //  As it seems
        case BANK_LOOKUP: s_judge_lookup (self, root, ret_outcome); break;
        default: s_judge_transfer (self, root, ret_outcome);
        }
    }
    json_decref (root);
}
