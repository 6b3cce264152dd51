//  bank_api - the handlers, in the order of their table at the end.

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "deploy/bank_api.h"
#include "deploy/bank_json.h"
#include "runtime/scoped.h"

//  What a call carries while it is set aside; call->errand, freed with it.
typedef struct {
    bank_call_t *call;
    bank_work_t work;
    bank_mishap_t mishap;
    bank_alarm_t alarm;
} errand_t;

static int64_t
s_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static errand_t *
s_errand_new (bank_call_t *call, bank_work_kind_t kind)
{
    errand_t *errand = calloc (1, sizeof *errand);
    assert (errand);
    errand->call = call;
    errand->work.kind = kind;
    errand->work.context = errand;
    errand->alarm.context = errand;
    errand->mishap.ending = (bank_fault_kind_t) BANK_FAULT_NONE;
    call->errand = errand;
    return errand;
}

static void
s_take_up (bank_work_t *work)
{
    errand_t *errand = work->context;
    bank_call_take_up (errand->call);
}

static void
s_ring_take_up (bank_alarm_t *alarm)
{
    errand_t *errand = alarm->context;
    bank_call_take_up (errand->call);
}

//  The account that the path names; answers 404 and returns false if there is none.
static bool
s_find_account (bank_call_t *call, bank_account_t *ret_account)
{
    bank_t *bank = call->bank;
    bank_place_t place;
    if (bank_json_place (call->parts [0], call->parts [1], &place)
        && bank_store_find_account (bank->store, &place, ret_account)) {
        return true;
    }
    bank_call_problem (call, BANK_PROBLEM_NOT_FOUND, "there is no such account");
    return false;
}

//  True if the query has no parameter but `name`; answers 400 if it has.
static bool
s_query_is_known (bank_call_t *call, const char *name, const char **ret_value)
{
    const char *unknown;
    const char *value = bank_call_query (call, name, &unknown);
    if (unknown) {
        bank_call_problem (call, BANK_PROBLEM_MALFORMED, "there is no parameter %.64s", unknown);
        return false;
    }
    *ret_value = value;
    return true;
}

void
bank_api_before (bank_call_t *call)
{
    bank_t *bank = call->bank;
    if (strncmp (call->path, "/v1/", strlen ("/v1/")) != 0) {
        return;
    }
    pthread_mutex_lock (&bank->faults_lock);
    bool out = bank_faults_outage (bank->faults, s_now_ms ());
    pthread_mutex_unlock (&bank->faults_lock);
    if (out) {
        bank_call_problem (call, BANK_PROBLEM_OUTAGE, "by POST /admin/faults");
    }
}

//  ---------------------------------------------------------------------------
//  /v1

static void
s_get_account (bank_call_t *call)
{
    bank_account_t account;
    if (s_find_account (call, &account)) {
        bank_call_answer (call, MHD_HTTP_OK, bank_json_account (&account, false));
    }
}

static void
s_get_transfer (bank_call_t *call)
{
    bank_t *bank = call->bank;
    bank_transfer_t transfer;
    size_t size = strlen (call->parts [0]);
    if (size > 0 && size < BANK_TRANSFER_ID_SIZE
        && bank_store_find_transfer (bank->store, call->parts [0], &transfer)) {
        bank_call_answer (call, MHD_HTTP_OK, bank_json_transfer (&transfer));
        return;
    }
    bank_call_problem (call, BANK_PROBLEM_NOT_FOUND, "no such transfer was accepted so far");
}

static void
s_get_statement (bank_call_t *call)
{
    const char *date;
    bank_account_t account;
    uint32_t day;
    if (!s_query_is_known (call, "date", &date)) {
        return;
    }
    if (!date || !bank_json_read_day (date, &day)) {
        bank_call_problem (call, BANK_PROBLEM_MALFORMED, "date is not a day as YYYY-MM-DD");
        return;
    }
    if (s_find_account (call, &account)) {
        bank_statement_answer (call, &account, day, date);
    }
}

