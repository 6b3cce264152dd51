//  report_input - what the files of the reports share: reports.c (queries and routes),
//  report_trial.c, report_account.c, report_region.c. Nobody else.

#ifndef EDGE_REPORT_INPUT_H
#define EDGE_REPORT_INPUT_H

#include "edge/answer.h"

enum { REPORT_DAY_SIZE = 16 };      //  "2024-01-31" and a zero, with room

//  Of cursors: beyond every list_t.
enum { REPORT_LABEL_TRIAL = 1000, REPORT_LABEL_ACCOUNT = 2000 };

static const int64_t DAY_MS = 24 * 3600 * (int64_t) 1000;
static const int64_t SEOUL_MS = 9 * 3600 * (int64_t) 1000;     //  Ahead of UTC

//  What was asked, in the request's input.
typedef struct {
    account_t account;              //  Of a trial balance: its class, or 0
    bool past;                      //  as_of was given
    int64_t as_of_ms, from_ms, to_ms;
    int64_t asked_ms [3];           //  What the client said itself: its cursors are bound to it
    bool csv;                       //  text/csv was asked for
} report_input_t;

report_input_t *report_input (request_t *self);

//  A day "YYYY-MM-DD", as days since 1970. False: it is none.
bool report_read_day (const char *text, int64_t *ret_day);
void report_format_day (int64_t day, char ret_text [REPORT_DAY_SIZE]);

//  Queries; true if it is there and well formed. *moment_ms and *day are left alone
//  else. ends: a day means its last millisecond.
bool report_query_moment (request_t *self, const char *name, bool ends, int64_t *moment_ms);
bool report_query_day (request_t *self, const char *name, int64_t *day);

//  A cursor goes on in the report that it was made for.
uint32_t report_label (uint32_t label, const report_input_t *input);

//  What reading came to; false: the problem is set. `since` is the parameter that says how
//  much of the past is read: 400 for it if that took too long. The reporter's thread.
bool report_status (request_t *self, status_t status, const char *since);

//  A balance on the side where the account's class grows: an asset's debit, a
//  liability's, income's or equity's credit.
void report_balance (request_t *self, const char *name, account_t account, int64_t net_minor);

//  Route functions: prepare and render are a worker's, report is the reporter's.
void report_trial_prepare (request_t *self);
void report_trial (request_t *self);
void report_trial_render (request_t *self);
void report_account_prepare (request_t *self);
void report_account (request_t *self);
void report_account_render (request_t *self);
void report_region_prepare (request_t *self);
void report_region_render (request_t *self);

#endif
