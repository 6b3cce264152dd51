//  json_out - appends JSON text to a growing buffer; commas and escapes by itself.
//
//      json_out_t out = { 0 };
//      out_object (&out, NULL);
//      out_i64 (&out, "amount", 1000);
//      out_close (&out, '}');
//
//  A key of NULL means: an element of an array, or the outermost value. jansson
//  would do too; it makes a tree of allocations per answer, and answers are the
//  hottest thing that the edge makes.
//
//  The buffer is freed by out_destroy or handed over by out_take. One
//  thread at a time. Out of memory aborts, as everywhere in the edge.

#ifndef EDGE_JSON_OUT_H
#define EDGE_JSON_OUT_H

#include "runtime/oid.h"

typedef struct {
    char *bytes;                    //  Not terminated
    size_t size, capacity;
    bool follows;                   //  A value stands before: the next needs a comma
} json_out_t;

enum { TIME_TEXT_SIZE = 25 };       //  "2024-01-31T12:00:00.123Z" and a zero

void out_object (json_out_t *self, const char *key);
void out_array (json_out_t *self, const char *key);
void out_close (json_out_t *self, char bracket);    //  '}' or ']'

void out_text (json_out_t *self, const char *key, const char *text);    //  NULL: null
void out_i64 (json_out_t *self, const char *key, int64_t value);
void out_bool (json_out_t *self, const char *key, bool value);
void out_null (json_out_t *self, const char *key);
void out_oid (json_out_t *self, const char *key, oid_t oid);            //  None: null
void out_time (json_out_t *self, const char *key, int64_t at_ms);       //  0: null

void out_json (json_out_t *self, const char *key, const char *json);    //  A value, as text

//  Appends text that is JSON already (or, in /metrics, is not JSON at all).
void out_raw (json_out_t *self, const char *text, size_t size);

//  RFC 3339, UTC, milliseconds.
void time_format (int64_t at_ms, char ret_text [TIME_TEXT_SIZE]);

//  Returns owned bytes (free) and empties the buffer.
char *out_take (json_out_t *self, size_t *ret_size);
void out_destroy (json_out_t *self);

#endif
