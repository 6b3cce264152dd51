//  bank_json - jansson does the work: json_unpack with JSON_STRICT knows types,
//  missing and unknown fields; only what is in them is checked here.

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "deploy/bank_json.h"
#include "runtime/scoped.h"

static const char transfer_form [] =
    "{\"transfer_id\", \"from\":{\"bank_code\",\"account_number\"}, \"to\":{…}, \"amount\", "
    "\"currency\"}";
static const char account_form [] =
    "{\"bank_code\", \"account_number\", \"holder_name\", \"balance\"}";
static const char fault_form [] =
    "{\"kind\", \"probability\", \"count\", \"delay_ms\", \"seed\", \"reason\"}";

static void
s_json_destroy (json_t **json_p)
{
    json_decref (*json_p);
    *json_p = NULL;
}

//  NULL if it is not one JSON object.
static json_t *
s_parse (const char *text, size_t size, char ret_reason [BANK_REASON_TEXT_MAX])
{
    json_error_t error;
    json_t *json = json_loadb (text ? text : "", size, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        snprintf (ret_reason, BANK_REASON_TEXT_MAX, "at byte %d: %s", error.position, error.text);
    }
    return json;
}

static bool
s_refuse (char ret_reason [BANK_REASON_TEXT_MAX], const char *what, const char *form)
{
    snprintf (ret_reason, BANK_REASON_TEXT_MAX, "%.100s; the body is %s", what, form);
    return false;
}

//  Copies a text of 1 .. capacity - 1 bytes without control characters.
static bool
s_copy_text (char *target, size_t capacity, const char *text)
{
    size_t size = strlen (text);
    if (size == 0 || size >= capacity) {
        return false;
    }
    for (const char *at = text; *at; at++) {
        if ((unsigned char) *at < 0x20 || *at == 0x7F) {
            return false;
        }
    }
    memcpy (target, text, size + 1);
    return true;
}

static bool
s_copy_name (char *target, size_t capacity, const char *text)
{
    return !strpbrk (text, " /") && s_copy_text (target, capacity, text);
}

bool
bank_json_place (const char *bank_code, const char *number, bank_place_t *ret_place)
{
    return s_copy_name (ret_place->bank_code, sizeof ret_place->bank_code, bank_code)
           && s_copy_name (ret_place->number, sizeof ret_place->number, number);
}

bool
bank_json_read_transfer (const char *text, size_t size, bank_transfer_t *ret_transfer,
                         char ret_reason [BANK_REASON_TEXT_MAX])
{
    scoped (s_json_destroy) json_t *json = s_parse (text, size, ret_reason);
    const char *id, *from_code, *from_number, *to_code, *to_number, *currency;
    json_int_t amount;
    json_error_t error;

    if (!json) {
        return false;
    }
    if (json_unpack_ex (json, &error, JSON_STRICT, "{s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:I, s:s}",
                        "transfer_id", &id, "from", "bank_code", &from_code, "account_number",
                        &from_number, "to", "bank_code", &to_code, "account_number", &to_number,
                        "amount", &amount, "currency", &currency)
        != 0) {
        return s_refuse (ret_reason, error.text, transfer_form);
    }
    memset (ret_transfer, 0, sizeof *ret_transfer);
    if (!s_copy_name (ret_transfer->transfer_id, sizeof ret_transfer->transfer_id, id)) {
        return s_refuse (ret_reason, "transfer_id cannot be used", transfer_form);
    }
    if (!bank_json_place (from_code, from_number, &ret_transfer->from)
        || !bank_json_place (to_code, to_number, &ret_transfer->to)) {
        return s_refuse (ret_reason, "from or to cannot be an account", transfer_form);
    }
    if (amount < 1 || amount > BANK_MONEY_MAX) {
        return s_refuse (ret_reason, "amount is not from 1 to 9007199254740991", transfer_form);
    }
    if (strcmp (currency, "KRW") != 0) {
        return s_refuse (ret_reason, "currency is not KRW", transfer_form);
    }
    ret_transfer->amount_minor = amount;
    return true;
}

