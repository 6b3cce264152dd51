//  state_fixture - see state_fixture.h.

#include "tests/lib/state_fixture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "tests/lib/scratch.h"

state_options_t
state_fixture_options (uint32_t version, size_t map_bytes)
{
    return (state_options_t) { .map_size_bytes = map_bytes,
                               .readers_max = STATE_READERS,
                               .version = version };
}

void
state_fixture_open (state_fixture_t *self, uint32_t version, size_t map_bytes)
{
    char reason [256] = "";
    state_options_t options = state_fixture_options (version, map_bytes);
    status_t status = state_open (self->dir, &options, &self->state, reason);
    if (status != STATUS_OK) {
        print_error ("%s\n", reason);
    }
    assert_int_equal (status, STATUS_OK);
    self->reader = state_reader_new (self->state);
    assert_non_null (self->reader);
}

void
state_fixture_close (state_fixture_t *self)
{
    state_reader_destroy (&self->reader);
    state_destroy (&self->state);
}

int
state_fixture_setup (void **state)
{
    state_fixture_t *self = calloc (1, sizeof *self);
    self->dir = scratch_new ();
    state_fixture_open (self, 1, MAP_BYTES);
    *state = self;
    return 0;
}

int
state_fixture_teardown (void **state)
{
    state_fixture_t *self = *state;
    state_fixture_close (self);
    scratch_destroy (&self->dir);
    free (self);
    return 0;
}

void
state_fixture_put (state_fixture_t *self, state_table_t table, const char *key, const char *value)
{
    assert_int_equal (state_begin (self->state), STATUS_OK);
    assert_int_equal (state_put (self->state, table, key, strlen (key), value, strlen (value)),
                      STATUS_OK);
    assert_int_equal (state_commit (self->state), STATUS_OK);
}

status_t
state_fixture_get (state_fixture_t *self, state_table_t table, const char *key, char ret_value [64])
{
    size_t size;
    status_t status = state_get (self->reader, table, key, strlen (key), ret_value, 63, &size);
    ret_value [status == STATUS_OK ? size : 0] = 0;
    return status;
}

void
state_fixture_is (state_fixture_t *self, state_table_t table, const char *key, const char *value)
{
    char found [64];
    assert_int_equal (state_fixture_get (self, table, key, found), STATUS_OK);
    assert_string_equal (found, value);
}

void
state_fixture_is_absent (state_fixture_t *self, state_table_t table, const char *key)
{
    char found [64];
    assert_int_equal (state_fixture_get (self, table, key, found), STATUS_NOT_FOUND);
}

static bool
s_count_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
             size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(size_t *) context;
    return true;
}

size_t
state_fixture_rows (state_reader_t *reader, state_table_t table, const void *prefix,
                    size_t prefix_size)
{
    size_t rows = 0;
    assert_int_equal (state_scan (reader, table, prefix, prefix_size, NULL, 0,
                                  /* backward= */ false, SIZE_MAX, s_count_row, &rows),
                      STATUS_OK);
    return rows;
}
