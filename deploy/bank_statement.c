//  bank_statement - one account's day, however many lines, in little memory.
//
//  The lines are read 64 at a time, each time in a short transaction of its own, up
//  to the last one that there was when the answer began.

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "deploy/bank_api.h"
#include "deploy/bank_json.h"

enum { LINES_PER_READ = 64, BLOCK_SIZE = 32768 };

typedef struct {
    bank_store_t *store;
    int64_t serial;  //  The account's
    uint32_t day;
    int64_t line, line_end;  //  The next to read; where to stop
    bool is_first;           //  No line was written yet
    bool is_ended;           //  The closing bracket was written
    char *text;              //  Written and not yet taken, or NULL
    size_t text_size, taken;
} reader_t;

static void
s_reader_free (void *context)
{
    reader_t *self = context;
    free (self->text);
    free (self);
}

//  Makes the next piece of text: some lines, or the end.
static void
s_write (reader_t *self)
{
    bank_line_t lines [LINES_PER_READ];
    size_t count = 0;
    if (self->line < self->line_end) {
        count = bank_store_read_lines (self->store, self->serial, self->day, &self->line, lines,
                                       LINES_PER_READ);
    }
    FILE *stream = open_memstream (&self->text, &self->text_size);
    assert (stream);
    for (size_t index = 0; index < count; index++) {
        json_t *json = bank_json_line (&lines [index]);
        fputs (self->is_first ? "\n" : ",\n", stream);
        json_dumpf (json, stream, JSON_COMPACT);
        json_decref (json);
        self->is_first = false;
    }
    if (count == 0) {
        fputs ("]}\n", stream);
        self->is_ended = true;
    }
    fclose (stream);
    self->taken = 0;
}

static ssize_t
s_read (void *context, uint64_t position, char *buffer, size_t capacity)
{
    reader_t *self = context;
    (void) position;
    if (self->taken == self->text_size) {
        if (self->is_ended) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
        free (self->text);
        self->text = NULL;
        s_write (self);
    }
    size_t left = self->text_size - self->taken;
    size_t size = left < capacity ? left : capacity;
    memcpy (buffer, self->text + self->taken, size);
    self->taken += size;
    return (ssize_t) size;
}

void
bank_statement_answer (bank_call_t *call, const bank_account_t *account, uint32_t day,
                       const char *date)
{
    bank_t *bank = call->bank;
    reader_t *reader = calloc (1, sizeof *reader);
    assert (reader);
    *reader = (reader_t) {
        .store = bank->store,
        .serial = account->serial,
        .day = day,
        .line_end = account->line_count,
        .is_first = true,
    };
    json_t *head = json_pack ("{s:s, s:s, s:s}", "bank_code", account->place.bank_code,
                              "account_number", account->place.number, "date", date);
    char *text = json_dumps (head, JSON_COMPACT);
    json_decref (head);
    assert (text);
    text [strlen (text) - 1] = 0;  //  Without its brace: the lines follow
    int size = asprintf (&reader->text, "%s,\"lines\":[", text);
    assert (size > 0);
    reader->text_size = (size_t) size;
    free (text);

    struct MHD_Response *response =
        MHD_create_response_from_callback (MHD_SIZE_UNKNOWN, BLOCK_SIZE, s_read, reader,
                                           s_reader_free);
    assert (response);
    MHD_add_response_header (response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    bank_call_respond (call, MHD_HTTP_OK, response);
}
