//  answer - how route functions say what they found: an object, a saga's end, a list.
//
//      outcome     of a write                          of a read
//      SUCCEEDED   201 created (200 for an action)     200
//      RUNNING     202 with the object as it stands    200
//      FAILED      422 problem whose `object` it is    200
//
//  An object function writes the whole object under a key (NULL: it is the answer).

#ifndef EDGE_ANSWER_H
#define EDGE_ANSWER_H

#include "edge/route.h"
#include "runtime/lists.h"

typedef enum { OUTCOME_SUCCEEDED, OUTCOME_RUNNING, OUTCOME_FAILED } outcome_t;

typedef struct {
    outcome_t outcome;
    verdict_t verdict;              //  Of a failure
} ending_t;

//  state: of the object's aggregate type.
typedef void (object_fn) (request_t *self, const char *key, const node_reply_t *reply,
                          const void *state);

//  After a command: the reply with its aggregate's state, and the one whose object
//  the client is shown (the same, unless request.shown_oid is another).
const node_reply_t *answer_decided (const request_t *self);
const node_reply_t *answer_shown (const request_t *self);

//  An object read by id, from fact 0. `sees` says who may (NULL: anybody who came
//  here); 404 if it is missing or may not be seen.
void answer_read (request_t *self, object_fn *object, bool (*sees) (const request_t *self,
                                                                   const void *state));

//  After a command: `http` (201 or 200) if the object's ending says so.
void answer_write (request_t *self, unsigned http, object_fn *object, ending_t ending);

//  The same for an object as it was: `head` has its version and times, state what it
//  held then.
void answer_write_as (request_t *self, unsigned http, object_fn *object, ending_t ending,
                      const node_reply_t *head, const void *state);

//  204, of a DELETE: done, and nothing to show.
void answer_nothing (request_t *self);

//  Of a replay: the version of the command's aggregate right after its key was
//  decided, which tells the attempt that the key is of; 0 if it is not a replay.
uint64_t answer_decided_version (const request_t *self);

//  The head of an object: opens it; id, object, status, times, version.
void answer_head (request_t *self, const char *key, const node_reply_t *reply, oid_t id,
                  const char *object, const char *status);

//  amount and currency.
void answer_amount (request_t *self, const char *name, int64_t amount_minor);

//  "failure": { "code", "detail" }, or null.
void answer_failure (request_t *self, verdict_t verdict);

//  A list of `owner`'s rows, newest first, made between created_after and created_before
//  (RFC 3339, both exclusive). row writes one.
void answer_list (request_t *self, list_t list, oid_t owner,
                  void (*row) (request_t *self, const list_row_t *row));

//  The same of one bucket of it (runtime/index.h; 0: all).
void answer_list_of (request_t *self, list_t list, oid_t owner, uint8_t bucket,
                     void (*row) (request_t *self, const list_row_t *row));

//  The same of a query without times, and of its objects only those that are wanted
//  (NULL: all). A page of few among many may be short, and yet not be the last.
typedef bool (list_wanted_fn) (request_t *self, const void *state);
void answer_list_wanted (request_t *self, const list_query_t *query, list_wanted_fn *wanted,
                         void (*row) (request_t *self, const list_row_t *row));

//  A list of one object that was found without it, or of none (NULL); `list` says of what.
void answer_list_one (request_t *self, list_t list, const node_reply_t *reply,
                      const void *state, object_fn *object);

//  The rows of a query, limit_start of them unless the client says how many.
void answer_find (request_t *self, const list_query_t *query, size_t limit_start,
                  void (*row) (request_t *self, const list_row_t *row));

//  Milliseconds of an RFC 3339 time; smaller fractions are cut. False: it is none.
bool answer_read_time (const char *text, int64_t *ret_ms);

//  The bucket that query `status` names; 0 if there is none. names [bucket] is its
//  word, from 1 on; NULL: none asks for it. False: 400, and it lists the words.
bool answer_query_status (request_t *self, const char *const *names, size_t count,
                          uint8_t *ret_bucket);

//  A query parameter that is an RFC 3339 time, in Unix ms; true if it is there and well
//  formed. Else *time_ms is left alone, and the problem set if it is malformed.
bool answer_query_time (request_t *self, const char *name, int64_t *time_ms);

//  Objects of a list by the same function that shows one.
void answer_row (request_t *self, const list_row_t *row, object_fn *object);

//  limit and cursor of a list's query; false: the problem is set. label and owner
//  bind the cursor to its list.
bool answer_page (request_t *self, uint32_t label, oid_t owner, size_t limit_max,
                  size_t limit_start, list_cursor_t *ret_cursor, size_t *ret_limit);

//  The label of a list under the filters that were asked, in whatever order they came.
uint32_t answer_label (const request_t *self, uint64_t label);

//  "has_more" and "next_cursor".
void answer_page_end (request_t *self, uint32_t label, oid_t owner, bool more,
                      const list_cursor_t *cursor);

//  The queries of a list without filters.
extern const query_field_t list_queries [5];

//  STATUS_OK, or the problem that fits; true if it was OK.
bool answer_status (request_t *self, status_t status);

#endif
