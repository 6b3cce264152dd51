//  state_fixture - a state in a scratch folder with one reader, and rows of text.

#ifndef TESTS_LIB_STATE_FIXTURE_H
#define TESTS_LIB_STATE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include "store/state.h"

enum {
    MAP_BYTES = 32 * 1024 * 1024,
    SMALL_MAP_BYTES = 512 * 1024,
    STATE_READERS = 64  //  The fixture has one of them
};

typedef struct {
    char *dir;
    state_t *state;  //  NULL: closed
    state_reader_t *reader;
} state_fixture_t;

//  For cmocka: an open, empty state of version 1.
int state_fixture_setup (void **state);
int state_fixture_teardown (void **state);

state_options_t state_fixture_options (uint32_t version, size_t map_bytes);
void state_fixture_open (state_fixture_t *self, uint32_t version, size_t map_bytes);
void state_fixture_close (state_fixture_t *self);

//  One row in a transaction of its own; the value as a string; what it must be.
void state_fixture_put (state_fixture_t *self, state_table_t table, const char *key,
                        const char *value);
status_t state_fixture_get (state_fixture_t *self, state_table_t table, const char *key,
                            char ret_value [64]) must_check;
void state_fixture_is (state_fixture_t *self, state_table_t table, const char *key,
                       const char *value);
void state_fixture_is_absent (state_fixture_t *self, state_table_t table, const char *key);

//  Rows of a table whose key starts so.
size_t state_fixture_rows (state_reader_t *reader, state_table_t table, const void *prefix,
                           size_t prefix_size);

#endif