bool
bank_json_read_account (const char *text, size_t size, bank_account_t *ret_account,
                        char ret_reason [BANK_REASON_TEXT_MAX])
{
    scoped (s_json_destroy) json_t *json = s_parse (text, size, ret_reason);
    const char *bank_code, *number, *holder_name;
    json_int_t balance = 0;
    json_error_t error;

    if (!json) {
        return false;
    }
    if (json_unpack_ex (json, &error, JSON_STRICT, "{s:s, s:s, s:s, s?I}", "bank_code", &bank_code,
                        "account_number", &number, "holder_name", &holder_name, "balance", &balance)
        != 0) {
        return s_refuse (ret_reason, error.text, account_form);
    }
    memset (ret_account, 0, sizeof *ret_account);
    if (!bank_json_place (bank_code, number, &ret_account->place)) {
        return s_refuse (ret_reason, "bank_code or account_number cannot be used", account_form);
    }
    if (!s_copy_text (ret_account->holder_name, sizeof ret_account->holder_name, holder_name)) {
        return s_refuse (ret_reason, "holder_name cannot be used", account_form);
    }
    if (balance < 0 || balance > BANK_MONEY_MAX) {
        return s_refuse (ret_reason, "balance is not from 0 to 9007199254740991", account_form);
    }
    ret_account->opening_minor = balance;
    return true;
}

static bank_reason_t
s_reason_named (const char *name)
{
    for (bank_reason_t reason = BANK_REASON_NONE + 1; reason < BANK_REASON_COUNT; reason++) {
        if (strcmp (bank_reason_text (reason), name) == 0) {
            return reason;
        }
    }
    return BANK_REASON_NONE;
}

bool
bank_json_read_fault (const char *text, size_t size, bank_fault_t *ret_fault,
                      char ret_reason [BANK_REASON_TEXT_MAX])
{
    scoped (s_json_destroy) json_t *json = s_parse (text, size, ret_reason);
    const char *kind, *reason = bank_reason_text (BANK_REASON_LIMIT_EXCEEDED);
    json_int_t count = INT64_MAX, delay_ms = INT64_MAX, seed = INT64_MAX;
    double probability = 1;
    json_error_t error;

    if (!json) {
        return false;
    }
    if (json_unpack_ex (json, &error, JSON_STRICT, "{s:s, s?F, s?I, s?I, s?I, s?s}", "kind", &kind,
                        "probability", &probability, "count", &count, "delay_ms", &delay_ms, "seed",
                        &seed, "reason", &reason)
        != 0) {
        return s_refuse (ret_reason, error.text, fault_form);
    }
    *ret_fault = (bank_fault_t) {
        .kind = bank_fault_named (kind),
        .probability = probability,
        .count = count == INT64_MAX ? -1 : count,
        .delay_ms = delay_ms == INT64_MAX ? -1 : delay_ms,
        .seed = seed == INT64_MAX ? -1 : seed,
        .reason = s_reason_named (reason),
    };
    const struct {
        bool right;
        const char *what;
    } checks [] = {
        { ret_fault->kind != (bank_fault_kind_t) BANK_FAULT_NONE, "kind is not known" },
        { probability >= 0 && probability <= 1, "probability is not from 0 to 1" },
        { count >= 1, "count is not 1 or more" },
        { delay_ms == INT64_MAX || (delay_ms >= 0 && delay_ms <= BANK_FAULT_DELAY_MAX_MS),
          "delay_ms is not from 0 to 86400000" },
        { seed >= 0, "seed is not 0 or more" },
        { ret_fault->reason != BANK_REASON_NONE, "reason is not known" },
    };
    for (size_t index = 0; index < COUNT (checks); index++) {
        if (!checks [index].right) {
            return s_refuse (ret_reason, checks [index].what, fault_form);
        }
    }
    return true;
}

