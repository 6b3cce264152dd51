//  applier - the META keys, and reading back what was flushed.

#include "runtime/applier_private.h"

enum { PARTITIONS_MAX = 1024 };  //  As in store/journal.h

static const uint8_t classes_key [] = { 'c', 'l', 'a', 's', 's', 'e', 's' };

static void
s_put_u16 (uint8_t *bytes, uint16_t value)
{
    bytes [0] = (uint8_t) (value >> 8);
    bytes [1] = (uint8_t) value;
}

void
applier_position_key (uint16_t partition, uint8_t ret_key [POSITION_KEY_SIZE])
{
    memcpy (ret_key, "position", 8);
    s_put_u16 (ret_key + 8, partition);
}

void
applier_day_key (uint16_t partition, uint32_t day, uint8_t ret_key [DAY_KEY_SIZE])
{
    memcpy (ret_key, "day", 3);
    s_put_u16 (ret_key + 3, partition);
    s_put_u16 (ret_key + 5, (uint16_t) (day >> 16));
    s_put_u16 (ret_key + 7, (uint16_t) day);
}

static bool
s_read_meta (state_reader_t *reader, const uint8_t *key, size_t key_size, void *value,
             size_t capacity)
{
    size_t size;
    status_t status = state_get (reader, TABLE_META, key, key_size, value, capacity, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    return status == STATUS_OK && size == capacity;
}

void
applier_read_numbers (state_reader_t *reader, uint16_t partition, uint16_t partitions,
                      uint64_t *ret_numbers)
{
    uint8_t key [POSITION_KEY_SIZE];
    uint64_t value [partitions + 2u];
    applier_position_key (partition, key);
    if (s_read_meta (reader, key, sizeof key, value, sizeof value)) {
        memcpy (ret_numbers, value + 1, (partitions + 1u) * sizeof *value);
    }
}

uint64_t
applier_read_position (state_reader_t *reader, uint16_t partition)
{
    uint8_t key [POSITION_KEY_SIZE];
    uint64_t value [1 + PARTITIONS_MAX + 1];  //  Sequence, numbers of partitions and port
    size_t size;
    applier_position_key (partition, key);
    status_t status = state_get (reader, TABLE_META, key, sizeof key, value, sizeof value, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    return status == STATUS_OK && size >= sizeof *value ? value [0] : 0;
}

typedef struct {
    uint64_t sequence;
    uint32_t day;
} day_mark_t;

static bool
s_load_day (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
            size_t value_size)
{
    day_mark_t *mark = context;
    assert (key_size == DAY_KEY_SIZE && value_size == sizeof mark->sequence);
    mark->day =
        (uint32_t) key [5] << 24 | (uint32_t) key [6] << 16 | (uint32_t) key [7] << 8 | key [8];
    memcpy (&mark->sequence, value, sizeof mark->sequence);
    return false;
}

//  The first mark of a day or later; or the last of all.
static day_mark_t
s_day_mark (state_reader_t *reader, uint16_t partition, uint32_t day, bool backward)
{
    day_mark_t mark = { 0 };
    uint8_t key [DAY_KEY_SIZE];
    applier_day_key (partition, day, key);
    status_t status = state_scan (reader, TABLE_META, key, 5, backward ? NULL : key,
                                  backward ? 0 : sizeof key, backward, 1, s_load_day, &mark);
    if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
    return mark;
}

uint64_t
applier_read_day (state_reader_t *reader, uint16_t partition, uint32_t day)
{
    return s_day_mark (reader, partition, day, /* backward= */ false).sequence;
}

void
applier_read_classes (state_reader_t *reader, class_row_t ret_rows [ACCOUNT_CLASS_COUNT])
{
    size_t size = ACCOUNT_CLASS_COUNT * sizeof *ret_rows;
    if (!s_read_meta (reader, classes_key, sizeof classes_key, ret_rows, size)) {
        memset (ret_rows, 0, size);
    }
}

typedef struct {
    uint16_t partitions;
    ranges_t *taken;
} loading_t;

static bool
s_load_taken (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
              size_t value_size)
{
    const loading_t *self = context;
    assert (key_size == 4);
    size_t target = (size_t) (key [0] << 8 | key [1]);
    size_t source = (size_t) (key [2] << 8 | key [3]);
    assert (target <= self->partitions && source < self->partitions);
    return ranges_read (&self->taken [target * self->partitions + source], value, value_size);
}

void
applier_read_taken (state_reader_t *reader, uint16_t partitions, ranges_t *ret_taken)
{
    status_t status = state_scan (reader, TABLE_DEDUPE, NULL, 0, NULL, 0, /* backward= */ false,
                                  SIZE_MAX, s_load_taken, &(loading_t) { partitions, ret_taken });
    if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
}

void
applier_load (applier_t *self)
{
    self->reader = state_reader_new (self->state);
    assert (self->reader);
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        position_t *position = &self->positions [partition];
        position->numbers = calloc (self->partitions + 1u, sizeof (uint64_t));
        assert (position->numbers);
        position->sequence = applier_read_position (self->reader, partition);
        applier_read_numbers (self->reader, partition, self->partitions, position->numbers);
        position->day = s_day_mark (self->reader, partition, 0, /* backward= */ true).day;
    }
    applier_read_classes (self->reader, self->classes);
    applier_read_taken (self->reader, self->partitions, self->taken);
}