//  The last step of a transfer, on an HTTP thread.
static void
s_answer_transfer (bank_call_t *call)
{
    const errand_t *errand = call->errand;
    const bank_work_t *work = &errand->work;

    switch (errand->mishap.ending) {
    case BANK_FAULT_CUT_BEFORE:
    case BANK_FAULT_CUT_AFTER:
    case BANK_FAULT_HANG_BEFORE:
    case BANK_FAULT_HANG_AFTER: bank_call_cut (call); return;
    case BANK_FAULT_ERROR_BEFORE:
    case BANK_FAULT_ERROR_AFTER:
        bank_call_problem (call, BANK_PROBLEM_BROKEN, "by POST /admin/faults");
        return;
    default: break;
    }
    if (work->answer == BANK_ANSWER_CONFLICT) {
        bank_call_problem (call, BANK_PROBLEM_TRANSFER_ID_REUSED,
                           "GET /v1/transfers/ and the id shows what became of it");
    }
    else if (work->answer == BANK_ANSWER_NO_SPACE) {
        bank_call_problem (call, BANK_PROBLEM_NO_SPACE, "try again with the same id and body");
    }
    else {
        bank_call_answer (call, MHD_HTTP_OK, bank_json_transfer (&work->transfer));
    }
}

//  On the writer's thread.
static void
s_transfer_is_durable (bank_work_t *work)
{
    errand_t *errand = work->context;
    const bank_mishap_t *mishap = &errand->mishap;
    bank_t *bank = errand->call->bank;

    if (work->answer == BANK_ANSWER_NEW && bank->callback) {
        for (int copies = mishap->callback_twice ? 2 : 1; copies > 0; copies--) {
            bank_callback_send (bank->callback, &work->transfer, mishap->callback_delay_ms);
        }
    }
    if (mishap->ending == BANK_FAULT_HANG_AFTER) {
        errand->alarm.ring = s_ring_take_up;
        bank_timer_set (bank->timer, &errand->alarm, mishap->ending_delay_ms);
        return;
    }
    bank_call_take_up (errand->call);
}

//  After the delay of `slow`, on the timer's thread; without one on an HTTP thread.
static void
s_decide_transfer (bank_alarm_t *alarm)
{
    errand_t *errand = alarm->context;
    bank_t *bank = errand->call->bank;

    if (errand->mishap.ending == BANK_FAULT_HANG_BEFORE) {
        alarm->ring = s_ring_take_up;
        bank_timer_set (bank->timer, alarm, errand->mishap.ending_delay_ms);
    }
    else if (bank_fault_is_before (errand->mishap.ending)) {
        bank_call_take_up (errand->call);
    }
    else {
        errand->work.done = s_transfer_is_durable;
        bank_store_submit (bank->store, &errand->work);
    }
}

static void
s_post_transfer (bank_call_t *call)
{
    bank_t *bank = call->bank;
    char reason [BANK_REASON_TEXT_MAX];
    errand_t *errand = s_errand_new (call, BANK_WORK_TRANSFER);

    if (!bank_json_read_transfer (call->body, call->body_size, &errand->work.transfer, reason)) {
        bank_call_problem (call, BANK_PROBLEM_MALFORMED, "%s", reason);
        return;
    }
    pthread_mutex_lock (&bank->faults_lock);
    errand->mishap = bank_faults_strike (bank->faults);
    pthread_mutex_unlock (&bank->faults_lock);
    errand->work.refuse_for = errand->mishap.refuse_for;

    bank_call_set_aside (call, s_answer_transfer);
    if (errand->mishap.slow_ms > 0) {
        errand->alarm.ring = s_decide_transfer;
        bank_timer_set (bank->timer, &errand->alarm, errand->mishap.slow_ms);
    }
    else {
        s_decide_transfer (&errand->alarm);
    }
}

//  ---------------------------------------------------------------------------
//  /admin

static void
s_answer_account (bank_call_t *call)
{
    const errand_t *errand = call->errand;
    const bank_work_t *work = &errand->work;
    bool opened = work->kind == BANK_WORK_OPEN_ACCOUNT && work->answer == BANK_ANSWER_NEW;

    switch (work->answer) {
    case BANK_ANSWER_NEW:
    case BANK_ANSWER_AGAIN:
        bank_call_answer (call, opened ? MHD_HTTP_CREATED : MHD_HTTP_OK,
                          bank_json_account (&work->account, true));
        break;
    case BANK_ANSWER_CONFLICT:
        bank_call_problem (call, BANK_PROBLEM_ACCOUNT_EXISTS,
                           "with another holder_name or another first balance");
        break;
    case BANK_ANSWER_NOT_FOUND:
        bank_call_problem (call, BANK_PROBLEM_NOT_FOUND, "there is no such account");
        break;
    case BANK_ANSWER_NO_SPACE: bank_call_problem (call, BANK_PROBLEM_NO_SPACE, "try again"); break;
    }
}