bool
bank_json_read_day (const char *text, uint32_t *ret_day)
{
    struct tm date = { 0 }, same;
    const char *end =
        strlen (text) == strlen ("YYYY-MM-DD") ? strptime (text, "%Y-%m-%d", &date) : NULL;
    if (!end || *end) {
        return false;
    }
    struct tm asked = date;
    time_t at = timegm (&date);  //  Makes March 1st of February 29th
    if (at < 0 || !gmtime_r (&at, &same) || same.tm_mday != asked.tm_mday) {
        return false;
    }
    *ret_day = (uint32_t) (at / 86400);
    return true;
}

//  ---------------------------------------------------------------------------
//  Writing. What was read is valid UTF-8, so packing cannot fail.

void
bank_json_time (int64_t at_ms, char ret_text [BANK_TIME_SIZE])
{
    time_t at = (time_t) (at_ms / 1000);
    struct tm date;
    gmtime_r (&at, &date);
    size_t size = strftime (ret_text, BANK_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf (ret_text + size, BANK_TIME_SIZE - size, ".%03dZ", (int) (at_ms % 1000));
}

static json_t *
s_whole (json_t *json)
{
    assert (json);
    return json;
}

json_t *
bank_json_account (const bank_account_t *account, bool with_balance)
{
    json_t *json = json_pack ("{s:s, s:s, s:s, s:s}", "bank_code", account->place.bank_code,
                              "account_number", account->place.number, "holder_name",
                              account->holder_name, "status", account->closed ? "closed" : "open");
    if (json && with_balance) {
        json_object_set_new (json, "balance", json_integer (account->balance_minor));
        json_object_set_new (json, "currency", json_string ("KRW"));
    }
    return s_whole (json);
}

json_t *
bank_json_transfer (const bank_transfer_t *transfer)
{
    char at [BANK_TIME_SIZE], reference [32];
    bool succeeded = transfer->reason == BANK_REASON_NONE;
    bank_json_time (transfer->at_ms, at);
    snprintf (reference, sizeof reference, "HB%012lld", (long long) transfer->reference);
    return s_whole (json_pack ("{s:s, s:s, s:s?, s:s, s:s}", "transfer_id", transfer->transfer_id,
                               "result", succeeded ? "succeeded" : "failed", "reason",
                               succeeded ? NULL : bank_reason_text (transfer->reason),
                               "bank_reference", reference, "at", at));
}

json_t *
bank_json_line (const bank_line_t *line)
{
    char at [BANK_TIME_SIZE];
    bank_json_time (line->at_ms, at);
    return s_whole (json_pack ("{s:s, s:s, s:I, s:{s:s, s:s}, s:s, s:I}", "transfer_id",
                               line->transfer_id, "direction", line->incoming ? "in" : "out",
                               "amount", (json_int_t) line->amount_minor, "counterparty",
                               "bank_code", line->counterparty.bank_code, "account_number",
                               line->counterparty.number, "at", at, "balance_after",
                               (json_int_t) line->balance_after_minor));
}

json_t *
bank_json_fault (const bank_fault_t *fault)
{
    json_t *json =
        json_pack ("{s:I, s:s, s:f, s:I, s:I, s:I}", "fault", (json_int_t) fault->ordinal, "kind",
                   bank_fault_name (fault->kind), "probability", fault->probability, "delay_ms",
                   (json_int_t) fault->delay_ms, "seed", (json_int_t) fault->seed, "hits",
                   (json_int_t) fault->hits);
    if (json) {  //  How many are left; null: until deleted
        json_object_set_new (json, "count",
                             fault->count < 0 ? json_null () : json_integer (fault->count));
    }
    if (json && fault->kind == BANK_FAULT_DECLINE) {
        json_object_set_new (json, "reason", json_string (bank_reason_text (fault->reason)));
    }
    return s_whole (json);
}
