//  statement - what was posted to one account between two moments, line by line.
//
//      opening  what it held before `from`
//      lines    each posting, oldest first, with the balance after it
//      closing  what it held at the end, before `to`
//
//  Balances are debit balances: > 0 debit, < 0 credit. Lines have the order of their
//  stamps; of one stamp, that of the journal. Read from the journal (runtime/past.h),
//  so as expensive as `from` is long ago; not on a worker's thread.

#ifndef RUNTIME_STATEMENT_H
#define RUNTIME_STATEMENT_H

#include "runtime/lists.h"
#include "runtime/past.h"
#include "runtime/saga.h"

enum { STATEMENT_LINES_MAX = 50000, STATEMENT_EVENT_SIZE = 64 };

typedef struct {
    int64_t at_ms;
    char event [STATEMENT_EVENT_SIZE];              //  "wallet.credited"
    char reference [REFERENCE_TEXT_SIZE];           //  Of the movement, else the object's id
    int64_t amount_minor;           //  > 0 debit, < 0 credit
    int64_t balance_minor;
} statement_line_t;

typedef struct {
    account_t account;
    int64_t from_ms, to_ms;         //  From included, to excluded
    size_t limit;                   //  Lines, at most STATEMENT_LINES_MAX
    patience_t patience;
} statement_query_t;

typedef struct {
    int64_t opening_minor, closing_minor;    //  Of the whole time, on every page
    size_t line_count;
    bool more;
    statement_line_t *lines;        //  Owned
} statement_t;

//  The page after the cursor, which moves on. BUSY: patience is over; INVALID: not a cursor of
//  a statement. *ret_statement must be destroyed in any case.
status_t statement_read (node_t *node, const statement_query_t *query, list_cursor_t *cursor,
                         statement_t *ret_statement) must_check;
void statement_destroy (statement_t *self);

#endif