static void
s_submit_account (bank_call_t *call, errand_t *errand)
{
    bank_t *bank = call->bank;
    errand->work.done = s_take_up;
    bank_call_set_aside (call, s_answer_account);
    bank_store_submit (bank->store, &errand->work);
}

static void
s_post_account (bank_call_t *call)
{
    char reason [BANK_REASON_TEXT_MAX];
    errand_t *errand = s_errand_new (call, BANK_WORK_OPEN_ACCOUNT);
    if (bank_json_read_account (call->body, call->body_size, &errand->work.account, reason)) {
        s_submit_account (call, errand);
    }
    else {
        bank_call_problem (call, BANK_PROBLEM_MALFORMED, "%s", reason);
    }
}

static void
s_close_account (bank_call_t *call)
{
    errand_t *errand = s_errand_new (call, BANK_WORK_CLOSE_ACCOUNT);
    if (bank_json_place (call->parts [0], call->parts [1], &errand->work.account.place)) {
        s_submit_account (call, errand);
    }
    else {
        bank_call_problem (call, BANK_PROBLEM_NOT_FOUND, "there is no such account");
    }
}

static void
s_get_account_with_balance (bank_call_t *call)
{
    bank_account_t account;
    if (s_find_account (call, &account)) {
        bank_call_answer (call, MHD_HTTP_OK, bank_json_account (&account, true));
    }
}

static void
s_post_fault (bank_call_t *call)
{
    bank_t *bank = call->bank;
    bank_fault_t fault;
    char reason [BANK_REASON_TEXT_MAX];
    if (!bank_json_read_fault (call->body, call->body_size, &fault, reason)) {
        bank_call_problem (call, BANK_PROBLEM_MALFORMED, "%s", reason);
        return;
    }
    pthread_mutex_lock (&bank->faults_lock);
    bool added = bank_faults_add (bank->faults, &fault, s_now_ms (), &fault);
    pthread_mutex_unlock (&bank->faults_lock);
    if (added) {
        bank_call_answer (call, MHD_HTTP_CREATED, bank_json_fault (&fault));
    }
    else {
        bank_call_problem (call, BANK_PROBLEM_TOO_MANY_FAULTS, "they are %d", BANK_FAULTS_MAX);
    }
}

static void
s_get_faults (bank_call_t *call)
{
    bank_t *bank = call->bank;
    const bank_fault_t *faults;
    json_t *list = json_array ();
    pthread_mutex_lock (&bank->faults_lock);
    size_t count = bank_faults_active (bank->faults, s_now_ms (), &faults);
    for (size_t index = 0; index < count; index++) {
        json_array_append_new (list, bank_json_fault (&faults [index]));
    }
    pthread_mutex_unlock (&bank->faults_lock);
    bank_call_answer (call, MHD_HTTP_OK, json_pack ("{s:o}", "faults", list));
}

static void
s_delete_faults (bank_call_t *call)
{
    bank_t *bank = call->bank;
    pthread_mutex_lock (&bank->faults_lock);
    bank_faults_clear (bank->faults);
    pthread_mutex_unlock (&bank->faults_lock);
    bank_call_respond (call, MHD_HTTP_NO_CONTENT,
                       MHD_create_response_from_buffer (0, "", MHD_RESPMEM_PERSISTENT));
}

static void
s_get_health (bank_call_t *call)
{
    bank_call_answer (call, MHD_HTTP_OK, json_pack ("{s:s}", "status", "ok"));
}

const bank_route_t bank_routes [] = {
    { "GET", "/v1/accounts/{}/{}", s_get_account },
    { "POST", "/v1/transfers", s_post_transfer },
    { "GET", "/v1/transfers/{}", s_get_transfer },
    { "GET", "/v1/statements/{}/{}", s_get_statement },
    { "POST", "/admin/accounts", s_post_account },
    { "GET", "/admin/accounts/{}/{}", s_get_account_with_balance },
    { "POST", "/admin/accounts/{}/{}/close", s_close_account },
    { "POST", "/admin/faults", s_post_fault },
    { "GET", "/admin/faults", s_get_faults },
    { "DELETE", "/admin/faults", s_delete_faults },
    { "GET", "/healthz", s_get_health },
};

const size_t bank_route_count = COUNT (bank_routes);
